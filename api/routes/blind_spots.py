"""Blind spots: what is not watched now, and why."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.fields import Number, Time
from api.paging import Cursor, Limit, make_cursor, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.services import Given, Services
from store.blind_spots import After, Blind, blind_spots, counts
from store.views import at_once

router = Resource("/blind-spots", tags=["blind spots"])


class BlindSpot(BaseModel):
    """Something that is not watched, or not by all that should watch it."""

    reason: Blind
    scope: str = Field(description="part, gateway, device, rule, grid_cell, or what a window names")
    subject: str = Field(description="Which one of them")
    name: str = Field(description="Of the component or cell; empty: none")
    kinds: list[str] = Field(
        description="Tags `kind` of the devices meant; with no-sensor, those that are missing"
    )
    since: Time | None = Field(description="null: ever since, or nobody knows")
    until: Time | None = Field(description="When it ends by itself; null: it does not")
    rules: list[str] = Field(description="That say so, or that are held back; none: all")
    actor: str = Field(description="Who has decided it")
    why: str = Field(description="Words of who decided it; of a stranger, the fields it sends")
    devices: int = Field(description="How many are meant; with no-sensor, those of other kinds")
    lon: Number
    lat: Number
    case_number: str | None = Field(description="The case that was opened for it")


class BlindSpots(BaseModel):
    """A page of them, and on the first one how many there are for each reason."""

    items: list[BlindSpot]
    next: str | None = Field(None, description="Cursor of the next page; null on the last one")
    counts: dict[Blind, int] | None = Field(description="null after the first page")


@router.get("")
def list_blind_spots(
    services: Given,
    who: Signed,
    limit: Limit = 100,
    cursor: Cursor = None,
    reason: Annotated[list[Blind] | None, Query(description="Any of these; none: all")] = None,
    kind: Annotated[
        str | None, Query(description="Of devices, by their tag", examples=["flood"])
    ] = None,
) -> BlindSpots:
    """What is not watched now: by reason, the widest first, then by what is meant.

    `kind` leaves out what is about no kind of device: rules and strangers.
    """
    wanted = list(reason or Blind)
    last = read_cursor(cursor, str, str)
    after = None
    if last[0] is not None:
        if last[0] not in list(Blind):
            raise Problem(HTTPStatus.BAD_REQUEST, "Take `next` of a page of this very list.")
        after = After(Blind(last[0]), last[1])
    down = parts_down(services) if Blind.PART_DOWN in wanted else []
    found = [] if after else [*down]
    now, reach = services.time(), who.reach(Permission.READ_CASES)
    with at_once(services.pool) as connection:
        found += blind_spots(connection, wanted, kind, now, limit + 1, after, reach)
        counted = None
        if after is None:
            counted = counts(connection, wanted, kind, now)
            if Blind.PART_DOWN in counted:
                counted[Blind.PART_DOWN] = len(down)
    # Parts are few, and all on the first page.
    most = limit if after else limit + len(down)
    more = len(found) > most
    end = found[most - 1] if more else None
    return BlindSpots(
        items=[BlindSpot.model_validate(row) for row in found[:most]],
        next=make_cursor(end["reason"], end["key"]) if end else None,
        counts=counted,
    )


def parts_down(services: Services) -> list[dict[str, Any]]:
    """Return the parts of this system that are not ready: what they do is done for nobody."""
    none: dict[str, Any] = dict.fromkeys(("since", "until", "lon", "lat", "case_number"))
    return [
        none
        | {"reason": Blind.PART_DOWN, "scope": "part", "subject": name, "name": "", "kinds": []}
        | {"rules": [], "actor": "", "why": health.detail, "devices": 0}
        for name, health in ((name, ask()) for name, ask in services.health.items())
        if not health.ready
    ]
