"""Texts that stand for states, each with a lasting number."""

from __future__ import annotations

from collections.abc import Sequence

from store.database import Connection
from store.plain_text import name
from store.statements import statements


def intern(connection: Connection, texts: Sequence[str]) -> list[int]:
    """Return the numbers of `texts`, in their order; new texts get new numbers. Commits."""
    sql = statements("states")
    storable = [name(text) for text in texts]
    with connection.transaction():
        connection.execute(sql["add"], {"texts": sorted(set(storable))})
        number: dict[str, int] = dict(connection.execute(sql["numbers"], {"texts": storable}))
    return [number[text] for text in storable]


def states(connection: Connection) -> dict[str, int]:
    """Return the number of every text."""
    with connection.transaction():
        return dict(connection.execute(statements("states")["all"]))
