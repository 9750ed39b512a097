"""What is watched now: where sensors stand, in which state they are, and the open cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.sql import Composed

from store.access import Reach
from store.database import Connection
from store.statements import statements

Columns = dict[str, list[Any]]


def sensor_places(connection: Connection, drill: int | None = None) -> Columns:
    """Return id, place, kind and pipe of every device in service that stands somewhere, by id.

    With the network of the pipe where its course is known, else "". Of what is live, or of a
    drill; so are the next two.
    """
    rows = connection.execute(statements("watching")["sensor_places"], {"drill": drill}).fetchall()
    return _columns(("device", "lon", "lat", "kind", "pipe", "network"), rows)


def open_cases(connection: Connection, reach: Reach, drill: int | None = None) -> Columns:
    """Return what a map shows of every open case within `reach`, newest first."""
    values = {**reach._asdict(), "drill": drill}
    cursor = connection.execute(statements("watching")["open_cases"], values)
    names = [column.name for column in cursor.description or ()]
    return _columns(names, cursor.fetchall())


def unheard(connection: Connection) -> list[str]:
    """Return the devices in service of which nothing was ever heard."""
    return [device for (device,) in connection.execute(statements("watching")["unheard"])]


def sensor_states(
    connection: Connection, now: datetime, unheard: Sequence[str], drill: int | None = None
) -> dict[str, tuple[str, datetime | None]]:
    """Return (state, since) of the devices that are not normal; `unheard` as found of late."""
    values = {"now": now, "unheard": [*unheard], "drill": drill}
    rows = connection.execute(with_covered("watching", "sensor_states"), values)
    return {device: (state, since) for device, state, since in rows}


def with_covered(file: str, name: str) -> Composed:
    """Return a statement that asks which channels windows cover now."""
    return statements(file)[name].format(covered=statements("watching")["covered"])


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Columns:
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    return dict(zip(names, values, strict=True))
