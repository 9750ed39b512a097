"""Names of those who act: one person is one however the name is typed."""

from __future__ import annotations

import unicodedata


def written(said: str) -> str:
    """Return what can be seen of a text: no blanks around it, one between its words."""
    seen = (sign for sign in said if unicodedata.category(sign) != "Cf")  # as a space of no width
    return " ".join(unicodedata.normalize("NFC", "".join(seen)).split())


def person(name: str) -> str:
    """Return what two spellings of one name share: not capitals, widths of letters nor blanks."""
    return written(unicodedata.normalize("NFKC", name).casefold())
