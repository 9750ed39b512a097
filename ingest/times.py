"""Read device times: ISO 8601 text, or a count since 1970 whose unit its size tells."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from ingest.unusable import Unusable, describe

#: 1900-01-01 and the last microsecond of 9999 [µs since 1970 UTC]: no clock means more.
EARLIEST: Final = -2_208_988_800_000_000
LATEST: Final = 253_402_300_799_999_999

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_NAIVE: Final = datetime(1970, 1, 1)  # noqa: DTZ001 (times without a zone are UTC)
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?")
#: RFC 3339 allows a leap second; Python does not.
_LEAP_SECOND = re.compile(r".{16}:60(?=$|[.,Z+-])")


def microseconds(value: object) -> int:
    """Return [µs since 1970 UTC] of a time as a payload has it; raise `Unusable` otherwise.

    Text is ISO 8601 with date and time of day; a time that names no zone is UTC. Digits
    past the microsecond are cut off. A number counts since 1970, and its size tells the
    unit: seconds below 1e11 (the year 5138), then milliseconds below 1e14, microseconds
    below 1e17, nanoseconds. Each unit so covers every time from 1973 on; a clock that was
    never set lands in 1970 whichever way it is read, and is flagged later.
    """
    if type(value) is int:
        if 100_000_000_000 <= value < 100_000_000_000_000:
            return value * 1_000
        return from_epoch(value)
    if type(value) is str:
        return from_iso(value)
    if type(value) is float:
        return from_epoch(value)
    raise Unusable(f"the time is {describe(value)}; expected ISO 8601 text or a count since 1970")


def from_iso(text: str) -> int:
    """Return [µs since 1970 UTC] of ISO 8601 text, or of digits that count since 1970."""
    if text.isdecimal():  # of which Python reads some as dates of the 18th century
        return _from_odd_text(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _from_odd_text(text)
    if len(text) < 13:
        raise Unusable(f"the time {text} has a date but no time of day")
    since = moment - (_EPOCH if moment.tzinfo else _EPOCH_NAIVE)
    time = since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds
    if EARLIEST <= time <= LATEST:
        return time
    raise Unusable(f"the time {text} is not between the years 1900 and 9999")


def from_epoch(count: float) -> int:
    """Return [µs since 1970 UTC] of a count since 1970, its unit told by its size."""
    size = abs(count)
    if size < 1e11:
        time = count * 1_000_000
    elif size < 1e14:
        time = count * 1_000
    elif size < 1e17:
        time = count
    elif size < 1e20:
        time = count // 1_000
    else:
        raise Unusable(f"the time {count} is too large for a count since 1970")
    if EARLIEST <= time <= LATEST:
        return round(time)
    raise Unusable(f"the time {count} is not between the years 1900 and 9999")


def _from_odd_text(text: str) -> int:
    if len(text) <= 42 and _NUMBER.fullmatch(text):
        return from_epoch(float(text) if "." in text else int(text))
    upper = text.strip().upper() if len(text) <= 64 else text
    leap = _LEAP_SECOND.match(upper)
    if leap:
        return from_iso(upper[: leap.end() - 2] + "59" + upper[leap.end() :]) + 1_000_000
    try:
        datetime.fromisoformat(upper)
    except ValueError:
        expected = "expected ISO 8601, as 2026-11-22T08:30:00Z"
        raise Unusable(f"the time is {describe(text)}; {expected}") from None
    return from_iso(upper)
