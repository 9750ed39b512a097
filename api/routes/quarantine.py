"""Quarantine: devices that nobody knows yet, what they sent, and their adoption in one step."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.fields import Number, Quality, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import ON_ERROR, Problem
from api.services import Given, Services
from store.adoption import AdoptionRefused, adopt
from store.views import view

router = APIRouter(prefix="/quarantine", tags=["quarantine"], responses=ON_ERROR)


class Stranger(BaseModel):
    """A device that nobody has adopted, or one with fields that nobody has."""

    device: str
    known: bool = Field(description="The device is adopted, but not these fields of it")
    names: list[str] = Field(description="The fields it sends")
    readings: int = Field(description="Kept until it is adopted")
    first_time: Time
    last_time: Time
    last_received: Time
    topic: str


class Sample(BaseModel):
    """The newest reading of a field, as it was sent."""

    name: str
    time: Time
    received: Time
    value: Number
    state: str | None
    unit: str
    quality: Quality


class StrangerDetail(Stranger):
    samples: list[Sample]


class Adoption(BaseModel):
    """What the device is: cells of an assets file, for each of its fields and for all of them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "fields": {"depth": {"quantity": "depth", "unit": "m", "interval": "PT1M"}},
                    "place": {"lon": "120.15", "lat": "30.28", "zone": "north", "kind": "flood"},
                }
            ]
        },
    )

    fields: dict[str, dict[str, str]] = Field(
        min_length=1, description="By name on the wire: at least its quantity"
    )
    place: dict[str, str] = Field(
        default_factory=dict, description="What they share: component, lon, lat, zone, kind, ..."
    )


class Adopted(BaseModel):
    device: str
    channels: list[str]
    readings: int = Field(description="That waited in quarantine and are stored now")


def strangers(services: Services, limit: int, **chosen: Any) -> list[dict[str, Any]]:
    every = dict.fromkeys(("device", "after"))
    return view(services.pool, "quarantine_page", **every | chosen, limit=limit)


@router.get("")
def list_quarantine(services: Given, limit: Limit = 100, cursor: Cursor = None) -> Page[Stranger]:
    """Unknown devices by id."""
    (after,) = read_cursor(cursor, str)
    rows = strangers(services, limit + 1, after=after)
    return Page[Stranger].model_validate(page(rows, limit, lambda row: [row["device"]]))


@router.post(
    "/{device:path}/adopt",
    status_code=HTTPStatus.CREATED,
    responses={422: ON_ERROR["default"] | {"description": "The description does not fit"}},
)
def adopt_stranger(services: Given, device: str, adoption: Adoption) -> Adopted:
    """Make an unknown device known; what it sent so far is stored, judged and rolled up."""
    before = waiting(services, device)
    try:
        with services.pool.connection() as connection:
            adopt(connection, device, adoption.fields, adoption.place)
    except AdoptionRefused as why:
        raise Problem(
            HTTPStatus(422),
            str(why),
            kind="adoption-refused",
            title="The device cannot be adopted as described",
            errors=[
                {"at": each.column, "detail": f"{each.what}; {each.mend}"} for each in why.problems
            ],
        ) from why
    known = view(services.pool, "channels_of_devices", devices=[device])
    return Adopted(
        device=device,
        channels=sorted(channel["id"] for channel in known),
        readings=before - waiting(services, device),
    )


def waiting(services: Services, device: str) -> int:
    return sum(row["readings"] for row in strangers(services, 1, device=device))


@router.get("/{device:path}")
def show_stranger(services: Given, device: str) -> StrangerDetail:
    """One unknown device, with the newest reading of each of its fields."""
    found = strangers(services, 1, device=device)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"No device {device} is in quarantine.")
    samples = view(services.pool, "quarantine_samples", device=device)
    return StrangerDetail.model_validate(found[0] | {"samples": samples})
