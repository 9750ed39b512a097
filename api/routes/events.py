"""Events: what rules found, whether or not it became a case."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.drill_scope import Drill
from api.fields import Moment, Number, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.services import Given, Services
from api.sorting import Sorting, described, listed, read_sorting
from rules.event import Standing

router = Resource("/events", tags=["events"])

OF_EVENTS = (
    "id", "ids", "began", "before", "rule", "severity", "standing", "shadow", "case_id", "start",
    "end", "exercise", "drill", "areas", "departments",
)  # fmt: skip


class Event(BaseModel):
    """A rule's finding about one place."""

    id: UUID
    rule: str = Field(examples=["flood.road.standing-water"])
    version: str = Field(description="Of the rule: hash of its body")
    scope: str = Field(description="What the rule gathers by", examples=["component"])
    subject: str = Field(description="Which one of them")
    code_list: str = Field(examples=["GB/T 30428.2-2013"])
    code: str = Field(examples=["0506"])
    condition: str
    severity: str
    began: Time = Field(description="First abnormal reading")
    raised: Time = Field(description="The reading that completed the on-delay")
    found: Time = Field(description="When that reading reached us")
    ended: Time | None
    standing: Standing = Field(
        description="withdrawn: later readings show that it never was; "
        "explained: something else accounts for it"
    )
    shadow: bool = Field(description="Found by a version on trial: opens no case")
    drill: int | None = Field(description="The drill that it was found in; null: it is live")
    peak: Number = Field(description="Highest score; 1 is the limit")
    channels: list[str]
    case_number: str | None = Field(description="null: none, or one that is not yours to see")
    why: dict[str, Any] = Field(description="Clause, limits, peaks, what would have kept it quiet")


#: What the list may be sorted by beside its own order.
SORTED_BY = ("began", "found", "ended", "severity", "rule", "peak")


def events(
    services: Services, limit: int, sorting: Sorting | None = None, **chosen: Any
) -> list[dict[str, Any]]:
    """Return events newest first, or as `sorting` says; `chosen` as in the query `events_page`."""
    return listed(services, "events_page", limit, sorting, dict.fromkeys(OF_EVENTS) | chosen)


@router.get("")
def list_events(
    services: Given,
    who: Signed,
    limit: Limit = 100,
    cursor: Cursor = None,
    rule: str | None = None,
    severity: str | None = None,
    standing: Standing | None = None,
    shadow: Annotated[bool, Query(description="true: those of versions on trial")] = False,
    start: Annotated[Moment | None, Query(description="Began at or after")] = None,
    end: Annotated[Moment | None, Query(description="Began before")] = None,
    drill: Drill = None,
    sort: Annotated[str | None, described(*SORTED_BY)] = None,
) -> Page[Event]:
    """Events, newest beginning first: live ones, or those of one drill."""
    sorting = read_sorting(sort, cursor, SORTED_BY, "id")
    began, before = read_cursor(None if sorting else cursor, str, str)
    rows = events(
        services,
        limit + 1,
        sorting,
        began=began,
        before=before,
        rule=rule,
        severity=severity,
        standing=standing,
        shadow=shadow,
        start=start,
        end=end,
        exercise=drill is not None,
        drill=drill,
        **who.reach(Permission.READ_CASES)._asdict(),
    )
    return Page[Event].model_validate(page(rows, limit, sorting.key if sorting else _key))


def _key(row: dict[str, Any]) -> tuple[str, str]:
    began: datetime = row["began"]
    return began.isoformat(), str(row["id"])


@router.get("/{event}")
def show_event(services: Given, who: Signed, event: UUID) -> Event:
    """One event."""
    found = events(services, 1, id=event, **who.reach(Permission.READ_CASES)._asdict())
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no event {event}.")
    return Event.model_validate(found[0])
