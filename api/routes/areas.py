"""Areas: city, district, street, community and grid cell, and where a point lies."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from api.fields import Moment, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.services import Given
from cases.areas import above, read_area_code
from cases.codes import BadCode
from store import areas

router = Resource("/areas", tags=["areas"])


class Named(BaseModel):
    """An area, or a grid cell, of which the level is 0."""

    code: str = Field(examples=["110101001"])
    level: int = Field(description="0 cell, 1 community, 2 street, 3 district, 4 city")
    name_zh: str
    name_en: str
    valid_until: Time | None = Field(description="Codes are invalidated, never used again")


class Listed(Named):
    cells: int = Field(description="Valid grid cells in it")


class Shown(Named):
    polygon: dict[str, Any] | None = Field(description="GeoJSON geometry, WGS 84")
    within: list[Named] = Field(description="The areas that it lies in, the largest first")


class Place(BaseModel):
    cell: str | None = Field(description="Code of the grid cell that holds the point")
    within: list[Named] = Field(description="The areas that it lies in, the largest first")


@router.get("")
def list_areas(
    services: Given,
    limit: Limit = 100,
    cursor: Cursor = None,
    within: Annotated[
        str, Query(pattern=r"^\d{0,12}$", description="Beginning of their codes")
    ] = "",
    level: Annotated[int | None, Query(ge=1, le=4, description="Only of this level")] = None,
) -> Page[Listed]:
    """Areas by code, with how many grid cells each has."""
    (after,) = read_cursor(cursor, str)
    with services.pool.connection() as connection:
        rows = areas.page(connection, within, level, after, limit + 1, services.time())
    return Page[Listed].model_validate(page(rows, limit, lambda row: [row["code"]]))


@router.get("/at")
def find_place(
    services: Given,
    lon: Annotated[float, Query(ge=-180, le=180, description="[°], WGS 84")],
    lat: Annotated[float, Query(ge=-90, le=90, description="[°], WGS 84")],
    at: Annotated[Moment | None, Query(description="Left out: now")] = None,
) -> Place:
    """The grid cell that holds a point, and the areas that it lies in."""
    with services.pool.connection() as connection:
        found = areas.find(connection, lon, lat, at or services.time())
        within = areas.areas_of(connection, found.areas)
    return Place(cell=found.cell or None, within=[Named(**each._asdict()) for each in within])


@router.get("/{code}")
def show_area(services: Given, code: str) -> Shown:
    """One area or grid cell, with its polygon."""
    try:
        kept = read_area_code(code).code
    except BadCode as why:
        raise Problem(HTTPStatus.NOT_FOUND, str(why)) from why
    with services.pool.connection() as connection:
        found = areas.areas_of(connection, [kept, *above(kept)])
    if not found or found[-1].code != kept:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no area {code}")
    *within, area = found
    return Shown(**area._asdict(), within=[Named(**each._asdict()) for each in within])
