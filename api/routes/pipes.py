"""Pipes: by view for a map, one with its sensors and open cases, all as GeoJSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.drill_scope import Drill
from api.fields import Number, Time
from api.paging import Cursor, Limit, make_cursor, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.routes.geojson import ANSWER, Bounds, answer
from api.services import Given
from cases.courses import UNITS
from cases.networks import Network
from cases.polygons import Box
from cases.stages import light
from cases.words import Light, State
from store import pipes

router = Resource(tags=["maps"])

NEEDED_BOUNDS = Annotated[
    str,
    Query(
        description="west,south,east,north",
        pattern=r"^-?\d{1,3}(\.\d+)?(,-?\d{1,3}(\.\d+)?){3}$",
        examples=["117.2,31.8,117.23,31.82"],
    ),
]


class OfNetwork(BaseModel):
    """What is known of a network."""

    network: Network
    pipes: int
    length: float = Field(description="Of all of them [m]")


class Networks(BaseModel):
    items: list[OfNetwork]


class Seen(BaseModel):
    """A column each, a row a pipe, the widest first, then the longest."""

    step: float = Field(description="Unit of the courses [°]: half a pixel of the zoom")
    all_of_them: int = Field(
        description=f"Pipes in view; more than {pipes.MOST} are cut, and what is shorter than a "
        "step is not drawn"
    )
    network: list[Network]
    id: list[str]
    diameter: list[Number] = Field(description="[m]; null: not known")
    course: list[list[list[int]]] = Field(
        description="Parts, each lon, lat in steps, then what every next point adds to the one "
        "before: lon, lat, lon, lat, ...",
        examples=[[[[234400, 63600, 10, 0, 0, 12]]]],
    )


class Sensor(BaseModel):
    device: str
    lon: Number
    lat: Number
    component_name: str
    role: str


class CaseOn(BaseModel):
    """An open case in which one of its sensors spoke."""

    number: str
    state: State
    light: Light
    code: str
    title_zh: str
    title_en: str
    severity: str
    opened: Time
    lon: Number
    lat: Number


class Pipe(BaseModel):
    network: Network
    id: str = Field(description="What its sensors have as tag `pipe`, `drain` or `feeder`")
    name: str
    diameter: Number = Field(description="[m]; of a box culvert its width; null: not known")
    material: str
    year: int | None = Field(description="Laid; null: not known")
    from_node: str
    to_node: str
    length: float = Field(description="[m]")


class DrawnPipe(Pipe):
    geometry: dict[str, Any] = Field(description="GeoJSON geometry, WGS 84")


class Shown(DrawnPipe):
    sensors: list[Sensor] = Field(description="In service, at most 500")
    cases: list[CaseOn] = Field(description="Open, newest first, at most 100, as far as seen")


@router.get("/pipes")
def list_networks(services: Given) -> Networks:
    """The networks of which pipes are known."""
    with services.pool.connection() as connection:
        return Networks.model_validate({"items": pipes.networks(connection)})


@router.get("/map/pipes", response_model=Seen)
def map_pipes(
    services: Given,
    bbox: NEEDED_BOUNDS,
    zoom: Annotated[float, Query(ge=0, le=24, description="Of a web map with tiles of 512 px")],
    without: Annotated[
        list[Network] | None, Query(description="Networks that are not shown")
    ] = None,
) -> Response:
    """The pipes in view, the largest first, with as many points as the zoom can show."""
    step = max(1, round(360 / 1024 / 2**zoom * UNITS))
    with services.pool.connection() as connection:
        view = pipes.seen(connection, _box(bbox), step, [*without] if without else [])
    return Response(
        orjson.dumps({"step": step / UNITS, **view._asdict()}), media_type="application/json"
    )


@router.get("/pipes.geojson", responses=ANSWER, response_class=Response)
def pipes_as_geojson(
    services: Given,
    asked: Request,
    limit: Limit = 1000,
    cursor: Cursor = None,
    network: Network | None = None,
    bbox: Bounds = None,
) -> Response:
    """Pipes with their whole course, by network and id: what an import of pipes reads."""
    after = read_cursor(cursor, str, str)
    view = _box(bbox) if bbox else None
    with services.pool.connection() as connection:
        rows = pipes.page(connection, network, view, (after[0], after[1]), limit + 1)
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    next = make_cursor(last["network"], last["id"]) if last else None
    return answer(asked, map(pipes.as_feature, rows[:limit]), next)


@router.get("/pipes/{network}/{pipe:path}")
def show_pipe(
    services: Given, who: Signed, network: Network, pipe: str, drill: Drill = None
) -> Shown:
    """A pipe, the sensors on it, and the open cases in which they spoke."""
    with services.pool.connection() as connection:
        found = pipes.find(connection, network, pipe)
        if found is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"there is no pipe {pipe} of the network {network}")
        sensors = pipes.sensors_on(connection, network, pipe, drill)
        cases = []
        if who.may(Permission.READ_CASES):
            reach = who.reach(Permission.READ_CASES)
            cases = pipes.cases_on(connection, network, pipe, drill, reach)
    now = services.time()
    for row in cases:
        row["light"] = light(row.pop("stage_due"), row.pop("stage_yellow"), now)
    return Shown.model_validate({**found, "sensors": sensors, "cases": cases})


def _box(bbox: str) -> Box:
    return Box(*(float(side) for side in bbox.split(",")))
