"""Who called: kept apart, seen only with a reason, called back, erased when it is time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from one_report import AT, CALLER, CITY, MINUTE, NAME, PHONE, report

from cases.words import Role, Satisfaction, Verb
from cases.workflow import Refused
from store.callers import NoCaller, call_backs, erase, look, looks
from store.cases import apply, hold
from store.database import Connection
from store.reports import Taken, take

pytestmark = pytest.mark.server

KEPT = CITY.policy.callers_kept


@pytest.fixture
def called(database: Connection) -> Taken:
    """A call, with the case that it opened."""
    return take(database, report(caller=CALLER, external_id="1"), AT, CITY)


def step(database: Connection, case_id: int, verb: Verb, role: Role, **details: Any) -> None:
    version = hold(database, case_id, CITY).case.version
    at = AT + version * MINUTE
    apply(database, case_id, version, verb, f"{role} 1", role, at, CITY, "because", details)


def end(database: Connection, case_id: int) -> datetime:
    """Reject the case; return when."""
    step(database, case_id, Verb.REJECT, Role.INTAKE)
    return hold(database, case_id, CITY).log[-1].at


def due(database: Connection) -> list[Any]:
    return [row["report"] for row in call_backs(database, 10)]


def test_who_called_stands_with_the_report_and_nowhere_else(
    database: Connection, called: Taken
) -> None:
    tables = [row[0] for row in database.execute(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )]  # fmt: skip
    found = set()
    for table in tables:
        query = f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE ANY (%s)'  # noqa: S608
        row = database.execute(query, ([f"%{PHONE}%", f"%{NAME}%"],)).fetchone()  # type: ignore[arg-type]
        if row != (0,):
            found.add(table)
    assert found == {"callers"}


def test_who_looks_says_why_and_it_is_written_down(database: Connection, called: Taken) -> None:
    caller = look(database, called.report, "operator 3", "to ask which gate", AT)
    assert (caller.name, caller.phone) == (NAME, PHONE)
    assert looks(database, called.report) == [
        {"at": AT, "actor": "operator 3", "why": "to ask which gate"}
    ]


def test_who_does_not_say_why_sees_nothing(database: Connection, called: Taken) -> None:
    with pytest.raises(Refused, match="say why"):
        look(database, called.report, "operator 3", "  ", AT)
    assert looks(database, called.report) == []


def test_nobody_called_for_other_reports(database: Connection) -> None:
    taken = take(database, report(source="inspector"), AT, CITY)
    for unknown in (taken.report, uuid4()):
        with pytest.raises(NoCaller, match="nobody called"):
            look(database, unknown, "operator 3", "curious", AT)


def test_that_somebody_looked_is_never_taken_back(database: Connection, called: Taken) -> None:
    look(database, called.report, "operator 3", "to ask which gate", AT)
    with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
        database.execute("DELETE FROM caller_looks")


# Erasing --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "ended", "after", "refusal"),
    [
        ("the case is open", False, KEPT, "the case is open"),
        ("it has ended just now", True, timedelta(0), "callers are kept until"),
        ("a moment too early", True, KEPT - timedelta(microseconds=1), "callers are kept until"),
        ("it is time", True, KEPT, ""),
    ],
)
def test_a_caller_is_erased_when_they_need_not_be_kept_any_more(
    database: Connection, called: Taken, why: str, ended: bool, after: timedelta, refusal: str
) -> None:
    since = end(database, called.case_id) if ended else AT
    if refusal:
        with pytest.raises(Refused, match=refusal):
            erase(database, called.report, "officer", "asked for it", since + after, CITY)
        assert look(database, called.report, "officer", "to see", AT).phone == PHONE
        return
    erase(database, called.report, "officer", "asked for it", since + after, CITY)
    row = database.execute("SELECT name, phone, erased, erased_by, erased_why FROM callers")
    assert row.fetchone() == ("", "", since + after, "officer", "asked for it")
    with pytest.raises(NoCaller, match="was erased at"):
        look(database, called.report, "officer", "to see", AT)


def test_the_report_and_who_looked_stay_when_a_caller_is_erased(
    database: Connection, called: Taken
) -> None:
    look(database, called.report, "operator 3", "to ask which gate", AT)
    erase(database, called.report, "officer", "asked", end(database, called.case_id) + KEPT, CITY)
    assert len(looks(database, called.report)) == 1
    assert database.execute("SELECT text FROM reports").fetchone() == ("water on the road",)
    assert due(database) == []
    with pytest.raises(Refused, match="nobody to call back"):
        step(database, called.case_id, Verb.CALL_BACK, Role.INTAKE, satisfaction="satisfied")


# Calling back ---------------------------------------------------------------------------


def test_a_caller_is_to_be_called_when_the_case_has_ended_until_somebody_did(
    database: Connection, called: Taken
) -> None:
    assert due(database) == []
    end(database, called.case_id)
    [row] = call_backs(database, 10)
    assert (row["report"], row["case_number"]) == (called.report, called.number)
    assert not {"name", "phone"} & set(row)
    step(database, called.case_id, Verb.CALL_BACK, Role.INTAKE, satisfaction="fair")
    assert due(database) == []
    assert hold(database, called.case_id, CITY).case.satisfaction is Satisfaction.FAIR


def test_who_was_not_satisfied_is_called_again_after_the_case_was_reopened(
    database: Connection, called: Taken
) -> None:
    end(database, called.case_id)
    step(database, called.case_id, Verb.CALL_BACK, Role.INTAKE, satisfaction="dissatisfied")
    step(database, called.case_id, Verb.REOPEN, Role.SHIFT_LEAD)
    assert due(database) == []
    end(database, called.case_id)
    assert due(database) == [called.report]


def test_each_of_many_callers_is_called(database: Connection, called: Taken) -> None:
    second = take(
        database, report(caller={"phone": "87654321"}, external_id="2"), AT, CITY, called.case_id
    )
    take(database, report(external_id="3"), AT, CITY, called.case_id)
    end(database, called.case_id)
    assert set(due(database)) == {called.report, second.report}
    step(
        database, called.case_id, Verb.CALL_BACK, Role.INTAKE,
        satisfaction="satisfied", report=str(second.report),
    )  # fmt: skip
    assert due(database) == [called.report]


def test_the_caller_of_a_joined_case_is_called_when_the_one_that_stayed_ends(
    database: Connection, called: Taken
) -> None:
    kept = take(database, report(source="inspector"), AT, CITY)
    step(database, called.case_id, Verb.MERGE, Role.INTAKE, into=kept.number)
    assert due(database) == []
    end(database, kept.case_id)
    [row] = call_backs(database, 10)
    assert (row["report"], row["case_number"]) == (called.report, kept.number)


def test_where_nobody_called_nobody_is_called_back(database: Connection) -> None:
    taken = take(database, report(source="inspector"), AT, CITY)
    end(database, taken.case_id)
    assert due(database) == []
    with pytest.raises(Refused, match="nobody called about this case"):
        step(database, taken.case_id, Verb.CALL_BACK, Role.INTAKE, satisfaction="satisfied")


def test_nobody_is_called_for_an_exercise(database: Connection) -> None:
    end(database, take(database, report(caller=CALLER, exercise=True), AT, CITY).case_id)
    assert due(database) == []


def test_the_list_goes_on_after_a_page(database: Connection) -> None:
    for number in range(5):
        taken = take(database, report(caller=CALLER, external_id=str(number)), AT, CITY)
        end(database, taken.case_id)
    whole = due(database)
    page = [row["report"] for row in call_backs(database, 2)]
    rest = [row["report"] for row in call_backs(database, 10, page[-1])]
    assert page + rest == whole
    assert len(whole) == 5
