"""What clocks and timers cost: a case's first steps written, its timers fired, its log folded."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from cases.case import Case, Entry, replay
from cases.catalogue import TimeClass
from cases.city import City, load_city
from cases.clock import elapsed, reach
from cases.words import Role, Source, Verb
from cases.workflow import begin, step
from deploy import embedded_postgres
from store.cases import record
from store.database import connect, migrate
from store.firing import fire
from store.statements import statements

AT = datetime(2026, 3, 6, 1, tzinfo=UTC)
LIMIT = {"limit": {"amount": 2, "class": "emergency-hours"}}
DISPATCHED: tuple[tuple[Verb, dict[str, Any]], ...] = (
    (Verb.ACCEPT, {}),
    (Verb.FILE, LIMIT),
    (Verb.DISPATCH, {}),
)
HOUR = timedelta(hours=1)


def run(folder: Path, count: int) -> list[dict[str, Any]]:
    """Return one row of figures; `count` cases are opened and all fall due at once."""
    city = load_city()
    database = embedded_postgres.start(folder)
    try:
        figures: dict[str, Any] = {"cases": count, **_calculated(city)}
        opened = _timed(lambda: open_cases(database.url, range(1, count + 1), city))
        figures["cases_opened_per_second"] = round(count / opened)
        overdue = AT + 12 * HOUR
        for schedulers in (1, 2):
            open_cases(
                database.url, range(schedulers * count + 1, (schedulers + 1) * count + 1), city
            )
            fired, seconds = _fire(database.url, schedulers, overdue, city)
            figures[f"timers_per_second_of_{schedulers}_schedulers"] = round(fired / seconds)
        return [figures]
    finally:
        database.stop()


def _calculated(city: City) -> dict[str, Any]:
    """Return what the pure parts take [us]."""
    since, left, kind = AT, 20 * HOUR, TimeClass.WORKING_HOURS
    entries = _story(1, city)[1]
    calls: dict[str, Callable[[], object]] = {
        "reach": lambda: reach(since, left, kind, city.calendar, city.zone),
        "elapsed": lambda: elapsed(AT, AT + 300 * HOUR, kind, city.calendar, city.zone),
        "fold_of_four_lines": lambda: replay(entries, city),
    }
    return {
        f"{name}_us": round(min(_timed(call) for _ in range(2_000)) * 1e6, 2)
        for name, call in calls.items()
    }


def _story(number: int, city: City) -> tuple[Case, list[Entry]]:
    told = {"source": Source.SENSOR}
    case, entry = begin(number, actor="rule", role=Role.SYSTEM, at=AT, city=city, details=told)
    entries = [entry]
    for verb, details in DISPATCHED:
        given = {"department": "d"} if verb is Verb.DISPATCH else details
        case, entry = step(
            case, verb, actor="lifeline", role=Role.SYSTEM, at=AT, city=city, details=given
        )
        entries.append(entry)
    return case, entries


def open_cases(url: str, numbers: range, city: City) -> None:
    """Write each case in a transaction of its own, as a storm brings them."""
    with connect(url) as connection:
        migrate(connection)
        connection.execute(statements("bench")["put_department"], {"code": "d"})
        for number in numbers:
            with connection.transaction():
                connection.execute(statements("bench")["put_bare_case"], {"id": number, "at": AT})
                record(connection, *_story(number, city), city)


def _fire(url: str, schedulers: int, now: datetime, city: City) -> tuple[int, float]:
    """Return how many timers were fired by so many schedulers at once, and in what time [s]."""

    def work(_: int) -> int:
        count = 0
        with connect(url) as connection:
            while found := fire(connection, now, city):
                count += len(found)
        return count

    begun = perf_counter()
    with ThreadPoolExecutor(schedulers) as pool:
        return sum(pool.map(work, range(schedulers))), perf_counter() - begun


def _timed(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun
