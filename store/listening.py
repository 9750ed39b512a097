"""When we were listening, so that our own downtime is nobody's silence."""

from __future__ import annotations

from datetime import datetime

from store.database import Connection
from store.statements import statements


def listened(connection: Connection, source: str, began: datetime, until: datetime) -> None:
    """Note that `source` has been listened to since `began`, at least until `until`."""
    with connection.transaction():
        values = {"source": source, "began": began, "until": until}
        connection.execute(statements("engine")["listened"], values)


def not_listening(
    connection: Connection, now: datetime, after: datetime | None = None
) -> list[tuple[datetime, datetime]]:
    """Return the stretches since our first listening in which no source was listened to.

    The last reaches to `now` where nothing listens at present. With `after`, the end of
    one of them, only those that came later.
    """
    values = {"now": now, "after": after}
    with connection.transaction():
        return connection.execute(statements("engine")["not_listening"], values).fetchall()
