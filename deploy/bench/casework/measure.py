"""How long what people and sensors ask for takes, in a database with a year of casework."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from cases.city import City
from cases.periods import period_of
from cases.reporting import Report
from cases.words import Role, Source, State, Verb
from cases.workflow import Refused
from cases.worklists import WorkList, lists_of
from deploy.bench.casework.check import sample
from deploy.bench.casework.gauges import NOTHING_NEW, flood, put_gauges, spots
from deploy.bench.casework.place import DISTRICTS, Cells
from store.cases import apply
from store.database import Connection
from store.evaluation import By, tallies
from store.evaluation import Scope as Evaluated
from store.firing import due_cases
from store.joining import duplicates
from store.ranking import ranking
from store.reports import take
from store.settlement import settle
from store.statements import statements
from store.views import OF_CASES
from store.worklists import Scope, counts, page

Row = dict[str, Any]
PAGE = 50  #: cases of a list


def timed(what: str, asked: float | None, calls: Iterable[Callable[[], object]]) -> Row:
    """Return how long each of `calls` took: the first, the median, the 99th of 100, the worst."""
    took = []
    for call in calls:
        begun = perf_counter()
        call()
        took.append((perf_counter() - begun) * 1e3)
    return row(what, asked, took)


def row(what: str, asked: float | None, took: Sequence[float]) -> Row:
    return {
        "what": what,
        "asked ms": asked if asked is not None else "",
        "times": len(took),
        "first ms": round(took[0], 2),
        "median ms": round(float(np.median(took)), 2),
        "p99 ms": round(float(np.percentile(took, 99)), 2),
        "worst ms": round(max(took), 2),
    }


def measure(
    connection: Connection, city: City, ground: Cells, now: datetime, times: int
) -> list[Row]:
    """Measure everything that is asked at city size, on a connection in no transaction."""
    return [
        *work_lists(connection, now, times),
        *evaluations(connection, city, now),
        *opening(connection, city, ground, now, times),
        *steps(connection, city, now, times),
        *looks(connection, city, now, times),
    ]


def work_lists(connection: Connection, now: datetime, times: int) -> list[Row]:
    def shown(role: Role, scope: Scope) -> None:
        with connection.transaction():
            for each in lists_of(role):
                _both(connection, each, scope, now)

    district, street = Scope(area=DISTRICTS[4]), Scope(area=f"{DISTRICTS[4]}003")
    asked = [
        ("work lists of a dispatcher, whole city", Role.DISPATCHER, Scope()),
        ("work lists of a dispatcher, a district", Role.DISPATCHER, district),
        ("work lists of intake, whole city", Role.INTAKE, Scope()),
        ("work lists of a shift lead, a district", Role.SHIFT_LEAD, district),
        ("work lists of an inspector, a street", Role.INSPECTOR, street),
        ("work lists of a department", Role.DEPARTMENT, Scope(department=_busiest(connection))),
        ("work lists of a leader, level 4", Role.LEADER, Scope(level=4)),
    ]
    return [timed(what, 50, [partial(shown, role, scope)] * times) for what, role, scope in asked]


def _both(connection: Connection, work_list: WorkList, scope: Scope, now: datetime) -> None:
    page(connection, work_list, scope, now, PAGE + 1)
    counts(connection, work_list, scope, now)


def _busiest(connection: Connection) -> str:
    found = connection.execute(statements("bench")["busiest_department"]).fetchone()
    connection.commit()
    return str(found[0]) if found else ""


def evaluations(connection: Connection, city: City, now: datetime) -> list[Row]:
    month = period_of(f"{now:%Y}-07", city.zone)

    def evaluated(district: str, by: By) -> None:
        tallies(connection, Evaluated(month, now, city.zone, district), by)

    return [
        timed(
            f"a month of a district by {by}",
            2_000,
            [partial(evaluated, district, by) for district in DISTRICTS],
        )
        for by in (By.TOTAL, By.STREET, By.DEPARTMENT)
    ] + [
        timed("a month of the city by district", None, [partial(evaluated, "", By.DISTRICT)] * 3),
        timed("the city's ranking of a month", None,
              [partial(ranking, connection, month, now, city)] * 3),
    ]  # fmt: skip


def opening(
    connection: Connection, city: City, ground: Cells, now: datetime, times: int
) -> list[Row]:
    gauges = put_gauges(connection, ground, times, now)
    places = spots(ground, times, seed=7)

    def reported(number: int) -> None:
        lon, lat = places[number]
        report = Report(
            source=Source.INSPECTOR, actor="inspector-bench", text="井盖破损", lon=lon, lat=lat,
            code_list="GB/T 30428.2-2013", code="0102", kind="component",
        )  # fmt: skip
        take(connection, report, now + timedelta(seconds=number), city)

    def sensed(number: int) -> None:
        settle(connection, [flood(gauges[number], now)], NOTHING_NEW, now, city)

    return [
        timed("opening a case by a report", 10, [partial(reported, n) for n in range(times)]),
        timed("opening a case by a sensor", 10, [partial(sensed, n) for n in range(times)]),
    ]


def steps(connection: Connection, city: City, now: datetime, times: int) -> list[Row]:
    """Take steps of a department with cases that were dispatched to it."""
    given = {"state": str(State.DISPATCHED), "limit": times}
    with connection.transaction():
        found = connection.execute(statements("bench")["some_in_state"], given).fetchall()

    def stepped(case_id: int, version: int) -> None:
        try:
            apply(
                connection, case_id, version, Verb.HANDLE, "crew-bench", Role.DEPARTMENT,
                now + timedelta(days=1), city,
            )  # fmt: skip
        except Refused as why:
            raise RuntimeError(f"case {case_id}: {why}") from why

    return [timed("a step", None, [partial(stepped, *each) for each in found])]


def looks(connection: Connection, city: City, now: datetime, times: int) -> list[Row]:
    ids = sample(connection, times, seed=11)
    views = statements("views")

    def shown(case_id: int) -> None:
        with connection.transaction():
            given = dict.fromkeys(OF_CASES) | {"id": case_id, "limit": 1}
            connection.execute(views["cases_page"], given).fetchall()
            for name in ("case_log_lines", "case_runs", "case_evidence"):
                connection.execute(views[name], {"case_id": case_id}).fetchall()

    connection.commit()
    return [
        timed("a case with its log and clocks", None, [partial(shown, c) for c in ids]),
        timed(
            "looking for duplicates", None, [partial(duplicates, connection, c, city) for c in ids]
        ),
        timed("looking for due timers", None, [partial(due_cases, connection, now, 200)] * times),
    ]
