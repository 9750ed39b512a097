"""Drop what is older than it need be kept; rollups, events and cases stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from store.database import Connection
from store.statements import statements

#: A redelivery comes when the session is taken up again; nobody does that after a month.
UNTIMED = timedelta(days=30)


def retain(connection: Connection, now: datetime, readings: timedelta | None) -> list[str]:
    """Drop readings older than `readings` (None: none); return the partitions dropped.

    Whole partitions go, so up to a week more is kept. Roll first: what was not rolled up
    is gone with its readings.
    """
    sql = statements("upkeep")
    with connection.transaction():
        connection.execute(sql["drop_untimed"], {"moment": now - UNTIMED})
        if readings is None:
            return []
        moment = now - readings
        connection.execute(sql["note_dropped"], {"moment": moment})
        return [
            str(name)
            for (name,) in connection.execute(sql["drop_readings"], {"moment": moment}).fetchall()
        ]


def compress(connection: Connection, age: timedelta) -> bool:
    """Have TimescaleDB compress readings older than `age`; False where it cannot be done.

    Sets a policy that runs by itself; to call it again with another age changes that.
    """
    with connection.transaction():
        [done] = connection.execute(statements("upkeep")["compress"], {"age": age}).fetchone() or [
            False
        ]
    return bool(done)
