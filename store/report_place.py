"""Where a report is: at the component it names, or at its point, and in which grid cell."""

from __future__ import annotations

from datetime import datetime

from psycopg.rows import dict_row

from cases.city import City
from cases.duplicates import box, metres, numbers
from cases.placing import Cell, Component, Place, cell_of
from cases.reporting import BadReport, Report, problem_of
from store.database import Connection
from store.statements import statements
from store.surroundings import as_component


def place_of_report(connection: Connection, report: Report, now: datetime, city: City) -> Place:
    """Return where the problem is: at the component named, at the point told, in its grid cell.

    Of a component's class, the nearest such component near enough is taken to be meant; the
    point stays where it was told to be.
    """
    component = _component(connection, report, city)
    lon, lat = report.lon, report.lat
    if component and report.component:
        lon, lat = component.lon, component.lat
    cell = component.grid_cell if component else ""
    if not cell and lon is not None and lat is not None:
        with connection.cursor(row_factory=dict_row) as cursor:
            cells = cursor.execute(
                statements("surroundings")["cells_around"], {"lon": lon, "lat": lat, "at": now}
            ).fetchall()
        cell = cell_of(lon, lat, [Cell(each["code"], each["polygon"]) for each in cells])
    return Place(component, cell, lon, lat)


def _component(connection: Connection, report: Report, city: City) -> Component | None:
    sql = statements("reports")
    with connection.cursor(row_factory=dict_row) as cursor:
        if report.component:
            row = cursor.execute(sql["component"], {"code": report.component}).fetchone()
            if row is None:
                raise BadReport(f"there is no component {report.component}")
            return as_component(row)
        problem = problem_of(report, city)
        if report.lon is None or report.lat is None or not problem:
            return None
        if problem.kind != "component":
            return None
        lon, lat, near = report.lon, report.lat, city.policy.nearest_component
        south, north, west, east = box(lon, lat, near)
        around: list[Component] = []
        for code_list, code in numbers((problem.kind, problem.name.zh), city.catalogue):
            found = cursor.execute(
                sql["components_around"],
                {
                    "code_list": code_list,
                    "code": code,
                    "south": south,
                    "north": north,
                    "west": west,
                    "east": east,
                },
            )
            around += map(as_component, found)
    apart = [(metres(lon, lat, each.lon, each.lat), each.code, each) for each in around]
    distance, _, nearest = min(apart, default=(near + 1, "", None))
    return nearest if distance <= near else None
