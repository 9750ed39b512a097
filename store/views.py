"""What the API reads: rows of the named queries in `queries/views.sql`, as plain dicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from store.database import Connection
from store.narrowed import narrowed
from store.statements import statements

Rows = list[dict[str, Any]]

#: What `cases_page` is asked with beside its limit; what is None narrows nothing.
OF_CASES = (
    "id", "before", "states", "open", "code", "department", "severity", "area", "exercise", "drill",
    "light", "now", "text", "areas", "departments",
)  # fmt: skip


def view(pool: ConnectionPool[Any], name: str, **values: Any) -> Rows:
    """Return the rows of the query `name`, each a dict of its columns."""
    query = narrowed(statements("views")[name], values)
    with at_once(pool) as connection, connection.cursor(row_factory=dict_row) as cursor:
        rows: Rows = cursor.execute(query, values).fetchall()
        return rows


def looks(connection: Connection, *asked: tuple[str, Mapping[str, Any]]) -> list[Rows]:
    """Return the rows of each query, all asked in one trip to the server."""
    queries = statements("views")
    with connection.pipeline():
        cursors = [
            connection.cursor(row_factory=dict_row).execute(narrowed(queries[name], values), values)
            for name, values in asked
        ]
    return [cursor.fetchall() for cursor in cursors]


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
