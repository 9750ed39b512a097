"""The same lists on a map: GeoJSON (RFC 7946), a page at a time, with the lists' own filters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import Depends, Query, Request, Response
from psycopg.rows import dict_row

from api.paging import Cursor, Limit, Page, make_cursor, read_cursor
from api.problem import ON_ERROR
from api.resource import Resource
from api.routes.cases import Case, list_cases
from api.routes.devices import Device, list_devices
from api.services import Given, Services
from cases.geojson import MEDIA_TYPE, Geometry, collection, feature, outline, point
from store.statements import statements

ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A FeatureCollection with `bbox`. `next` and a `Link: rel=next` header say "
        "that there is more.",
        "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
    }
}
router = Resource(tags=["maps"], responses={**ON_ERROR, **ANSWER}, default_response_class=Response)

NUMBER = r"-?\d{1,3}(\.\d+)?"
Bounds = Annotated[
    str | None,
    Query(description="west,south,east,north", pattern=rf"^{NUMBER}(,{NUMBER}){{3}}$"),
]
Beginning = Annotated[str | None, Query(description="How the code of the grid cell begins")]


def answer(asked: Request, features: Iterable[dict[str, Any]], next: str | None) -> Response:
    headers = {}
    if next:
        query = urlencode([*_without_cursor(asked), ("cursor", next)])
        headers["Link"] = f'<{asked.url.path}?{query}>; rel="next"'
    body = orjson.dumps(collection(features, next), option=orjson.OPT_UTC_Z)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _without_cursor(asked: Request) -> list[tuple[str, str]]:
    return [pair for pair in asked.query_params.multi_items() if pair[0] != "cursor"]


def placed(identity: str, item: Case | Device) -> dict[str, Any]:
    geometry = point(item.lon, item.lat)
    return feature(identity, geometry, item.model_dump(mode="json", exclude={"lon", "lat"}))


@router.get("/cases.geojson")
def map_cases(asked: Request, found: Annotated[Page[Case], Depends(list_cases)]) -> Response:
    """Cases where they are; chosen as in their list."""
    return answer(asked, (placed(case.number, case) for case in found.items), found.next)


@router.get("/devices.geojson")
def map_devices(asked: Request, found: Annotated[Page[Device], Depends(list_devices)]) -> Response:
    """Devices where they are; chosen as in their list."""
    return answer(asked, (placed(device.id, device) for device in found.items), found.next)


@router.get("/components.geojson")
def map_components(
    services: Given,
    asked: Request,
    limit: Limit = 1000,
    cursor: Cursor = None,
    code: Annotated[str | None, Query(description="Class", examples=["0103"])] = None,
    grid_cell: Beginning = None,
    bbox: Bounds = None,
) -> Response:
    """Components where they are, by code."""
    rows, next = _rows(services, "components_page", limit, cursor, bbox, grid_cell, code=code)
    return answer(asked, (_feature(row, point(row["lon"], row["lat"])) for row in rows), next)


@router.get("/grid-cells.geojson")
def map_grid_cells(
    services: Given,
    asked: Request,
    limit: Limit = 1000,
    cursor: Cursor = None,
    grid_cell: Beginning = None,
    bbox: Bounds = None,
) -> Response:
    """Outlines of grid cells, by code."""
    rows, next = _rows(services, "grid_cells_page", limit, cursor, bbox, grid_cell)
    return answer(asked, (_feature(row, outline(row)) for row in rows), next)


_GEOMETRY = {"lon", "lat", "polygon", "west", "south", "east", "north"}


def _feature(row: dict[str, Any], geometry: Geometry | None) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in _GEOMETRY}
    return feature(row["code"], geometry, told)


def _rows(
    services: Services,
    name: str,
    limit: int,
    cursor: str | None,
    bbox: str | None,
    grid_cell: str | None,
    **chosen: Any,
) -> tuple[list[dict[str, Any]], str | None]:
    (after,) = read_cursor(cursor, str)
    sides = [float(side) for side in bbox.split(",")] if bbox else [None] * 4
    bounds = dict(zip(("west", "south", "east", "north"), sides, strict=True))
    values = {**bounds, **chosen, "grid_cell": grid_cell, "after": after, "limit": limit + 1}
    with (
        services.pool.connection() as connection,
        connection.cursor(row_factory=dict_row) as found,
    ):
        rows = found.execute(statements("geojson")[name], values).fetchall()
    more = len(rows) > limit
    return rows[:limit], make_cursor(rows[limit - 1]["code"]) if more else None
