"""Findings of one cause become one case, in whatever order they come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations

import numpy as np
import pytest
from one_event import START, an_event, minutes

from cases.city import load_city
from cases.grouping import Symptom, one_cause
from cases.opening import as_datetime
from cases.words import Role, Verb
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
        " JOIN events e ON e.case_id = c.id WHERE c.state NOT IN ('closed', 'rejected', 'void')"
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
        ("a day later to the minute", [gas(1), gas(2, began=24 * 60)], [["d1", "d2"]]),
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
        " WHERE c.state NOT IN ('closed', 'rejected', 'void')"
    ).fetchall()
    assert frozen == 3


def test_the_case_that_went_up_in_another_says_where_it_went(wells):
    settled(wells, gas(1))
    settled(wells, gas(3))
    settled(wells, gas(2))
    [(number, reason)] = wells.execute(
        "SELECT c.number, l.reason FROM cases c JOIN case_log l ON l.case_id = c.id"
        " WHERE c.state = 'void' AND l.verb = 'merge'"
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
        apply(wells, case, version, Verb.HANDLE, "crew 7", Role.DEPARTMENT, NOW, CITY, "", {})
    settled(wells, gas(2))
    assert open_cases(wells) == [["d1", "d2"], ["d3"]]


def test_of_two_cases_the_one_that_people_work_on_stays(wells):
    settled(wells, gas(1))
    [case] = settled(wells, gas(3)).opened
    [(version,)] = wells.execute("SELECT version FROM cases WHERE id = %s", (case,)).fetchall()
    apply(wells, case, version, Verb.HANDLE, "crew 7", Role.DEPARTMENT, NOW, CITY, "", {})
    settled(wells, gas(2))
    assert facts_of_cases(wells) == {("gas|device|d3", ("d1", "d2", "d3"))}


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


# What brought cases together may turn out never to have been -----------------------------------


def withdrawn(event):
    return replace(event, standing=Standing.WITHDRAWN)


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_a_merged_case_parts_when_what_brought_it_together_is_withdrawn(wells, order):
    """As if the finding between had never been, whichever case went up in the other."""
    for well in order:
        settled(wells, gas(well, began=well))
    again = settled(wells, withdrawn(gas(2, began=2)), now=NOW + timedelta(minutes=5))
    assert (len(again.opened), again.voided) == (1, [])
    assert open_cases(wells) in ([["d1"], ["d2", "d3"]], [["d1", "d2"], ["d3"]])  # d2 as evidence
    assert facts_of_cases(wells) == {("gas|device|d1", ("d1",)), ("gas|device|d3", ("d3",))}
    [(said,)] = wells.execute(
        "SELECT reason FROM case_log WHERE reason LIKE '%causes of their own'"
    ).fetchall()
    assert said == "1 of its events have causes of their own"


def test_and_comes_together_again_when_it_is_back(wells):
    settled(wells, gas(1), gas(2), gas(3))
    settled(wells, withdrawn(gas(2)))
    settled(wells, gas(2))
    assert [subjects for _, subjects in facts_of_cases(wells)] == [("d1", "d2", "d3")]


def test_the_key_of_a_case_is_that_of_what_is_left_of_it(wells):
    settled(wells, gas(1), gas(2))
    settled(wells, withdrawn(gas(1)))
    assert facts_of_cases(wells) == {("gas|device|d2", ("d2",))}
    assert len(settled(wells, gas(1, began=48 * 60)).opened) == 1  # two days on: another cause


def test_a_merged_case_that_people_work_on_stays_as_they_know_it(wells):
    [case] = settled(wells, gas(1), gas(2), gas(3)).opened
    [(version,)] = wells.execute("SELECT version FROM cases WHERE id = %s", (case,)).fetchall()
    apply(wells, case, version, Verb.HANDLE, "crew 7", Role.DEPARTMENT, NOW, CITY, "", {})
    settled(wells, withdrawn(gas(2)))
    assert [subjects for _, subjects in facts_of_cases(wells)] == [("d1", "d3")]


def test_what_was_moved_in_the_same_settlement_parts_from_where_it_is_now(wells):
    """The case of 2, 3 and 4 goes up in that of 1 just as 2, which held it together, goes."""
    two = gas(2, paths=["gas pipe Q"])
    three, four = gas(3, paths=["gas pipe P"]), gas(4, paths=["gas pipe Q"])
    settled(wells, gas(1, began=-30 * 60))
    settled(wells, two, three, four)
    assert len(facts_of_cases(wells)) == 2
    settled(wells, gas(1, paths=["gas pipe P"]), withdrawn(two))
    assert sorted(subjects for _, subjects in facts_of_cases(wells)) == [
        ("d1", "d1", "d3"),
        ("d4",),
    ]


@pytest.mark.parametrize("first", [True, False])
def test_a_storm_that_is_known_late_makes_one_case_all_the_same(wells, first):
    """The gauge reports by the hour, the wells at once: both have the storm in the end."""
    storm = ["during weather.rain on z1 since 2024-03-01T05:00, flood"]
    if not first:
        assert len(settled(wells, gas(1), gas(4)).opened) == 2
    settled(wells, gas(1, paths=storm), gas(4, paths=storm))
    assert [subjects for _, subjects in facts_of_cases(wells)] == [("d1", "d4")]
    settled(wells, gas(1), gas(4, paths=storm))  # and one of them was not in it
    assert facts_of_cases(wells) == {("gas|device|d1", ("d1",)), ("gas|device|d4", ("d4",))}


def test_near_may_be_farther_than_a_village(wells):
    settled(wells, gas(1, near=20_000.0), gas(4, near=20_000.0))
    assert open_cases(wells) == [["d1", "d4"]]


def test_without_near_even_the_same_place_is_two_causes(wells):
    """Two devices of one cabinet: their coordinates are the same."""
    wells.execute("UPDATE devices SET lat = 30.1 WHERE id = 'd2'")
    wells.commit()
    settled(wells, gas(1, near=0.0, paths=["gas pipe P"]), gas(2))
    assert open_cases(wells) == [["d1"], ["d2"]]


def test_what_lies_nowhere_is_near_to_nothing(wells):
    wells.execute("UPDATE devices SET lat = NULL, lon = NULL")
    wells.commit()
    settled(wells, gas(1), gas(2))
    assert open_cases(wells) == [["d1"], ["d2"]]


def test_what_is_on_trial_is_in_no_case_of_others(wells):
    settled(wells, gas(1), gas(2, case_key="", shadow=True))
    assert open_cases(wells) == [["d1"]]


def facts_of_cases(database):
    """Return the key of each open case and the subjects of its facts."""
    rows = database.execute(
        "SELECT c.key, array_agg(e.subject ORDER BY e.subject, e.began) FROM cases c"
        " JOIN events e ON e.case_id = c.id WHERE c.state NOT IN ('closed', 'rejected', 'void')"
        " AND e.standing IN ('standing', 'over') GROUP BY c.id"
    ).fetchall()
    return {(key, tuple(subjects)) for key, subjects in rows}


@pytest.mark.parametrize("seed", range(6))
def test_cases_are_a_function_of_what_the_findings_are_in_the_end(wells, seed):
    """Told in any order and cut, withdrawn and back, grouped otherwise on the way."""
    rng = np.random.default_rng(seed)
    paths = [[], [], ["gas pipe P"], ["gas pipe Q"], ["gas pipe P", "gas pipe Q"]]
    maybe = [Standing.STANDING, Standing.STANDING, Standing.WITHDRAWN]
    finals, drafts = [], []
    for _ in range(12):
        well, began = int(rng.integers(1, 5)), int(rng.integers(0, 60)) * 60
        told = [
            gas(
                well,
                began=began,
                paths=paths[rng.integers(len(paths))],
                standing=maybe[rng.integers(3)],
            )
            for _ in range(3)
        ]
        if told[0].id not in {event.id for event in finals}:
            drafts += told[:-1]
            finals.append(told[-1])
    for some in np.array_split(rng.permutation(len(drafts)), 8):
        settled(wells, *[drafts[n] for n in some])
    for some in np.array_split(rng.permutation(len(finals)), 4):
        settled(wells, *[finals[n] for n in some])
    found = facts_of_cases(wells)
    settled(wells, *finals)  # told again: nothing is new
    assert facts_of_cases(wells) == found
    facts = [event for event in finals if event.standing is Standing.STANDING]
    where = [
        (
            event.case_key,
            Symptom(
                event.code_list, event.code, as_datetime(event.began), 120.1,
                WELLS[event.channels[0]], 50.0, frozenset(event.why["group"]["paths"]),
            ),
        )
        for event in facts
    ]  # fmt: skip
    expected = sorted(sorted(facts[n].subject for n in group) for group in naive_causes(where))
    assert sorted(sorted(subjects) for _, subjects in found) == expected


def naive_causes(symptoms):
    """Return the groups of what is of one cause, found by letting sets grow together."""
    groups = [{n} for n in range(len(symptoms))]
    for (one, (key, mine)), (other, (its_key, its)) in combinations(enumerate(symptoms), 2):
        if key == its_key or one_cause(mine, its):
            ours = next(g for g in groups if one in g)
            theirs = next(g for g in groups if other in g)
            if ours is not theirs:
                groups.remove(theirs)
                ours |= theirs
    return groups
