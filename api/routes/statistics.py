"""Statistics for everybody: whole months, streets and wider, no persons, no small counts."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from api.problem import Problem
from api.resource import Resource
from api.services import Given
from cases.catalogue import Text
from cases.disclosure import printable, withheld
from cases.indicators import Cohort, Tally, together
from cases.periods import BadPeriod, month_of, period_of
from store.evaluation import By, Scope, names, tallies

router = Resource("/statistics", tags=["evaluation"])

#: What is told of a month; the rates below are of these.
TOLD = ("reported", "taken_up", "due", "handled_in_time", "closed")

COHORTS = (Cohort.REPORTED, Cohort.DUE)
DIMENSIONS = (By.DISTRICT, By.STREET, By.DEPARTMENT)


class Counts(BaseModel):
    """null: withheld, because it is small or would tell a small one."""

    key: str = Field(description="Code; empty: the city, or a place or department not known")
    name: Text
    reported: int | None
    filed: int | None = Field(description="Of these, filed by now")
    due: int | None = Field(description="Handled or past their deadline, whichever came first")
    handled_in_time: int | None
    closed: int | None
    closing_rate: float | None = Field(description="[%] closed / due")
    on_time_handling_rate: float | None = Field(description="[%] handled in time / due")


class Statistics(BaseModel):
    month: str
    smallest_count: int = Field(description="Smaller ones, other than 0, are withheld")
    city: Counts
    districts: list[Counts]
    streets: list[Counts]
    departments: list[Counts]


@router.get("")
def show_statistics(
    services: Given,
    month: Annotated[
        str | None,
        Query(
            pattern=r"^\d{4}-\d{2}$",
            description="One that is over; left out: the last",
            examples=["2026-10"],
        ),
    ] = None,
) -> Statistics:
    """Counts of a month for the public. Whole months only: two stretches that differ by an hour
    would tell of that hour."""
    now, zone = services.time(), services.city.zone
    try:
        period = period_of(month, zone) if month else month_of(now, zone, back=1)
    except BadPeriod as why:
        raise Problem(HTTPStatus.BAD_REQUEST, str(why)) from why
    if period.until > now:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{period.name} is not over; ask for one that is.")
    scope = Scope(period, now, zone)
    with services.pool.connection() as connection:
        found = {by: tallies(connection, scope, by, COHORTS) for by in DIMENSIONS}
        called = {d.code: d.name for d in services.city.departments.departments}
        called |= names(connection, {key for each in found.values() for key in each} | {""})
    least = services.city.policy.evaluation.smallest_count
    found = {By.TOTAL: {"": together(found[By.DEPARTMENT].values())}, **found}
    told: dict[By, dict[str, dict[str, float | None]]] = {by: {} for by in found}
    for measure in TOLD:
        counts = {by: _of(measure, each) for by, each in found.items()}
        total = counts[By.TOTAL].get("", 0)
        city: dict[str, float | None] = {"": None if 0 < total < least else total}
        districts, streets = printable(counts[By.DISTRICT], _streets(counts), least)
        few = withheld(counts[By.DEPARTMENT], least)
        departments = {k: None if k in few else n for k, n in counts[By.DEPARTMENT].items()}
        shown = zip(found, (city, districts, streets, departments), strict=True)
        for by, values in shown:
            for key, value in values.items():
                told[by].setdefault(key, {})[measure] = value
    rows = {by: [_counts(key, called, told[by][key]) for key in sorted(told[by])] for by in told}
    return Statistics(
        month=period.name,
        smallest_count=least,
        city=rows[By.TOTAL][0],
        districts=rows[By.DISTRICT],
        streets=rows[By.STREET],
        departments=rows[By.DEPARTMENT],
    )


def _of(measure: str, found: Mapping[str, Tally]) -> dict[str, float]:
    return {key: tally.every.get(measure, 0) for key, tally in found.items()}


def _streets(counts: Mapping[By, Mapping[str, float]]) -> dict[str, float]:
    """Return the streets, and what of each district is of no known street, under its own code."""
    streets = {key: count for key, count in counts[By.STREET].items() if key}
    for district, count in counts[By.DISTRICT].items():
        known = sum(c for key, c in streets.items() if len(key) > 6 and key[:6] == district)
        streets[district] = count - known
    return streets


def _counts(key: str, called: Mapping[str, Text], told: Mapping[str, float | None]) -> Counts:
    counts = {name: None if told[name] is None else int(told[name] or 0) for name in TOLD}
    due = counts["due"]

    def rate(part: int | None) -> float | None:
        return None if not due or part is None else round(100 * part / due, 1)

    return Counts(
        key=key,
        name=called.get(key) or Text(zh=key, en=key),
        reported=counts["reported"],
        filed=counts["taken_up"],
        due=due,
        handled_in_time=counts["handled_in_time"],
        closed=counts["closed"],
        closing_rate=rate(counts["closed"]),
        on_time_handling_rate=rate(counts["handled_in_time"]),
    )
