"""The font that documents set Chinese in: embedded where the machine has one that may be.

Without one the document asks its reader for STSong-Light, which readers bring along or not;
then Chinese may be missing from the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

#: With outlines that can be embedded; best first. Debian: fonts-wqy-microhei, -zenhei, -droid.
FILES = (
    "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "DroidSansFallback.ttf",
    "simhei.ttf", "msyh.ttc", "simsun.ttc", "Arial Unicode.ttf",
)  # fmt: skip
FOLDERS = (
    "~/.fonts", "~/.local/share/fonts", "/usr/local/share/fonts", "/usr/share/fonts",
    "/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
ASKED_FOR = "STSong-Light"


def chinese_font(folders: Iterable[str | Path] = FOLDERS) -> str:
    """Register the font of Chinese text and return its name."""
    found = {
        file.name: file
        for folder in folders
        for file in Path(folder).expanduser().glob("**/*.tt[cf]")
    }
    for name in FILES:
        if name in found:
            try:
                pdfmetrics.registerFont(TTFont(name, str(found[name])))
            except TTFError:
                continue  # outlines of another kind under the name we know
            return name
    pdfmetrics.registerFont(UnicodeCIDFont(ASKED_FOR))
    return ASKED_FOR
