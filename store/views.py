"""What the API reads: rows of the named queries in `queries/views.sql`, as plain dicts."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from store.statements import statements

#: What `cases_page` is asked with beside its limit; what is None narrows nothing.
OF_CASES = (
    "id", "before", "states", "open", "code", "department", "severity", "area", "exercise", "drill",
    "light", "now", "text", "areas", "departments",
)  # fmt: skip


def view(pool: ConnectionPool[Any], name: str, **values: Any) -> list[dict[str, Any]]:
    """Return the rows of the query `name`, each a dict of its columns."""
    query = statements("views")[name]
    with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        rows: list[dict[str, Any]] = cursor.execute(query, values).fetchall()
        return rows
