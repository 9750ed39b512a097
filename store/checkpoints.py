"""The engine's memory between two lives, and what it must look at again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from store.database import Connection
from store.statements import statements


def save_checkpoint(
    connection: Connection, engine: str, received_until: datetime, body: bytes, saved_at: datetime
) -> None:
    """Keep `body`, the engine's state after all readings received until then; nothing older."""
    values = {"engine": engine, "received_until": received_until, "body": body}
    with connection.transaction():
        connection.execute(statements("engine")["save_checkpoint"], values | {"saved_at": saved_at})


def load_checkpoint(connection: Connection, engine: str) -> tuple[datetime, bytes, datetime] | None:
    """Return received_until, body and saved_at of the last checkpoint, None before the first."""
    with connection.transaction():
        return connection.execute(
            statements("engine")["load_checkpoint"], {"engine": engine}
        ).fetchone()


def last_receipt(connection: Connection) -> datetime | None:
    """Return when the newest reading was received, None where there is none."""
    with connection.transaction():
        row = connection.execute(statements("engine")["last_receipt"]).fetchone()
    return row[0] if row else None


def ask_rejudge(connection: Connection, since: Mapping[int, datetime]) -> None:
    """Have the engine judge channels again from a device time on; in the caller's transaction."""
    sql = statements("engine")
    connection.execute(sql["ask_rejudge"], {"channel": list(since), "since": list(since.values())})
    connection.execute(sql["tell"], {"what": "rejudge"})


def take_rejudge(connection: Connection, exercise: bool = False) -> dict[int, datetime]:
    """Return the channels to judge again and since when, and strike them off the list.

    Live ones, or those of drills.

    In the caller's transaction, so that they stay on it until what came of it is settled.
    """
    return dict(connection.execute(statements("engine")["take_rejudge"], {"exercise": exercise}))
