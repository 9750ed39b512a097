"""What is around a case, for its map: sensors, components, other open cases."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.fields import Number
from api.resource import Resource
from api.routes.cases import case_id
from api.routes.pipes import DrawnPipe
from api.services import Given
from cases.stages import light
from cases.words import Light, State
from store.around_case import around_case
from store.views import at_once

router = Resource("/cases", tags=["cases"])

Metres = Annotated[float, Query(gt=0, le=1_000, description="How far around [m]")]


class Sensor(BaseModel):
    channel: str
    device: str
    quantity: str
    lon: Number
    lat: Number
    spoke: bool = Field(description="false: its evidence names it beside those that spoke")


class NearComponent(BaseModel):
    code: str
    code_list: str
    component_class: str = Field(validation_alias="class", serialization_alias="class")
    name: str | None
    state: str
    lon: float
    lat: float
    metres: float = Field(description="Distance")


class NearCase(BaseModel):
    number: str
    state: State
    light: Light
    code: str
    title_zh: str
    title_en: str
    severity: str
    exercise: bool
    lon: float
    lat: float
    metres: float = Field(description="Distance")


class Surroundings(BaseModel):
    """Of a case without a position only the sensors; no list is longer than 500."""

    sensors: list[Sensor]
    components: list[NearComponent]
    cases: list[NearCase]
    pipes: list[DrawnPipe] = Field(description="That its sensors which spoke are on, at most 20")


@router.get("/{case}/surroundings")
def show_surroundings(
    services: Given, who: Signed, case: str, metres: Metres = 300
) -> Surroundings:
    """What is around a case: components and other open cases, the nearest first."""
    number, reach = case_id(services, who, case), who.reach(Permission.READ_CASES)
    with at_once(services.pool) as connection:
        found = around_case(connection, number, metres, services.city.catalogue, *reach)
    now = services.time()
    for row in found.cases:
        row["light"] = light(row["stage_due"], row["stage_yellow"], now)
    return Surroundings.model_validate(
        {
            "sensors": found.sensors, "components": found.components, "cases": found.cases,
            "pipes": found.pipes,
        }
    )  # fmt: skip
