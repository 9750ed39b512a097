"""The curve of a channel over any stretch, in so many points that a plot can show.

Raw readings where they fit, else buckets with lowest, highest and mean, so that no peak vanishes:
made of raw readings below an hour, of minutes where such are kept, of hours from an hour on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import dict_row

from ingest.quality import UNUSABLE
from store.access import EVERYWHERE, Reach
from store.columns import fetch
from store.database import Connection, looking
from store.history import Resolution, readings_between
from store.statements import statements

Column = NDArray[Any]

MINUTE, HOUR, DAY = 60, 3_600, 86_400
#: Widths of buckets [s]; each but the first few is made of whole hours, and 7 days of 1970's
#: Thursdays on.
WIDTHS = (
    *(1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 28 * DAY, 364 * DAY),
)
MOST_RAW = 100_000  #: readings that are read to make one curve
#: A channel has a gap where it said nothing for so many of its intervals.
GAP = 2.5
#: Buckets of rollups that are looked into for which flags their readings bear.
MOST_LOOKS = 400
LARGEST = 1e300  #: as in 0003: what is larger cannot be averaged


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Columns, a row a reading or a bucket, oldest first; `width` [s] is 0 for raw readings.

    time             : of the reading, or where the bucket begins [ms since 1970 UTC]
    value            : reading, or mean of the usable ones; NaN for none [SI]
    lowest, highest  : of the usable ones; NaN for none
    count, flagged   : usable readings, and others
    quality          : flags of the reading, or those that made readings of the bucket unusable;
                       -1 where it is not known which
    state            : number of the text of a raw reading, -1 for none
    gaps             : stretches in which nothing came, [ms]
    """

    source: Literal["raw", "minute", "hour"]
    width: int
    time: Column
    value: Column
    lowest: Column
    highest: Column
    count: Column
    flagged: Column
    quality: Column
    state: Column
    gaps: list[tuple[float, float]]


class Facts(NamedTuple):
    """What of a channel decides how it is drawn."""

    number: int
    device: str
    quantity: str
    unit: str  #: on the wire
    interval: float  #: [s]


def facts_of(connection: Connection, channel: str) -> Facts | None:
    with looking(connection):
        row = connection.execute(statements("curve")["channel_facts"], {"id": channel}).fetchone()
    return None if row is None else Facts(*row)


def curve(
    connection: Connection,
    of: Facts,
    start: datetime,
    end: datetime,
    points: int,
    now: datetime,
) -> Curve:
    """Return the curve with start <= time < end in at most about `points` rows.

    A little more than `points` where a bucket begins before `start`. Up to `now` nothing that
    came is a gap.
    """
    span = (end - start).total_seconds()
    width = next((each for each in WIDTHS if span <= points * each), WIDTHS[-1])
    kept = _has_readings(connection, start)
    fast = of.interval < MINUTE
    interval = max(of.interval, 0.001)
    until = min(end, now)
    if kept and width < HOUR and span / interval <= MOST_RAW:
        columns = _read(connection, of, start, end, "raw", MOST_RAW + 1)
        if len(columns["time"]) <= points:
            return _raw(columns, start, until, interval)
        if len(columns["time"]) <= MOST_RAW:
            return _of_raw(columns, of, start, until, width, interval)
    resolution: Literal["minute", "hour"] = "hour"
    if fast and width < HOUR and span / max(width, MINUTE) <= MOST_RAW:
        resolution = "minute"
    base = MINUTE if resolution == "minute" else HOUR
    width = max(width, base)
    whole = datetime.fromtimestamp(start.timestamp() // width * width, UTC)
    columns = _read(connection, of, whole, end, resolution, 2 * MOST_RAW)
    return _of_rolled(connection, columns, of, (whole, until), width, base, interval, resolution)


def events_in(
    connection: Connection,
    channels: Sequence[int],
    start: datetime,
    end: datetime,
    limit: int,
    reach: Reach = EVERYWHERE,
) -> list[dict[str, Any]]:
    """Return the events on `channels` that stood within [start, end), newest first.

    With what is known of their cases as far as `reach` goes.
    """
    values = {"channels": list(channels), "start": start, "end": end, "limit": limit}
    values |= reach._asdict()
    with looking(connection), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("curve")["events_in"], values).fetchall()


def _has_readings(connection: Connection, start: datetime) -> bool:
    with looking(connection):
        row = connection.execute(statements("curve")["kept_from"]).fetchone()
    return row is None or row[0] <= start


def _read(
    connection: Connection,
    of: Facts,
    start: datetime,
    end: datetime,
    resolution: Resolution,
    limit: int,
) -> dict[str, Column]:
    since, until = (np.datetime64(_naive(time), "us") for time in (start, end))
    return readings_between(connection, [of.number], since, until, resolution, limit)


def _raw(columns: dict[str, Column], start: datetime, until: datetime, interval: float) -> Curve:
    seconds = _seconds(columns["time"])
    usable = _usable(columns)
    none = np.full(len(seconds), np.nan)
    return Curve(
        source="raw",
        width=0,
        time=seconds * 1e3,
        value=columns["value"],
        lowest=none,
        highest=none,
        count=usable.astype(np.int64),
        flagged=((columns["quality"] & int(UNUSABLE)) != 0).astype(np.int64),
        quality=columns["quality"].astype(np.int64),
        state=columns["state"],
        gaps=_gaps(seconds, seconds, start, until, GAP * interval),
    )


def _of_raw(
    columns: dict[str, Column],
    of: Facts,
    start: datetime,
    until: datetime,
    width: int,
    interval: float,
) -> Curve:
    seconds, value, usable = _seconds(columns["time"]), columns["value"], _usable(columns)
    flags = columns["quality"] & int(UNUSABLE)
    first, begins = _buckets(seconds, width)
    count = np.add.reduceat(usable.astype(np.int64), first)
    energy = of.quantity == "sound_level"
    return Curve(
        source="raw",
        width=width,
        time=begins * 1e3,
        value=_mean(np.where(usable, value, 0.0), usable.astype(np.int64), first, count, energy),
        lowest=_least(np.where(usable, value, np.nan), first),
        highest=_most(np.where(usable, value, np.nan), first),
        count=count,
        flagged=np.add.reduceat((flags != 0).astype(np.int64), first),
        quality=np.bitwise_or.reduceat(flags, first).astype(np.int64),
        state=np.full(len(first), -1),
        gaps=_gaps(seconds, seconds, start, until, max(GAP * interval, width)),
    )


def _of_rolled(
    connection: Connection,
    columns: dict[str, Column],
    of: Facts,
    stretch: tuple[datetime, datetime],
    width: int,
    base: int,
    interval: float,
    resolution: Literal["minute", "hour"],
) -> Curve:
    seconds = _seconds(columns["time"])
    energy = of.quantity == "sound_level"
    gaps = _gaps(seconds, seconds + base, *stretch, max(GAP * interval, width))
    first, begins = _buckets(seconds, width)
    count = np.add.reduceat(columns["count"].astype(np.int64), first)
    flagged = np.add.reduceat(columns["flagged"].astype(np.int64), first)
    mean = np.nan_to_num(columns["mean"], nan=0.0)
    return Curve(
        source=resolution,
        width=width,
        time=begins * 1e3,
        value=_mean(mean, columns["count"].astype(np.int64), first, count, energy),
        lowest=_least(columns["lowest"], first),
        highest=_most(columns["highest"], first),
        count=count,
        flagged=flagged,
        quality=_flags(connection, of, begins, flagged, width),
        state=np.full(len(first), -1),
        gaps=gaps,
    )


def _flags(
    connection: Connection, of: Facts, begins: Column, flagged: Column, width: int
) -> Column:
    """Return which flags the flagged readings of each bucket bear, -1 where that is not known."""
    quality = np.where(flagged > 0, -1, 0)
    rows = np.flatnonzero(flagged > 0)
    # Only few and narrow ones: a year of a bad sensor is not read to know why it is bad.
    if not len(rows) or len(rows) * width > MOST_LOOKS * HOUR:
        return quality
    since = [datetime.fromtimestamp(moment, UTC) for moment in begins[rows].tolist()]
    values = {"channel": of.number, "since": since, "width": width}
    with looking(connection):
        _, flags = fetch(connection, statements("curve")["flags_of"], values, [">i8", ">i2"])
    quality[rows] = np.where(flags == 0, -1, flags.view(np.uint16))
    return quality


def _usable(columns: dict[str, Column]) -> NDArray[np.bool_]:
    value = columns["value"]
    with np.errstate(invalid="ignore"):
        usable: NDArray[np.bool_] = np.abs(value) <= LARGEST
    usable &= (columns["quality"] & int(UNUSABLE)) == 0
    return usable


def _buckets(seconds: Column, width: int) -> tuple[Column, Column]:
    """Return the first row of each bucket, and where the buckets begin [s]."""
    bucket = np.floor(seconds / width)
    first = np.flatnonzero(np.diff(bucket, prepend=-np.inf))
    return first, bucket[first] * width


def _mean(mean: Column, weight: Column, first: Column, count: Column, energy: bool) -> Column:
    """Return the mean of each bucket; of levels in dB that of their energy, as 0003 has it."""
    parts = np.power(10.0, mean / 10) if energy else mean
    with np.errstate(invalid="ignore", divide="ignore"):
        total = np.add.reduceat(np.where(weight > 0, parts * weight, 0.0), first) / count
        return 10 * np.log10(total) if energy else total


def _least(values: Column, first: Column) -> Column:
    lowest: Column = np.fmin.reduceat(values, first)
    return lowest


def _most(values: Column, first: Column) -> Column:
    highest: Column = np.fmax.reduceat(values, first)
    return highest


def _gaps(
    begins: Column, ends: Column, start: datetime, until: datetime, longest: float
) -> list[tuple[float, float]]:
    """Return the stretches [ms] longer than `longest` [s] in which nothing came."""
    left = np.concatenate([[start.timestamp()], ends])
    right = np.concatenate([begins, [until.timestamp()]])
    rows = np.flatnonzero(right - left > longest)
    return [(float(left[row]) * 1e3, float(right[row]) * 1e3) for row in rows]


def _seconds(times: Column) -> Column:
    return times.astype("datetime64[us]").view(np.int64) / 1e6


def _naive(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)
