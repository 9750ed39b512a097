"""What the API reads: rows of the named queries in `queries/views.sql`, as plain dicts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from store.database import Connection
from store.narrowed import narrowed
from store.statements import statements

#: What `cases_page` is asked with beside its limit; what is None narrows nothing.
OF_CASES = (
    "id", "before", "states", "open", "code", "department", "severity", "area", "exercise", "drill",
    "light", "now", "text", "areas", "departments",
)  # fmt: skip


def view(pool: ConnectionPool[Any], name: str, **values: Any) -> list[dict[str, Any]]:
    """Return the rows of the query `name`, each a dict of its columns."""
    query = narrowed(statements("views")[name], values)
    with at_once(pool) as connection, connection.cursor(row_factory=dict_row) as cursor:
        rows: list[dict[str, Any]] = cursor.execute(query, values).fetchall()
        return rows


@contextmanager
def at_once(pool: ConnectionPool[Any]) -> Iterator[Connection]:
    """A connection whose every statement is a transaction by itself, for what only reads.

    BEGIN and COMMIT would be two more trips to the server for each.
    """
    with pool.connection() as connection:
        connection.autocommit = True
        try:
            yield connection
        finally:
            if not connection.closed:
                connection.autocommit = False
