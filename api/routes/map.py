"""Everything on one map: columns instead of objects, whole instead of in pages, small to send."""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b
from typing import Annotated, Any, Literal

import orjson
from fastapi import Header, Request, Response
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.drill_scope import Drill
from api.fields import Number, Time
from api.resource import Resource
from api.services import Given
from api.watching import Watching
from cases.networks import Network
from cases.words import State
from store.views import at_once
from store.watching import open_cases, sensor_places, sensor_states

router = Resource("/map", tags=["maps"])


class SensorState(StrEnum):
    """The gravest of what is known of a device."""

    NORMAL = "normal"
    ALARMING = "alarming"
    UNWELL = "unwell"
    SILENT = "silent"
    MAINTENANCE = "maintenance"


class Sensors(BaseModel):
    """A column each, a row a device, by id."""

    device: list[str]
    lon: list[float]
    lat: list[float]
    kind: list[str] = Field(description="The tag `kind`; empty: none")
    pipe: list[str] = Field(
        description="The tag `pipe`, `drain` or `feeder`: those of one belong together"
    )
    network: list[Network | Literal[""]] = Field(
        description="Of the pipe, where its course is known; empty: it is not"
    )


class OpenCases(BaseModel):
    """A column each, a row a case, newest first."""

    number: list[str]
    lon: list[Number]
    lat: list[Number]
    code_list: list[str]
    code: list[str]
    condition: list[str]
    title_zh: list[str]
    title_en: list[str]
    severity: list[str]
    state: list[State]
    stage_due: list[Time | None] = Field(description="null: no clock runs")
    stage_yellow: list[Time | None]
    opened: list[Time]


class Since(BaseModel):
    state: SensorState
    since: Time | None = Field(description="null: nothing was ever heard of it")


class SensorStates(BaseModel):
    """Devices in service that are not normal; those that are not named are."""

    at: Time
    states: dict[str, Since] = Field(examples=[{"gas-007": {"state": "alarming", "since": None}}])


Known = Annotated[
    str | None, Header(alias="If-None-Match", description="`ETag` of what is there already")
]
NOT_CHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "It is as it was"}}


@router.get("/sensors", response_model=Sensors, responses=NOT_CHANGED)
def map_sensors(services: Given, drill: Drill = None, known: Known = None) -> Response:
    """Where every device in service stands. Their states are apart: places hardly change."""
    with at_once(services.pool) as connection:
        return _answer(sensor_places(connection, drill), known)


@router.get("/sensors/states")
def map_sensor_states(services: Given, asked: Request, drill: Drill = None) -> SensorStates:
    """The devices that are not normal. Follow `sensors` of the stream first, then ask this.

    The stream tells of no drill's sensors: ask again.
    """
    watching: Watching = asked.app.state.watching
    if drill is None:
        at, states = watching.states()
    else:
        at = services.time()
        with at_once(services.pool) as connection:
            states = sensor_states(connection, at, (), drill)
    told = {device: {"state": state, "since": since} for device, (state, since) in states.items()}
    return SensorStates.model_validate({"at": at, "states": told})


@router.get("/cases", response_model=OpenCases, responses=NOT_CHANGED)
def map_cases(services: Given, who: Signed, drill: Drill = None, known: Known = None) -> Response:
    """Every open case, with the times that its light follows from."""
    with at_once(services.pool) as connection:
        return _answer(open_cases(connection, who.reach(Permission.READ_CASES), drill), known)


def _answer(columns: dict[str, list[Any]], known: str | None) -> Response:
    body = orjson.dumps(columns, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)
    etag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if known is not None and etag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
