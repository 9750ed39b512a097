"""Who called: shown only to who says why, and the calls back that are due."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.fields import Actor, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.routes.reports import found
from api.services import Given
from cases.reporting import Caller
from cases.workflow import Refused
from store import callers as store

router = Resource(tags=["reports"])

Said = Annotated[str, Field(min_length=1, max_length=1000)]


class Asking(BaseModel):
    """Who asks for personal data, or for their erasure, and why; it is written down."""

    model_config = ConfigDict(extra="forbid")

    actor: Actor = ""
    why: Said


class Look(BaseModel):
    """Somebody has seen who called."""

    at: Time
    actor: str
    why: str


class CallBack(BaseModel):
    """A caller who has not heard yet how their report ended.

    Name and number: look at the caller of the report. Then the step `call-back` of the case,
    with `satisfaction` and, where several called, this `report` in its details.
    """

    report: UUID
    case_number: str
    case_state: str
    version: int
    title_zh: str
    title_en: str
    outcome: str | None
    closed: Time | None
    reported: Time


@router.post("/reports/{report}/caller/looks", status_code=HTTPStatus.CREATED)
def look_at_caller(
    services: Given, who: Signed, response: Response, report: UUID, asking: Asking
) -> Caller:
    """Show who called. Who looked, and why, is kept."""
    response.headers["Cache-Control"] = "no-store"
    found(services, who, report, Permission.READ_CALLERS)
    actor = who.actor(asking.actor)
    try:
        with services.pool.connection() as connection:
            return store.look(connection, report, actor, asking.why, services.time())
    except store.NoCaller as why:
        raise Problem(HTTPStatus.NOT_FOUND, str(why)) from why
    except Refused as why:
        raise _refused(why) from why


@router.get("/reports/{report}/caller/looks")
def list_looks(services: Given, who: Signed, report: UUID) -> list[Look]:
    """Who has looked at the caller of a report, and why; oldest first."""
    found(services, who, report)
    with services.pool.connection() as connection:
        return [Look.model_validate(row) for row in store.looks(connection, report)]


@router.post(
    "/reports/{report}/caller/erasure",
    status_code=HTTPStatus.NO_CONTENT,
    responses={409: ON_ERROR["default"] | {"description": "They are to be kept for longer"}},
)
def erase_caller(services: Given, who: Signed, report: UUID, asking: Asking) -> None:
    """Blank name and number for good, once they need not be kept any more; the report stays."""
    found(services, who, report, Permission.READ_CALLERS)
    actor = who.actor(asking.actor)
    try:
        with services.pool.connection() as connection:
            store.erase(connection, report, actor, asking.why, services.time(), services.city)
    except store.NoCaller as why:
        raise Problem(HTTPStatus.NOT_FOUND, str(why)) from why
    except Refused as why:
        raise _refused(why) from why


def _refused(why: Refused) -> Problem:
    return Problem(HTTPStatus.CONFLICT, str(why), "refused", "This is refused")


@router.get("/call-backs")
def list_call_backs(
    services: Given, who: Signed, limit: Limit = 100, cursor: Cursor = None
) -> Page[CallBack]:
    """Calls back that are due: whose case has ended since anybody called them."""
    (after,) = read_cursor(cursor, str)
    with services.pool.connection() as connection:
        reach = who.reach(Permission.READ_CALLERS)
        rows = store.call_backs(connection, limit + 1, after and UUID(after), reach)
    return Page[CallBack].model_validate(page(rows, limit, lambda row: [str(row["report"])]))
