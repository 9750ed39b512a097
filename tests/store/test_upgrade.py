"""A database of the version before the whole workflow is migrated, and its cases go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from databases import copied
from kept_row import check_row, lines
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from story import CITY, GAS, WATER

import store.database
from cases.periods import stretch
from cases.timers import LOOK, OVERDUE, YELLOW
from cases.words import Outcome, Role, State, Verb
from store.cases import apply, hold
from store.database import Connection, connect, migrate
from store.evaluation import By, Scope, tallies
from store.firing import due_cases, fire_case
from store.former import write_former

pytestmark = pytest.mark.server

#: Which migrations that version had.
LAST_FORMER = "0010"
#: A Tuesday, 08:00 in the city.
AT = datetime(2026, 3, 3, tzinfo=UTC)
NOW = AT + timedelta(days=2)
EMERGENCY = {"amount": 2.0, "class": "emergency-hours"}
WORKING = {"amount": 4.0, "class": "working-hours"}

FILED: dict[str, Any] = {
    "code_list": "GB/T 30428.2-2013",
    "catalogue": "1",
    "code": "0506",
    "condition": "standing-water",
    "text": {"zh": "积水", "en": "water"},
    "limit": EMERGENCY,
    "due": (AT + timedelta(hours=2)).isoformat(),
    "closed_when": {"zh": "水退", "en": "gone"},
}
#: A line as it stood: minutes since AT, actor, role, verb, before, after, reason, details.
Line = tuple[int, str, str, str, str, str, str, dict[str, Any]]
OPENED: tuple[Line, ...] = (
    (0, "road-water", "system", "report", "", "reported", "", {"event": "e", "version": "v"}),
    (0, "lifeline", "system", "accept", "reported", "accepted", "evidence", {}),
    (0, "lifeline", "system", "file", "accepted", "filed", "met", FILED),
    (0, "lifeline", "system", "dispatch", "filed", "dispatched", "keeps", {"department": WATER}),
)
HANDLED: tuple[Line, ...] = (
    *OPENED,
    (1, "lifeline", "system", "join", "dispatched", "dispatched", "joined", {"events": ["e2"]}),
    (9, "wang", "department", "handle", "dispatched", "handling", "", {}),
    (60, "wang", "department", "feed-back", "handling", "fed-back", "pumped", {}),
)
INSPECTED: tuple[Line, ...] = (
    *HANDLED,
    (90, "li", "inspector", "inspect", "fed-back", "inspected", "dry", {}),
)
CLOSED: tuple[Line, ...] = (
    *INSPECTED,
    (99, "zhao", "shift-lead", "close", "inspected", "closed", "", {"outcome": "real"}),
)
UNLISTED: tuple[Line, ...] = (
    OPENED[0],
    (0, "lifeline", "system", "accept", "reported", "accepted", "to be sorted out", {}),
)
VOID = ("void", "dispatched", "void")
REDISPATCH = ("dispatcher", "dispatch", "dispatched", "dispatched")
AGAIN: tuple[str, str, str, str, str, dict[str, Any]] = (
    "inspector",
    "return",
    "fed-back",
    "dispatched",
    "still wet",
    {},
)

#: Each log, the outcome that its row had, and what its case is by it today.
STORIES: dict[str, tuple[tuple[Line, ...], str | None, dict[str, Any]]] = {
    "just dispatched": (OPENED, None, {"state": "dispatched", "department": WATER}),
    "waiting for the shift lead": (UNLISTED, None, {"state": "accepted", "filed": None}),
    "filed by people, who named no limit": (
        (*UNLISTED, (5, "zhao", "shift-lead", "file", "accepted", "filed", "", {})),
        None,
        {"state": "filed", "stage": "dispatch"},
    ),
    "at work": (HANDLED[:-1], None, {"state": "handling", "handled_in_time": None}),
    "said to be done": (HANDLED, None, {"state": "fed-back", "handled_in_time": True}),
    "inspected: whoever was not content returned it": (
        INSPECTED,
        None,
        {"state": "inspected", "passed": True},
    ),
    "returned by the inspector, which is a rework": (
        (*HANDLED, (90, "li", *AGAIN)),
        None,
        {"state": "dispatched", "reworks": 1, "returns": 0, "handled_in_time": None},
    ),
    "returned by the shift lead, which is one too": (
        (
            *INSPECTED,
            (95, "zhao", "shift-lead", "return", "inspected", "dispatched", "no", {}),
            (100, "wang", "department", "handle", "dispatched", "handling", "", {}),
            (110, "wang", "department", "feed-back", "handling", "fed-back", "", {}),
        ),
        None,
        {"state": "fed-back", "reworks": 1, "passed": None, "handled_in_time": True},
    ),
    "closed in time": (CLOSED, "real", {"outcome": "real", "handled_in_time": True}),
    "closed late": (
        (
            *OPENED,
            (9, "wang", "department", "handle", "dispatched", "handling", "", {}),
            (190, "wang", "department", "feed-back", "handling", "fed-back", "", {}),
            (191, "li", "inspector", "inspect", "fed-back", "inspected", "", {}),
            (192, "zhao", "shift-lead", "close", "inspected", "closed", "", {"outcome": "real"}),
        ),
        "real",
        {"state": "closed", "handled_in_time": False},
    ),
    "closed and reopened": (
        (*CLOSED, (120, "zhao", "shift-lead", "reopen", "closed", "filed", "wet", {})),
        None,
        {"state": "filed", "outcome": None, "closed": None, "department": WATER},
    ),
    "returned by its department and dispatched to another": (
        (
            *OPENED,
            (5, "wang", "department", "return", "dispatched", "filed", "not ours", {}),
            (8, "chen", "dispatcher", "dispatch", "filed", "dispatched", "", {"department": GAS}),
        ),
        None,
        {"state": "dispatched", "returns": 1, "redirects": 1, "department": GAS},
    ),
    "dispatched again, which is a redirect": (
        (
            *OPENED,
            (8, "chen", *REDISPATCH, "", {"department": GAS}),
        ),
        None,
        {"state": "dispatched", "returns": 0, "redirects": 1, "department": GAS},
    ),
    "voided by people": (
        (*OPENED, (9, "zhao", "shift-lead", *VOID, "a test", {"outcome": "exercise"})),
        "exercise",
        {"state": "void", "outcome": "exercise"},
    ),
    "voided because it went to another": (
        (*OPENED, (9, "lifeline", "system", *VOID, "one cause with case C1: near", {})),
        None,
        {"state": "void", "outcome": "duplicate"},
    ),
    "voided by the system and taken up again": (
        (
            *OPENED,
            (9, "lifeline", "system", "void", "dispatched", "void", "its events are withdrawn", {}),
            (12, "lifeline", "system", "reopen", "void", "reported", "its event stands again", {}),
            *((12, *line[1:]) for line in OPENED[1:]),
        ),
        None,
        {"state": "dispatched", "redirects": 0, "closed": None},
    ),
    "of another condition since, with another limit": (
        (
            *OPENED,
            (
                30, "lifeline", "system", "amend", "dispatched", "dispatched", "condition",
                {"condition": ["blocked", "standing-water"],
                 "due": [(AT + timedelta(hours=4)).isoformat(), FILED["due"]]},
            ),
        ),
        None,
        {"state": "dispatched"},
    ),
}  # fmt: skip
ENDED = {"closed", "void"}

PUT = """
INSERT INTO cases (id, number, key, version, state, code_list, code, condition, title_zh, title_en,
                   severity, department, began, found, opened, due, closed, outcome)
OVERRIDING SYSTEM VALUE
VALUES (%(id)s, %(number)s, %(number)s, %(version)s, %(state)s, 'GB/T 30428.2-2013', '0506',
        'standing-water', '道路积水', 'Standing water', 'yellow', %(department)s, %(at)s,
        %(at)s, %(at)s, %(due)s, %(closed)s, %(outcome)s)
"""
ADD = """
INSERT INTO case_log (case_id, version, at, actor, role, verb, before, after, reason, details)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@pytest.fixture
def former(server_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A database as that version left it, with a case for each story in their order, migrated."""
    known = {v: text for v, text in store.database._migrations().items() if v[:4] <= LAST_FORMER}
    with copied(server_url, "template0") as url, connect(url) as connection:
        with monkeypatch.context() as then:
            then.setattr(store.database, "_migrations", lambda: known)
            migrate(connection)
        for number, (log, outcome, _) in enumerate(STORIES.values(), 1):
            put(connection, number, log, outcome)
        connection.commit()
        migrate(connection)
        yield connection


def put(connection: Connection, number: int, log: tuple[Line, ...], outcome: str | None) -> None:
    sent = [line[7]["department"] for line in log if line[3] == "dispatch" and line[7]]
    values = {
        "id": number,
        "number": f"N{number}",
        "version": len(log),
        "state": log[-1][5],
        "department": sent[-1] if sent else None,
        "at": AT,
        "due": AT + timedelta(hours=2),
        "closed": AT + timedelta(minutes=log[-1][0]) if log[-1][5] in ENDED else None,
        "outcome": outcome,
    }
    connection.execute(
        "INSERT INTO departments VALUES (%s, 'W', 'W'), (%s, 'G', 'G') ON CONFLICT DO NOTHING",
        (WATER, GAS),
    )
    connection.execute(PUT, values)
    for version, (minute, *told, details) in enumerate(log, 1):
        at = AT + timedelta(minutes=minute)
        connection.execute(ADD, (number, version, at, *told, Jsonb(details)))


def row_of(connection: Connection, case_id: int) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("SELECT * FROM cases WHERE id = %s", (case_id,)).fetchone()
    assert row is not None
    return row


def timers_of(connection: Connection, case_id: int) -> set[str]:
    found = connection.execute("SELECT kind FROM case_timers WHERE case_id = %s", (case_id,))
    return {kind for (kind,) in found}


def number_of(story: str) -> int:
    return [*STORIES].index(story) + 1


def test_each_former_case_is_what_its_log_says_once_it_is_written(former: Connection) -> None:
    assert write_former(former, NOW, CITY, most=5) == len(STORIES)
    assert write_former(former, NOW, CITY) == 0
    for number, (story, (_, _, says)) in enumerate(STORIES.items(), 1):
        row = row_of(former, number)
        assert {name: row[name] for name in says} == says, story
        check_row(former, number)
        assert row["catalogue"] == ("1" if row["filed"] and "no limit" not in story else ""), story


def test_open_former_cases_have_clocks_and_timers_and_those_that_ended_none(
    former: Connection,
) -> None:
    write_former(former, NOW, CITY)
    for number, story in enumerate(STORIES, 1):
        row, kinds = row_of(former, number), timers_of(former, number)
        if row["state"] in ENDED:
            assert (row["stage"], kinds) == (None, set()), story
        elif row["state"] == "inspected":
            assert kinds == {LOOK}, story  # it waits for its sensor
        else:
            assert row["stage_due"], story
            assert {YELLOW, *OVERDUE} <= kinds, story


def test_a_condition_changed_without_a_limit_gets_that_of_the_catalogue(
    former: Connection,
) -> None:
    number = number_of("of another condition since, with another limit")
    write_former(former, NOW, CITY)
    limit = CITY.catalogue.condition("GB/T 30428.2-2013", "0506", "standing-water").condition.limit
    case = hold(former, number, CITY).case
    assert case.limit == limit
    last = lines(former, number)[-1]
    assert (last["verb"], last["actor"], last["version"]) == ("amend", "lifeline", 6)


def test_what_is_overdue_goes_up_and_the_loop_goes_on_to_its_end(former: Connection) -> None:
    write_former(former, NOW, CITY)
    former.commit()
    overdue = number_of("at work")
    assert overdue in due_cases(former, NOW, 100)
    fire_case(former, overdue, NOW, CITY)
    assert row_of(former, overdue)["level"] == 4
    inspected = number_of("inspected: whoever was not content returned it")
    version = row_of(former, inspected)["version"]
    told = {"outcome": Outcome.REAL}
    closed = apply(
        former, inspected, version, Verb.CLOSE, "zhao", Role.SHIFT_LEAD, NOW, CITY, "dry", told
    )
    assert closed.state is State.CLOSED
    check_row(former, inspected)
    for story, verb, role in (
        ("filed by people, who named no limit", Verb.DISPATCH, Role.DISPATCHER),
        ("at work", Verb.FEED_BACK, Role.DEPARTMENT),
        ("said to be done", Verb.ASK_INSPECT, Role.INTAKE),
        ("waiting for the shift lead", Verb.FILE, Role.SHIFT_LEAD),
        ("closed late", Verb.APPEAL, Role.DEPARTMENT),
        ("closed and reopened", Verb.DISPATCH, Role.DISPATCHER),
    ):
        number = number_of(story)
        version = row_of(former, number)["version"]
        apply(former, number, version, verb, f"new {role}", role, NOW, CITY, "because")
        check_row(former, number)
        row = row_of(former, number)
        assert row["stage_due"] or row["state"] == "closed", story


def test_a_step_before_anybody_wrote_it_is_of_the_same_case(former: Connection) -> None:
    number = number_of("at work")
    version = row_of(former, number)["version"]
    apply(former, number, version, Verb.FEED_BACK, "wang", Role.DEPARTMENT, NOW, CITY, "", {})
    check_row(former, number)
    write_former(former, NOW, CITY)
    check_row(former, number)


def test_evaluation_counts_former_cases(former: Connection) -> None:
    write_former(former, NOW, CITY)
    found = tallies(former, Scope(stretch(AT - timedelta(days=1), NOW), NOW, CITY.zone), By.TOTAL)
    [(_, tally)] = found.items()
    ended = [log[-1][5] for log, _, _ in STORIES.values()].count
    assert tally.every["reported"] == len(STORIES)
    assert tally.every["closed"] == ended("closed")
    assert tally.every["closed_in_time"] == 1
    assert tally.every["reworked"] == 2
