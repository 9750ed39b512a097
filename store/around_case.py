"""What is around a case: the sensors that spoke and those beside them, components, open cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from psycopg.rows import dict_row

from cases.catalogue import Catalogue
from cases.duplicates import box, metres, squares_of
from store.database import Connection
from store.pipes import pipes_of_case
from store.statements import statements


@dataclass(frozen=True, slots=True)
class Around:
    """Rows, of components and cases those within the distance asked for, the nearest first.

    Pipes are those that a sensor which spoke is on, with their geometry.
    """

    sensors: list[dict[str, Any]]
    components: list[dict[str, Any]] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    pipes: list[dict[str, Any]] = field(default_factory=list)


def around_case(
    connection: Connection,
    case_id: int,
    within: float,
    city: Catalogue,
    areas: list[str] | None = None,
    departments: list[str] | None = None,
) -> Around:
    """Return what is `within` so many metres of a case; of one without a position the sensors.

    Of other cases only those of `areas` and `departments`, pair by pair; None: all. A drill's are
    the neighbours of a drill's alone.
    """
    sql = statements("surroundings")
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        sensors = cursor.execute(sql["sensors_of_case"], {"case_id": case_id}).fetchall()
        pipes = pipes_of_case(connection, case_id)
        [here] = cursor.execute(sql["where_is_case"], {"case_id": case_id})
        if here["lon"] is None or here["lat"] is None:
            return Around(sensors, pipes=pipes)
        south, north, west, east = box(here["lon"], here["lat"], within)
        classes = sorted({f.problem.code for f in city if f.problem.kind == "component"})
        components = cursor.execute(
            sql["components_within"],
            {
                **here, "classes": classes, "south": south, "north": north, "west": west,
                "east": east,
            },
        ).fetchall()  # fmt: skip
        rows, columns = squares_of(south, north, west, east)
        cases = cursor.execute(
            sql["open_cases_within"],
            {
                "case_id": case_id, "rows": rows, "columns": columns, "areas": areas,
                "departments": departments, "exercise": here["exercise"],
            },
        ).fetchall()  # fmt: skip
    return Around(sensors, _near(components, here, within), _near(cases, here, within), pipes)


def _near(rows: list[dict[str, Any]], here: dict[str, Any], within: float) -> list[dict[str, Any]]:
    for row in rows:
        row["metres"] = round(metres(here["lon"], here["lat"], row["lon"], row["lat"]), 1)
    return sorted((r for r in rows if r["metres"] <= within), key=lambda row: row["metres"])
