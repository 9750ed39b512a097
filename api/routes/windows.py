"""Windows: maintenance, planned work, calibration, shelving. Judging goes on in them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.access.permissions import Permission
from api.access.who import Signed, Who
from api.fields import Actor, Moment, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.services import Given, Services
from api.sorting import Sorting, described, listed, read_sorting
from rules.windows import Reason
from store.windows import BadWindow, add_window, end_window, lies_within

router = Resource("/windows", tags=["windows"])

Said = Annotated[str, Field(min_length=1, max_length=1000)]


class NewWindow(BaseModel):
    """What is found about a place from `began` until `until` opens no case before it ends."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "reason": "planned_work",
                    "scope": "zone",
                    "subject": "east",
                    "until": "2030-01-31T20:00:00+08:00",
                    "actor": "control room 2",
                    "why": "valves of the trunk main are exchanged",
                }
            ]
        },
    )

    reason: Reason
    scope: Said = Field(description="channel, device, component, any tag such as zone, or city")
    subject: Said
    rules: list[str] = Field(default_factory=list, description="Those meant; none: all")
    began: Moment | None = Field(None, description="Left out: now")
    until: Moment
    actor: Actor = ""
    why: Said


class Ending(BaseModel):
    model_config = ConfigDict(extra="forbid")

    actor: Actor = ""
    why: Said


class Window(BaseModel):
    """A window, and how many findings it has held back that would have opened a case."""

    id: int
    reason: Reason
    scope: str
    subject: str
    rules: list[str]
    began: Time
    until: Time
    planned_until: Time
    actor: str
    why: str
    created: Time
    ended_by: str | None
    ended_why: str | None
    held_back: int


#: What the list may be sorted by beside its own order.
SORTED_BY = ("began", "until", "reason", "scope", "subject", "held_back")


def windows(
    services: Services, limit: int, sorting: Sorting | None = None, **chosen: Any
) -> list[dict[str, Any]]:
    every = dict.fromkeys(("id", "before", "at"))
    return listed(services, "windows_page", limit, sorting, every | chosen)


@router.get("")
def list_windows(
    services: Given,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: Annotated[Moment | None, Query(description="Only those that last at this time")] = None,
    sort: Annotated[str | None, described(*SORTED_BY)] = None,
) -> Page[Window]:
    """Windows, newest first."""
    sorting = read_sorting(sort, cursor, SORTED_BY, "id")
    (before,) = read_cursor(None if sorting else cursor, int)
    rows = windows(services, limit + 1, sorting, before=before, at=at)
    key = sorting.key if sorting else lambda row: [row["id"]]
    return Page[Window].model_validate(page(rows, limit, key))


@router.get("/{number}")
def show_window(services: Given, number: int) -> Window:
    """One window."""
    found = windows(services, 1, id=number)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no window {number}.")
    return Window.model_validate(found[0])


@router.post("", status_code=HTTPStatus.CREATED)
def set_window(services: Given, who: Signed, window: NewWindow) -> Window:
    """Set a window; it ends by itself."""
    now = services.time()
    _of_theirs(services, who, window.scope, window.subject)
    try:
        with services.pool.connection() as connection:
            number = add_window(
                connection,
                window.reason,
                window.scope,
                window.subject,
                window.began or now,
                window.until,
                who.actor(window.actor),
                window.why,
                now,
                window.rules,
            )
    except BadWindow as why:
        raise refused(why) from why
    return show_window(services, number)


@router.post("/{number}/end")
def end(services: Given, who: Signed, number: int, ending: Ending) -> Window:
    """End a window early: what still stands there opens its case now."""
    there = show_window(services, number)
    _of_theirs(services, who, there.scope, there.subject)
    try:
        with services.pool.connection() as connection:
            end_window(connection, number, who.actor(ending.actor), ending.why, services.time())
    except BadWindow as why:
        raise refused(why) from why
    return show_window(services, number)


def _of_theirs(services: Services, who: Who, scope: str, subject: str) -> None:
    """Raise Problem where a limited role would hold back what is found elsewhere."""
    reach = who.reach(Permission.SET_WINDOWS)
    with services.pool.connection() as connection:
        if lies_within(connection, scope, subject, reach):
            return
    raise Problem(
        HTTPStatus.FORBIDDEN,
        f"{scope} {subject}: not everything there lies in the area and department that {who.name}"
        " is limited to.",
        "not-your-area",
        "The place is not yours",
    )


def refused(why: BadWindow) -> Problem:
    return Problem(HTTPStatus.CONFLICT, str(why), "window-refused", "The window is refused")
