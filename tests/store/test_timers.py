"""Runs and timers as rows, and timers that fire once, on a real server."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from at_work import BEGAN, DAY, DUE, HOUR, RUN, at_work, suspended
from put_case import put_case
from story import AT, CITY, WATER, Story

from cases.case import Case
from cases.timers import Timer, timers
from cases.words import Role, Source, State, Verb
from cases.workflow import step
from store import firing
from store.cases import apply, hold, record
from store.database import Connection, connect
from store.firing import Fired, due_cases, fire, waiting_since

pytestmark = pytest.mark.server


def rows(connection: Connection, what: str, *values: Any) -> list[tuple[Any, ...]]:
    found = connection.execute(what, values).fetchall()
    connection.commit()
    return found


def set_now(connection: Connection) -> dict[str, datetime]:
    """Times of the timers of case 7 that are still to fire."""
    sql = "SELECT kind, at FROM case_timers WHERE fired IS NULL AND at IS NOT NULL"
    return dict(rows(connection, sql))


def lines(connection: Connection, verb: Verb) -> list[tuple[datetime, dict[str, Any]]]:
    sql = "SELECT at, details FROM case_log WHERE verb = %s ORDER BY version"
    return rows(connection, sql, verb)


# Runs ------------------------------------------------------------------


def test_the_runs_in_the_database_are_those_of_the_case(database: Connection) -> None:
    story = Story(Source.HOTLINE).to(State.FED_BACK)
    put_case(database, story)
    stored = rows(
        database,
        "SELECT number, stage, owner, limit_amount, limit_class, began, since, used, due, yellow,"
        " ended, actor, role, in_time FROM case_runs ORDER BY number",
    )
    assert stored == [
        (
            r.number, r.stage, r.owner, r.allowed.amount, r.allowed.time_class, r.began, r.since,
            r.used, r.due, r.yellow, r.ended, r.actor, r.role or "", r.in_time,
        )
        for r in story.case.runs
    ]  # fmt: skip
    assert len(stored) == 6


def test_a_step_writes_no_run_but_those_that_it_changed(database: Connection) -> None:
    put_case(database, at_work())
    before = dict(rows(database, "SELECT number, xmin::text FROM case_runs"))
    now = BEGAN + HOUR
    apply(database, 7, 4, Verb.RETURN, "crew", Role.DEPARTMENT, now, CITY, "not ours")
    after = dict(rows(database, "SELECT number, xmin::text FROM case_runs"))
    assert {number for number in after if after[number] != before.get(number)} == {RUN, RUN + 1}


# Timers that are set ---------------------------------------------------


def test_a_running_clock_has_its_timers_in_the_database(database: Connection) -> None:
    put_case(database, at_work())
    assert set_now(database) == {
        "yellow": BEGAN + 0.8 * 2 * HOUR,
        "overdue-1": DUE,
        "overdue-2": DUE + HOUR,
        "overdue-3": DUE + 2 * HOUR,
    }


def test_timers_of_a_clock_that_stands_are_called_off_and_set_anew(database: Connection) -> None:
    put_case(database, at_work())
    first = set_now(database)
    story = suspended(AT + DAY)
    with database.transaction():
        record(database, story.case, story.log[4:], CITY)
    assert set_now(database) == {"resume": AT + DAY}
    with database.transaction():
        held = hold(database, 7, CITY)
        again, entry = step(
            held.case, Verb.RESUME, actor="system", role=Role.SYSTEM, at=AT + DAY, city=CITY
        )
        record(database, again, [entry], CITY)
    stood = AT + DAY - story.now
    assert set_now(database) == {kind: at + stood for kind, at in first.items()}


def test_a_timer_that_has_fired_is_never_set_again(database: Connection) -> None:
    put_case(database, at_work())
    assert [fired.kind for fired in fire(database, DUE, CITY)] == ["yellow"]
    story = suspended(AT + DAY)
    with database.transaction():
        record(database, story.case, story.log[4:], CITY)
    fire(database, AT + DAY + timedelta(minutes=1), CITY)
    assert set(set_now(database)) == {"overdue-1", "overdue-2", "overdue-3"}
    sql = "SELECT at, fired FROM case_timers WHERE kind = 'yellow'"
    assert rows(database, sql) == [(BEGAN + timedelta(minutes=96), DUE)], "it stays as it was"


# Timers that fire ------------------------------------------------------


def test_an_overdue_case_goes_up_level_by_level_to_the_city(database: Connection) -> None:
    put_case(database, at_work())
    for hours, level in ((0, 2), (1, 3), (2, 4)):
        assert len(fire(database, DUE + hours * HOUR + timedelta(minutes=1), CITY)) >= 1
        assert rows(database, "SELECT level FROM cases") == [(level,)]
    assert lines(database, Verb.ESCALATE) == [
        (
            DUE + hours * HOUR,
            {
                "stage": "handling",
                "run": RUN,
                "owner": WATER,
                "due": DUE.isoformat(),
                "level": level,
            },
        )
        for hours, level in ((0, 2), (1, 3), (2, 4))
    ]
    assert fire(database, DUE + 365 * DAY, CITY) == []


def test_what_is_with_the_city_stays_there(database: Connection) -> None:
    story = at_work()
    for _ in range(3):
        story.do(Verb.ESCALATE, Role.SYSTEM)
    put_case(database, story)
    assert len(fire(database, DUE + timedelta(minutes=1), CITY)) >= 1
    assert rows(database, "SELECT level FROM cases") == [(4,)]
    [(said,)] = rows(database, "SELECT reason FROM case_log ORDER BY version DESC LIMIT 1")
    assert said == "处置超时，仍在市级 handling is overdue: stays with the city"


def test_nothing_fires_at_the_very_instant_at_which_work_is_still_in_time(
    database: Connection,
) -> None:
    put_case(database, at_work())
    assert {fired.kind for fired in fire(database, DUE, CITY)} == {"yellow"}
    case = apply(database, 7, 4, Verb.HANDLE, "crew", Role.DEPARTMENT, DUE, CITY)
    case = apply(database, 7, case.version, Verb.FEED_BACK, "crew", Role.DEPARTMENT, DUE, CITY)
    assert case.runs[RUN - 1].in_time is True
    assert [f for f in fire(database, DUE + DAY, CITY) if f.run == RUN] == []


def test_a_yellow_light_is_no_line_of_the_log_but_pages_are_told(
    database: Connection, database_url: str
) -> None:
    put_case(database, at_work())
    with connect(database_url, autocommit=True) as page:
        page.execute("LISTEN lifeline_live")
        assert fire(database, DUE, CITY) == [Fired(7, RUN, "yellow", BEGAN + timedelta(minutes=96))]
        told = [notice.payload for notice in page.notifies(timeout=5, stop_after=1)]
    assert told == ['{"kind":"case","id":7}']
    assert rows(database, "SELECT count(*) FROM case_log") == [(4,)]


def test_a_suspension_ends_by_itself_and_the_clock_runs_on_from_that_day(
    database: Connection,
) -> None:
    story = suspended(AT + DAY)
    put_case(database, story)
    left = DUE - story.now
    fire(database, AT + 3 * DAY, CITY)
    assert rows(database, "SELECT state, due FROM cases") == [("handling", AT + DAY + left)]
    assert [at for at, _ in lines(database, Verb.RESUME)] == [AT + DAY]


def test_after_a_day_without_a_scheduler_all_is_as_if_it_had_been_there(
    database: Connection,
) -> None:
    """What fell due meanwhile happens at its own time and in the order of those times."""
    put_case(database, suspended(AT + 5 * HOUR))
    put_case(database, at_work(8, AT + HOUR))
    while fire(database, AT + 2 * DAY, CITY):
        pass
    log = rows(
        database,
        "SELECT case_id, verb, at, details ->> 'level' FROM case_log"
        " WHERE verb IN ('escalate', 'resume') ORDER BY at",
    )
    left = DUE - (AT + timedelta(minutes=7))
    resumed = AT + 5 * HOUR
    assert log == [
        (8, "escalate", DUE + HOUR, "2"),
        (8, "escalate", DUE + 2 * HOUR, "3"),
        (7, "resume", resumed, None),
        (8, "escalate", DUE + 3 * HOUR, "4"),
        (7, "escalate", resumed + left, "2"),
        (7, "escalate", resumed + left + HOUR, "3"),
        (7, "escalate", resumed + left + 2 * HOUR, "4"),
    ]
    for number in (7, 8):
        sql = "SELECT at FROM case_log WHERE case_id = %s ORDER BY version"
        assert rows(database, sql, number) == sorted(rows(database, sql, number))


def test_the_oldest_timer_is_fired_first(database: Connection) -> None:
    for number, hours in ((7, 3), (8, 1), (9, 2)):
        put_case(database, at_work(number, AT + hours * HOUR))
    assert due_cases(database, DUE + DAY, 100) == [8, 9, 7]
    assert due_cases(database, DUE + DAY, 100, but=[8]) == [9, 7]
    assert waiting_since(database) == BEGAN + HOUR + timedelta(minutes=96)


def test_what_is_not_due_does_not_fire(database: Connection) -> None:
    put_case(database, at_work())
    assert fire(database, BEGAN, CITY) == []
    assert fire(database, AT - DAY, CITY) == []


def test_a_timer_whose_case_has_moved_on_does_nothing(database: Connection) -> None:
    put_case(database, at_work())
    database.execute("UPDATE case_timers SET at = at - interval '1 hour'")  # as if it had moved
    database.commit()
    assert fire(database, DUE, CITY) == []
    assert lines(database, Verb.ESCALATE) == []
    assert set_now(database)["overdue-1"] == DUE


# Whatever happens meanwhile --------------------------------------------


def test_two_schedulers_at_once_fire_every_timer_once(
    database: Connection, database_url: str
) -> None:
    numbers = range(7, 47)
    for number in numbers:
        put_case(database, at_work(number))

    def schedule(_: int) -> list[Fired]:
        fired: list[Fired] = []
        with connect(database_url) as connection:
            while found := fire(connection, DUE + DAY, CITY, at_most=10):
                fired += found
        return fired

    with ThreadPoolExecutor(4) as pool:
        fired = Counter(each for found in pool.map(schedule, range(4)) for each in found)
    while more := fire(database, DUE + DAY, CITY):  # what all four left to each other
        fired.update(more)
    assert set(fired.values()) == {1}
    assert len(fired) == 4 * len(numbers)
    counts = rows(
        database,
        "SELECT count(*) FROM case_log WHERE verb = 'escalate' GROUP BY case_id",
    )
    assert counts == [(3,)] * len(numbers)


def test_a_case_that_somebody_is_writing_is_left_for_next_time(
    database: Connection, database_url: str
) -> None:
    put_case(database, at_work())
    with connect(database_url) as busy, busy.transaction():
        hold(busy, 7, CITY)
        assert fire(database, DUE + DAY, CITY) == []
    assert len(fire(database, DUE + DAY, CITY)) == 4


def test_a_scheduler_that_dies_between_step_and_commit_has_done_nothing(
    database: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_case(database, at_work())

    def then_die(connection: Connection, *rest: Any) -> None:
        firing.FIRING["overdue-1"](connection, *rest)
        with connect(database_url, autocommit=True) as killer:
            killer.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])

    with monkeypatch.context() as patch, connect(database_url) as doomed:
        patch.setitem(firing.FIRING, "overdue-2", then_die)
        with pytest.raises(psycopg.OperationalError):
            fire(doomed, DUE + DAY, CITY)
    assert lines(database, Verb.ESCALATE) == []
    assert rows(database, "SELECT count(fired) FROM case_timers") == [(0,)]
    assert len(fire(database, DUE + DAY, CITY)) == 4
    assert len(lines(database, Verb.ESCALATE)) == 3


def test_a_kind_that_fires_again_and_again_says_when_next(
    database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_case(database, at_work())
    database.execute(
        "INSERT INTO case_timers (case_id, run, kind, at) VALUES (7, 0, 'look', %s)", [AT]
    )
    database.commit()
    monkeypatch.setitem(firing.FIRING, "look", lambda c, h, t, now, city: now + HOUR)
    assert fire(database, AT + HOUR, CITY) == [Fired(7, 0, "look", AT)]
    assert set_now(database)["look"] == AT + 2 * HOUR
    monkeypatch.setitem(firing.FIRING, "look", lambda c, h, t, now, city: now)
    with pytest.raises(ValueError, match="must fire again after"):
        fire(database, AT + 3 * HOUR, CITY)


def test_timers_are_a_function_of_the_case(database: Connection) -> None:
    put_case(database, at_work())
    case: Case = hold(database, 7, CITY).case
    database.rollback()
    assert set_now(database) == {timer.kind: timer.at for timer in timers(case, CITY)}
    assert timers(case, CITY)[1] == Timer(RUN, "overdue-1", DUE)
