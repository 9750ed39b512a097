"""Evaluation: every indicator in every dimension, the cases behind it, and the month's ranking."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed, Who
from api.fields import Moment, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.ranking_csv import ranking_csv
from api.ranking_pdf import ranking_pdf
from api.resource import Resource
from api.services import Given, Services
from cases.catalogue import Text
from cases.grades import Grading, Ranked, rank
from cases.indicators import INDICATORS, MEASURES, Cohort, Tally, evaluate
from cases.periods import BadPeriod, Period, month_of, period_of, stretch
from cases.words import Role
from store.evaluation import By, Scope, behind, due_around, names, sensors, tallies
from store.ranking import Ranking, ranking
from store.views import at_once

router = Resource("/evaluation", tags=["evaluation"])

Area = Annotated[
    str,
    Query(
        pattern=r"^[0-9]{0,15}$",
        description="Beginning of a grid cell code: district 6 digits, street 9, community 12; "
        "left out: the city",
    ),
]
Written = Annotated[
    str | None,
    Query(
        description="Month, quarter or year of the city; left out: this month",
        examples=["2026-10", "2026-Q4", "2026"],
    ),
]


async def whose(
    services: Given,
    who: Signed,
    period: Written = None,
    since: Annotated[Moment | None, Query(description="With `until`, instead of `period`")] = None,
    until: Annotated[Moment | None, Query(description="Not included")] = None,
    area: Area = "",
    department: Annotated[str | None, Query(description="Its code")] = None,
    role: Annotated[str | None, Query(description="Post", examples=["inspector"])] = None,
    person: Annotated[str | None, Query(description="Name in the log")] = None,
) -> Scope:
    now, zone = services.time(), services.city.zone
    if person is not None:
        _of_persons(who)
    if (since is None) != (until is None) or (since is not None and period is not None):
        raise Problem(HTTPStatus.BAD_REQUEST, "Give `period`, or both `since` and `until`.")
    try:
        asked = stretch(since, until) if since and until else _period(services, period)
    except BadPeriod as why:
        raise Problem(HTTPStatus.BAD_REQUEST, str(why)) from why
    return Scope(asked, now, zone, area, department, role, person)


def _period(services: Services, written: str | None, back: int = 0) -> Period:
    zone = services.city.zone
    try:
        return period_of(written, zone) if written else month_of(services.time(), zone, back)
    except BadPeriod as why:
        raise Problem(HTTPStatus.BAD_REQUEST, str(why)) from why


Whose = Annotated[Scope, Depends(whose)]


class Span(BaseModel):
    name: str
    zh: str
    since: Time
    until: Time
    at: Time = Field(description="As of when: what is open and past its deadline then, is due")


class Value(BaseModel):
    value: float | None = Field(description="null: there was nothing to divide by")
    top: float = Field(description="Count of the indicator's `top`")
    bottom: float
    with_exempt: float | None = Field(description="As if no appeal had been granted")


class Row(BaseModel):
    key: str = Field(description="Code, post, post and person, or month; empty: not known")
    name: Text
    score: float | None = Field(description="Composite, 0 to 100; of posts and persons null")
    score_with_exempt: float | None
    grade: str | None
    rank: int | None
    exempt: int = Field(description="Cases that a granted appeal takes out of overtime")
    indicators: dict[str, Value]


class Evaluation(BaseModel):
    period: Span
    area: str
    by: By
    rows: list[Row]


def _of_persons(who: Who) -> None:
    if not who.may(Permission.READ_PERSONS):
        raise _not_permitted("Numbers of single persons need evaluation.persons.")


def _not_permitted(detail: str) -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, detail, "not-permitted", "This is not permitted")


@router.get("")
def evaluate_casework(
    services: Given,
    who: Signed,
    scope: Whose,
    by: Annotated[By, Query(description="What a row stands for")] = By.TOTAL,
    cohort: Annotated[
        list[Cohort] | None, Query(description="Only indicators over these; left out: all")
    ] = None,
) -> Evaluation:
    """Every indicator, a row each of what `by` names: best score first, then by key."""
    if by is By.PERSON:
        _of_persons(who)
    cohorts = cohort or list(Cohort)
    with at_once(services.pool) as connection:
        found = tallies(connection, scope, by, cohorts)
        # Without a key a row is the whole, or what is not known.
        keys = found if by is By.TOTAL else filter(None, found)
        called = _called(services, names(connection, keys))
    grading = services.city.policy.evaluation
    # A month is a twelfth of its year, whatever is asked for.
    months = 1.0 if by is By.MONTH else scope.period.months
    ranked = rank(found, months, grading)
    if by is By.MONTH:
        ranked.sort(key=lambda row: row.key)
    people = scope.of_people or by in (By.ROLE, By.PERSON)
    shown = [
        name
        for name, one in INDICATORS.items()
        if one.cohort in cohorts and (one.doing or not people)
    ]
    scored = Cohort.DUE in cohorts and not people
    return Evaluation(
        period=_span(scope.period, scope),
        area=scope.area,
        by=by,
        rows=[_row(row, called, shown, scored) for row in ranked],
    )


def _row(row: Ranked, called: dict[str, Text], shown: list[str], scored: bool) -> Row:
    return Row(
        key=row.key,
        name=called.get(row.key) or Text(zh=row.key, en=row.key),
        score=row.score if scored else None,
        score_with_exempt=row.score_with_exempt if scored else None,
        grade=row.grade if scored else None,
        rank=row.rank if scored else None,
        exempt=int(row.tally.exempt.get("due", 0)),
        indicators={name: _value(name, row.tally) for name in shown},
    )


def _value(name: str, tally: Tally) -> Value:
    official = evaluate(name, tally)
    return Value(**official._asdict(), with_exempt=evaluate(name, tally, exempt=True).value)


def _called(services: Services, known: dict[str, Text]) -> dict[str, Text]:
    return {d.code: d.name for d in services.city.departments.departments} | known


def _span(period: Period, scope: Scope | Ranking) -> Span:
    return Span(name=period.name, zh=period.zh, since=period.since, until=period.until, at=scope.at)


class Behind(BaseModel):
    number: str
    state: str
    source: str
    code_list: str
    code: str
    title_zh: str
    title_en: str
    grid_cell: str | None
    department: str | None
    opened: Time
    filed: Time | None
    due: Time | None
    fed_back: Time | None
    closed: Time | None
    handled_in_time: bool | None
    returns: int
    redirects: int
    reworks: int
    outcome: str | None
    exempt: bool
    satisfaction: str | None


@router.get("/cases")
def cases_behind(
    services: Given,
    who: Signed,
    scope: Whose,
    measure: Annotated[str, Query(description="A `top` or `bottom`", examples=["closed"])],
    limit: Limit = 100,
    cursor: Cursor = None,
    by: Annotated[By, Query(description="With `key`: a row of an evaluation")] = By.TOTAL,
    key: Annotated[str, Query(max_length=200)] = "",
    exempt: Annotated[
        bool | None, Query(description="true: exempt ones only; false: all others")
    ] = None,
) -> Page[Behind]:
    """The cases that a number counts, newest first; of a sum, those it is the sum over."""
    if measure not in MEASURES:
        known = ", ".join(MEASURES)
        raise Problem(HTTPStatus.BAD_REQUEST, f"There is no measure {measure}; there are {known}.")
    if by is By.PERSON:
        _of_persons(who)
    if not who.reach(Permission.READ_CASES).covers(scope.area, [scope.department or ""]):
        raise _not_permitted("Name `area` and `department` as your own roles have them.")
    (before,) = read_cursor(cursor, int)
    with at_once(services.pool) as connection:
        rows = behind(
            connection,
            scope,
            measure,
            limit + 1,
            by=by,
            key=key,
            before=before,
            exempt=exempt,
        )
    return Page[Behind].model_validate(page(rows, limit, lambda row: [row["id"]]))


class Definition(BaseModel):
    name: str
    zh: str
    en: str
    top: str
    bottom: str
    unit: str
    cohort: Cohort = Field(description="Which instant places a case in a period")
    cohort_zh: str
    formula_zh: str
    formula_en: str
    overtime: bool = Field(description="Leaves out cases whose appeal was granted")


class Definitions(BaseModel):
    indicators: list[Definition]
    measures: dict[str, Text] = Field(description="What is counted")
    roles: dict[str, Text] = Field(description="Posts")
    grading: Grading
    last_month: str = Field(description="The last that is over")
    shown_month: str = Field(
        description="To begin with: the last month if a case fell due in it, else the latest in "
        "which one did, else this month"
    )
    next_due: Time | None = Field(description="When the next case falls due")
    time_zone: str


@router.get("/indicators")
def indicator_definitions(services: Given) -> Definitions:
    """What each indicator divides by what, and how score and grade come about."""
    last = _period(services, None, back=1)
    with at_once(services.pool) as connection:
        before, _ = due_around(connection, last.until)
        latest, ahead = due_around(connection, services.time())
    shown = before if before and before >= last.since else latest or services.time()
    return Definitions(
        indicators=[
            Definition(
                name=name,
                **one._asdict(),
                cohort=one.cohort,
                cohort_zh=one.cohort.zh,
                formula_zh=one.formula_zh,
                formula_en=one.formula_en,
            )
            for name, one in INDICATORS.items()
        ],
        measures={name: Text(zh=one.zh, en=one.en) for name, one in MEASURES.items()},
        roles={role.value: Text(zh=role.zh, en=role.value.replace("-", " ")) for role in Role},
        grading=services.city.policy.evaluation,
        last_month=last.name,
        shown_month=month_of(shown, services.city.zone).name,
        next_due=ahead,
        time_zone=services.city.zone.key,
    )


class Sensors(BaseModel):
    period: Span
    area: str
    sensors: int = Field(description="Active devices")
    precision: float | None = Field(description="[%] real, of the cases that people have judged")
    judged: int
    real: int
    false: int = Field(description="False, or the sensor's own fault")
    false_per_1000: float | None = Field(description="False cases per 1,000 sensors and month")
    missed: int = Field(description="Cases behind it: measure `missed`")
    told_and_sensed: int
    sensed_first: int
    lead_hours: float | None = Field(description="Median lead over the first public report [h]")
    availability: float | None = Field(description="[%] of the readings that intervals promise")
    expected: float = Field(description="Readings, over whole days of the city")
    received: float = Field(description="Of each device at most what was expected")


@router.get("/sensors")
def evaluate_sensors(services: Given, period: Written = None, area: Area = "") -> Sensors:
    """What the sensors are worth: how often right, how early, how often silent or away."""
    scope = Scope(_period(services, period), services.time(), services.city.zone, area)
    with at_once(services.pool) as connection:
        found = sensors(connection, scope)
    return Sensors(period=_span(scope.period, scope), area=area, **asdict(found))


@dataclass(frozen=True, slots=True)
class Published:
    """What a ranking is asked for by."""

    period: Period
    area: str
    level: By


async def published(
    services: Given,
    month: Annotated[
        str | None,
        Query(
            description="Month, quarter or year; left out: the last month that is over",
            examples=["2026-10"],
        ),
    ] = None,
    area: Area = "",
    level: Annotated[
        Literal["district", "street", "community"], Query(description="Areas that are ranked")
    ] = "street",
) -> Published:
    return Published(_period(services, month, back=1), area, By(level))


Asked = Annotated[Published, Depends(published)]


def _ranking(services: Services, asked: Published) -> Ranking:
    with services.pool.connection() as connection:
        return ranking(
            connection, asked.period, services.time(), services.city, asked.area, asked.level
        )


class RankingOut(BaseModel):
    period: Span
    area: str
    place: Text
    level: By
    total: Row
    departments: list[Row]
    areas: list[Row]


@router.get("/ranking")
def show_ranking(services: Given, asked: Asked) -> RankingOut:
    """Departments and areas by their composite score."""
    made = _ranking(services, asked)
    called = {key: made.name(key) for key in made.called} | {"": made.place}
    [total] = rank({"": made.total}, made.period.months, made.grading)
    due = [name for name, one in INDICATORS.items() if one.cohort is Cohort.DUE]
    return RankingOut(
        period=_span(made.period, made),
        area=made.area,
        place=made.place,
        level=made.level,
        total=_row(total, called, due, True),
        departments=[_row(row, called, due, True) for row in made.departments],
        areas=[_row(row, called, due, True) for row in made.areas],
    )


CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}
PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}}


@router.get("/ranking.csv", response_class=Response, responses=CSV)
def download_table(services: Given, asked: Asked) -> Response:
    """The ranking for a spreadsheet: UTF-8 with a byte order mark."""
    made = _ranking(services, asked)
    return _file(ranking_csv(made), "text/csv; charset=utf-8", made, "csv")


@router.get("/ranking.pdf", response_class=Response, responses=PDF)
def download_document(services: Given, asked: Asked) -> Response:
    """The ranking to publish: A4, Chinese and English, with its definitions."""
    made = _ranking(services, asked)
    return _file(ranking_pdf(made, services.city.zone), "application/pdf", made, "pdf")


def _file(body: bytes, kind: str, made: Ranking, ending: str) -> Response:
    name = "-".join(filter(None, ("ranking", made.area, made.period.name)))
    return Response(
        body,
        media_type=kind,
        headers={"Content-Disposition": f'inline; filename="{name}.{ending}"'},
    )
