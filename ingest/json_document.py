"""Read a JSON payload so that whatever comes out can also be stored."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

from ingest.unusable import Unusable

#: Texts longer than these fit no index of the store.
LONGEST_NAME = 255
LONGEST_STATE = 500
LONGEST_UNIT = 60

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class NoNumber:
    """A number that is none (NaN, Infinity, 1e999): it costs its own field, not the message."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text if len(self.text) <= 40 else f"{self.text[:40]}…"


def read_json(payload: bytes) -> Any:
    """Return the document; every float in it is finite. Raise `Unusable` with line and column.

    A name that appears twice in one object has its last value, as with every common reader.
    """
    try:
        document = orjson.loads(payload)
    except ValueError as error:
        document = _read_tolerantly(payload, error)
    if b"\\u0000" in payload and _NUL.search(payload):
        raise Unusable("the payload has text with the character NUL (\\u0000), which no text may")
    return document


def _read_tolerantly(payload: bytes, error: ValueError) -> Any:
    """Read what devices written in C or Python send beside the standard: a byte-order mark,
    NaN, Infinity and numbers beyond the range of a double.
    """
    if not payload.strip():
        raise Unusable("the payload is empty") from None
    if payload.startswith(_BYTE_ORDER_MARK):
        return read_json(payload.removeprefix(_BYTE_ORDER_MARK))
    try:
        text = payload.decode()
    except UnicodeDecodeError as fault:
        raise Unusable(f"the payload is not UTF-8 text: byte {fault.start + 1}") from None
    odd: list[NoNumber] = []

    def no_number(text: str) -> NoNumber:
        odd.append(NoNumber(text))
        return odd[-1]

    def number(text: str) -> float | NoNumber:
        value = float(text)
        return value if math.isfinite(value) else no_number(text)

    try:
        document = json.loads(
            text,
            parse_constant=no_number,
            parse_float=number,
            parse_int=lambda text: int(text) if len(text) < 19 else number(text),
        )
    except (ValueError, RecursionError):
        raise Unusable(f"the payload is not JSON: {error}") from None
    if not odd or b"\\ud" in payload.lower():  # Python would let half a surrogate pair pass
        raise Unusable(f"the payload is not JSON: {error}") from None
    return document


def storable(record: Any) -> Any:
    """Return `record` fit to be kept beside a reject: JSON, small, and not deep."""
    if record is None:
        return None
    try:
        text = orjson.dumps(record, default=str)
    except TypeError:  # too deep, or not of JSON at all
        return None
    return record_text(text) if len(text) > 2_000 else orjson.loads(text)


def record_text(record: bytes) -> str:
    """Return the beginning of `record` as text that a store takes."""
    shown = record[:1_000].decode(errors="replace").replace("\0", "\ufffd")
    return shown if len(record) <= 1_000 else shown + "…"
