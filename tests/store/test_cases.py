"""Steps of cases in a real database."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from psycopg.sql import SQL

from cases.workflow import Outcome, Refused, Role, State, Verb, step
from store.cases import Stale, UnknownCase, apply, hold, record
from store.database import Connection, connect
from store.statements import statements

pytestmark = pytest.mark.server

AT = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
SETUP = """
INSERT INTO departments (code, name_zh) VALUES ('910000000000000431', '燃气'), ('other', '其他');
INSERT INTO cases (id, number, key, state, version, code_list, code, condition, title_zh, title_en,
                   severity, department, began, found, opened, due)
    OVERRIDING SYSTEM VALUE
    SELECT 7, 'N7', 'k', 'dispatched', 4, 'l', 'c', 's', '', '', 'red', '910000000000000431',
           t, t, t, t FROM (VALUES (timestamptz '2024-03-01 06:00Z')) AS v (t);
INSERT INTO case_log (case_id, version, at, actor, role, verb, before, after) VALUES
    (7, 1, now(), 'rule', 'system', 'report', '', 'reported'),
    (7, 2, now(), 'lifeline', 'system', 'accept', 'reported', 'accepted'),
    (7, 3, now(), 'lifeline', 'system', 'file', 'accepted', 'filed'),
    (7, 4, now(), 'lifeline', 'system', 'dispatch', 'filed', 'dispatched');
"""
TO_THE_END = [
    (Verb.HANDLE, "crew", Role.DEPARTMENT, {}),
    (Verb.FEED_BACK, "crew", Role.DEPARTMENT, {}),
    (Verb.INSPECT, "inspector", Role.INSPECTOR, {}),
    (Verb.CLOSE, "lead", Role.SHIFT_LEAD, {"outcome": "real"}),
]


@pytest.fixture
def dispatched(database: Connection) -> Connection:
    """A database with case 7, dispatched by the system, at version 4."""
    database.execute(SETUP)
    database.commit()
    return database


def test_a_case_goes_through_to_its_closing(dispatched: Connection) -> None:
    for version, (verb, actor, role, details) in enumerate(TO_THE_END, 4):
        case = apply(dispatched, 7, version, verb, actor, role, AT, details=details)
        assert case.version == version + 1
    row = dispatched.execute("SELECT state, version, outcome, closed FROM cases").fetchone()
    assert row == ("closed", 8, "real", AT)
    assert hold(dispatched, 7).case.outcome is Outcome.REAL
    lines = dispatched.execute("SELECT version, verb, before, after FROM case_log").fetchall()
    assert lines[-1] == (8, "close", "inspected", "closed")


def test_a_stale_version_is_refused(dispatched: Connection) -> None:
    apply(dispatched, 7, 4, Verb.HANDLE, "crew 1", Role.DEPARTMENT, AT)
    with pytest.raises(Stale, match="version 5, you saw 4: crew 1 did handle"):
        apply(dispatched, 7, 4, Verb.RETURN, "crew 2", Role.DEPARTMENT, AT, "not ours")
    assert hold(dispatched, 7).case.state is State.HANDLING


def test_a_version_from_the_future_is_refused(dispatched: Connection) -> None:
    with pytest.raises(Stale, match="you saw 9"):
        apply(dispatched, 7, 9, Verb.HANDLE, "crew", Role.DEPARTMENT, AT)


def test_an_event_that_joins_meanwhile_makes_nobody_stale(dispatched: Connection) -> None:
    case = hold(dispatched, 7).case
    case, entry = step(case, Verb.JOIN, actor="lifeline", role=Role.SYSTEM, at=AT)
    record(dispatched, case, [entry])
    assert apply(dispatched, 7, 4, Verb.HANDLE, "crew", Role.DEPARTMENT, AT).version == 6


def test_of_many_who_take_the_same_step_one_succeeds(
    dispatched: Connection, database_url: str
) -> None:
    def take(crew: int) -> bool:
        with connect(database_url) as connection:
            try:
                apply(connection, 7, 4, Verb.HANDLE, f"crew {crew}", Role.DEPARTMENT, AT)
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_a_refused_step_leaves_no_trace(dispatched: Connection) -> None:
    with pytest.raises(Refused, match="return needs a reason"):
        apply(dispatched, 7, 4, Verb.RETURN, "crew", Role.DEPARTMENT, AT)
    assert hold(dispatched, 7).case.version == 4
    assert len(hold(dispatched, 7).log) == 4


def test_a_case_is_dispatched_anew_to_a_department_that_exists(dispatched: Connection) -> None:
    send = (Verb.DISPATCH, "dispatcher", Role.DISPATCHER, AT)
    with pytest.raises(Refused, match="no department nowhere"):
        apply(dispatched, 7, 4, *send, details={"department": "nowhere"})
    assert apply(dispatched, 7, 4, *send, details={"department": "other"}).department == "other"


def test_a_case_is_not_reopened_beside_another_of_its_cause(dispatched: Connection) -> None:
    dispatched.execute("UPDATE cases SET state = 'closed'")
    dispatched.execute(
        "INSERT INTO cases (number, key, state, code_list, code, condition, title_zh, title_en,"
        " severity, began, found, opened, due) VALUES ('N8', 'k', 'filed', '', '', '', '', '',"
        " 'red', now(), now(), now(), now())"
    )
    dispatched.commit()
    with pytest.raises(Refused, match="another case of the same cause is open"):
        apply(dispatched, 7, 4, Verb.REOPEN, "lead", Role.SHIFT_LEAD, AT, "not mended")


def test_nobody_acts_in_the_systems_name(dispatched: Connection) -> None:
    with pytest.raises(Refused, match="nobody acts in its name"):
        apply(dispatched, 7, 4, Verb.VOID, "somebody", Role.SYSTEM, AT, "because")


def test_an_unknown_case_is_named(database: Connection) -> None:
    with pytest.raises(UnknownCase, match="no case 7"):
        apply(database, 7, 1, Verb.HANDLE, "crew", Role.DEPARTMENT, AT)


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
        " severity, began, found, opened, due) SELECT n, 'k' || n, 'closed', '', '', '', '', '',"
        " 'red', now(), now(), now(), now() FROM generate_series(1, 20000) n"
    )
    database.execute("ANALYZE cases")
    question = statements("views")["cases_page"]
    names = re.findall(r"%\((\w+)\)s", question.as_string(database))
    values = {**dict.fromkeys(names), "limit": 50, **asked}
    plan = str(database.execute(SQL("EXPLAIN ") + question, values).fetchall())
    assert f" {index} " in plan
    assert "Seq Scan on cases" not in plan
