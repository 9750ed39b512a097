"""Reports of people and other systems: taken, listed, and joined to the case they belong to."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access.permissions import Permission
from api.access.who import Signed, Who
from api.fields import Actor, Moment, Number, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.routes.cases import CaseDetail, act_as, case_id, detail
from api.services import Given, Services
from cases.catalogue import UNLISTED
from cases.duplicates import Spot
from cases.reporting import BadReport, Report
from cases.words import Role, Source, Verb
from cases.workflow import Refused
from rules.schema import Level
from store import reports as store
from store.access import EVERYWHERE
from store.cases import Stale, UnknownCase, apply
from store.joining import Proposal, duplicates
from store.joining import alike as around
from store.views import at_once, view

router = Resource("/reports", tags=["reports"])
of_cases = Resource("/cases", tags=["reports"])

EXAMPLE: dict[str, Any] = {
    "source": "hotline",
    "actor": "operator 3",
    "system": "12345",
    "external_id": "2026070100123",
    "text": "Water stands on the road in front of the school",
    "code_list": "GB/T 30428.2-2013",
    "code": "0506",
    "kind": "event",
    "lon": 120.1,
    "lat": 30.28,
    "caller": {"name": "", "phone": "13800138000"},
}


class NewReport(Report):
    """What somebody tells of a problem. Name and number of a caller are kept apart."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    actor: Actor = ""
    """Who enters it: the inspector, the operator, the other system. None: who is signed in."""
    join_to: str = ""
    """Number of the open case that it belongs to; none: it opens one."""


class Alike(BaseModel):
    """A case that may be the same problem: of one class, near, and found soon after each other."""

    number: str
    state: str
    version: int
    source: Source
    code_list: str
    code: str
    title_zh: str
    title_en: str
    metres: float = Field(description="Distance")
    apart: timedelta = Field(description="Found so much later, or negative earlier")
    same_class: bool = Field(description="false: of one of the two nobody knows the class yet")
    keep: str = Field(description="The case found earlier, into which the other is joined")


class Taken(BaseModel):
    report: UUID
    case: str | None = Field(
        description="Number; null: it had been sent before, and its case is not yours to see"
    )
    opened: bool = Field(description="false: it joined a case, or had been sent before")
    again: bool = Field(description="true: it had been sent before; nothing has changed")
    duplicates: list[Alike]


class ReportShown(BaseModel):
    """A report without who called; the caller has a route of its own."""

    id: UUID
    case_number: str
    case_state: str
    source: Source
    system: str
    external_id: str
    actor: str
    happened: Time | None
    reported: Time = Field(description="When the source was told")
    received: Time = Field(description="When we were")
    text: str
    code_list: str
    code: str
    condition: str
    component: str
    lon: Number
    lat: Number
    accuracy: str | None
    address: str
    photos: list[str]
    severity: Level | None
    exercise: bool
    wished: Time | None
    has_caller: bool
    called_back: Time | None


class Joining(BaseModel):
    """A person's word that the report's case is the same problem as another."""

    model_config = ConfigDict(extra="forbid")

    into: str = Field(min_length=1, description="Number of the case that stays")
    actor: Actor = ""
    role: Role
    version: int = Field(description="Of the report's case, as the actor saw it")
    reason: str = Field("", max_length=10_000)


def seen(services: Services, who: Who, found: list[Proposal]) -> list[Proposal]:
    """Return those that `who` may see; near a border the same problem may be the neighbour's."""
    return [each for each in found if _may_see(services, who, each.number)]


def _may_see(services: Services, who: Who, number: str) -> bool:
    reach = who.reach(Permission.READ_CASES)
    if reach == EVERYWHERE:
        return True
    return bool(view(services.pool, "seen_case", case=number, **reach._asdict()))


def alike(found: list[Proposal], number: str) -> list[Alike]:
    mine = {each.why.id: each.number for each in found}
    return [
        Alike(
            number=each.number,
            state=each.state,
            version=each.version,
            source=Source(each.source),
            code_list=each.code_list,
            code=each.code,
            title_zh=each.title_zh,
            title_en=each.title_en,
            metres=round(each.why.metres, 1),
            apart=each.why.apart,
            same_class=each.why.same_class,
            keep=mine.get(each.why.keep, number),
        )
        for each in found
    ]


def refused(why: Refused | BadReport) -> Problem:
    if isinstance(why, BadReport):
        return Problem(HTTPStatus(422), str(why), "bad-report", "The report cannot be taken")
    return Problem(HTTPStatus.CONFLICT, str(why), "step-refused", "The workflow refuses this step")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": Taken, "description": "It had been sent before"},
        409: ON_ERROR["default"] | {"description": "It cannot join that case"},
    },
)
def take_report(services: Given, who: Signed, response: Response, report: NewReport) -> Taken:
    """Take a report; the same `system` and `external_id` again is harmless, and so is answered."""
    told = report.model_dump(exclude={"join_to"}) | {"actor": who.actor(report.actor)}
    said = Report.model_validate(told)
    reach = who.reach(Permission.WRITE_REPORTS)
    join_to = case_id(services, who, report.join_to, reach) if report.join_to else None
    try:
        with services.pool.connection() as connection:
            taken = store.take(connection, said, services.time(), services.city, join_to)
    except (Refused, BadReport) as why:
        raise refused(why) from why
    except UnknownCase as why:
        raise Problem(HTTPStatus.NOT_FOUND, str(why)) from why
    if taken.again:
        response.status_code = HTTPStatus.OK
    # What was sent before may be another's: whoever repeats its number learns of no case by that.
    theirs = not taken.again or _may_see(services, who, taken.number)
    return Taken(
        report=taken.report,
        case=taken.number if theirs else None,
        opened=taken.opened,
        again=taken.again,
        duplicates=alike(seen(services, who, taken.duplicates), taken.number) if theirs else [],
    )


@router.get("")
def list_reports(
    services: Given,
    who: Signed,
    limit: Limit = 100,
    cursor: Cursor = None,
    source: Source | None = None,
    system: Annotated[str | None, Query(description="That sent it")] = None,
    external_id: Annotated[str | None, Query(description="Its number there")] = None,
    start: Annotated[Moment | None, Query(description="Received then or later")] = None,
    end: Annotated[Moment | None, Query(description="Received earlier")] = None,
) -> Page[ReportShown]:
    """Reports, the one received last first."""
    received, before = read_cursor(cursor, str, str)
    with at_once(services.pool) as connection:
        rows = store.reports(
            connection,
            limit + 1,
            received=received and datetime.fromisoformat(received),
            before=before,
            source=source,
            system=system,
            external_id=external_id,
            start=start,
            end=end,
            **who.reach(Permission.READ_REPORTS)._asdict(),
        )
    return Page[ReportShown].model_validate(
        page(rows, limit, lambda row: [row["received"].isoformat(), str(row["id"])])
    )


@router.get("/alike")
def list_alike(
    services: Given,
    who: Signed,
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
    code_list: Annotated[str, Query(description="Left out: nobody knows the class yet")] = "",
    code: Annotated[str, Query(examples=["0506"])] = "",
    condition: str = "",
    reported: Annotated[Moment | None, Query(description="Left out: now")] = None,
    exercise: bool = False,
) -> list[Alike]:
    """Cases that may be the same problem as a report to come, so that it can `join_to` one."""
    known = (code_list, code, condition) if code else UNLISTED
    mine = Spot(0, *known, lon, lat, reported or services.time(), exercise)
    with at_once(services.pool) as connection:
        found = around(connection, mine, services.city)
    return alike(seen(services, who, found), "")


@router.get("/{report}")
def show_report(services: Given, who: Signed, report: UUID) -> ReportShown:
    """One report."""
    return ReportShown.model_validate(found(services, who, report))


def found(
    services: Services, who: Who, report: UUID, asks: Permission = Permission.READ_REPORTS
) -> dict[str, Any]:
    """Return a report of a case as far as what is asked for reaches."""
    try:
        with services.pool.connection() as connection:
            row = store.report(connection, report)
    except store.UnknownReport as why:
        raise Problem(HTTPStatus.NOT_FOUND, str(why)) from why
    case_id(services, who, row["case_number"], who.reach(asks))
    return row


@router.post(
    "/{report}/join",
    status_code=HTTPStatus.CREATED,
    responses={409: ON_ERROR["default"] | {"description": "The workflow refuses it"}},
)
def join_report(
    services: Given, who: Signed, response: Response, report: UUID, joining: Joining
) -> CaseDetail:
    """Join the report's case to another, with its reports, events and evidence.

    The same as the step `merge` of that case; reopening it takes all of it back.
    """
    row = found(services, who, report, Permission.WRITE_REPORTS)
    number = case_id(services, who, row["case_number"])
    into = case_id(services, who, joining.into)
    act_as(services, who, number, joining.role)
    try:
        with services.pool.connection() as connection:
            apply(
                connection, number, joining.version, Verb.MERGE, who.actor(joining.actor),
                joining.role, services.time(), services.city, joining.reason,
                {"into": joining.into},
            )  # fmt: skip
    except Stale as why:
        raise Problem(
            HTTPStatus.CONFLICT, str(why), "case-moved-on", "The case has moved on"
        ) from why
    except Refused as why:
        raise refused(why) from why
    return detail(services, who, response, into)


@of_cases.get("/{case}/duplicates")
def list_duplicates(services: Given, who: Signed, case: str) -> list[Alike]:
    """Cases that may be the same problem, of its class first, the nearest first."""
    number = case_id(services, who, case)
    with at_once(services.pool) as connection:
        found = duplicates(connection, number, services.city)
    return alike(seen(services, who, found), case)


@of_cases.get("/{case}/reports")
def list_reports_of_case(services: Given, who: Signed, case: str) -> list[ReportShown]:
    """All reports that a case rests on, newest first."""
    number = case_id(services, who, case, who.reach(Permission.READ_REPORTS))
    with at_once(services.pool) as connection:
        rows = store.reports(connection, 1000, case_id=number)
    return [ReportShown.model_validate(row) for row in rows]
