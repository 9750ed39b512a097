"""UTC to the wall clock of an IANA zone, for whole columns at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Times

#: Between these years the table of changes is exact; outside, the nearest offset holds.
FIRST_YEAR, LAST_YEAR = 1990, 2060


@cache
def changes(zone: str) -> tuple[Times, NDArray[np.timedelta64]]:
    """Return the UTC times at which `zone` changes its offset, and the offset since each.

    Both (k,), the first time being the beginning of the table. zoneinfo tells an offset
    but not when it changes, so we step by the day and bisect: no zone changed twice
    within a day since 1990. Raises ZoneInfoNotFoundError for a zone that does not exist.
    """
    rules = ZoneInfo(zone)

    def offset(at: datetime) -> timedelta:
        return at.astimezone(rules).utcoffset() or timedelta(0)

    at, end = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
    times, offsets = [at], [offset(at)]
    while at < end:
        later = at + timedelta(days=1)
        if offset(later) != offsets[-1]:
            before, after = at, later
            while after - before > timedelta(seconds=1):
                middle = before + (after - before) / 2
                if offset(middle) == offsets[-1]:
                    before = middle
                else:
                    after = middle
            times.append(after.replace(microsecond=0))
            offsets.append(offset(later))
        at = later
    return (
        np.array([t.replace(tzinfo=None) for t in times], dtype="datetime64[us]"),
        np.array(offsets, dtype="timedelta64[us]"),
    )


def local_time(time: Times, zone: str) -> Times:
    """Return (n,) wall-clock times of `zone` for (n,) UTC times, as datetime64[us]."""
    since, offsets = changes(zone)
    if len(since) == 1:
        local: Times = time + offsets[0]
    else:
        local = time + offsets[np.maximum(np.searchsorted(since, time, side="right") - 1, 0)]
    return local


def local_times(time: Times, zone_number: NDArray[np.integer[Any]], zones: list[str]) -> Times:
    """Return (n,) wall-clock times, row i in `zones[zone_number[i]]`."""
    if len(zones) == 1:
        return local_time(time, zones[0])
    local = np.array(time, dtype="datetime64[us]")
    for number in np.unique(zone_number):
        rows = np.flatnonzero(zone_number == number)
        local[rows] = local_time(time[rows], zones[number])
    return local
