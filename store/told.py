"""Events as they were last written, for an engine that begins anew."""

from __future__ import annotations

from datetime import datetime

from psycopg.rows import dict_row

from rules.event import Event
from store.database import Connection
from store.settlement import as_event
from store.statements import statements


def told_since(connection: Connection, found: datetime) -> list[Event]:
    """Return the events found since then."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements("told")["told_since"], {"found": found}).fetchall()
    return [as_event(row) for row in rows]
