"""Drills: what can be rehearsed, what goes on, what people put in, and what has come of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.access.permissions import Permission
from api.access.who import Signed, Who
from api.fields import Number, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.services import DrillRefused, Drills, Given, Services, UnknownDrill
from cases.drill_report import as_answer
from ingest.exercise import outside
from store.access import EVERYWHERE
from store.drill_story import curves, happenings, report_of, span
from store.drills import rows

router = Resource("/drills", tags=["drills"])

DrillNumber = Annotated[int, Path(ge=1, lt=2**31, description="Of the drill")]
MOST_CURVES = 8


class State(StrEnum):
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"  #: its story is; work goes on until somebody ends the drill
    INTERRUPTED = "interrupted"  #: the system stopped meanwhile
    FAILED = "failed"
    ENDED = "ended"


class FaultKind(StrEnum):
    SILENT = "silent"
    STUCK = "stuck"
    SPIKE = "spike"
    DRIFT = "drift"
    FORGED = "forged"
    GATEWAY_OUTAGE = "gateway-outage"


class Said(BaseModel):
    zh: str
    en: str


class Occurrence(BaseModel):
    what: str
    at: timedelta = Field(description="After the beginning")
    where: str
    lasts: timedelta
    title: Said
    value: float | None = None


class Inject(BaseModel):
    at: timedelta = Field(description="After the beginning")
    to: str = Field(description="The post that is told")
    say: Said


class Expectation(BaseModel):
    of: int = Field(description="Which of `happens`, from 0")
    step: str
    within: timedelta = Field(description="After the problem began")
    whom: str


class Scenario(BaseModel):
    """What can be rehearsed."""

    name: str
    title: Said
    summary: Said
    lasts: timedelta
    history: timedelta = Field(description="Ordinary life before, which detectors learn from")
    devices: list[str]
    happens: list[Occurrence]
    faults: list[Occurrence]
    injects: list[Inject]
    expects: list[Expectation]


class Scenarios(BaseModel):
    items: list[Scenario]


class NewDrill(BaseModel):
    """A drill is held at a place, in a grid cell, or amid the live devices."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"scenario": "flood-underpass", "seed": 1}]}
    )

    scenario: str = Field(min_length=1, max_length=200)
    seed: int = Field(1, ge=0, lt=2**31, description="The same seed gives the same readings")
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-85, le=85)
    grid_cell: str | None = Field(None, max_length=15, description="That its cases are filed in")


class NewFault(BaseModel):
    """From now on a device or a gateway of the drill is broken."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"what": "silent", "where": "road-17", "lasts": "PT30M"}]},
    )

    what: FaultKind
    where: str = Field(min_length=1, max_length=200, description="Device, or gateway")
    lasts: timedelta = Field(timedelta(minutes=30), gt=timedelta(0), le=timedelta(days=1))
    value: float | None = Field(
        None, allow_inf_nan=False, description="Spike, forged value, drift an hour; as it is sent"
    )


class Drill(BaseModel):
    number: int = Field(validation_alias="id")
    scenario: str
    title_zh: str
    title_en: str
    seed: int
    state: State
    began: Time
    until: Time = Field(description="When the story is over, if it is not paused")
    ended: Time | None
    started_by: str
    lon: float
    lat: float
    grid_cell: str | None
    devices: int
    events: int
    cases: int
    open_cases: int


class Noted(BaseModel):
    """Something that was done in a drill."""

    at: Time
    who: str
    verb: str
    details: dict[str, Any]


class CaseOfDrill(BaseModel):
    number: str
    state: str
    code: str
    condition: str
    title_zh: str
    title_en: str
    severity: str
    department: str | None
    began: Time
    found: Time
    filed: Time | None
    dispatched: Time | None
    fed_back: Time | None
    closed: Time | None
    outcome: str | None
    stage_due: Time | None
    lon: Number
    lat: Number


class Finding(BaseModel):
    rule: str
    title: Said | None
    severity: str
    began: Time
    found: Time
    ended: Time | None
    standing: str
    case_number: str | None
    devices: list[str]


class DeviceOfDrill(BaseModel):
    device: str = Field(description="As the scenario calls it")
    id: str = Field(description="Within the system")
    kind: str | None
    gateway: str
    unit: str = Field(description="That its first field is sent in")
    quantity: str
    channels: list[str]
    lon: Number
    lat: Number


class Happening(BaseModel):
    """What is true in the story; known to those who lead the drill, to others at its end."""

    id: str
    what: str
    title: Said | None = Field(description="null: somebody put it in")
    role: Literal["problem", "decoy", "fault"]
    place: str
    devices: list[str]
    began: Time
    ended: Time


class Told(BaseModel):
    """An inject that is due, or that the leader sees coming."""

    at: Time
    to: str
    say: Said
    due: bool


class DrillDetail(BaseModel):
    drill: Drill
    now: Time
    leads: bool = Field(description="Whether who asks may lead it, and so knows what is coming")
    log: list[Noted]
    cases: list[CaseOfDrill]
    findings: list[Finding]
    devices: list[DeviceOfDrill]
    injects: list[Told]
    happenings: list[Happening]


class HappeningReport(Happening):
    fate: Literal["found", "missed", "waiting", "false", "quiet", "ahead"]
    cases: list[str]
    at: dict[str, Time | None] = Field(description="When its case came to each step")


class Judged(BaseModel):
    of: int
    step: str
    whom: str
    within: timedelta
    due: Time
    at: Time | None
    met: Literal["met", "late", "missed", "waiting"]


class CaseLine(BaseModel):
    case_number: str
    at: Time
    actor: str
    role: str
    verb: str
    after: str
    reason: str


class Curve(BaseModel):
    channel: str
    quantity: str
    time: list[Time]
    value: list[float]


class AfterAction(BaseModel):
    """What a drill has shown by its end, or by now."""

    drill: Drill
    until: Time
    final: bool
    happenings: list[HappeningReport]
    expectations: list[Judged]
    false: list[str] = Field(description="Cases of nothing that really was")
    withdrawn: list[str] = Field(description="Cases that the system took back by itself")
    cases: list[CaseOfDrill]
    log: list[Noted]
    decisions: list[CaseLine]
    curves: list[Curve]


@router.get("/scenarios")
def list_scenarios(services: Given) -> Scenarios:
    """What can be rehearsed."""
    known = _drills(services).scenarios()
    return Scenarios.model_validate({"items": [{"name": n, **s} for n, s in known.items()]})


@router.get("")
def list_drills(
    services: Given,
    limit: Limit = 100,
    cursor: Cursor = None,
    on: Annotated[bool | None, Query(description="true: those that have not ended")] = None,
) -> Page[Drill]:
    """Drills, newest first."""
    (before,) = read_cursor(cursor, int)
    found = _rows(services, "drills", drill=None, before=before, on=on, limit=limit + 1)
    return Page[Drill].model_validate(page(found, limit, lambda row: [row["id"]]))


@router.post("", status_code=HTTPStatus.CREATED)
def begin(services: Given, who: Signed, drill: NewDrill) -> Drill:
    """Set a drill going. It is played in the clock of the system, on devices of its own."""
    limited = who.reach(Permission.RUN_DRILLS) != EVERYWHERE
    if limited and (drill.lon is not None or drill.lat is not None):
        raise elsewhere(who)  # the place would not need to lie in the cell
    if not leads(who, drill.grid_cell):
        raise elsewhere(who)
    try:
        number = _drills(services).begin(
            drill.scenario, drill.seed, who.name, drill.lon, drill.lat, drill.grid_cell
        )
    except DrillRefused as why:
        raise refused(why) from why
    return Drill.model_validate(_one(services, number))


@router.get("/{drill}")
def show(services: Given, who: Signed, drill: DrillNumber) -> DrillDetail:
    """One drill as it goes. What is still to come, only its leaders see."""
    row, now = _one(services, drill), services.time()
    [found] = _rows(services, "plan", drill=drill)
    plan = found["plan"]
    told = [
        {**one, "at": (at := row["began"] + span(one["at"])), "due": at <= now}
        for one in plan["story"]["injects"]
    ]
    theirs = leads(who, row["grid_cell"])
    known = theirs or row["state"] == State.ENDED
    return DrillDetail.model_validate(
        {
            "drill": row,
            "now": now,
            "leads": theirs,
            "log": _log(services, drill, known),
            "cases": _rows(services, "cases", drill=drill),
            "findings": _findings(services, drill),
            "devices": _devices(services, drill),
            "injects": [one for one in told if known or one["due"]],
            "happenings": happenings(plan) if known else [],
        }
    )


@router.post("/{drill}/faults", status_code=HTTPStatus.CREATED)
def put_in(services: Given, who: Signed, drill: DrillNumber, fault: NewFault) -> DrillDetail:
    """Put a fault in: from now on, for as long as it lasts."""
    _turn(
        lambda drills: drills.fault(
            drill, who.name, fault.what, fault.where, fault.lasts, fault.value
        ),
        services,
        who,
        drill,
    )
    return show(services, who, drill)


@router.post("/{drill}/pause")
def pause(services: Given, who: Signed, drill: DrillNumber) -> DrillDetail:
    """Let the world of the drill stand still; the clock of the system goes on."""
    _turn(lambda drills: drills.pause(drill, who.name), services, who, drill)
    return show(services, who, drill)


@router.post("/{drill}/resume")
def resume(services: Given, who: Signed, drill: DrillNumber) -> DrillDetail:
    """Let the story go on from where it stands."""
    _turn(lambda drills: drills.resume(drill, who.name), services, who, drill)
    return show(services, who, drill)


@router.post("/{drill}/end")
def end(services: Given, who: Signed, drill: DrillNumber) -> DrillDetail:
    """End a drill: its open cases are voided as exercises, its devices retired."""
    _turn(lambda drills: drills.end(drill, who.name), services, who, drill)
    return show(services, who, drill)


@router.get("/{drill}/report")
def show_report(services: Given, who: Signed, drill: DrillNumber) -> AfterAction:
    """What a drill has shown: for its leaders while it goes on, for all once it has ended."""
    row = _one(services, drill)
    if row["state"] != State.ENDED and not leads(who, row["grid_cell"]):
        raise Problem(
            HTTPStatus.CONFLICT,
            f"Drill {drill} goes on: its report is for those who lead it until it has ended.",
            "drill-goes-on",
            "The drill goes on",
        )
    [found] = _rows(services, "plan", drill=drill)
    plan = found["plan"]
    until: datetime = row["ended"] or services.time()
    truth = happenings(plan)
    with services.pool.connection() as connection:
        answer = as_answer(report_of(connection, drill, plan, until))
        shown = curves(connection, drill, _shown(services, drill, truth), row["began"], until)
    for one, real in zip(answer["happenings"], truth, strict=True):
        one |= {name: real[name] for name in ("what", "title", "place", "devices")}
    return AfterAction.model_validate(
        {
            "drill": row,
            "until": until,
            "final": row["state"] == State.ENDED,
            **answer,
            "cases": _rows(services, "cases", drill=drill),
            "log": _log(services, drill, True),
            "decisions": _rows(services, "case_lines", drill=drill),
            "curves": shown,
        }
    )


def _drills(services: Services) -> Drills:
    if services.drills is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "This process plays no drills.")
    return services.drills


def leads(who: Who, grid_cell: str | None) -> bool:
    """Tell whether somebody may lead a drill held in a grid cell; None: it is held in none."""
    asks = Permission.RUN_DRILLS
    return who.may(asks) and who.reach(asks).covers(grid_cell or "", ())


def elsewhere(who: Who) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        f"{who.name} leads drills in an area only: name a grid cell of it, and no lon and lat.",
        "not-your-area",
        "The place is not yours",
    )


def _turn(how: Callable[[Drills], None], services: Services, who: Who, drill: int) -> None:
    if not leads(who, _one(services, drill)["grid_cell"]):
        raise elsewhere(who)
    try:
        how(_drills(services))
    except DrillRefused as why:
        raise refused(why) from why
    except UnknownDrill as why:
        raise Problem(HTTPStatus.NOT_FOUND, f"{why}.") from why


def refused(why: DrillRefused) -> Problem:
    return Problem(HTTPStatus.CONFLICT, f"{why}.", "drill-refused", "The drill cannot do so")


def _rows(services: Services, name: str, **values: Any) -> list[dict[str, Any]]:
    with services.pool.connection() as connection:
        return list(rows(connection, name, **values))


def _one(services: Services, drill: int) -> dict[str, Any]:
    found = _rows(services, "drills", drill=drill, before=None, on=None, limit=1)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no drill {drill}.")
    return found[0]


def _log(services: Services, drill: int, known: bool) -> list[dict[str, Any]]:
    """Return what was done; what was put in is not for those who are to find it."""
    lines = _rows(services, "log_lines", drill=drill)
    return [line for line in lines if known or line["verb"] not in ("fault", "refuse")]


def _findings(services: Services, drill: int) -> list[dict[str, Any]]:
    found = _rows(services, "events", drill=drill)
    return [row for row in found if row["standing"] in ("standing", "over")]


def _devices(services: Services, drill: int) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "device": outside(row["channels"][0]).partition("/")[0],
            "quantity": row["quantities"][0],
            "gateway": outside(row["gateway"]),
        }
        for row in _rows(services, "devices", drill=drill)
    ]


def _shown(services: Services, drill: int, truth: list[dict[str, Any]]) -> list[str]:
    """Return the channels whose curves a report shows: of what really happened first."""
    felt = [device for one in truth for device in one["devices"]]
    by_device = {
        outside(row["id"]): row["channels"][0] for row in _rows(services, "devices", drill=drill)
    }
    chosen = [by_device[device] for device in dict.fromkeys(felt) if device in by_device]
    return chosen[:MOST_CURVES]
