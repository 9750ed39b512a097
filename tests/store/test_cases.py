"""Steps of cases in a real database."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from psycopg.sql import SQL
from put_case import put_case
from story import AT, CITY, GAS, LIMIT, WATER, Story

from cases.words import Outcome, Role, Source, State, Verb
from cases.workflow import Refused, step
from store.cases import Stale, UnknownCase, apply, hold, record
from store.database import Connection, connect
from store.statements import statements

pytestmark = pytest.mark.server

TO_THE_END: list[tuple[Verb, str, Role, dict[str, Any]]] = [
    (Verb.HANDLE, "crew", Role.DEPARTMENT, {}),
    (Verb.FEED_BACK, "crew", Role.DEPARTMENT, {}),
    (Verb.ASK_INSPECT, "desk", Role.INTAKE, {}),
    (Verb.INSPECT, "inspector", Role.INSPECTOR, {"passed": True}),
    (Verb.CLOSE, "lead", Role.SHIFT_LEAD, {"outcome": "real"}),
]


def found_by_a_sensor() -> Story:
    """A case that the system has dispatched; it is at version 4."""
    story = Story(Source.SENSOR).do(Verb.ACCEPT, Role.SYSTEM)
    story.do(Verb.FILE, Role.SYSTEM, **LIMIT)
    return story.do(Verb.DISPATCH, Role.SYSTEM, department=WATER)


@pytest.fixture
def dispatched(database: Connection) -> Connection:
    """A database with case 7, dispatched by the system, at version 4."""
    put_case(database, found_by_a_sensor(), key="k")
    return database


def test_a_case_goes_through_to_its_closing(dispatched: Connection) -> None:
    later = AT + timedelta(hours=1)
    for version, (verb, actor, role, details) in enumerate(TO_THE_END, 4):
        case = apply(dispatched, 7, version, verb, actor, role, later, CITY, "because", details)
        assert case.version == version + 1
    row = dispatched.execute("SELECT state, version, outcome, closed FROM cases").fetchone()
    assert row == ("closed", 9, "real", later)
    assert hold(dispatched, 7, CITY).case.outcome is Outcome.REAL
    lines = dispatched.execute("SELECT version, verb, before, after FROM case_log").fetchall()
    assert lines[-1] == (9, "close", "inspected", "closed")


def test_a_stale_version_is_refused(dispatched: Connection) -> None:
    apply(dispatched, 7, 4, Verb.HANDLE, "crew 1", Role.DEPARTMENT, AT, CITY)
    with pytest.raises(Stale, match="version 5, you saw 4: crew 1 did handle"):
        apply(dispatched, 7, 4, Verb.RETURN, "crew 2", Role.DEPARTMENT, AT, CITY, "not ours")
    assert hold(dispatched, 7, CITY).case.state is State.HANDLING


def test_a_version_from_the_future_is_refused(dispatched: Connection) -> None:
    with pytest.raises(Stale, match="you saw 9"):
        apply(dispatched, 7, 9, Verb.HANDLE, "crew", Role.DEPARTMENT, AT, CITY)


def test_an_event_that_joins_meanwhile_makes_nobody_stale(dispatched: Connection) -> None:
    case = hold(dispatched, 7, CITY).case
    case, entry = step(case, Verb.JOIN, actor="lifeline", role=Role.SYSTEM, at=AT, city=CITY)
    record(dispatched, case, [entry], CITY)
    assert apply(dispatched, 7, 4, Verb.HANDLE, "crew", Role.DEPARTMENT, AT, CITY).version == 6


def test_of_many_who_take_the_same_step_one_succeeds(
    dispatched: Connection, database_url: str
) -> None:
    def take(crew: int) -> bool:
        with connect(database_url) as connection:
            try:
                apply(connection, 7, 4, Verb.HANDLE, f"crew {crew}", Role.DEPARTMENT, AT, CITY)
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_a_refused_step_leaves_no_trace(dispatched: Connection) -> None:
    with pytest.raises(Refused, match="return needs a reason"):
        apply(dispatched, 7, 4, Verb.RETURN, "crew", Role.DEPARTMENT, AT, CITY)
    assert hold(dispatched, 7, CITY).case.version == 4
    assert len(hold(dispatched, 7, CITY).log) == 4


def test_a_case_is_redirected_to_a_department_that_exists(dispatched: Connection) -> None:
    send = (Verb.REDIRECT, "dispatcher", Role.DISPATCHER, AT, CITY, "not theirs")
    with pytest.raises(Refused, match="no department nowhere"):
        apply(dispatched, 7, 4, *send, {"department": "nowhere"})
    assert apply(dispatched, 7, 4, *send, {"department": GAS}).department == GAS


def test_a_department_that_only_the_citys_files_know_takes_a_case(dispatched: Connection) -> None:
    dispatched.execute("DELETE FROM departments WHERE code = %s", (GAS,))
    send = (Verb.REDIRECT, "dispatcher", Role.DISPATCHER, AT, CITY, "not theirs")
    assert apply(dispatched, 7, 4, *send, {"department": GAS}).department == GAS
    named = dispatched.execute("SELECT name_zh FROM departments WHERE code = %s", (GAS,)).fetchone()
    assert named == ("燃气公司",)


def test_a_case_is_not_reopened_beside_another_of_its_cause(database: Connection) -> None:
    closed = found_by_a_sensor().to(State.CLOSED)
    put_case(database, closed, key="k")
    database.execute(
        "INSERT INTO cases (number, key, state, code_list, code, condition, title_zh, title_en,"
        " severity, began, found, opened) VALUES ('N8', 'k', 'filed', '', '', '', '', '',"
        " 'red', now(), now(), now())"
    )
    database.commit()
    again = (Verb.REOPEN, "lead", Role.SHIFT_LEAD, AT, CITY, "not mended")
    with pytest.raises(Refused, match="another case of the same cause is open"):
        apply(database, 7, closed.case.version, *again)


def test_nobody_acts_in_the_systems_name(dispatched: Connection) -> None:
    with pytest.raises(Refused, match="nobody acts in its name"):
        apply(dispatched, 7, 4, Verb.VOID, "somebody", Role.SYSTEM, AT, CITY, "because")


def test_nobody_pretends_that_another_instance_has_said_it(dispatched: Connection) -> None:
    said = {"exchange": {"peer": "district"}}
    with pytest.raises(Refused, match=r"details\.exchange names the message"):
        apply(dispatched, 7, 4, Verb.HANDLE, "crew", Role.DEPARTMENT, AT, CITY, details=said)


def test_an_unknown_case_is_named(database: Connection) -> None:
    with pytest.raises(UnknownCase, match="no case 7"):
        apply(database, 7, 1, Verb.HANDLE, "crew", Role.DEPARTMENT, AT, CITY)


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, "cases_pkey"),
        ({"open": True}, "cases_open"),
        ({"department": "other"}, "cases_by_department"),
    ],
)
def test_the_usual_lists_read_an_index(
    database: Connection, asked: dict[str, object], index: str
) -> None:
    database.execute(
        "INSERT INTO cases (number, key, state, code_list, code, condition, title_zh, title_en,"
        " severity, began, found, opened) SELECT n, 'k' || n, 'closed', '', '', '', '', '',"
        " 'red', now(), now(), now() FROM generate_series(1, 20000) n"
    )
    database.execute("ANALYZE cases")
    question = statements("views")["cases_page"]
    names = re.findall(r"%\((\w+)\)s", question.as_string(database))
    values = {**dict.fromkeys(names), "limit": 50, **asked}
    plan = str(database.execute(SQL("EXPLAIN ") + question, values).fetchall())
    assert f" {index} " in plan
    assert "Seq Scan on cases" not in plan


def test_who_files_without_a_condition_is_told_those_of_the_class(database: Connection) -> None:
    story = Story(Source.INSPECTOR).do(Verb.ACCEPT, Role.INTAKE)
    put_case(database, story, code="0506", condition="")
    lead = (Verb.FILE, "lead", Role.SHIFT_LEAD, AT, CITY, "")
    with pytest.raises(Refused, match=r"name one of .*standing-water \(.*Area > 100 m²"):
        apply(database, 7, 2, *lead, {})
    assert apply(database, 7, 2, *lead, {"condition": "standing-water"}).state is State.FILED
