"""Pages in any order: what rows are sorted by, and what comes after the last one of a page.

Nulls come before all else ascending, and after it descending.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Identifier, Placeholder
from psycopg_pool import ConnectionPool

from store.statements import statements

COMMA = SQL(", ")
ALIAS = "e"
PATIENCE_MS = 5_000  #: with a list that has no index for an order


class Key(NamedTuple):
    sql: Composable
    descending: bool = False
    always: bool = False  #: never null, so that an index may order by it


def ordered(keys: Sequence[Key]) -> Composable:
    odata = statements("odata")
    return COMMA.join(
        odata[
            ("descending" if key.descending else "ascending")
            + ("" if key.always else "_with_nulls")
        ].format(key.sql)
        for key in keys
    )


def after(keys: Sequence[Key], last: Sequence[Composable | None]) -> Composable:
    """Compose: behind the row whose keys had the values `last`, None where null."""
    odata = statements("odata")
    given = [value for value in last if value is not None]
    if len(given) == len(keys) and all(key.always and not key.descending for key in keys):
        return odata["after_row"].format(COMMA.join(key.sql for key in keys), COMMA.join(given))
    found: Composable = odata["false"]
    for key, value in zip(reversed(keys), reversed(last), strict=True):
        found = _beyond(key, value, found)
    return found


def _beyond(key: Key, value: Composable | None, rest: Composable) -> Composable:
    """Compose: after `value` by this key, or equal and after by the rest."""
    odata = statements("odata")
    if value is None:
        same = odata["eq_null"].format(key.sql)
        later = odata["false" if key.descending else "ne_null"].format(key.sql)
        return odata["or"].format(later, odata["and"].format(same, rest))
    name = "after_descending" if key.descending else "after_ascending"
    if key.descending and not key.always:
        name += "_with_nulls"
    same = odata["and"].format(odata["eq"].format(key.sql, value), rest)
    found = odata["or"].format(odata[name].format(key.sql, value), same)
    if not key.always:
        return found
    bound = odata["le" if key.descending else "ge"].format(key.sql, value)  # an index sees this
    return odata["and"].format(bound, found)


def sorted_view(
    pool: ConnectionPool[Any],
    name: str,
    columns: Sequence[tuple[str, bool]],
    last: Sequence[Any] | None,
    limit: int,
    values: dict[str, Any],
) -> list[dict[str, Any]]:
    """Return rows of the list `name` of `views.sql` by `columns`, each with whether descending.

    The last column is never null and no two rows have it in common. The list has no index for
    this, so all it finds is sorted: who waits for too much is told so (QueryCanceled).
    """
    views = statements("views")
    keys = [Key(Identifier(ALIAS, column), descending) for column, descending in columns]
    keys[-1] = keys[-1]._replace(always=True)
    given = {f"last_{n}": value for n, value in enumerate(last or ())}
    condition = (
        statements("odata")["true"]
        if last is None
        else after(keys, [None if given[n] is None else Placeholder(n) for n in given])
    )
    query = views["sorted"].format(base=views[name], after=condition, order=ordered(keys))
    asked = values | given | {"limit": None, "most": limit}
    with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        patience = {"milliseconds": str(PATIENCE_MS)}
        cursor.execute(statements("sensorthings")["patience"], patience)
        rows: list[dict[str, Any]] = cursor.execute(query, asked, prepare=False).fetchall()
        return rows
