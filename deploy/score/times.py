"""Times as tables of recorded data have them: ISO 8601, counts since 1970, day-first dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from ingest.times import microseconds
from ingest.unusable import Unusable

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEAR_FIRST: Final = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?!\d)")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})(?:[ T](\S+))?")


def read_time(written: str) -> int:
    """Return [µs since 1970 UTC] of a time as a table writes it; raise `Unusable` otherwise.

    As a payload's time, and besides: a date alone is its midnight, and `06/01/14 00` is an
    hour of 6 January 2014. Day before month, always: to decide it by the rows that follow
    would be to look ahead.
    """
    text = written.strip()
    if first := _YEAR_FIRST.match(text):
        text = "{}-{:0>2}-{:0>2}".format(*first.groups()) + text[first.end() :]
    if _DATE.fullmatch(text):
        return microseconds(text + "T00:00")
    found = _DAY_FIRST.fullmatch(text)
    if found is None:
        return microseconds(text)
    day, month, year, clock = found.groups()
    hour, minute, second = (float(part) for part in f"{clock or '0'}:0:0".split(":")[:3])
    try:
        date = datetime(int(year) + 2000 * (len(year) == 2), int(month), int(day), tzinfo=UTC)
    except ValueError:
        raise Unusable(f"{text} is no date, the day being written first") from None
    seconds = hour * 3600 + minute * 60 + second
    return round((date.timestamp() + seconds) * 1e6)
