"""Searching devices and channels: by any part of their words, by what they are, in pages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Placeholder
from psycopg_pool import ConnectionPool

from store.statements import statements

#: A search of more words than anybody types is cut.
MOST_TERMS = 8


class DeviceOrder(StrEnum):
    ID = "id"
    ID_DOWN = "-id"
    NAME = "name"
    NAME_DOWN = "-name"
    HEARD = "heard"
    HEARD_DOWN = "-heard"


class ChannelOrder(StrEnum):
    ID = "id"
    ID_DOWN = "-id"
    QUANTITY = "quantity"
    QUANTITY_DOWN = "-quantity"


def find_devices(
    pool: ConnectionPool[Any],
    limit: int,
    search: str = "",
    sort: DeviceOrder = DeviceOrder.ID,
    after: tuple[Any, str] | None = None,
    **chosen: Any,
) -> list[dict[str, Any]]:
    """Return a page of devices; `chosen` by the conditions on devices of `sensors.sql`.

    They are live ones, unless a drill is chosen, or one device by its id.

    `after` is (key, id) of the last one seen, each row's `key` being what it is sorted by.
    """
    more = {DeviceOrder.NAME: ["with_component"], DeviceOrder.HEARD: ["with_heard"]}
    joined = more.get(DeviceOrder(sort.removeprefix("-")), [])
    return _find(pool, "device", limit, search, sort, after, joined, chosen)


def find_channels(
    pool: ConnectionPool[Any],
    limit: int,
    search: str = "",
    sort: ChannelOrder = ChannelOrder.ID,
    after: tuple[Any, str] | None = None,
    **chosen: Any,
) -> list[dict[str, Any]]:
    """Return a page of channels, as `find_devices` does of devices."""
    of_devices = {"kind", "zone", "component", "status", "tags"} & chosen.keys()
    return _find(
        pool, "channel", limit, search, sort, after, ["with_device"] if of_devices else [], chosen
    )


def terms(search: str) -> list[str]:
    """Return the words that all must be found, as they stand in the column `search`."""
    return list(dict.fromkeys(search.lower().split()))[:MOST_TERMS]


def grams(words: list[str]) -> list[str]:
    """Return what the index must hold of `words`: the function `grams` of 0022, in Python."""
    pairs = {word[n : n + 2] for word in words for n in range(len(word) - 1)}
    return sorted(pairs | {sign for word in words for sign in word if ord(sign) > 127})


def _find(
    pool: ConnectionPool[Any],
    noun: str,
    limit: int,
    search: str,
    sort: StrEnum,
    after: tuple[Any, str] | None,
    joined: list[str],
    chosen: Mapping[str, Any],
) -> list[dict[str, Any]]:
    sql = statements("sensors")
    state = chosen.get("state")
    values: dict[str, Any] = {**chosen, "limit": limit}
    names = [name for name in chosen if name != "state"] + ([state] if state else [])
    if not {"id", "drill"} & chosen.keys():
        names.append("live")
    conditions: list[Composable] = [sql[f"{noun}_{name}"] for name in names]
    # Part of an id is part of the words, too: the index narrows down what to look through.
    words = terms(f"{search} {chosen.get('contains', '')}")
    if pieces := grams(words):
        conditions.append(sql[f"{noun}_grams"])
        values["grams"] = pieces
    for place, word in enumerate(words):
        values[f"term{place}"] = f"%{_literally(word)}%"
        conditions.append(sql[f"{noun}_said"].format(term=Placeholder(f"term{place}")))
    by, down = sort.removeprefix("-"), sort.startswith("-")
    key, id = sql[f"key_{noun}_{by}"], sql[f"key_{noun}_id"]
    keys = [id] if by == "id" else [key, id]
    if after is not None:
        values |= {"after_key": after[0], "after_id": after[1]}
        beyond = SQL("%(after_id)s") if by == "id" else SQL("%(after_key)s, %(after_id)s")
        conditions.append(
            SQL("({}) {} ({})").format(SQL(", ").join(keys), SQL("<" if down else ">"), beyond)
        )
    way = SQL(" DESC" if down else "")
    shown: list[Composable] = [SQL("page.key"), id]
    query = sql[f"{noun}s"].format(
        key=key,
        more=SQL(" ").join(sql[name] for name in joined),
        conditions=SQL(" AND ").join(conditions) if conditions else SQL("true"),
        order=SQL(", ").join(part + way for part in keys),
        page_order=SQL(", ").join(part + way for part in shown),
    )
    with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        # Never prepared: the best plan depends on what is looked for.
        return list(cursor.execute(query, values, prepare=False).fetchall())


def _literally(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
