"""Small intakes, channels and batches for the tests of the store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.batch import Batch, make_batch
from ingest.intake import Intake, Unknown
from ingest.message import Message, Reject
from store.database import Connection

NOON = np.datetime64("2026-11-18T12:00:00", "us")
SECOND = np.timedelta64(1, "s")


def readings(*rows: tuple[int, float, float], received: float = 0) -> Batch:
    """Build a batch from (channel, seconds after noon, value), received seconds after noon."""
    return make_batch(
        [channel for channel, _, _ in rows],
        np.array([NOON + np.timedelta64(round(s * 1e6), "us") for _, s, _ in rows], "M8[us]"),
        [value for _, _, value in rows],
        received=np.full(len(rows), NOON + np.timedelta64(round(received * 1e6), "us")),
    )


def unknown(*rows: tuple[str, str, float, float | str, str]) -> Unknown:
    """Build unknown readings of message 0 from (device, name, seconds after noon, value, unit)."""
    values = [row[3] for row in rows]
    return Unknown(
        message=np.zeros(len(rows), dtype=np.int32),
        device=[row[0] for row in rows],
        name=[row[1] for row in rows],
        time=np.array([NOON + np.timedelta64(round(row[2] * 1e6), "us") for row in rows], "M8[us]"),
        value=np.array([np.nan if isinstance(v, str) else v for v in values], dtype=np.float64),
        state=[v if isinstance(v, str) else None for v in values],
        unit=[row[4] for row in rows],
        quality=np.zeros(len(rows), dtype=np.uint16),
    )


def intake(
    batch: Batch | None = None,
    others: Unknown | None = None,
    rejects: Sequence[Reject] = (),
    untimed: Sequence[tuple[int, bytes]] = (),
    redelivered: bool = False,
    payload: bytes = b"{}",
    received: float = 0,
    sender: str = "d1",
) -> Intake:
    """Build the intake of a drain of one message; `sender` is the device of its topic."""
    batch = readings() if batch is None else batch
    at = int((NOON + np.timedelta64(round(received * 1e6), "us")).view(np.int64))
    message = Message("city", "a/b", payload, at, "json", sender, redelivered)
    return Intake(
        messages=[message],
        batch=batch,
        row_message=np.zeros(len(batch), dtype=np.int32),
        unknown=unknown() if others is None else others,
        rejects=list(rejects),
        untimed=list(untimed),
    )


def add_channels(
    database: Connection, count: int, quantity: str = "pressure", interval: str = "PT5S"
) -> list[int]:
    """Add a device d<n> with a channel d<n>/value for n = 1..count; return their numbers."""
    database.execute(
        "INSERT INTO devices (id, status) SELECT 'd' || n, 'active' FROM generate_series(1, %s) n",
        (count,),
    )
    rows = database.execute(
        "INSERT INTO channels (id, device, name, quantity, unit, interval)"
        " SELECT 'd' || n || '/value', 'd' || n, 'value', %s, 'Pa', %s::interval"
        " FROM generate_series(1, %s) n RETURNING number",
        (quantity, interval, count),
    ).fetchall()
    database.commit()
    return [int(str(number)) for (number,) in rows]


def stored_values(database: Connection) -> list[tuple[int, float, float | None]]:
    """Return all readings as (channel, seconds after noon, value)."""
    rows = database.execute(
        "SELECT channel, extract(epoch FROM time - %s::timestamptz)::float8, value FROM readings"
        " ORDER BY channel, time",
        (NOON.item().isoformat() + "Z",),
    ).fetchall()
    database.commit()
    return rows
