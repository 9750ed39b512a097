"""Read stored readings back, as columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch
from ingest.quality import Quality
from store.columns import fetch, from_database
from store.database import Connection
from store.statements import statements

BATCH = [">i4", ">i8", ">i8", ">f8", ">i4", ">i2"]
BAD_CLOCK = int(Quality.FUTURE | Quality.EPOCH)

Resolution = Literal["raw", "minute", "hour"]
RAW = {"channel": ">i4", "time": ">i8", "value": ">f8", "state": ">i4", "quality": ">i2"}
ROLLED = {"channel": ">i4", "time": ">i8", "count": ">i4"}
ROLLED |= {"mean": ">f8", "lowest": ">f8", "highest": ">f8", "last": ">f8", "flagged": ">i4"}
VIEWS: dict[Resolution, tuple[str, dict[str, str]]] = {
    "raw": ("raw_between", RAW),
    "minute": ("minutes_between", ROLLED),
    "hour": ("hours_between", ROLLED),
}


def history(
    connection: Connection,
    channels: Sequence[int] | NDArray[np.int32],
    since: np.datetime64,
    until: np.datetime64 | None = None,
) -> Batch:
    """Return the readings of `channels` with since <= time < until, by channel and time."""
    return _batch(
        connection,
        "history",
        channels=[int(number) for number in channels],
        since=_moment(since),
        until=None if until is None else _moment(until),
    )


def received_after(
    connection: Connection, received: np.datetime64 | None, rows: int = 100_000
) -> Iterator[Batch]:
    """Yield all readings received after `received` in the order of receipt, about `rows` a time.

    Readings with one stamp of receipt come in one batch. What arrives meanwhile is not in it.
    """
    after = None if received is None else _moment(received)
    with connection.transaction():
        stamps, counts = fetch(
            connection, statements("history")["receipts"], {"after": after}, [">i8", ">i8"]
        )
    stamps = from_database(stamps)
    page = np.cumsum(counts) // rows
    for first, last in zip(
        np.flatnonzero(np.diff(page, prepend=-1)),
        np.flatnonzero(np.diff(page, append=np.iinfo(np.int64).max)),
        strict=True,
    ):
        bounds = {"first": _moment(stamps[first]), "last": _moment(stamps[last])}
        yield _batch(connection, "received", **bounds)


def latest(connection: Connection, since: np.datetime64 | None = None) -> Batch:
    """Return the newest reading of each channel that has one (not before `since`).

    Readings whose clock was known to be wrong do not count. Looking back without limit
    reads every week that is stored: give `since` where the answer is wanted often.
    """
    moment = None if since is None else _moment(since)
    return _batch(connection, "latest", since=moment, bad_clock=BAD_CLOCK)


def readings_between(
    connection: Connection,
    channels: Sequence[int],
    start: np.datetime64,
    end: np.datetime64,
    resolution: Resolution = "raw",
    limit: int = 100_000,
) -> dict[str, NDArray[Any]]:
    """Return columns of the readings with start <= time < end, by channel and time.

    raw: channel, time, value (NaN: none), state (-1: none), quality. minute, hour: channel,
    time (the beginning), count and mean, lowest, highest, last of the usable readings (NaN:
    none), flagged (how many were not usable). Sound levels are averaged by energy.
    """
    name, types = VIEWS[resolution]
    values = {
        "channels": list(channels),
        "start": _moment(start),
        "end": _moment(end),
        "limit": limit,
    }
    with connection.transaction():
        arrays = fetch(connection, statements("history")[name], values, list(types.values()))
    columns = dict(zip(types, arrays, strict=True))
    columns["time"] = from_database(columns["time"])
    if "quality" in columns:
        columns["quality"] = columns["quality"].view(np.uint16)
    return columns


def _batch(connection: Connection, query: str, **values: object) -> Batch:
    with connection.transaction():
        channel, time, received, value, state, quality = fetch(
            connection, statements("history")[query], values, BATCH
        )
    return Batch(
        channel=channel,
        time=from_database(time),
        received=from_database(received),
        value=value,
        state=state,
        quality=quality.view(np.uint16),
    )


def _moment(time: np.datetime64) -> str:
    """Return ISO 8601 with zone: a datetime does not reach as far as datetime64."""
    return f"{time.astype('datetime64[us]')}Z"
