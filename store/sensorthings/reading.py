"""Pages of entity sets, and of those related to each entity of a page, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from psycopg.rows import dict_row
from psycopg.sql import Composable, Composed, Identifier
from psycopg.types.json import Jsonb

from store.database import Connection
from store.ordering import ALIAS, COMMA, Key, after, ordered
from store.sensorthings.asked import Asked
from store.sensorthings.composing import Composer
from store.sensorthings.model import BY_NAME, Entity, Relation, Type
from store.sensorthings.units import quantities
from store.statements import statements

PATIENCE = timedelta(seconds=10)  #: with one statement


class BadAfter(ValueError):
    """A cursor does not fit the order it is used with."""


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[dict[str, Any]]
    more: bool
    count: int | None = None

    @property
    def last(self) -> list[Any]:
        """The sort keys of the last row."""
        keys = sorted(name for name in self.rows[-1] if name.startswith("_order"))
        return [self.rows[-1][name] for name in keys]


class _Key(NamedTuple):
    key: Key
    type: Type


class Reader:
    """Reads within one transaction; `site` is how clients reach us."""

    def __init__(self, connection: Connection, now: datetime, site: str) -> None:
        sql = statements("sensorthings")
        connection.execute(sql["bounds"])
        milliseconds = str(PATIENCE // timedelta(milliseconds=1))
        connection.execute(sql["patience"], {"milliseconds": milliseconds})
        self._cursor = connection.cursor(row_factory=dict_row)
        self._now = now
        self._values = {"site": site, "quantities": Jsonb(quantities())}

    def one(
        self, entity: Entity, given: Mapping[str, Any], asked: Asked = Asked()  # noqa: B008
    ) -> dict[str, Any] | None:  # fmt: skip
        """Return the one entity whose columns have the values `given`."""
        rows = self.page(entity, given, asked, 1).rows
        return rows[0] if rows else None

    def page(self, entity: Entity, given: Mapping[str, Any], asked: Asked, limit: int) -> Page:
        """Return entities whose columns have the values `given`, as they are asked for."""
        sql, odata = statements("sensorthings"), statements("odata")
        composer = Composer(entity, ALIAS, self._now)
        condition = self._condition(composer, asked)
        for column, value in given.items():
            equal = odata["eq"].format(Identifier(ALIAS, column), composer.parameter(value))
            condition = odata["and"].format(equal, condition)
        count = None
        if asked.count:
            query = sql["count"].format(
                base=sql[entity.name].format(), alias=Identifier(ALIAS), condition=condition
            )
            [row] = self._run(query, composer)
            count = row["count"]
        keys = self._keys(composer, asked, given)
        if asked.after:
            condition = odata["and"].format(condition, self._after(composer, keys, asked.after))
        query = sql["page"].format(**self._parts(entity, asked, keys), condition=condition)
        rows = self._run(query, composer, limit=limit + 1, skip=asked.skip)
        return Page(rows[:limit], len(rows) > limit, count)

    def each(
        self, relation: Relation, owners: Sequence[Any], asked: Asked, limit: int
    ) -> dict[Any, Page]:
        """Return, by its owner, a page of those that `relation` leads to."""
        sql, odata = statements("sensorthings"), statements("odata")
        entity = BY_NAME[relation.target]
        composer = Composer(entity, ALIAS, self._now)
        condition = self._condition(composer, asked)
        keys = self._keys(composer, asked, {relation.other: None})
        column, given = Identifier(ALIAS, relation.other), composer.parameter([*owners])
        given = odata["texts" if isinstance(owners[0], str) else "numbers"].format(given)
        parts = self._parts(entity, asked, keys) | {"column": column, "keys": given}
        rows = self._run(
            sql["page_of_each"].format(**parts, condition=condition),
            composer, limit=limit + 1, skip=asked.skip,
        )  # fmt: skip
        counts: dict[Any, int] = {}
        if asked.count:
            counted = {name: parts[name] for name in ("base", "alias", "column", "keys")}
            query = sql["count_of_each"].format(**counted, condition=condition)
            counts = {row["_given"]: row["count"] for row in self._run(query, composer)}
        found: dict[Any, list[dict[str, Any]]] = {owner: [] for owner in owners}
        for row in rows:
            found[row["_given"]].append(row)
        return {
            owner: Page(rows[:limit], len(rows) > limit, counts.get(owner))
            for owner, rows in found.items()
        }

    def _run(self, query: Composed, composer: Composer, **more: int) -> list[dict[str, Any]]:
        # Planned anew each time: a plan for any value would not know how few rows one has.
        values = self._values | composer.values | more
        rows: list[dict[str, Any]] = self._cursor.execute(query, values, prepare=False).fetchall()
        return rows

    def _condition(self, composer: Composer, asked: Asked) -> Composable:
        if asked.filter is None:
            return statements("odata")["true"]
        return composer.condition(asked.filter)

    def _keys(
        self, composer: Composer, asked: Asked, given: Mapping[str, Any]
    ) -> list[_Key]:  # fmt: skip
        keys = []
        for expression, descending in asked.orderby:
            value = composer.ordering(expression)
            keys.append(_Key(Key(value.sql, descending, value.always), value.type))
        # What is the same for all orders nothing, and would keep the index from being used.
        order = [each for each in composer.entity.order if each.name not in given]
        for each in order or composer.entity.order[-1:]:
            key = Key(Identifier(ALIAS, each.name), always=True)
            if key.sql not in (known.key.sql for known in keys):
                keys.append(_Key(key, each.type))
        return keys

    def _parts(
        self, entity: Entity, asked: Asked, keys: Sequence[_Key]
    ) -> dict[str, Composable]:  # fmt: skip
        sql, odata = statements("sensorthings"), statements("odata")
        columns: list[Composable] = [Identifier(ALIAS, n) for n in _columns(entity, asked)]
        for number, each in enumerate(keys):
            columns.append(odata["source"].format(each.key.sql, Identifier(f"_order{number:02}")))
        return {
            "columns": COMMA.join(columns),
            "base": sql[entity.name].format(),
            "alias": Identifier(ALIAS),
            "order": ordered([each.key for each in keys]),
        }

    def _after(self, composer: Composer, keys: Sequence[_Key], last: Sequence[Any]) -> Composable:
        if len(keys) != len(last):
            raise BadAfter
        given = [
            None if value is None else composer.parameter(_read(value, each.type))
            for each, value in zip(keys, last, strict=True)
        ]
        if any(value is None and each.key.always for each, value in zip(keys, last, strict=True)):
            raise BadAfter
        return after([each.key for each in keys], given)


def _columns(entity: Entity, asked: Asked) -> list[str]:
    """Return the columns to read: what is shown, and what leads to what is expanded."""
    joins = [relation.own for relation in entity.relations]
    shown = [
        each.name for each in entity.properties if asked.select is None or each.name in asked.select
    ]
    return list(dict.fromkeys(["id", *joins, *shown]))


def _read(value: Any, type: Type) -> Any:
    """Return a sort key as it was before it was written into a cursor."""
    try:
        match type:
            case Type.TIME:
                read: Any = datetime.fromisoformat(value)
            case Type.DATE:
                read = date.fromisoformat(value)
            case Type.CLOCK:
                read = time.fromisoformat(value)
            case Type.NUMBER:
                read = value if isinstance(value, int | float) else None
            case Type.BOOL:
                read = value if isinstance(value, bool) else None
            case _:
                read = value if isinstance(value, str) and "\0" not in value else None
    except (TypeError, ValueError) as why:
        raise BadAfter from why
    if read is None:
        raise BadAfter
    return read
