"""Indicators counted in the database are those that the replayed logs tell, in every dimension."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import naive_evaluation as naive
import pytest
from casework_made import BEGINS, GAS, WATER, Made, casework, put, states
from databases import copied

from cases.case import Case
from cases.indicators import INDICATORS, MEASURES, SUMS, Tally, evaluate
from cases.periods import Period, month_of, period_of, stretch
from cases.words import State
from store.database import Connection, connect
from store.evaluation import By, Scope, behind, tallies

pytestmark = pytest.mark.server

ZONE = ZoneInfo("Asia/Shanghai")
#: Some cases are still open then, within and beyond their limits.
AT = BEGINS + timedelta(days=80)
EVER = stretch(BEGINS - timedelta(days=1), AT + timedelta(days=400))
#: All that rows are counted in; what sensors missed needs rules and sensors.
COUNTED = [measure for measure in MEASURES if measure != "missed"]


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return list(casework(seed=4, count=400))


@pytest.fixture(scope="module")
def logs(made: list[Made]) -> list[tuple[Made, Case]]:
    return naive.replayed(made)


@pytest.fixture(scope="module")
def worked(server_url: str, template: str, made: list[Made]) -> Any:
    with copied(server_url, template) as url, connect(url) as connection:
        put(connection, made)
        yield connection


def told(logs: list[tuple[Made, Case]], scope: Scope, by: By) -> dict[str, Tally]:
    """The naive twin's answer."""
    every: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    exempt: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    people = scope.of_people or by in (By.ROLE, By.PERSON)
    for row in naive.rows(logs, scope.at, people):
        cell = row.made.given["grid_cell"] or ""
        if (
            scope.period.since <= row.instant < scope.period.until
            and cell.startswith(scope.area)
            and scope.department in (None, naive.key_of(row, "department", ZONE))
            and scope.role in (None, row.role)
            and scope.person in (None, row.person)
        ):
            key = naive.key_of(row, by, ZONE)
            for measure, count in row.counts.items():
                every[key][measure] += count
                exempt[key][measure] += count if row.case.exempt else 0
    return {key: Tally(every[key], exempt[key]) for key in every}


def numbers(found: dict[str, Tally]) -> dict[str, dict[str, float]]:
    """What is not zero, rounded where it is a sum of hours."""
    return {
        key: kept
        for key, tally in found.items()
        if (
            kept := {
                f"{measure} {which}": round(count, 6)
                for which, counts in (("every", tally.every), ("exempt", tally.exempt))
                for measure in MEASURES
                if (count := float(counts.get(measure, 0)))
            }
        )
    }


def test_the_made_casework_holds_what_there_is_to_count(
    made: list[Made], logs: list[tuple[Made, Case]]
) -> None:
    assert len(states(made)) >= len(State) - 1
    total = told(logs, Scope(EVER, AT, ZONE), By.TOTAL)[""]
    for measure in COUNTED:
        assert total.every[measure] >= 3, measure
    assert total.exempt["due"] >= 3
    assert 0 < total.every["handled_in_time"] < total.every["handled"] < total.every["due"]


PERIODS = [EVER, *(period_of(name, ZONE) for name in ("2026-02", "2026-03", "2026-Q1", "2026"))]


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.name)
def test_counts_are_those_of_the_logs(
    worked: Connection, logs: list[tuple[Made, Case]], by: By, period: Period
) -> None:
    scope = Scope(period, AT, ZONE)
    assert numbers(tallies(worked, scope, by)) == numbers(told(logs, scope, by))


NARROWER = [
    {"area": "110101"},
    {"area": "110101001"},
    {"area": "110101001002"},
    {"area": "110101001001002"},
    {"area": "1101"},
    {"department": WATER},
    {"department": GAS, "area": "110102"},
    {"role": "inspector"},
    {"role": "dispatcher", "person": "dispatcher 1"},
    {"person": "department 2", "area": "110101"},
]


@pytest.mark.parametrize("narrower", NARROWER, ids=str)
@pytest.mark.parametrize("by", [By.TOTAL, By.STREET, By.DEPARTMENT, By.PERSON, By.MONTH])
def test_so_are_those_of_a_part(
    worked: Connection, logs: list[tuple[Made, Case]], by: By, narrower: dict[str, str]
) -> None:
    scope = Scope(period_of("2026-Q1", ZONE), AT, ZONE, **narrower)
    assert numbers(tallies(worked, scope, by)) == numbers(told(logs, scope, by))


@pytest.mark.parametrize("days", [20, 45, 60])
def test_what_is_overdue_is_so_as_of_a_moment(
    worked: Connection, logs: list[tuple[Made, Case]], days: int
) -> None:
    """A moment before the last steps: only deadlines and instants are looked at, not the past."""
    scope = Scope(EVER, BEGINS + timedelta(days=days), ZONE)
    found = tallies(worked, scope, By.DISTRICT)
    assert numbers(found) == numbers(told(logs, scope, By.DISTRICT))


@pytest.mark.parametrize("measure", COUNTED)
def test_behind_each_number_are_exactly_its_cases(
    worked: Connection, logs: list[tuple[Made, Case]], measure: str
) -> None:
    for narrower in ({}, {"area": "110101"}, {"department": WATER}):
        scope = Scope(period_of("2026-Q1", ZONE), AT, ZONE, **narrower)  # type: ignore[arg-type]
        found = behind(worked, scope, measure, 10_000)
        total = tallies(worked, scope).get("", Tally({}, {}))
        if measure not in SUMS:
            assert len(found) == total.every[measure]
        rows = [row for row in naive.rows(logs, AT, False) if row.counts.get(measure)]
        assert {row["id"] for row in found} >= {
            row.case.id
            for row in rows
            if scope.period.since <= row.instant < scope.period.until
            and (row.made.given["grid_cell"] or "").startswith(scope.area)
            and scope.department in (None, row.case.department)
        }
        exempt = behind(worked, scope, measure, 10_000, exempt=True)
        if measure not in SUMS:
            assert len(exempt) == total.exempt.get(measure, 0)
        assert all(row["exempt"] for row in exempt)


@pytest.mark.parametrize("by", By)
def test_the_cases_behind_the_rows_add_up_to_the_rows(worked: Connection, by: By) -> None:
    scope = Scope(EVER, AT, ZONE)
    for key, tally in tallies(worked, scope, by).items():
        for measure in ("reported", "dispatched_rightly", "handled_in_time"):
            found = behind(worked, scope, measure, None, by=by, key=key)
            if by is By.PERSON or by is By.ROLE:  # who has two tasks in a case has it once here
                assert bool(found) == bool(tally.every.get(measure))
            else:
                assert len(found) == tally.every.get(measure, 0), key


def test_the_cases_behind_a_number_come_in_pages(worked: Connection) -> None:
    scope = Scope(EVER, AT, ZONE)
    whole = [row["id"] for row in behind(worked, scope, "due", 10_000)]
    paged: list[int] = []
    while page := behind(worked, scope, "due", 7, before=paged[-1] if paged else None):
        paged += [row["id"] for row in page]
    assert paged == whole == sorted(whole, reverse=True)


def test_every_rate_lies_between_none_and_all(worked: Connection) -> None:
    for tally in tallies(worked, Scope(EVER, AT, ZONE), By.STREET).values():
        for name, indicator in INDICATORS.items():
            for exempt in (False, True):
                value = evaluate(name, tally, exempt).value
                if value is not None and indicator.unit == "%":
                    assert 0 <= value <= 100, name


def test_a_case_overdue_in_a_month_stays_in_that_month_whenever_it_is_handled(
    worked: Connection, made: list[Made]
) -> None:
    late = [one for one in made if one.case.due and one.case.fed_back and one.case.due < AT
            and one.case.state is State.CLOSED and one.case.due < one.case.fed_back]  # fmt: skip
    assert late
    for one in late:
        assert one.case.due is not None
        month = month_of(one.case.due, ZONE)
        found = behind(worked, Scope(month, AT, ZONE), "due", 10_000)
        assert one.case.exercise or one.case.id in {row["id"] for row in found}


def test_nothing_counts_before_it_has_happened(worked: Connection) -> None:
    scope = Scope(EVER, datetime(2026, 1, 1, tzinfo=UTC), ZONE)
    assert numbers(tallies(worked, scope)) == {}
