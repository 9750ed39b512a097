"""Quarantine: devices that nobody knows yet, what they sent, and their adoption in one step."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.fields import Number, Quality, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.services import Given, Services
from ingest.suggestion import Grounds, suggest
from store.adoption import AdoptionRefused, adopt
from store.views import view

router = Resource("/quarantine", tags=["quarantine"])

MOST_MESSAGES = 5


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
    senders: list[str] = Field(
        description="Devices by whose topics it came, if not by its own: its gateway, if any"
    )

    @field_validator("senders", mode="before")
    @classmethod
    def _none_is_empty(cls, given: list[str] | None) -> list[str]:
        return given or []


class Suggested(BaseModel):
    """A guess at what a field is, for a person to confirm."""

    quantity: str | None
    grounds: Grounds = Field(description="What it was guessed from")
    word: str = Field(description="The word, or unit, it was guessed from")
    unit: str
    is_declared: bool = Field(description="The unit stands in the payloads; else it is the usual")
    others: list[str] = Field(description="Quantities that the declared unit fits as well")


class Sample(BaseModel):
    """A field: its newest reading as it was sent, how much there is, and what it may be."""

    name: str
    readings: int
    first_time: Time
    last_time: Time
    interval: timedelta | None = Field(description="Median between two readings")
    units: list[str] = Field(description="Declared in payloads")
    lowest: Number
    highest: Number
    states: list[str] = Field(description="Words that it sent, 12 at most")
    suggested: Suggested
    time: Time
    received: Time
    value: Number
    state: str | None
    unit: str
    quality: Quality


class Came(BaseModel):
    """What came at one time, as it was read from the payload."""

    received: Time
    time: Time
    topic: str
    sender: str = Field(description="The device that the topic names")
    values: dict[str, Any]
    units: dict[str, str] | None


class StrangerDetail(Stranger):
    samples: list[Sample]
    messages: list[Came] = Field(description=f"The newest {MOST_MESSAGES}")


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
    waiting: int = Field(
        description="That wait still: of other fields, or by a topic of another device"
    )


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
    left = waiting(services, device)
    return Adopted(
        device=device,
        channels=sorted(channel["id"] for channel in known),
        readings=before - left,
        waiting=left,
    )


def waiting(services: Services, device: str) -> int:
    return sum(row["readings"] for row in strangers(services, 1, device=device))


@router.get("/{device:path}")
def show_stranger(services: Given, device: str) -> StrangerDetail:
    """One unknown device: its fields with what they may be, and what came last."""
    found = strangers(services, 1, device=device)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"No device {device} is in quarantine.")
    samples = view(services.pool, "quarantine_fields", device=device)
    for field in samples:
        guess = suggest(field["name"], field["units"], field["sends_text"])
        field["suggested"] = guess._asdict()
    messages = view(services.pool, "quarantine_messages", device=device, limit=MOST_MESSAGES)
    return StrangerDetail.model_validate(found[0] | {"samples": samples, "messages": messages})
