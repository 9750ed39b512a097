"""Where in a payload its fault lies, read from the reason that a decoder gave."""

from __future__ import annotations

import re

#: What our decoders, orjson and Python's json say; each is of the whole payload.
CHARACTER = re.compile(r"\(char (\d+)\)")
BYTE = re.compile(r"not UTF-8 text: byte (\d+)|not UTF-8 at byte (\d+)")
LINE = re.compile(r"\bline (\d+)\b(?:.*\(byte (\d+)\)|,? column (\d+))?")


def fault_at(reason: str, payload: bytes) -> int | None:
    """Return the offset of the byte at which `payload` could not be read; None where unsaid.

    A fault behind the end, as of a document cut off, is at its last byte.
    """
    at = None
    if found := BYTE.search(reason):
        at = int(found[1]) - 1 if found[1] else int(found[2])
    elif found := CHARACTER.search(reason):
        at = len(payload.decode(errors="replace")[: int(found[1])].encode())
    elif found := LINE.search(reason):
        lines = payload.split(b"\n")
        before = lines[: int(found[1]) - 1]
        at = sum(len(line) + 1 for line in before) + max(int(found[2] or found[3] or 1) - 1, 0)
    return None if at is None or not payload else min(at, len(payload) - 1)
