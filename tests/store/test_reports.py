"""From a report to its case in a real database: every source, once, where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from one_picture import PHOTO, PNG
from one_report import AT, CITY, MINUTE, report

from cases.pictures import read_picture
from cases.reporting import BadReport
from cases.words import Role, Source, State, Verb
from cases.workflow import Refused
from store.cases import UnknownCase, apply, hold
from store.database import Connection, connect
from store.photos import put_photo
from store.reports import Taken, UnknownReport, reports, take
from store.reports import report as one

pytestmark = pytest.mark.server


@pytest.fixture
def photo(database: Connection) -> str:
    """Id of a stored picture."""
    put_photo(database, read_picture(PNG, CITY.zone), "inspector 7", AT)
    return PHOTO


PLACES = """
INSERT INTO grid_cells (code, west, south, east, north) VALUES
    ('330106001002003', 120.0, 30.0, 120.2, 30.4);
INSERT INTO components (code, code_list, class, lon, lat, grid_cell) VALUES
    ('3301060103000001', 'GB/T 30428.2-2013', '0103', 120.1, 30.2, NULL),
    ('3301060103000002', 'CJ/T 214-2007', '0103', 120.1, 30.20005, NULL),
    ('3301060103000003', 'GB/T 30428.2-2013', '0103', 120.1, 30.2003, '330106001002003'),
    ('3301060118000001', 'CJ/T 214-2007', '0118', 120.1, 30.2, NULL);
"""


def test_an_inspector_s_report_with_photo_position_and_class_opens_a_case_for_intake(
    database: Connection, photo: str
) -> None:
    taken = take(
        database,
        report(source="inspector", actor="inspector 7", photos=[photo], accuracy="B",
               severity="orange"),
        AT, CITY,
    )  # fmt: skip
    assert taken.opened
    held = hold(database, taken.case_id, CITY)
    assert (held.case.state, held.case.source) == (State.REPORTED, Source.INSPECTOR)
    [line] = held.log
    assert (line.actor, line.role, line.verb) == ("inspector 7", Role.INSPECTOR, Verb.REPORT)
    assert line.details == {
        "source": "inspector", "exercise": False, "report": str(taken.report), "photos": [photo],
    }  # fmt: skip
    shown = one(database, taken.report)
    assert (shown["photos"], shown["accuracy"], shown["severity"]) == ([photo], "B", "orange")
    row = database.execute("SELECT key, number, title_zh, severity, description FROM cases")
    assert row.fetchone() == (
        f"report:{taken.report}", taken.number, "道路积水", "orange", "water on the road",
    )  # fmt: skip


def test_the_clock_of_intake_runs_from_the_report(database: Connection) -> None:
    taken = take(database, report(), AT, CITY)
    [run] = hold(database, taken.case_id, CITY).case.runs
    assert (run.stage, run.began, run.due) == ("intake", AT, AT + timedelta(minutes=15))
    stage = database.execute("SELECT stage, stage_due FROM cases").fetchone()
    assert stage == ("intake", run.due)
    assert database.execute("SELECT count(*) FROM case_timers").fetchone() != (0,)


@pytest.mark.parametrize(
    ("source", "role", "is_verified_first"),
    [
        ("inspector", Role.INSPECTOR, False),
        ("hotline", Role.INTAKE, True),
        ("police", Role.PARTNER, True),
        ("video", Role.INTAKE, False),
        ("leader", Role.LEADER, False),
        ("system", Role.PARTNER, True),
    ],
)
def test_each_source_opens_a_case_and_the_public_s_is_verified_first(
    database: Connection, source: str, role: Role, is_verified_first: bool
) -> None:
    taken = take(database, report(source=source, external_id="7"), AT, CITY)
    held = hold(database, taken.case_id, CITY)
    assert (held.case.source, held.log[0].role) == (source, role)

    def accept() -> Any:
        return apply(database, taken.case_id, 1, Verb.ACCEPT, "desk", Role.INTAKE, AT, CITY)

    if is_verified_first:
        with pytest.raises(Refused, match="is verified on site first"):
            accept()
    else:
        assert accept().state is State.ACCEPTED


def test_a_leader_s_note_keeps_by_when_it_is_wished(database: Connection) -> None:
    wished = AT + timedelta(days=3)
    taken = take(database, report(source="leader", wished=wished), AT, CITY)
    assert one(database, taken.report)["wished"] == wished
    [line] = hold(database, taken.case_id, CITY).log
    assert line.details["wished"] == wished.isoformat()


@pytest.mark.parametrize(
    ("why", "changes", "component", "cell", "lat"),
    [
        ("the component it names is the place",
         {"component": "3301060103000003", "lon": None, "lat": None},
         "3301060103000003", "330106001002003", 30.2003),
        ("of a component's class the nearest is meant, whatever list it is in",
         {"code": "0103", "condition": "", "lat": 30.20004},
         "3301060103000002", "330106001002003", 30.20004),
        ("not one of another class, however near",
         {"code": "0113", "condition": "", "kind": "component"}, None, "330106001002003", 30.2),
        ("nor one that is too far",
         {"code": "0103", "condition": "", "lat": 30.2006}, None, "330106001002003", 30.2006),
        ("nor one around the corner",
         {"code": "0103", "condition": "", "lon": 120.10017, "lat": 30.19984},
         None, "330106001002003", 30.19984),
        ("an event is where it is", {}, None, "330106001002003", 30.2),
        ("outside of every cell", {"lat": 31.0}, None, None, 31.0),
        ("only an address", {"lon": None, "lat": None, "address": "gate 3"}, None, None, None),
    ],
)  # fmt: skip
def test_a_report_is_placed(
    database: Connection,
    why: str,
    changes: dict[str, Any],
    component: str | None,
    cell: str | None,
    lat: float | None,
) -> None:
    database.execute(PLACES)
    if "code" in changes and changes["code"] == "0113":
        changes = changes | {"code_list": "CJ/T 214-2007"}
    take(database, report(**changes), AT, CITY)
    row = database.execute("SELECT component, grid_cell, lat FROM cases").fetchone()
    assert row == (component, cell, lat), why


@pytest.mark.parametrize(
    ("changes", "error", "why"),
    [
        ({"component": "9"}, BadReport, "there is no component 9"),
        ({"photos": ["f" * 64]}, Refused, "there is no picture f+: send it first"),
        ({"code": "7777", "condition": ""}, BadReport, "has no class 7777"),
        ({"reported": AT + timedelta(hours=1)}, BadReport, "still to come"),
    ],
)
def test_a_report_that_names_what_is_not_there_leaves_nothing_behind(
    database: Connection, changes: dict[str, Any], error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        take(database, report(**changes), AT, CITY)
    for table in ("cases", "reports", "case_log", "callers"):
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608


def test_the_same_report_again_answers_with_its_case_and_changes_nothing(
    database: Connection,
) -> None:
    sent = report(system="12345", external_id="2026-7")
    first = take(database, sent, AT, CITY)
    again = take(database, sent, AT + MINUTE, CITY)
    assert (again.case_id, again.number, again.report) == (
        first.case_id, first.number, first.report,
    )  # fmt: skip
    assert (first.opened, first.again, again.opened, again.again) == (True, False, False, True)
    assert hold(database, first.case_id, CITY).case.version == 1
    assert len(reports(database, 10)) == 1


def test_two_systems_may_use_one_number(database: Connection) -> None:
    cases = {
        take(database, report(system=system, external_id="1"), AT, CITY).case_id
        for system in ("12345", "12319")
    }
    assert len(cases) == 2


def test_without_a_number_two_reports_are_two(database: Connection) -> None:
    assert take(database, report(), AT, CITY).report != take(database, report(), AT, CITY).report


def test_one_report_sent_by_eight_at_once_is_one_case(
    database: Connection, database_url: str
) -> None:
    together = Barrier(8)

    def send(number: int) -> Taken:
        with connect(database_url) as connection:
            together.wait()
            return take(connection, report(system="12345", external_id="7"), AT, CITY)

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(send, range(8)))
    assert sum(each.opened for each in taken) == 1
    assert len({(each.case_id, each.report) for each in taken}) == 1
    assert database.execute("SELECT count(*) FROM cases").fetchone() == (1,)


def test_many_reports_at_once_open_a_case_each(database: Connection, database_url: str) -> None:
    def send(number: int) -> Taken:
        with connect(database_url) as connection:
            return take(connection, report(external_id=str(number)), AT, CITY)

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(send, range(64)))
    assert len({each.number for each in taken}) == 64
    # Whoever came later has seen those that were there.
    assert len(take(database, report(), AT, CITY).duplicates) == 64


def test_a_person_at_intake_joins_a_report_to_an_open_case_as_it_is_taken(
    database: Connection, photo: str
) -> None:
    first = take(database, report(), AT, CITY)
    second = take(database, report(text="still there", photos=[photo]), AT, CITY, first.case_id)
    assert (second.case_id, second.number, second.opened) == (first.case_id, first.number, False)
    held = hold(database, first.case_id, CITY)
    assert (held.case.state, held.case.version) == (State.REPORTED, 2)
    assert held.log[-1].verb is Verb.JOIN
    assert held.log[-1].details == {"report": str(second.report), "photos": [photo]}
    assert held.log[-1].reason.endswith("still there")
    assert {row["id"] for row in reports(database, 9, case_id=first.case_id)} == {
        first.report, second.report,
    }  # fmt: skip


def _closed(database: Connection) -> int:
    first = take(database, report(source="inspector"), AT, CITY)
    apply(database, first.case_id, 1, Verb.REJECT, "desk", Role.INTAKE, AT, CITY, "nothing there")
    return first.case_id


@pytest.mark.parametrize(
    ("case", "changes", "error", "why"),
    [
        (_closed, {}, Refused, "cannot join a case that is rejected"),
        (lambda db: take(db, report(), AT, CITY).case_id, {"source": "inspector"}, Refused,
         "is for intake or shift-lead or system, not for inspector"),
        (lambda db: take(db, report(exercise=True), AT, CITY).case_id, {}, Refused,
         "never one case"),
        (lambda db: 77, {}, UnknownCase, "there is no case 77"),
    ],
)  # fmt: skip
def test_what_a_report_may_not_join(
    database: Connection,
    case: Callable[[Connection], int],
    changes: dict[str, Any],
    error: type[Exception],
    why: str,
) -> None:
    number = case(database)
    before = len(reports(database, 99))
    with pytest.raises(error, match=why):
        take(database, report(**changes), AT, CITY, number)
    assert len(reports(database, 99)) == before


def test_reports_are_listed_newest_first_and_by_what_is_asked(database: Connection) -> None:
    for n, source in enumerate(["hotline", "inspector", "hotline"]):
        take(database, report(source=source, external_id=str(n)), AT + n * MINUTE, CITY)
    listed = reports(database, 10)
    assert [row["external_id"] for row in listed] == ["2", "1", "0"]
    chosen = reports(database, 10, source="hotline", end=AT + 2 * MINUTE)
    assert [row["external_id"] for row in chosen] == ["0"]
    last = listed[0]
    rest = reports(database, 1, received=last["received"], before=last["id"])
    assert [row["external_id"] for row in rest] == ["1"]
    with pytest.raises(UnknownReport):
        one(database, uuid4())


@pytest.mark.parametrize("statement", ["UPDATE reports SET text = ''", "DELETE FROM reports"])
def test_a_report_is_never_changed_or_deleted(database: Connection, statement: str) -> None:
    take(database, report(), AT, CITY)
    with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
        database.execute(statement)


def test_110_hands_a_case_over_under_its_own_number(database: Connection) -> None:
    theirs = report(source="police", system="110", external_id="JQ-7", actor="110 desk")
    taken = take(database, theirs, AT, CITY)
    assert one(database, taken.report)["external_id"] == "JQ-7"
    assert take(database, theirs, AT + MINUTE, CITY).case_id == taken.case_id
    held = hold(database, taken.case_id, CITY)
    assert (held.log[0].actor, held.log[0].role) == ("110 desk", Role.PARTNER)


TO_110: list[tuple[Verb, str, Role, dict[str, Any]]] = [
    (Verb.ACCEPT, "desk", Role.INTAKE, {}),
    (Verb.FILE, "lead", Role.SHIFT_LEAD, {}),
    (Verb.HAND_OVER, "dispatcher", Role.DISPATCHER, {"to": "110"}),
]


def test_110_is_handed_a_case_and_returns_it_or_feeds_back(database: Connection) -> None:
    case_id = take(database, report(source="inspector"), AT, CITY).case_id
    steps = [
        *TO_110,
        (Verb.RETURN, "110 desk", Role.PARTNER, {}),
        TO_110[-1],
        (Verb.FEED_BACK, "110 desk", Role.PARTNER, {}),
    ]
    states = [
        apply(database, case_id, n, verb, actor, role, AT + n * MINUTE, CITY, "so", details).state
        for n, (verb, actor, role, details) in enumerate(steps, 1)
    ]
    assert states[2:] == ["handed-over", "filed", "handed-over", "fed-back"]
    assert database.execute("SELECT handed_to FROM cases").fetchone() == ("110",)


def test_what_110_has_no_department_feeds_back(database: Connection) -> None:
    case_id = take(database, report(source="inspector"), AT, CITY).case_id
    for n, (verb, actor, role, details) in enumerate(TO_110, 1):
        apply(database, case_id, n, verb, actor, role, AT, CITY, "so", details)
    with pytest.raises(Refused, match="is for partner, not for department"):
        apply(database, case_id, 4, Verb.FEED_BACK, "crew", Role.DEPARTMENT, AT, CITY)


def test_an_exercise_s_report_is_one_all_the_way(database: Connection) -> None:
    taken = take(database, report(exercise=True), AT, CITY)
    assert database.execute("SELECT exercise FROM cases").fetchone() == (True,)
    assert hold(database, taken.case_id, CITY).case.exercise
