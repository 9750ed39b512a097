"""Pipes as a map shows them: the largest in view, one with its sensors and cases, all in pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from psycopg.rows import dict_row

from cases.courses import Course, geometry_of
from cases.geojson import feature
from cases.networks import Network
from cases.polygons import Box
from cases.thinning import thinned
from store.access import Reach
from store.database import Connection
from store.statements import statements

MOST = 5_000  #: pipes of a view
PIECE = 1_000  #: of an export, in memory at once
Row = dict[str, Any]


class View(NamedTuple):
    """The pipes of a view, a column each, a row a pipe, the widest and longest first."""

    all_of_them: int  #: in view, shown or not
    network: list[str]
    id: list[str]
    diameter: list[float | None]  #: [m]
    course: list[list[list[int]]]  #: parts of it; see `cases.thinning`


def networks(connection: Connection) -> list[Row]:
    """Return how many pipes each network has, and how long they are [m]."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements("pipes")["networks"]).fetchall()
    order = list(Network)
    return sorted(rows, key=lambda row: order.index(row["network"]))


def seen(
    connection: Connection, view: Box, step: int, without: list[str], most: int = MOST
) -> View:
    """Return the largest pipes whose extent meets `view`, thinned to `step` [1e-7 °]."""
    values = {**view._asdict(), "without": without, "most": most}
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        rows = cursor.execute(statements("pipes")["seen"], values).fetchall()
    courses = thinned([Course(row[3], row[4]) for row in rows], step)
    shown = [(*row[:3], course) for row, course in zip(rows, courses, strict=True) if course]
    columns = [list(column) for column in zip(*shown, strict=True)] or [[], [], [], []]
    return View(rows[0][5] if rows else 0, *columns)


def page(
    connection: Connection,
    network: Network | None,
    view: Box | None,
    after: tuple[str | None, str | None],
    limit: int,
) -> list[Row]:
    """Return pipes by network and id, each with its geometry."""
    sides = view or Box(*[None] * 4)  # type: ignore[arg-type]
    values = {
        **sides._asdict(), "network": network, "after": after[0], "after_id": after[1],
        "limit": limit,
    }  # fmt: skip
    return _drawn(connection, "page", values)


def find(connection: Connection, network: Network, pipe: str) -> Row | None:
    """Return a pipe with its geometry."""
    found = _drawn(connection, "shown", {"network": network, "id": pipe})
    return found[0] if found else None


def sensors_on(connection: Connection, network: Network, pipe: str, drill: int | None) -> list[Row]:
    return _rows(connection, "sensors_on", {"network": network, "id": pipe, "drill": drill})


def cases_on(
    connection: Connection, network: Network, pipe: str, drill: int | None, reach: Reach
) -> list[Row]:
    """Return the open cases within `reach` in which a sensor on the pipe spoke."""
    values = {"network": network, "id": pipe, "drill": drill, **reach._asdict()}
    return _rows(connection, "cases_on", values)


def pipes_of_case(connection: Connection, case_id: int) -> list[Row]:
    """Return the pipes that the sensors of a case which spoke are on, with their geometry."""
    return _drawn(connection, "pipes_of_case", {"case_id": case_id})


def as_feature(row: dict[str, Any]) -> dict[str, Any]:
    """Return a pipe as GeoJSON, in the words that an import reads."""
    told = {"id": row["id"], "network": row["network"]}
    told |= {name: row[name] for name in ("name", "diameter", "material", "year") if row[name]}
    told |= {end: row[f"{end}_node"] for end in ("from", "to") if row[f"{end}_node"]}
    told["length"] = round(row["length"], 1)
    return feature(f"{row['network']}/{row['id']}", row["geometry"], told)


def pipes_as_geojson(connection: Connection, network: Network | None) -> Iterator[bytes]:
    """Yield a FeatureCollection of all pipes, or of a network, a piece at a time."""
    yield b'{"type": "FeatureCollection", "features": ['
    last: tuple[str | None, str | None] = (None, None)
    while rows := page(connection, network, None, last, PIECE):
        between = b",\n" if last[0] else b"\n"
        yield between + b",\n".join(orjson.dumps(as_feature(row)) for row in rows)
        last = rows[-1]["network"], rows[-1]["id"]
    yield b"\n]}\n"


def _rows(connection: Connection, name: str, values: Row) -> list[Row]:
    with (
        connection.transaction(),
        connection.cursor(row_factory=dict_row, binary=True) as cursor,
    ):
        return cursor.execute(statements("pipes")[name], values).fetchall()


def _drawn(connection: Connection, name: str, values: Row) -> list[Row]:
    rows = _rows(connection, name, values)
    for row in rows:
        row["geometry"] = geometry_of(Course(row.pop("course"), row.pop("points")))
    return rows
