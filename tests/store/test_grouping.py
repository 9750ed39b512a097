"""Findings of one cause become one case, in whatever order they come."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import numpy as np
import pytest
from one_event import START, an_event, minutes

from cases.city import load_city
from cases.workflow import Role, Verb
from rules.event import Standing
from rules.judgement import Requalified
from store.cases import apply
from store.settlement import settle

pytestmark = pytest.mark.server

NOW = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
NOTHING = Requalified(np.zeros(0, "i4"), np.zeros(0, "M8[us]"), np.zeros(0, "u2"))
CITY = load_city()
#: Wells 40 m apart along a street, and one in another quarter.
WELLS = {1: 30.10000, 2: 30.10036, 3: 30.10072, 4: 30.20000}

SETUP = """
INSERT INTO devices (id, status, lon, lat)
    SELECT 'd' || n, 'active', 120.1, lat FROM (VALUES
        (1, 30.10000), (2, 30.10036), (3, 30.10072), (4, 30.20000)) AS well (n, lat);
INSERT INTO channels (id, device, name, quantity, unit)
    SELECT 'd' || n || '/methane', 'd' || n, 'methane', 'methane', '%' FROM generate_series(1, 4) n;
"""


@pytest.fixture
def wells(database):
    database.execute(SETUP)
    database.commit()
    return database


def gas(well, began=0, near=50.0, paths=(), **changes):
    return an_event(
        **{
            "rule": "gas.methane",
            "scope": "device",
            "subject": f"d{well}",
            "channels": (well,),
            "case_key": f"gas|device|d{well}",
            "began": START + minutes(began),
            "raised": START + minutes(began + 2),
            "found": START + minutes(began + 2),
            "why": {"group": {"near": near, "paths": list(paths)}},
        }
        | changes
    )


def settled(database, *events, now=NOW):
    return settle(database, list(events), NOTHING, now, CITY)


def open_cases(database):
    """Return the subjects of each open case."""
    rows = database.execute(
        "SELECT array_agg(e.subject ORDER BY e.subject) FROM cases c"
        " JOIN events e ON e.case_id = c.id WHERE c.state NOT IN ('closed', 'void')"
        " GROUP BY c.id ORDER BY 1"
    ).fetchall()
    return [subjects for (subjects,) in rows]


@pytest.mark.parametrize(
    ("claim", "events", "cases"),
    [
        ("40 m apart", [gas(1), gas(2)], [["d1", "d2"]]),
        ("a step further than 50 m", [gas(1), gas(3)], [["d1"], ["d3"]]),
        ("a rule that groups by nothing", [gas(1), gas(2, near=0)], [["d1"], ["d2"]]),
        ("another class", [gas(1), gas(2, code="0101")], [["d1"], ["d2"]]),
        ("a day and a bit later", [gas(1), gas(2, began=24 * 60 + 1)], [["d1"], ["d2"]]),
        (
            "one pipe, however far",
            [gas(1, paths=["gas pipe P"]), gas(4, paths=["gas pipe P"])],
            [["d1", "d4"]],
        ),
        (
            "one pipe, of whatever class",
            [gas(1, paths=["gas pipe P"]), gas(4, paths=["gas pipe P"], code="0101")],
            [["d1", "d4"]],
        ),
        (
            "two pipes",
            [gas(1, paths=["gas pipe P"]), gas(4, paths=["gas pipe Q"])],
            [["d1"], ["d4"]],
        ),
    ],
)
def test_one_cause_one_case(wells, claim, events, cases):
    settled(wells, *events)
    assert open_cases(wells) == cases, claim


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_a_chain_of_wells_is_one_case_in_any_order(wells, order):
    """1 and 3 are too far apart for each other: 2 brings them together."""
    for well in order:
        settled(wells, gas(well, began=well))
    assert open_cases(wells) == [["d1", "d2", "d3"]]
    [(frozen,)] = wells.execute(
        "SELECT count(DISTINCT event_id) FROM evidence v JOIN cases c ON c.id = v.case_id"
        " WHERE c.state NOT IN ('closed', 'void')"
    ).fetchall()
    assert frozen == 3


def test_the_case_that_went_up_in_another_says_where_it_went(wells):
    settled(wells, gas(1))
    settled(wells, gas(3))
    settled(wells, gas(2))
    [(number, reason)] = wells.execute(
        "SELECT c.number, l.reason FROM cases c JOIN case_log l ON l.case_id = c.id"
        " WHERE c.state = 'void' AND l.verb = 'void'"
    ).fetchall()
    [(kept,)] = wells.execute("SELECT number FROM cases WHERE state <> 'void'").fetchall()
    assert reason == f"one cause with case {kept}: of the same class, 40 m apart"
    [(told,)] = wells.execute(
        "SELECT reason FROM case_log WHERE verb = 'join' AND reason LIKE 'joined by case%'"
    ).fetchall()
    assert number in told


def test_two_cases_that_people_work_on_stay_two(wells):
    opened = [settled(wells, gas(well)).opened[0] for well in (1, 3)]
    for case in opened:
        [(version,)] = wells.execute("SELECT version FROM cases WHERE id = %s", (case,)).fetchall()
        apply(wells, case, version, Verb.HANDLE, "crew 7", Role.DEPARTMENT, NOW, "", {})
    settled(wells, gas(2))
    assert open_cases(wells) == [["d1", "d2"], ["d3"]]


def test_what_joined_stays_with_its_case_when_it_changes(wells):
    settled(wells, gas(1))
    settled(wells, gas(2))
    over = gas(2, ended=START + minutes(20), standing=Standing.OVER)
    again = settled(wells, over, now=NOW + timedelta(minutes=5))
    assert (again.opened, again.voided) == ([], [])
    assert open_cases(wells) == [["d1", "d2"]]


def test_the_next_finding_of_a_joined_place_joins_too(wells):
    settled(wells, gas(1))
    settled(wells, gas(2))
    later = gas(2, began=26 * 60)  # over a day after the first: by itself it would be none
    assert settled(wells, later).opened == []
    assert open_cases(wells) == [["d1", "d2", "d2"]]


def test_after_closing_the_same_place_is_a_new_case(wells):
    [case] = settled(wells, gas(1)).opened
    wells.execute("UPDATE cases SET state = 'closed' WHERE id = %s", (case,))
    wells.commit()
    assert len(settled(wells, gas(2, began=10)).opened) == 1
    assert open_cases(wells) == [["d2"]]
