"""Rules: which versions are in force and on trial, what they find, and changing that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from api.access.permissions import Permission
from api.access.who import Signed, Who
from api.fields import Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.rule_texts import PackText, TestsText, passed, refusals
from api.services import Given, Services
from cases.catalogue import Catalogue
from rules.pack import RuleSet, read_pack
from store import rule_changes
from store.database import Connection
from store.rule_caseload import SPANS, Caseload, caseloads
from store.rule_changes import By
from store.rule_comparison import compare, log_lines, overview
from store.rule_tests import keep_tests
from store.rule_versions import ruleset, standing, versions

router = Resource("/rules", tags=["rules"])

MONTH = timedelta(days=30)
Answers = dict[int | str, dict[str, Any]]
CHANGE: Answers = {
    409: ON_ERROR["default"] | {"description": "It cannot be made; `detail` says why"}
}
PACK: Answers = CHANGE | {
    422: ON_ERROR["default"] | {"description": "The pack is not well written"}
}


class Title(BaseModel):
    zh: str
    en: str


class Found(BaseModel):
    """How much was found in the last days."""

    days: int = Field(examples=[7])
    events: int
    cases: int


class Precision(BaseModel):
    """Of the cases of 90 days that sensors alone opened: what people found them to be."""

    inspected: int = Field(description="Closed as real, false, sensor fault or planned work")
    real: int
    share: float | None = Field(description="real / inspected; null where none was inspected")


class RuleState(BaseModel):
    """A rule that is, was or could be in force."""

    rule: str = Field(examples=["flood.road.standing-water"])
    version: str | None = Field(description="In force: hash of its body; null for none")
    pack: str | None
    in_force_from: Time | None
    trial: str | None = Field(description="Version on trial beside it")
    trial_since: Time | None
    shipped: str | None = Field(description="Version that the program brings along")
    versions: int = Field(description="That were ever in force or on trial")
    events: int = Field(description="Found in the last 30 days by versions in force")
    cases: int = Field(description="That these events are in")
    trial_events: int = Field(description="Found in the last 30 days by the version on trial")
    body: dict[str, Any] | None = Field(description="Of the version in force, as written")
    title: Title | None = Field(description="Of the version in force, or else on trial or shipped")
    caseload: list[Found] = Field(description="By versions in force, in 7, 30 and 90 days")
    days: list[int] = Field(description="Cases begun on each of the last 30 days, oldest first")
    precision: Precision


class Term(BaseModel):
    """A version, and when it was in force or on trial."""

    version: str
    shadow: bool = Field(description="On trial: its events open no cases")
    pack: str
    in_force_from: Time
    in_force_until: Time | None
    body: dict[str, Any]


class Line(BaseModel):
    """Who changed a rule, when and why; only ever added to."""

    at: Time
    rule: str
    verb: str = Field(examples=["promote"])
    version: str | None = Field(description="That came")
    former: str | None = Field(description="That went")
    actor: str
    reason: str


class RuleDetail(BaseModel):
    state: RuleState
    terms: list[Term]
    log: list[Line]


class Counts(BaseModel):
    both: int
    only_in_force: int
    only_on_trial: int


class Pair(BaseModel):
    """An event of the version in force, one of that on trial, or both where they are the same."""

    scope: str
    subject: str
    active_event: UUID | None
    active_began: Time | None
    active_ended: Time | None
    active_severity: str | None
    case_number: str | None
    trial_event: UUID | None
    trial_began: Time | None
    trial_ended: Time | None
    trial_severity: str | None
    would_open: str | None = Field(description="Cause of the case that the trial would open")


class Compared(BaseModel):
    """What a version on trial finds otherwise, since the trial began."""

    rule: str
    active: str | None
    trial: str
    since: Time
    events: Counts
    cases: Counts
    pairs: list[Pair]


class Change(BaseModel):
    """Who changes a rule, and why."""

    model_config = ConfigDict(extra="forbid")

    actor: str = Field("", max_length=200, description="Who does it; default: who is signed in")
    reason: str = Field(min_length=1, max_length=10_000, description="Why; kept in the log")

    def by(self, services: Services, who: Who) -> By:
        return By(who.actor(self.actor), self.reason, services.time())


class PackChange(Change):
    pack: PackText
    tests: TestsText | None = Field(
        None, description="Its tests, as in a .test.yml: they must pass, and are kept with it"
    )


class Done(BaseModel):
    """What a change did."""

    rule: str
    verb: str
    version: str | None
    former: str | None


@router.get("")
def list_rules(services: Given) -> list[RuleState]:
    """Every rule with its versions in force and on trial, its caseload and its precision."""
    with services.pool.connection() as connection:
        return _states(services, connection)


@router.get("/{rule}")
def show_rule(services: Given, rule: str) -> RuleDetail:
    """One rule with all its versions and its log."""
    with services.pool.connection() as connection:
        states = _states(services, connection, rule)
        if not states:
            raise Problem(HTTPStatus.NOT_FOUND, f"There is no rule {rule}.")
        terms = [term._asdict() for term in versions(connection, rule)]
        log = log_lines(connection, rule, 1000)
    return RuleDetail.model_validate({"state": states[0], "terms": terms, "log": log})


def _states(services: Services, connection: Connection, rule: str | None = None) -> list[RuleState]:
    at = services.time()
    rows = overview(connection, at - MONTH, rule)
    loads = caseloads(connection, at, ZoneInfo(services.time_zone), rule)
    return [_state(row, loads.get(row["rule"], Caseload())) for row in rows]


def _state(row: dict[str, Any], load: Caseload) -> RuleState:
    told = {
        "caseload": [
            Found(days=days, events=load.events[days], cases=load.cases[days]) for days in SPANS
        ],
        "days": load.days,
        "precision": Precision(inspected=load.inspected, real=load.real, share=load.precision),
    }
    return RuleState.model_validate(row | told)


@router.get("/{rule}/log")
def list_log(services: Given, rule: str, limit: Limit = 100, cursor: Cursor = None) -> Page[Line]:
    """Who changed a rule, when and why; newest first."""
    (before,) = read_cursor(cursor, int)
    with services.pool.connection() as connection:
        rows = log_lines(connection, rule, limit + 1, before)
    return Page[Line].model_validate(page(rows, limit, lambda row: (row["id"],)))


@router.get("/{rule}/comparison", responses=CHANGE)
def compare_rule(services: Given, who: Signed, rule: str) -> Compared:
    """What the version on trial finds otherwise than the one in force, since it is on."""
    with refusals(), services.pool.connection() as connection:
        found = compare(connection, rule, who.reach(Permission.READ_CASES))
    events, cases = (
        {"both": count(True, True), "only_in_force": count(True, False)}
        | {"only_on_trial": count(False, True)}
        for count in (found.events, found.cases)
    )
    sums = {"events": events, "cases": cases, "pairs": found.rows}
    since: datetime = found.since
    facts = {"rule": rule, "active": found.active, "trial": found.trial, "since": since}
    return Compared.model_validate(facts | sums)


@router.post("/save", status_code=HTTPStatus.CREATED, responses=PACK)
def save_rules(services: Given, who: Signed, change: PackChange) -> list[Done]:
    """Put the rules of a pack in force from now on; the running judge takes them up."""
    return _change_pack(services, who, rule_changes.save, change)


@router.post("/shadow", status_code=HTTPStatus.CREATED, responses=PACK)
def shadow_rules(services: Given, who: Signed, change: PackChange) -> list[Done]:
    """Put the rules of a pack on trial: they judge the live stream and open no cases."""
    return _change_pack(services, who, rule_changes.put_on_trial, change)


@router.post("/{rule}/promote", status_code=HTTPStatus.CREATED, responses=CHANGE)
def promote_rule(services: Given, who: Signed, rule: str, change: Change) -> Done:
    """Put the version on trial in force from now on."""
    return _change(services, who, rule_changes.promote, rule, change)


@router.post("/{rule}/discard", status_code=HTTPStatus.CREATED, responses=CHANGE)
def discard_rule(services: Given, who: Signed, rule: str, change: Change) -> Done:
    """End a trial; what it found stays on record."""
    return _change(services, who, rule_changes.discard, rule, change)


@router.post("/{rule}/rollback", status_code=HTTPStatus.CREATED, responses=CHANGE)
def roll_back_rule(services: Given, who: Signed, rule: str, change: Change) -> Done:
    """Put the version in force again that was before the present one."""
    return _change(services, who, rule_changes.roll_back, rule, change)


def _change_pack(
    services: Services,
    who: Who,
    change: Callable[[Connection, RuleSet, By, Catalogue], list[rule_changes.Changed]],
    asked: PackChange,
) -> list[Done]:
    by = asked.by(services, who)
    with refusals():
        rules = read_pack(asked.pack, "pack")
        if asked.tests is not None:  # they may take their time: no connection waits for them
            with services.pool.connection() as connection:
                beside = ruleset(standing(connection))
            passed(rules, asked.tests, beside)
        with services.pool.connection() as connection, connection.transaction():
            done = change(connection, rules, by, services.city.catalogue)
            if asked.tests is not None:
                keep_tests(connection, rules.rules, asked.tests, by.actor, by.at)
    return [Done(**each._asdict()) for each in done]


def _change(
    services: Services,
    who: Who,
    change: Callable[[Connection, str, By], rule_changes.Changed],
    rule: str,
    asked: Change,
) -> Done:
    with refusals(), services.pool.connection() as connection:
        return Done(**change(connection, rule, asked.by(services, who))._asdict())
