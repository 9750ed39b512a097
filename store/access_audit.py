"""The trail of what was done and refused, read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from store.database import Connection
from store.statements import statements

PAGE = 1000


class Asked(NamedTuple):
    """Which lines; None: any."""

    name: str | None = None
    kind: str | None = None
    permission: str | None = None
    refused: bool | None = None
    contains: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def lines(
    connection: Connection, asked: Asked, limit: int, before: int | None = None
) -> list[dict[str, Any]]:
    """Return lines, newest first, from below the number `before`."""
    values = asked._asdict() | {"limit": limit, "before": before}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("access_audit")["lines"], values).fetchall()


def every_line(connection: Connection, asked: Asked) -> Iterator[dict[str, Any]]:
    """Yield all of them, page by page."""
    before, found = None, PAGE
    while found == PAGE:
        page = lines(connection, asked, PAGE, before)
        found = len(page)
        yield from page
        before = page[-1]["number"] if page else None
