"""The ledger's side of storing a drain: what came of each device's readings, counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.intake import Intake
from ingest.quality import UNUSABLE, Quality
from store.database import Connection
from store.plain_text import name
from store.statements import statements

NEVER = int(np.iinfo(np.int64).min)  #: last time of a channel with no good clock
BAD_CLOCK = int(Quality.FUTURE | Quality.EPOCH)


def book(
    connection: Connection,
    intake: Intake,
    new: NDArray[np.bool_],
    quarantined: Counter[str],
    rejected: Counter[str],
) -> None:
    """Add an intake to the ledger; `new` (n,) marks its rows that were stored.

    Booked on the city's day of the drain's last message, so that a drain touches one row a device.
    """
    if not intake.messages:
        return
    now = np.datetime64(max(message.received for message in intake.messages), "us")
    sql = statements("readings")
    batch = intake.batch
    if len(batch):
        channels, place = np.unique(batch.channel, return_inverse=True)
        flagged = (batch.quality & int(UNUSABLE)) != 0
        late = (batch.quality & int(Quality.LATE)) != 0
        good_clock = (batch.quality & BAD_CLOCK) == 0
        last = np.full(len(channels), NEVER)
        np.maximum.at(last, place[good_clock], batch.time[good_clock].view(np.int64))

        def count(rows: NDArray[np.bool_]) -> str:
            return _array(np.bincount(place[rows], minlength=len(channels)))

        values = {
            "now": now.item(),
            "channel": _array(channels),
            "received": count(np.ones(len(batch), dtype=np.bool_)),
            "stored": count(new),
            "late": count(new & late),
            "flagged": count(new & flagged),
            "last_time": _array(last),
            "never": NEVER,
        }
        connection.execute(sql["book_channels"], values)
    unknown = Counter(name(device) for device in intake.unknown.device)
    devices = sorted(unknown.keys() | rejected.keys())
    if devices:
        values = {
            "now": now.item(),
            "device": devices,
            "received": [unknown[device] + rejected[device] for device in devices],
            "rejected": [rejected[device] for device in devices],
            "quarantined": [quarantined[device] for device in devices],
        }
        connection.execute(sql["book_devices"], values)


def _array(numbers: NDArray[np.integer[Any]]) -> str:
    """Return integers as PostgreSQL writes an array: psycopg's way costs ten times as much."""
    return "{" + str(numbers.tolist())[1:-1] + "}"
