"""Channels: what is measured where, under which contract, and the newest reading of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query
from psycopg.types.json import Jsonb
from pydantic import BaseModel, Field

from api.drill_scope import Drill
from api.fields import Number, Quality, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.sensor_search import Search, State
from api.services import Given, Services
from ingest.quality import Quality as Flag
from ingest.quantities import QUANTITIES
from store.sensors import ChannelOrder, find_channels
from store.views import view

router = Resource("/channels", tags=["channels"])

WRONG_CLOCK = int(Flag.FUTURE | Flag.EPOCH | Flag.SKEWED)
RECENT = timedelta(days=3)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Latest(BaseModel):
    """The newest reading whose device clock can be believed."""

    time: Time = Field(description="When the device measured")
    received: Time = Field(description="When it reached us")
    value: Number = Field(description="In `unit`; null where the reading is a state, or unusable")
    state: str | None = Field(description="Text, bool or status as sent")
    quality: Quality


class Channel(BaseModel):
    """One quantity of one device."""

    id: str = Field(examples=["flood-017.depth"])
    device: str
    name: str = Field(description="The field on the wire")
    quantity: str = Field(examples=["depth"])
    unit: str = Field(description="Of all values here, SI", examples=["m"])
    component: str | None = Field(description="Code of the component it watches")
    component_name: str | None
    lon: Number
    lat: Number
    tags: dict[str, Any] = Field(description="Its place in the city's networks")
    latest: Latest | None


class Contract(BaseModel):
    """What its readings must keep; what breaks it is flagged, stored and not judged."""

    lowest: Number = Field(description="[unit]; null: no limit")
    highest: Number = Field(description="[unit]; null: no limit")
    largest_rate: Number = Field(description="[unit/s]; null: no limit")
    wire_unit: str = Field(description="Taken where the payload declares none")
    interval: timedelta = Field(description="Expected between two readings, ISO 8601")
    reports_every: timedelta = Field(description="Expected between two messages, if batched")
    attributes: dict[str, float] = Field(description="Numbers of the place, SI")
    states: dict[str, float] = Field(description="Numbers that stand for states")


class ChannelDetail(Channel):
    contract: Contract


def channels(services: Services, limit: int, **chosen: Any) -> list[dict[str, Any]]:
    """Return channels with their latest readings; `chosen` as for `find_channels`."""
    found = find_channels(services.pool, limit, **chosen)
    newest = latest(services, [row["number"] for row in found])
    for row in found:
        quantity = QUANTITIES.get(row["quantity"])
        row["unit"] = quantity.unit if quantity else row["wire_unit"]
        row["latest"] = newest.get(row["number"])
        row["contract"] = row
    return found


def latest(services: Services, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the latest reading by channel number; a recent one is found without searching."""
    found: dict[int, dict[str, Any]] = {}
    for since in (services.time() - RECENT, BEGINNING):
        if missing := [number for number in numbers if number not in found]:
            rows = view(
                services.pool,
                "latest_readings",
                channels=missing,
                since=since,
                wrong_clock=WRONG_CLOCK,
            )
            found |= {row["number"]: row for row in rows}
    return found


def channel_named(services: Services, channel: str) -> dict[str, Any]:
    found = channels(services, 1, id=channel)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no channel {channel}.")
    return found[0]


@router.get("")
def list_channels(
    services: Given,
    limit: Limit = 200,
    cursor: Cursor = None,
    search: Search = "",
    device: str | None = None,
    quantity: Annotated[str | None, Query(examples=["depth"])] = None,
    component: str | None = None,
    kind: Annotated[str | None, Query(examples=["flood"])] = None,
    zone: str | None = None,
    state: State | None = None,
    contains: Annotated[str | None, Query(description="Part of the id")] = None,
    tag: Annotated[
        list[str] | None, Query(description="name:value, all must hold", examples=[["zone:north"]])
    ] = None,
    sort: ChannelOrder = ChannelOrder.ID,
    drill: Drill = None,
) -> Page[Channel]:
    """Live channels, each with its latest reading; found by any part of their words."""
    after = read_cursor(cursor, str, str)
    tags = Jsonb(dict(part.partition(":")[::2] for part in tag)) if tag else None
    chosen = {
        "device": device, "quantity": quantity, "component": component, "kind": kind, "zone": zone,
        "state": state, "contains": contains, "tags": tags, "drill": drill,
    }  # fmt: skip
    rows = channels(
        services,
        limit + 1,
        search=search,
        sort=sort,
        after=after if cursor else None,
        **{name: value for name, value in chosen.items() if value is not None},
    )
    return Page[Channel].model_validate(page(rows, limit, lambda row: [row["key"], row["id"]]))


@router.get("/{channel:path}")
def show_channel(services: Given, channel: str) -> ChannelDetail:
    """One channel with its contract and latest reading."""
    return ChannelDetail.model_validate(channel_named(services, channel))
