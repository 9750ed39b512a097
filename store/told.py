"""Events as they were last written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from rules.event import Event
from store.database import Connection, looking
from store.event_rows import as_event
from store.statements import statements


def told_since(connection: Connection, since: datetime, exercise: bool = False) -> list[Event]:
    """Return the live events that were written since then, or those of drills."""
    return _told(connection, "told_since", since=since, exercise=exercise)


def told_of_case(connection: Connection, case_id: int) -> list[Event]:
    """Return the events of a case, oldest first."""
    return _told(connection, "told_of_case", case_id=case_id)


def _told(connection: Connection, query: str, **values: Any) -> list[Event]:
    with looking(connection), connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements("told")[query], values).fetchall()
    return [as_event(row) for row in rows]
