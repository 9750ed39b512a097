"""Quarantine: devices that nobody knows yet, what they sent, and their adoption in one step."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.fields import Number, Quality, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import ON_ERROR, Problem
from api.services import Given, Services
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


def strangers(services: Services, limit: int, **chosen: Any) -> list[dict[str, Any]]:
    every = dict.fromkeys(("device", "after"))
    return view(services.pool, "quarantine_page", **every | chosen, limit=limit)


@router.get("")
def list_quarantine(services: Given, limit: Limit = 100, cursor: Cursor = None) -> Page[Stranger]:
    """Unknown devices by id."""
    (after,) = read_cursor(cursor, str)
    rows = strangers(services, limit + 1, after=after)
    return Page[Stranger].model_validate(page(rows, limit, lambda row: [row["device"]]))


@router.get("/{device:path}")
def show_stranger(services: Given, device: str) -> StrangerDetail:
    """One unknown device, with the newest reading of each of its fields."""
    found = strangers(services, 1, device=device)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"No device {device} is in quarantine.")
    samples = view(services.pool, "quarantine_samples", device=device)
    return StrangerDetail.model_validate(found[0] | {"samples": samples})
