"""The values of line protocol's fields: float, integer, unsigned, boolean and quoted text."""

from __future__ import annotations

import re

from ingest.json_document import LONGEST_STATE
from ingest.unusable import Unusable

_ESCAPED_IN_QUOTES = re.compile(rb'\\(["\\])')
_FLOAT = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_INTEGER = re.compile(rb"([+-]?\d{1,20})i")
_UNSIGNED = re.compile(rb"(\d{1,20})u")
BOOLEANS = {
    **dict.fromkeys((b"t", b"T", b"true", b"True", b"TRUE"), True),
    **dict.fromkeys((b"f", b"F", b"false", b"False", b"FALSE"), False),
}


def parse_value(sent: bytes) -> float | bool | str:
    """Return a field's value; raise `Unusable` if it is none of the five kinds."""
    if sent.startswith(b'"'):
        text = _ESCAPED_IN_QUOTES.sub(rb"\1", sent[1:-1]).decode()
        if len(text) > LONGEST_STATE:
            raise Unusable(
                f"is text of {len(text)} characters; a state has at most {LONGEST_STATE}"
            )
        return text
    if _FLOAT.fullmatch(sent):
        value = float(sent)
        if value - value == 0:
            return value
        raise Unusable(f"is {shown(sent)}, more than a number can hold")
    if sent in BOOLEANS:
        return BOOLEANS[sent]
    signed = _INTEGER.fullmatch(sent)
    if signed:
        return _whole(int(signed[1]), -(2**63), 2**63 - 1)
    unsigned = _UNSIGNED.fullmatch(sent)
    if unsigned:
        return _whole(int(unsigned[1]), 0, 2**64 - 1)
    raise Unusable(
        f"is {shown(sent) or 'empty'}; expected a number, a whole number (12i, 12u),"
        " true/false or text in double quotes"
    )


def _whole(value: int, lowest: int, highest: int) -> float:
    if lowest <= value <= highest:
        return float(value)
    raise Unusable(f"is {value}, which does not fit 64 bits")


def shown(text: bytes) -> str:
    """Return the beginning of `text` for an operator to read."""
    begin = text[:60].decode(errors="replace")
    return begin if len(text) <= 60 else begin + "…"
