"""What a warning can say of a case, or of a class of problems at a place without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from cases.catalogue import Text, UnknownCondition
from cases.city import City
from cases.geojson import outline
from cases.publishing import Category
from cases.warning_content import Area, Asked, Content, Facts, Position, content_of, how_sure, rings
from cases.warning_words import Certainty, Colour
from cases.warnings import BadWarning
from cases.words import State
from store.database import Connection
from store.statements import statements
from store.warnings import Draft

HERE = Text(zh="现场", en="the place of the case")


def draft_of_case(
    connection: Connection,
    case_id: int,
    asked: Asked,
    at: datetime,
    city: City,
    radius: float | None = None,
    cells: Sequence[str] = (),
    position: Position | None = None,
) -> Draft:
    """Return what to warn of a case; raises BadWarning. `cells` take the place of the circle."""
    rows = _rows(connection, "case_facts", id=case_id)
    if not rows:
        raise BadWarning(f"there is no case {case_id}")
    [row] = rows
    facts = facts_of(row, city)
    if position:
        facts = facts.model_copy(update={"position": position})
    content = _content(connection, facts, asked, at, city, radius, cells)
    return Draft(content, row["id"], row["number"], row["exercise"])


def draft_of_class(
    connection: Connection,
    condition: tuple[str, str, str],
    position: Position | None,
    asked: Asked,
    at: datetime,
    city: City,
    radius: float | None = None,
    cells: Sequence[str] = (),
) -> Draft:
    """Return what to warn of a code list's class and condition at a place; raises BadWarning."""
    try:
        filing = city.catalogue.condition(*condition)
    except UnknownCondition as why:
        raise BadWarning(str(why)) from why
    if asked.colour is None:
        raise BadWarning("no case says how grave it is: give the colour")
    facts = Facts(
        event=filing.title,
        code_list=filing.code_list,
        code=filing.problem.code,
        category=_category(filing.problem.responsible, city),
        colour=asked.colour,
        certainty=Certainty.UNKNOWN,
        place=HERE,
        position=position,
    )
    return Draft(_content(connection, facts, asked, at, city, radius, cells))


def _content(
    connection: Connection,
    facts: Facts,
    asked: Asked,
    at: datetime,
    city: City,
    radius: float | None,
    cells: Sequence[str],
) -> Content:
    policy = city.policy.warnings
    content = content_of(facts, asked, radius or policy.radius, at, policy)
    if not cells:
        return content
    return content.model_copy(update={"area": _area_of(connection, cells)})


def _category(role: str, city: City) -> Category:
    return city.policy.warnings.categories.get(role, Category.INFRA)


def facts_of(row: Mapping[str, Any], city: City) -> Facts:
    try:
        filing = city.catalogue.condition(row["code_list"], row["code"], row["condition"])
        role = filing.problem.responsible
    except UnknownCondition:
        role = ""  # of a list that the city no longer has
    place = row["component_name"] or row["grid_cell"] or ""
    return Facts(
        event=Text(zh=row["title_zh"], en=row["title_en"] or row["title_zh"]),
        code_list=row["code_list"],
        code=row["code"],
        category=_category(role, city),
        colour=Colour(row["severity"]),
        certainty=how_sure(State(row["state"]), row["sensed"], row["verified"]),
        began=row["began"],
        place=Text(zh=place, en=place) if place else HERE,
        position=None if row["lat"] is None else (row["lon"], row["lat"]),
        cell=row["grid_cell"],
        rings=tuple(rings(outline(row))),
    )


def _area_of(connection: Connection, cells: Sequence[str]) -> Area:
    """Return the area of these grid cells; raises BadWarning where one is unknown."""
    rows = _rows(connection, "cells", cells=[*cells])
    known = {row["code"]: row for row in rows}
    if unknown := [code for code in cells if code not in known]:
        raise BadWarning(f"there is no grid cell {', '.join(unknown)}")
    names = "、".join(known[code]["name"] or code for code in cells)
    return Area(
        name=Text(zh=names, en=names),
        polygons=tuple(ring for code in cells for ring in rings(outline(known[code]))),
        cells=tuple(cells),
    )


def _rows(connection: Connection, name: str, **values: Any) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("warnings")[name], values).fetchall()
