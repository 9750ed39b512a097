"""Backtests: what a pack would have done on what is stored, beside what is in force."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access.permissions import Permission
from api.access.who import Signed, Who
from api.fields import Moment, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.rule_texts import PackText, refusals
from api.services import Given
from rules.pack import read_pack
from store import backtests
from store.access import EVERYWHERE
from store.backtests import Asked, Labels, State, TooMany
from store.database import Connection

router = Resource("/backtests", tags=["rules"])

LONGEST = timedelta(days=400)
ENDED: dict[int | str, dict[str, Any]] = {
    409: ON_ERROR["default"] | {"description": "It is not in that state; `detail` says which"}
}
NOT_NOW: dict[int | str, dict[str, Any]] = {
    422: ON_ERROR["default"] | {"description": "The pack is not well written, or no such time"},
    503: ON_ERROR["default"] | {"description": "Too many wait, or this process runs none"},
}


class Table(StrEnum):
    EVENTS = "events"
    NOTES = "notes"
    CASES = "cases"


class Backtest(BaseModel):
    """What was asked for, and how far it is."""

    id: int
    rules: list[str] = Field(description="Of the pack")
    since: Time
    until: Time
    channels: list[str] | None = Field(description="null: all at which the rules look")
    zone: str | None
    labels: Labels
    actor: str
    asked: Time = Field(description="When, by the clock on the wall; so are began and ended")
    began: Time | None
    ended: Time | None
    state: State = Field(description="interrupted: its process ended before it did; ask again")
    progress: float = Field(description="Share done, 0 to 1")
    readings: int = Field(description="Judged so far")
    ahead: int = Field(description="Others to be done before it")
    trouble: str = Field(description="Why it failed")


class Request(BaseModel):
    """Which rules, on which readings, scored on what."""

    model_config = ConfigDict(extra="forbid")

    pack: PackText
    since: Moment = Field(description="Of stored readings", examples=["2026-10-01T00:00:00Z"])
    until: Moment = Field(description="Before this", examples=["2026-11-01T00:00:00Z"])
    channels: list[str] | None = Field(
        None, min_length=1, max_length=10_000, description="Default: all at which the rules look"
    )
    zone: str | None = Field(None, min_length=1, description="Or any other tag, or a component")
    labels: Labels = Field(
        Labels.NONE, description="closed-cases: score on what people found cases to be"
    )
    actor: str = Field("", max_length=200, description="Who asks; default: who is signed in")


class Result(BaseModel):
    """What it found: `report` is as `lifeline backtest` writes it, `pictures` are its curves."""

    backtest: Backtest
    pack: str
    report: dict[str, Any]
    pictures: list[dict[str, Any]]


@router.post("", status_code=HTTPStatus.ACCEPTED, responses=NOT_NOW)
def ask_for_backtest(
    services: Given, who: Signed, request: Request, response: Response
) -> Backtest:
    """Judge stored readings by a pack, beside what is in force of its rules.

    It waits for its turn and runs beside the live system at low priority; ask for its state.
    """
    if services.backtests is None:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "This process runs no backtests: ask one of `lifeline up`, or use `lifeline backtest`.",
        )
    _of_cases_seen(who, request.labels)
    until = min(request.until, services.time())
    _refuse_time(request.since, until)
    with refusals():
        rules = read_pack(request.pack, "pack").rules
    if not rules:
        raise Problem(HTTPStatus(422), "pack: it has no rules.", "bad-pack")
    asked = Asked(
        request.pack, request.since, until, request.channels, request.zone, request.labels
    )
    actor = who.actor(request.actor)
    with services.pool.connection() as connection:
        try:
            number = backtests.ask(connection, asked, list(rules), actor, services.wall())
        except TooMany:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{backtests.MOST_WAITING} backtests wait already: cancel one, or ask later.",
                headers={"Retry-After": "60"},
            ) from None
        services.backtests.look()
        response.headers["Location"] = f"/api/v1/backtests/{number}"
        return _backtest(connection, number)


@router.get("")
def list_backtests(
    services: Given,
    limit: Limit = 100,
    cursor: Cursor = None,
    rule: Annotated[str | None, Query(description="Those of this rule")] = None,
) -> Page[Backtest]:
    """Backtests of everybody, newest first; results of the last 200 are kept."""
    (before,) = read_cursor(cursor, int)
    with services.pool.connection() as connection:
        rows = backtests.backtests(connection, limit + 1, before=before, rule=rule)
    return Page[Backtest].model_validate(page(rows, limit, lambda row: (row["id"],)))


@router.get("/{backtest}")
def show_backtest(services: Given, backtest: int) -> Backtest:
    """How far a backtest is."""
    with services.pool.connection() as connection:
        return _backtest(connection, backtest)


@router.delete("/{backtest}", responses=ENDED)
def cancel_backtest(services: Given, backtest: int) -> Backtest:
    """End a backtest that waits or runs; what it found by then is dropped."""
    with services.pool.connection() as connection:
        found = _backtest(connection, backtest)
        if not backtests.cancel(connection, backtest, services.wall()):
            raise Problem(
                HTTPStatus.CONFLICT, f"Backtest {backtest} is {found.state}: nothing to cancel."
            )
        if services.backtests is not None:
            services.backtests.look()
        return _backtest(connection, backtest)


@router.get("/{backtest}/result", responses=ENDED)
def show_result(services: Given, who: Signed, backtest: int) -> Result:
    """What a backtest found, once it is done."""
    with services.pool.connection() as connection:
        about = _done(connection, backtest)
        _of_cases_seen(who, about.labels)
        report, pictures = backtests.result(connection, backtest) or ({}, [])
        pack = backtests.pack_of(connection, backtest)
    return Result(backtest=about, pack=pack, report=report, pictures=pictures)


@router.get(
    "/{backtest}/{table}.csv",
    response_class=Response,
    responses=ENDED | {200: {"content": {"text/csv": {}}, "description": "The table"}},
)
def show_table(services: Given, backtest: int, table: Table) -> Response:
    """Its events, notes (events that open no case) or cases, as `lifeline backtest` writes them."""
    with services.pool.connection() as connection:
        _done(connection, backtest)
        text = backtests.table(connection, backtest, table)
    name = f'attachment; filename="backtest-{backtest}-{table}.csv"'
    headers = {"Content-Disposition": name}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _of_cases_seen(who: Who, labels: Labels) -> None:
    """Raise Problem where scores would tell of cases that who asks may not see."""
    if labels is Labels.CLOSED_CASES and who.reach(Permission.READ_CASES) != EVERYWHERE:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"{labels} concerns the whole city, and {who.name} is limited to an area or"
            " department.",
            "not-permitted",
            "This is not permitted",
        )


def _refuse_time(since: datetime, until: datetime) -> None:
    if since >= until:
        words = f"since: {since:%Y-%m-%dT%H:%MZ} is not before {until:%Y-%m-%dT%H:%MZ}."
        raise Problem(HTTPStatus(422), words)
    if until - since > LONGEST:
        raise Problem(HTTPStatus(422), f"since: ask for {LONGEST.days} days at most.")


def _done(connection: Connection, number: int) -> Backtest:
    found = _backtest(connection, number)
    if found.state is not State.DONE:
        raise Problem(HTTPStatus.CONFLICT, f"Backtest {number} is {found.state}: it has no result.")
    return found


def _backtest(connection: Connection, number: int) -> Backtest:
    found = backtests.backtests(connection, 1, id=number)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no backtest {number}.")
    return Backtest.model_validate(found[0])
