"""Hours of the local day, such as 22:00/06:00."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cases.curve import stamp
from ingest.batch import Times
from ingest.localtime import local_time
from rules.duration import microseconds


def ends_of(hours: str) -> tuple[timedelta, timedelta]:
    """Return when `hours` begin after midnight, and how long they are."""
    begin, end = (
        timedelta(hours=int(h), minutes=int(m)) for h, m in (t.split(":") for t in hours.split("/"))
    )
    return begin, (end - begin) % timedelta(days=1) or timedelta(days=1)


def in_hours(hours: str, time: Times, zone: str) -> NDArray[np.bool_]:
    """Return (n,) whether each time lies in `hours` of the day in `zone`."""
    begin, length = ends_of(hours)
    local = local_time(time, zone) - microseconds(begin)
    inside: NDArray[np.bool_] = (local - local.astype("M8[D]")) < microseconds(length)
    return inside


def within(hours: str, now: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the last instant until now that lies in `hours`, and when they begin next."""
    begin, length = ends_of(hours)
    local = local_time(np.array([stamp(now)]), zone)[0].astype("M8[us]").item()
    into = (local - local.replace(hour=0, minute=0, second=0, microsecond=0) - begin) % timedelta(1)
    opens = now + (timedelta(1) - into)
    return (now if into < length else now - (into - length)), opens
