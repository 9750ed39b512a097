"""Names of those who act: one person is one however the name is typed."""

from __future__ import annotations

import unicodedata


def written(name: str) -> str:
    """Return a name as the log keeps it: without blanks around it, one between its parts."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def person(name: str) -> str:
    """Return what two spellings of one name share: not capitals, widths of letters nor blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
