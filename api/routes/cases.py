"""Cases: the list people work from, and one case with all that is known of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed, Who
from api.drill_scope import Drill
from api.fields import Number, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.routes.events import OF_EVENTS, Event
from api.services import Given, Services
from api.sorting import Sorting, described, listed, read_sorting
from cases.case import Case as Told
from cases.catalogue import TimeClass
from cases.choices import choices as steps_of
from cases.choices import missing
from cases.details import ASKED, Details
from cases.grouping import likely_origins
from cases.stages import light
from cases.words import Light, Role, Satisfaction, Source, Stage, State, Verb
from store.access import Reach
from store.cases import look
from store.desk import FACTS
from store.told import told_of_case
from store.views import OF_CASES, at_once, looks, view

router = Resource("/cases", tags=["cases"])

MOST_EVENTS = 1_000  #: shown of one case


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
    filed: Time | None
    due: Time | None = Field(description="Of handling; null while its clock stands")
    stage: Stage | None = Field(description="Whose clock runs now; null: nobody's")
    stage_due: Time | None
    stage_yellow: Time | None = Field(description="When little of the stage's limit is left")
    time_left: timedelta | None = Field(description="Of the stage; negative when overdue")
    light: Light = Field(description="Of the stage: red when overdue, yellow when soon")
    level: int = Field(description="1 community, 2 street, 3 district, 4 city: overdue goes up")
    closed: Time | None = Field(description="Or rejected, or void")
    outcome: str | None
    source: Source = Field(description="Who said it first")
    exercise: bool
    drill: int | None = Field(description="The drill that it is of")
    description: str
    address: str
    handed_to: str = Field(description="110, or the name of another instance")
    merged_into: str | None = Field(description="Number of the case with the same problem")
    supervised: bool
    urges: int
    suspended_until: Time | None
    exempt: bool = Field(description="An appeal was granted: no overtime in statistics")
    satisfaction: Satisfaction | None
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


class Clock(BaseModel):
    """One run of a stage's clock: it runs `since`, stands where that is null, or has `ended`."""

    number: int
    stage: Stage
    owner: str = Field(description="Code of the department whose time it is, or of a partner")
    owner_zh: str | None
    owner_en: str | None
    limit_amount: float
    limit_class: TimeClass
    began: Time
    since: Time | None
    used: timedelta = Field(description="Before `since`, in the time of the limit's class")
    due: Time | None
    yellow: Time | None
    ended: Time | None
    actor: str = Field(description="Who ended it")
    role: str
    in_time: bool | None = Field(description="null: not ended, or taken away undone")
    light: Light


class Evidence(BaseModel):
    """Frozen when the event joined the case."""

    event_id: UUID
    frozen_at: Time
    body: dict[str, Any]


class Verification(BaseModel):
    """What its sensors said at the last look since the department fed back."""

    looked: Time
    holds: bool = Field(description="Whether its closing condition holds, for long enough")
    since: Time | None = Field(description="Normal since; null: it is not")
    next_look: Time | None
    said: list[str] = Field(description="Of what holds, a sentence each")
    missing: list[str] = Field(
        description="What is still missing, a sentence each",
        examples=[["w1/methane: methane 0.8 %VOL at 14:05, must stay under 0.5 %VOL for 2 h"]],
    )


class Confirmation(BaseModel):
    """Frozen when the system confirmed that the case is solved."""

    version: int = Field(description="Of the line of the log that rests on it")
    frozen_at: Time
    body: dict[str, Any]


class Choice(BaseModel):
    """A step that the workflow allows now, for one of the roles of who asks."""

    verb: Verb
    verb_zh: str
    after: State
    roles: list[Role] = Field(description="Of who asks: as which they may take it")
    needs_reason: bool
    why_not: str = Field(description="What refuses it to who asks; empty: nothing")
    reason_helps: bool = Field(description="With a reason it may be taken in spite of `why_not`")
    details: dict[str, Any] = Field(description="JSON schema of what the step must say")


class CaseDetail(BaseModel):
    case: Case
    clocks: list[Clock]
    log: list[Line]
    events: list[Event]
    likely_origins: list[UUID] = Field(description="Its events, the likeliest origin first")
    evidence: list[Evidence]
    verification: Verification | None = Field(description="null: its sensors were not asked yet")
    confirmations: list[Confirmation]
    missing: list[str] = Field(description="Before it may be closed, first to last")
    choices: list[Choice]


Shown = Literal["red", "yellow", "green", "standing"]


#: What the list may be sorted by beside its own order.
SORTED_BY = ("opened", "due", "closed", "severity", "level", "state", "code", "number")


def cases(
    services: Services, limit: int, sorting: Sorting | None = None, **chosen: Any
) -> list[dict[str, Any]]:
    """Return cases newest first, or as `sorting` says; `chosen` as in the query `cases_page`."""
    now = services.time()
    asked = dict.fromkeys(OF_CASES) | {"now": now} | chosen
    return _told(listed(services, "cases_page", limit, sorting, asked), now)


def _told(rows: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    for row in rows:
        row["found_after"] = row["found"] - row["began"]
        row["time_left"] = row["stage_due"] - now if row["stage_due"] else None
        row["light"] = light(row["stage_due"], row["stage_yellow"], now)
    return rows


def case_id(services: Services, who: Who, case: str, within: Reach | None = None) -> int:
    """Return the id of a case that `who` may see; of another one they do not even learn.

    `within`: how far what they want to do with it reaches; another of their roles may see more.
    """
    reach = _reach(who) if within is None else within._asdict()
    found = view(services.pool, "seen_case", case=case, **reach)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no case {case}.")
    number: int = found[0]["id"]
    return number


def _reach(who: Who) -> dict[str, Any]:
    return who.reach(Permission.READ_CASES)._asdict()


@router.get("")
def list_cases(
    services: Given,
    who: Signed,
    limit: Limit = 100,
    cursor: Cursor = None,
    state: Annotated[list[State] | None, Query(description="Any of these")] = None,
    open: Annotated[bool | None, Query(description="true: neither closed nor void")] = None,
    code: Annotated[str | None, Query(description="Class", examples=["0506"])] = None,
    department: Annotated[str | None, Query(description="Its code")] = None,
    severity: str | None = None,
    area: Annotated[str | None, Query(description="How the code of the grid cell begins")] = None,
    exercise: Annotated[bool, Query(description="true: exercises instead of what is real")] = False,
    drill: Drill = None,
    light: Annotated[Shown | None, Query(description="Of the clock; standing: none runs")] = None,
    text: Annotated[
        str | None, Query(description="In number, title, words or place", max_length=200)
    ] = None,
    sort: Annotated[str | None, described(*SORTED_BY)] = None,
) -> Page[Case]:
    """Cases, newest first: real ones, or exercises, all or those of one drill."""
    sorting = read_sorting(sort, cursor, SORTED_BY, "id")
    (before,) = read_cursor(None if sorting else cursor, int)
    rows = cases(
        services,
        limit + 1,
        sorting,
        before=before,
        states=state and [str(each) for each in state],
        open=open,
        code=code,
        department=department,
        severity=severity,
        area=area,
        exercise=exercise or drill is not None,
        drill=drill,
        light=light,
        text=text,
        **_reach(who),
    )
    key = sorting.key if sorting else lambda row: [row["id"]]
    return Page[Case].model_validate(page(rows, limit, key))


@router.get("/{case}")
def show_case(services: Given, who: Signed, response: Response, case: str) -> CaseDetail:
    """One case with its log, events and evidence, and what who asks may do with it.

    `case` is its number.
    """
    return detail(services, who, response, case_id(services, who, case))


def choices(services: Services, who: Who, row: dict[str, Any], case: Told) -> list[dict[str, Any]]:
    """Return the steps that `who` may take with a case, and why not where something refuses."""
    mine = roles_in(who, row)
    return [
        {
            **each._asdict(),
            "verb_zh": each.verb.zh,
            "needs_reason": "reason" in each.needs,
            "details": _schema(each.verb),
        }
        for each in steps_of(case, services.time(), services.city, who.name, mine)
    ]


@cache
def _schema(verb: Verb) -> dict[str, Any]:
    return ASKED.get(verb, Details).model_json_schema()


def roles_in(who: Who, row: dict[str, Any]) -> frozenset[Role]:
    """Return the roles that `who` has in a case: where it is, and as the department that has it."""
    has = {row["department"] or "", row["handed_to"], ""}
    held = {
        grant.role
        for grant in who.grants
        if (row["grid_cell"] or row["district"] or "").startswith(grant.area)
        and grant.department in has
    }
    return frozenset(role for role in Role if role in held and role is not Role.SYSTEM)


def act_as(services: Services, who: Who, number: int, role: Role) -> None:
    """Raise Problem 403 unless `who` has the role in this case.

    Whoever had it once may see it still, and not act on it: what is offered is what is let in.
    """
    who.reach_as(role)
    [row] = cases(services, 1, id=number)
    if role not in roles_in(who, row):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"{who.name} is no {role} of this case: it lies elsewhere, or others have it.",
            "not-your-case",
            "The case is not yours",
        )


def detail(services: Services, who: Who, response: Response, number: int) -> CaseDetail:
    now, of = services.time(), {"case_id": number}
    with at_once(services.pool) as connection:
        rows, runs, log, happened, evidence, confirmations, asked = looks(
            connection,
            ("cases_page", dict.fromkeys(OF_CASES) | {"now": now, "id": number, "limit": 1}),
            ("case_runs", of),
            ("case_log_lines", of),
            ("events_page", dict.fromkeys(OF_EVENTS) | of | {"limit": MOST_EVENTS}),
            ("case_evidence", of),
            ("case_confirmations", of),
            ("case_verification", of),
        )
        facts = [e for e in told_of_case(connection, number) if e.standing in FACTS]
        told = look(connection, number, services.city).case
    [row] = _told(rows, now)
    response.headers["ETag"] = f'"{row["version"]}"'
    for run in runs:
        run["light"] = light(run["due"], run["yellow"], run["ended"] or now)
    parts: dict[str, Any] = {
        "case": row,
        "likely_origins": [event.id for event in likely_origins(facts)],
        "clocks": runs,
        "log": log,
        "events": happened,
        "evidence": evidence,
        "confirmations": confirmations,
        "missing": missing(told, now, services.city),
        "choices": choices(services, who, row, told),
        "verification": asked[0] if asked else None,
    }
    return CaseDetail.model_validate(parts)
