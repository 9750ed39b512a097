"""Cases: the list people work from, one case with all that is known of it, and its next step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.fields import Number, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import ON_ERROR, Problem
from api.routes.events import Event, events
from api.services import Given, Services
from cases.workflow import NEEDS_REASON, NEXT, Refused, Role, State, Verb
from store.cases import Stale, apply
from store.views import view

router = APIRouter(prefix="/cases", tags=["cases"], responses=ON_ERROR)

SOON = 0.25  #: of the time limit left: from here on the light is yellow


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Case(BaseModel):
    number: str
    state: State
    version: int = Field(description="Grows with each step; name it in the next one")
    code_list: str = Field(examples=["GB/T 30428.2-2013"])
    code: str = Field(description="Class of the problem in the code list", examples=["0506"])
    condition: str = Field(description="Of the filing, in the catalogue")
    title_zh: str
    title_en: str
    severity: str
    component: str | None
    component_name: str | None
    grid_cell: str | None
    lon: Number
    lat: Number
    department: str | None
    department_zh: str | None
    department_en: str | None
    began: Time = Field(description="When the problem began")
    found: Time = Field(description="When we knew")
    found_after: timedelta = Field(description="found - began")
    opened: Time
    due: Time
    time_left: timedelta | None = Field(description="Negative when overdue; null when closed")
    light: Light = Field(description="red: overdue; yellow: a quarter of the limit left")
    closed: Time | None
    outcome: str | None
    events: int


class Line(BaseModel):
    """One line of the log, which is only ever added to."""

    version: int
    at: Time
    actor: str
    role: str
    verb: str
    before: str
    after: str
    reason: str
    details: dict[str, Any]


class Evidence(BaseModel):
    """Frozen when the event joined the case."""

    event_id: UUID
    frozen_at: Time
    body: dict[str, Any]


class Choice(BaseModel):
    """A step that the workflow allows now."""

    verb: Verb
    verb_zh: str
    after: State
    roles: list[Role]
    needs_reason: bool


class CaseDetail(BaseModel):
    case: Case
    log: list[Line]
    events: list[Event]
    evidence: list[Evidence]
    choices: list[Choice]


class Step(BaseModel):
    """The next step of a case, by somebody who has seen it at `version`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"verb": "handle", "actor": "crew 7", "role": "department", "version": 4},
                {
                    "verb": "return",
                    "actor": "crew 7",
                    "role": "department",
                    "version": 4,
                    "reason": "not our pipe",
                },
            ]
        },
    )

    verb: Verb
    actor: str = Field(min_length=1, max_length=200, description="Who does it")
    role: Role
    version: int | None = Field(None, description="Seen by the actor; or send it as If-Match")
    reason: str = Field("", max_length=10_000)
    details: dict[str, Any] = Field(
        default_factory=dict, description="dispatch: department; close and void: outcome"
    )


_FILTERS = ("id", "before", "states", "open", "code", "department", "severity")


def cases(services: Services, limit: int, **chosen: Any) -> list[dict[str, Any]]:
    """Return cases newest first; `chosen` as in the query `cases_page`."""
    rows = view(services.pool, "cases_page", **dict.fromkeys(_FILTERS) | chosen, limit=limit)
    now = services.time()
    for row in rows:
        row["found_after"] = row["found"] - row["began"]
        row["time_left"] = None if row["closed"] else row["due"] - now
        row["light"] = light(row["opened"], row["due"], row["closed"] or now)
    return rows


def light(opened: datetime, due: datetime, at: datetime) -> Light:
    if at > due:
        return Light.RED
    return Light.YELLOW if due - at < SOON * (due - opened) else Light.GREEN


def case_id(services: Services, case: str) -> int:
    found = view(services.pool, "case_id", case=case)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no case {case}.")
    number: int = found[0]["id"]
    return number


@router.get("")
def list_cases(
    services: Given,
    limit: Limit = 100,
    cursor: Cursor = None,
    state: Annotated[list[State] | None, Query(description="Any of these")] = None,
    open: Annotated[bool | None, Query(description="true: neither closed nor void")] = None,
    code: Annotated[str | None, Query(description="Class", examples=["0506"])] = None,
    department: Annotated[str | None, Query(description="Its code")] = None,
    severity: str | None = None,
) -> Page[Case]:
    """Cases, newest first."""
    (before,) = read_cursor(cursor, int)
    rows = cases(
        services,
        limit + 1,
        before=before,
        states=state and [str(each) for each in state],
        open=open,
        code=code,
        department=department,
        severity=severity,
    )
    return Page[Case].model_validate(page(rows, limit, lambda row: [row["id"]]))


@router.get("/{case}")
def show_case(services: Given, response: Response, case: str) -> CaseDetail:
    """One case with its log, events and evidence. `case` is its number."""
    return detail(services, response, case_id(services, case))


@router.post(
    "/{case}/steps",
    status_code=HTTPStatus.CREATED,
    responses={
        409: ON_ERROR["default"]
        | {"description": "The workflow refuses it, or somebody was faster"},
        412: ON_ERROR["default"] | {"description": "The case is not at the version of If-Match"},
        428: ON_ERROR["default"] | {"description": "Neither version nor If-Match was given"},
    },
)
def do_step(
    services: Given,
    response: Response,
    case: str,
    step: Step,
    if_match: Annotated[str | None, Header(description="ETag of the case as seen")] = None,
) -> CaseDetail:
    """Take the next step; refused when the case has moved on since the actor saw it."""
    number = case_id(services, case)
    version = seen(step, if_match)
    try:
        with services.pool.connection() as connection:
            apply(
                connection,
                number,
                version,
                step.verb,
                step.actor,
                step.role,
                services.time(),
                step.reason,
                step.details,
            )
    except Stale as why:
        status = HTTPStatus.PRECONDITION_FAILED if if_match else HTTPStatus.CONFLICT
        raise Problem(status, str(why), "case-moved-on", "The case has moved on") from why
    except Refused as why:
        raise Problem(
            HTTPStatus.CONFLICT, str(why), "step-refused", "The workflow refuses this step"
        ) from why
    return detail(services, response, number)


def seen(step: Step, if_match: str | None) -> int:
    """Return the version that the actor saw; If-Match counts more than the body."""
    if if_match is not None:
        text = if_match.strip().removeprefix("W/").strip('"')
        if text.isdecimal():
            return int(text)
        raise Problem(HTTPStatus.PRECONDITION_FAILED, f"{if_match} is no ETag of a case.")
    if step.version is None:
        raise Problem(
            HTTPStatus.PRECONDITION_REQUIRED,
            "Name the version that you saw, or send the ETag as If-Match.",
        )
    return step.version


def choices(state: State) -> list[dict[str, Any]]:
    """Return the steps that people may take from `state`."""
    found = []
    for (before, verb), move in NEXT.items():
        if before is state and (roles := sorted(move.roles - {Role.SYSTEM})):
            found.append(
                {
                    "verb": verb,
                    "verb_zh": verb.zh,
                    "after": move.after,
                    "roles": roles,
                    "needs_reason": verb in NEEDS_REASON,
                }
            )
    return found


def detail(services: Services, response: Response, number: int) -> CaseDetail:
    [row] = cases(services, 1, id=number)
    response.headers["ETag"] = f'"{row["version"]}"'
    parts: dict[str, Sequence[dict[str, Any]]] = {
        "log": view(services.pool, "case_log_lines", case_id=number),
        "events": events(services, 1000, case_id=number),
        "evidence": view(services.pool, "case_evidence", case_id=number),
        "choices": choices(State(row["state"])),
    }
    return CaseDetail.model_validate({"case": row, **parts})
