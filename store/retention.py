"""Drop what is older than it need be kept; rollups, events, cases and the ledger stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from psycopg.errors import LockNotAvailable

from store.database import Connection
from store.statements import statements

#: Only what was on its way to be acknowledged when a session broke is delivered again, when it
#: is taken up. After a longer break an untimed reading may so be stored twice; to remember
#: each untimed message for longer would cost more than the readings themselves.
UNTIMED = timedelta(days=1)
#: The trail is kept for half a year at least: what it is for is often asked months later.
AUDIT_LEAST = timedelta(days=183)
LINES = 100_000  #: of the trail dropped at once; the rest an hour later


def retain(connection: Connection, now: datetime, readings: timedelta | None) -> list[str]:
    """Drop readings older than `readings` (None: none); return the partitions dropped.

    So go readings that nobody adopted and dead letters, by when they were received.
    Whole partitions go, so up to a week more is kept; none go while a long query holds them,
    then it is for the next time. Roll first: what was not rolled up is gone with its readings.
    """
    sql = statements("upkeep")
    with connection.transaction():
        connection.execute(sql["drop_untimed"], {"moment": now - UNTIMED})
    if readings is None:
        return []
    values = {"moment": now - readings}
    with connection.transaction():
        connection.execute(sql["drop_unadopted"], values)
        connection.execute(sql["drop_letters"], values)
    try:
        with connection.transaction():
            connection.execute(sql["note_dropped"], values)
            dropped = connection.execute(sql["drop_readings"], values).fetchall()
    except LockNotAvailable:
        return []
    return [str(name) for (name,) in dropped]


def retain_audit(connection: Connection, now: datetime, keep: timedelta | None) -> int:
    """Drop lines of the trail older than `keep` (None: none) by the wall clock; return how many.

    Nothing else deletes any, and no route can.
    """
    if keep is None:
        return 0
    values = {"moment": now - keep, "most": LINES}
    with connection.transaction():
        return len(connection.execute(statements("upkeep")["drop_audit"], values).fetchall())


def compress(connection: Connection, age: timedelta) -> bool:
    """Have TimescaleDB compress readings older than `age`; False where it cannot be done.

    Sets a policy that runs by itself; to call it again with another age changes that.
    """
    with connection.transaction():
        [done] = connection.execute(statements("upkeep")["compress"], {"age": age}).fetchone() or [
            False
        ]
    return bool(done)
