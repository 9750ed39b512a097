"""The engine's memory between two lives, and what it must look at again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from store.database import Connection
from store.statements import statements

#: One long value is moved up in memory for each piece that the socket takes, and nothing else of
#: the process runs meanwhile: 0.6 s for 50 MB, 0.13 s in parts, and it grows with the square.
PART = 1 << 18  #: [bytes]


def save_checkpoint(
    connection: Connection, engine: str, received_until: datetime, body: bytes, saved_at: datetime
) -> None:
    """Keep `body`, the engine's state after all readings received until then; nothing older."""
    sql, values = statements("engine"), {"engine": engine, "received_until": received_until}
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(sql["save_checkpoint"], values | {"saved_at": saved_at})
        cursor.execute(sql["drop_parts"], values)
        with cursor.copy(sql["add_parts"]) as parts:
            parts.set_types(["text", "int4", "bytea"])
            for number, start in enumerate(range(0, len(body), PART)):
                parts.write_row((engine, number, body[start : start + PART]))


def load_checkpoint(connection: Connection, engine: str) -> tuple[datetime, bytes, datetime] | None:
    """Return received_until, body and saved_at of the last checkpoint, None before the first."""
    sql = statements("engine")
    with connection.transaction():
        row = connection.execute(sql["load_checkpoint"], {"engine": engine}).fetchone()
        if row is None:
            return None
        body = b"".join(
            part for (part,) in connection.execute(sql["load_parts"], {"engine": engine})
        )
    received_until, saved_at = row
    return received_until, body, saved_at


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
