"""The thread that fires timers: in whatever weather, in however many processes, each once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from at_work import DAY, DUE, HOUR, at_work, suspended
from put_case import put_case
from story import AT, CITY

from deploy import scheduling
from deploy.clock import Clock
from deploy.scheduling import Scheduling
from store import firing
from store.database import Connection, connect

pytestmark = pytest.mark.server

PATIENCE = 60.0  # [s]
ESCALATED = "SELECT case_id, at FROM case_log WHERE verb = 'escalate' ORDER BY case_id, version"


def micros(at: datetime) -> int:
    return round(at.timestamp() * 1e6)


class Hands:
    """A clock that is set by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> int:
        return micros(self.at)


@contextmanager
def running(url: str, now: Callable[[], int]) -> Iterator[Scheduling]:
    thread = Scheduling(url, now, CITY)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()


@pytest.fixture
def page(database_url: str) -> Iterator[Connection]:
    """Somebody who listens to what is told of cases."""
    with connect(database_url, autocommit=True) as connection:
        connection.execute("LISTEN lifeline_live")
        yield connection


def until(page: Connection, sql: str, expected: list[tuple[Any, ...]]) -> None:
    """Wait until what is asked for is as expected; looked at whenever something was told."""
    begun = monotonic()
    while (found := page.execute(sql).fetchall()) != expected:
        assert monotonic() - begun < PATIENCE, found
        list(page.notifies(timeout=0.2, stop_after=1))


def test_what_falls_due_is_done_when_its_time_comes(
    database: Connection, database_url: str, page: Connection
) -> None:
    put_case(database, at_work())
    put_case(database, suspended(AT + 5 * HOUR, 8))
    hands = Hands(AT)
    with running(database_url, hands.now) as thread:
        hands.at = DUE + timedelta(seconds=1)
        until(page, ESCALATED, [(7, DUE)])
        hands.at = AT + 5 * HOUR + timedelta(seconds=1)
        until(page, "SELECT state FROM cases WHERE id = 8", [("handling",)])
        assert thread.is_alive()
        assert thread.trouble is None
    assert not thread.is_alive()


def test_after_a_day_without_it_all_is_made_up_for_in_order(
    database: Connection, database_url: str, page: Connection
) -> None:
    put_case(database, at_work())
    with running(database_url, Hands(AT + 2 * DAY).now):
        until(page, ESCALATED, [(7, DUE), (7, DUE + HOUR), (7, DUE + 2 * HOUR)])


def test_a_demos_fast_clock_escalates_at_the_right_times(
    database: Connection, database_url: str, page: Connection
) -> None:
    put_case(database, at_work())
    start = micros(AT)
    fast = Clock(start, Clock().now(), 3600.0)  # an hour a second
    with running(database_url, fast.now):
        until(page, ESCALATED, [(7, DUE), (7, DUE + HOUR), (7, DUE + 2 * HOUR)])


def test_a_clock_that_is_set_back_does_not_stop_it(
    database: Connection, database_url: str, page: Connection
) -> None:
    put_case(database, at_work(7, AT + DAY))
    hands = Hands(DUE + DAY + timedelta(seconds=1))
    with running(database_url, hands.now):
        until(page, ESCALATED, [(7, DUE + DAY)])
        hands.at = DUE + timedelta(seconds=1)
        put_case(database, at_work(8))
        until(page, ESCALATED, [(7, DUE + DAY), (8, DUE)])


def test_it_waits_for_a_database_that_is_away(
    database: Connection, database_url: str, page: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "AGAIN", 0.1)
    put_case(database, at_work())
    hands = Hands(AT)
    with running(database_url, hands.now) as thread:
        hands.at = DUE + timedelta(seconds=1)
        until(page, ESCALATED, [(7, DUE)])
        page.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        hands.at = DUE + DAY
        until(page, ESCALATED, [(7, DUE), (7, DUE + HOUR), (7, DUE + 2 * HOUR)])
        assert thread.is_alive()


def test_a_case_whose_timers_fail_is_named_and_holds_up_no_other(
    database: Connection, database_url: str, page: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rightly = firing.FIRING["overdue-1"]

    def wrong_for_seven(connection: Connection, held: Any, *rest: Any) -> datetime | None:
        if held.case.id == 7:
            raise ZeroDivisionError("a fault in this one")
        return rightly(connection, held, *rest)

    put_case(database, at_work(7))
    put_case(database, at_work(8))
    with monkeypatch.context() as patch, running(database_url, Hands(DUE + HOUR).now) as thread:
        patch.setitem(firing.FIRING, "overdue-1", wrong_for_seven)
        until(page, ESCALATED, [(8, DUE)])
        assert thread.is_alive()
        assert thread.trouble == "case 7: ZeroDivisionError: a fault in this one"
    with running(database_url, Hands(DUE + HOUR).now):
        until(page, ESCALATED, [(7, DUE), (8, DUE)])


# What a process runs that has nothing but a database.
PROCESS = """
import sys
from threading import Event
from cases.city import load_city
from deploy.scheduling import Scheduling
url, now = sys.argv[1], int(sys.argv[2])
thread = Scheduling(url, lambda: now, load_city())
thread.start()
Event().wait()
"""


def process(url: str, now: datetime) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-c", PROCESS, url, str(micros(now))], cwd=root)


@pytest.mark.slow
def test_processes_that_are_killed_and_come_in_pairs_fire_every_timer_once(
    database: Connection, database_url: str, page: Connection
) -> None:
    numbers = range(7, 207)
    for number in numbers:
        put_case(database, at_work(number))
    now = DUE + DAY
    for _ in range(3):
        before = page.execute("SELECT count(*) FROM case_log WHERE verb = 'escalate'").fetchone()
        pair = [process(database_url, now), process(database_url, now)]
        begun = monotonic()
        while (
            before
            == page.execute("SELECT count(*) FROM case_log WHERE verb = 'escalate'").fetchone()
        ):
            assert monotonic() - begun < PATIENCE
            list(page.notifies(timeout=0.05, stop_after=1))
        for each in pair:
            os.kill(each.pid, signal.SIGKILL)
            each.wait()
    left = page.execute("SELECT count(*) FROM case_timers WHERE fired IS NULL").fetchone()
    assert left is not None
    assert left[0] > 0, "they were killed at work"
    with running(database_url, Hands(now).now):
        expected = [(n, DUE + k * HOUR) for n in numbers for k in range(3)]
        until(page, ESCALATED, expected)
    fired = page.execute("SELECT count(*) FROM case_timers WHERE fired IS NOT NULL").fetchone()
    assert fired == (4 * len(numbers),)
