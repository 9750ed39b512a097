"""Devices: where they are, what stands against them, and the ledger of what they sent."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from api.drill_scope import Drill
from api.fields import Number, Quality, Time
from api.paging import Cursor, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.routes.channels import latest
from api.sensor_search import Search, State
from api.services import Given, Services
from store.health import missing_by_day
from store.sensors import DeviceOrder, find_devices
from store.views import at_once, view

router = Resource("/devices", tags=["devices"])

#: To know what is missing, the readings of each day are counted.
MOST_DAYS_COUNTED = 31


class Status(StrEnum):
    ACTIVE = "active"
    QUARANTINED = "quarantined"
    RETIRED = "retired"


class Newest(BaseModel):
    """The newest reading of one of the device's channels."""

    channel: str
    name: str
    quantity: str
    time: Time
    value: Number = Field(description="SI unit of the quantity")
    state: str | None
    quality: Quality


class Device(BaseModel):
    id: str
    status: Status
    component: str | None
    component_name: str | None
    component_class: str | None = Field(validation_alias="class")
    department: str | None
    gateway: str
    lon: Number
    lat: Number
    tags: dict[str, Any]
    first_seen: Time | None
    adopted_at: Time | None
    last_received: Time | None = Field(description="When anything of it last reached us")
    standing: list[str] = Field(description="Rules whose events stand against it now")
    channels: list[str]
    latest: list[Newest] | None = Field(None, description="Only with `latest=true`")


class Day(BaseModel):
    """One day of a device's ledger. Counts are of readings, `rejected` of records."""

    day: date = Field(description="Of receipt, in the city")
    received: int
    stored: int
    duplicate: int
    rejected: int = Field(description="Became dead letters")
    quarantined: int = Field(description="Kept until somebody adopts the device or the field")
    late: int
    flagged: int = Field(description="Stored, but out of contract")
    missing: int | None = Field(
        None,
        description="Owed by the intervals for that day and not stored; null where more than 31 "
        "days are asked for",
    )
    last_received: Time | None
    last_time: Time | None


class Ledger(BaseModel):
    device: str
    items: list[Day]


def devices(services: Services, limit: int, **chosen: Any) -> list[dict[str, Any]]:
    return find_devices(services.pool, limit, **chosen)


def with_latest(services: Services, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = [row["id"] for row in rows]
    channels = view(services.pool, "channels_of_devices", devices=ids)
    readings = latest(services, [channel["number"] for channel in channels])
    newest: dict[str, list[dict[str, Any]]] = {device: [] for device in ids}
    for channel in channels:
        if reading := readings.get(channel["number"]):
            newest[channel["device"]].append({**channel, "channel": channel["id"], **reading})
    return [row | {"latest": newest[row["id"]]} for row in rows]


@router.get("")
def list_devices(
    services: Given,
    limit: Annotated[int, Query(ge=1, le=5000, description="Devices on a page")] = 200,
    cursor: Cursor = None,
    search: Search = "",
    status: Status | None = None,
    state: State | None = None,
    kind: Annotated[str | None, Query(examples=["flood"])] = None,
    zone: str | None = None,
    component: str | None = None,
    quantity: Annotated[
        str | None, Query(description="That one of its channels measures", examples=["depth"])
    ] = None,
    sort: DeviceOrder = DeviceOrder.ID,
    latest: Annotated[bool, Query(description="With the newest reading of each channel")] = False,
    drill: Drill = None,
) -> Page[Device]:
    """Live devices, found by any part of their words. `heard` sorts by when last heard."""
    key = float if sort.removeprefix("-") == DeviceOrder.HEARD else str
    after = read_cursor(cursor, key, str)
    chosen = {
        "status": status, "state": state, "kind": kind, "zone": zone, "component": component,
        "quantity": quantity, "drill": drill,
    }  # fmt: skip
    rows = devices(
        services,
        limit + 1,
        search=search,
        sort=sort,
        after=after if cursor else None,
        **{name: value for name, value in chosen.items() if value is not None},
    )
    found = page(rows, limit, lambda row: [row["key"], row["id"]])
    if latest:
        found["items"] = with_latest(services, found["items"])
    return Page[Device].model_validate(found)


@router.get("/{device:path}/ledger")
def show_ledger(
    services: Given, device: str, days: Annotated[int, Query(ge=1, le=366)] = 7
) -> Ledger:
    """What a device sent and what became of it, a line a day, newest first.

    Devices that nobody has adopted have a ledger too.
    """
    now = services.time()
    items = view(services.pool, "device_ledger", device=device, now=now, days=days)
    if not items and not devices(services, 1, id=device):
        raise Problem(HTTPStatus.NOT_FOUND, f"Nothing was ever heard of a device {device}.")
    if days <= MOST_DAYS_COUNTED:
        with at_once(services.pool) as connection:
            missing = missing_by_day(connection, device, days, now)
        for item in items:
            item["missing"] = missing.get(item["day"], 0)
    return Ledger.model_validate({"device": device, "items": items})


@router.get("/{device:path}")
def show_device(services: Given, device: str) -> Device:
    """One device with the newest reading of each of its channels."""
    found = devices(services, 1, id=device)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no device {device}.")
    return Device.model_validate(with_latest(services, found)[0])
