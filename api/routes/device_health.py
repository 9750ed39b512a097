"""How a device does: what it owed and sent, its clock and vitals, its rules, events and windows."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.fields import Number, Time
from api.problem import Problem
from api.resource import Resource
from api.routes.curve import RuleLimit, Stood, Title, limits_of
from api.routes.devices import Newest, devices, with_latest
from api.rules_in_force import watchers
from api.services import Given
from store.curve import events_in
from store.health import clock, heard, windows_over

router = Resource(tags=["devices"])

VITALS = ("battery", "signal")
MONTH = timedelta(days=30)
MOST_EVENTS = 100


class Clock(BaseModel):
    delay: Number = Field(
        description="Median from the device's time to our receipt [s]; negative: it is ahead"
    )
    readings: int = Field(description="Of the last three days that were looked at")
    bad_clock: int = Field(description="Of these, with a time that cannot be")


class Heard(BaseModel):
    """What a channel owed in the stretch by its interval, and what came."""

    channel: str
    name: str
    quantity: str
    interval: timedelta
    owed: int | None = Field(description="Since it first sent anything; null: it never did")
    readings: int
    missing: int = Field(description="Owed and not stored")
    last_time: Time | None


class WatchedBy(BaseModel):
    """A rule in force that judges one of the channels."""

    channel: str
    rule: str
    version: str
    title: Title
    severity: str = Field(description="At its limit")
    signals: list[str]
    limits: list[RuleLimit]


class WindowOver(BaseModel):
    id: int
    reason: str
    scope: str
    subject: str
    rules: list[str] = Field(description="Held back; none: all")
    began: Time
    until: Time
    actor: str
    why: str


class Happened(Stood):
    id: UUID
    case_state: str | None


class DeviceHealth(BaseModel):
    device: str
    since: Time
    now: Time
    last_received: Time | None
    clock: Clock
    vitals: list[Newest] = Field(description="Battery and signal, as it last told them")
    channels: list[Heard]
    rules: list[WatchedBy]
    windows: list[WindowOver] = Field(description="Of the last 30 days, and to come")
    events: list[Happened] = Field(description=f"Of the last 30 days, newest first, {MOST_EVENTS}")


@router.get("/devices/{device:path}/health")
def show_health(
    services: Given,
    who: Signed,
    device: str,
    days: Annotated[int, Query(ge=1, le=31, description="In which readings are counted")] = 1,
) -> DeviceHealth:
    """How a device does, and who knows why."""
    found = devices(services, 1, id=device)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no device {device}.")
    [about] = with_latest(services, found)
    now = services.time()
    since, reach = now - timedelta(days=days), who.reach(Permission.READ_CASES)
    with services.pool.connection() as connection:
        channels = heard(connection, device, since, now)
        numbers = [channel.number for channel in channels]
        answer: dict[str, Any] = {
            "clock": clock(connection, device, now)._asdict(),
            "windows": windows_over(connection, device, now - MONTH),
            "events": events_in(connection, numbers, now - MONTH, now, MOST_EVENTS, reach),
        }
    answer["channels"] = [
        row._asdict() | {"channel": row.id, "missing": max(0, (row.owed or 0) - row.readings)}
        for row in channels
    ]
    answer["vitals"] = [each for each in about["latest"] if each["quantity"] in VITALS]
    answer["rules"] = [
        {
            "channel": channel.id,
            "rule": watch.rule.id,
            "version": watch.rule.version,
            "title": watch.rule.title.model_dump(),
            "severity": watch.rule.level(1.0),
            "signals": list(watch.signals),
            "limits": limits_of([watch]),
        }
        for channel in channels
        for watch in watchers(services.pool, device, channel.id)
    ]
    head = {"device": device, "since": since, "now": now, "last_received": about["last_received"]}
    return DeviceHealth.model_validate(head | answer)
