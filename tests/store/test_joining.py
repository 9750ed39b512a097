"""Cases of one problem: proposed in both directions, joined by a person, parted when reopened."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import naive_duplicates as naive
import numpy as np
import pytest
from one_event import START, an_event
from one_report import AT, CITY, MINUTE, report

from cases.words import Outcome, Role, State, Verb
from cases.workflow import Refused
from rules.event import Standing
from rules.judgement import Requalified
from store.cases import Stale, apply, hold
from store.database import Connection, connect
from store.joining import duplicates
from store.reports import Taken, reports, take
from store.settlement import settle
from store.statements import statements

pytestmark = pytest.mark.server

ROAD = "3301060602000007"
SETUP = """
INSERT INTO components (code, code_list, class, lon, lat) VALUES
    ('3301060602000007', 'CJ/T 214-2007', '0602', 120.1, 30.2);
INSERT INTO devices (id, status, component) VALUES ('d1', 'active', '3301060602000007');
INSERT INTO channels (id, device, name, quantity, unit)
    VALUES ('d1/depth', 'd1', 'depth', 'depth', 'm');
"""
NOTHING_NEW = Requalified(
    np.zeros(0, np.int32), np.zeros(0, "datetime64[us]"), np.zeros(0, np.uint16)
)
#: When the sensor's finding was known.
FOUND = datetime(2024, 3, 1, 6, 2, tzinfo=UTC)


@pytest.fixture
def road(database: Connection) -> Connection:
    """A database with a depth sensor in the road at 120.1, 30.2."""
    database.execute(SETUP)
    database.commit()
    return database


def finds(database: Connection, minute: int = 0, now: datetime = AT, **changes: Any) -> int | None:
    """Let the sensor find a flood so many minutes after START; return its case, if it is new."""
    later = np.timedelta64(minute, "m")
    times = {
        "began": START + later,
        "raised": START + np.timedelta64(2, "m") + later,
        "found": START + np.timedelta64(2, "m") + later,
    }
    settled = settle(database, [an_event(**times | changes)], NOTHING_NEW, now, CITY)
    return settled.opened[0] if settled.opened else None


def merge(database: Connection, gone: int, into: str, version: int = 1, **changes: Any) -> None:
    given = {"actor": "desk", "role": Role.INTAKE, "at": AT} | changes
    apply(
        database, gone, version, Verb.MERGE, given["actor"], given["role"], given["at"], CITY,
        "one puddle", {"into": into},
    )  # fmt: skip


def first(database: Connection, case_id: int) -> tuple[datetime | None, datetime | None]:
    """When the public knew, and when the sensors did."""
    row = database.execute(
        "SELECT first_public, first_sensed FROM cases WHERE id = %s", (case_id,)
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def number_of(database: Connection, case_id: int) -> str:
    row = database.execute("SELECT number FROM cases WHERE id = %s", (case_id,)).fetchone()
    assert row is not None
    return str(row[0])


# Proposing ------------------------------------------------------------------------------


def test_a_report_beside_a_sensor_s_case_is_told_of_it(road: Connection) -> None:
    sensed = finds(road)
    assert sensed
    [proposal] = take(road, report(lat=30.2001), AT, CITY).duplicates
    assert (proposal.number, proposal.source) == (number_of(road, sensed), "sensor")
    assert proposal.why.metres == pytest.approx(11.1, abs=0.1)
    assert (proposal.why.apart, proposal.why.keep) == (FOUND - AT, sensed)


def test_a_sensor_s_case_beside_a_reported_one_is_told_of_it(road: Connection) -> None:
    told = take(road, report(reported=AT - timedelta(hours=1)), AT, CITY)
    sensed = finds(road)
    assert sensed
    assert sensed != told.case_id, "the system does not join what people have reported"
    [proposal] = duplicates(road, sensed, CITY)
    assert (proposal.number, proposal.why.keep) == (told.number, told.case_id)


def test_what_ended_of_late_is_proposed_too_and_what_was_joined_is_not(road: Connection) -> None:
    old, rejected, new = (take(road, report(source="inspector"), AT, CITY) for _ in range(3))
    apply(road, rejected.case_id, 1, Verb.REJECT, "desk", Role.INTAKE, AT, CITY, "dry")
    assert {each.state for each in duplicates(road, new.case_id, CITY)} == {"reported", "rejected"}
    merge(road, old.case_id, new.number)
    assert [each.number for each in duplicates(road, new.case_id, CITY)] == [rejected.number]


def test_a_case_without_a_position_is_compared_with_none(database: Connection) -> None:
    take(database, report(), AT, CITY)
    nowhere = take(database, report(lon=None, lat=None, address="gate 3"), AT, CITY)
    assert nowhere.duplicates == []


def test_the_database_proposes_what_comparing_everybody_with_everybody_finds(
    database: Connection,
) -> None:
    spots = naive.random_spots(np.random.default_rng(4), 300, CITY.catalogue)
    with database.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO cases (id, number, key, state, code_list, code, condition, title_zh,
                                  title_en, severity, lon, lat, began, found, opened, exercise)
               OVERRIDING SYSTEM VALUE
               VALUES (%s, %s, %s, 'reported', %s, %s, %s, '', '', 'blue', %s, %s, %s, %s, %s, %s)
            """,
            [
                (s.id, str(s.id), str(s.id), s.code_list, s.code, s.condition, s.lon, s.lat,
                 s.found, s.found, s.found, s.exercise)
                for s in spots
            ],
        )  # fmt: skip
    pairs = 0
    for spot in spots:
        found = {each.why.id for each in duplicates(database, spot.id, CITY)}
        assert found == naive.alike(spot, spots, CITY.policy.duplicates)
        pairs += len(found)
    assert pairs > 50


def test_the_look_is_one_into_an_index(database: Connection) -> None:
    database.execute(
        """INSERT INTO cases (number, key, state, code_list, code, condition, title_zh, title_en,
                              severity, lon, lat, began, found, opened)
           SELECT n, n, 'closed', '', '', '', '', '', 'blue', 120 + random() / 3, 30 + random() / 3,
                  t, t, t
           FROM generate_series(1, 20000) n,
                LATERAL (SELECT timestamptz '2024-01-01' + n * interval '10 min' AS t) at"""
    )
    database.execute("ANALYZE cases")
    taken = take(database, report(), AT, CITY)
    plan = database.execute(
        "EXPLAIN " + statements("reports")["spots_around"].as_string(database),  # type: ignore[arg-type]
        {"rows": [30199, 30200], "columns": [120099, 120100], "since": AT - timedelta(1),
         "until": AT + timedelta(1)},
    ).fetchall()  # fmt: skip
    assert taken.opened
    assert "cases_by_spot" in str(plan)


# Joining --------------------------------------------------------------------------------


def test_reports_events_and_evidence_go_with_the_case(road: Connection) -> None:
    told = take(road, report(), AT, CITY)
    sensed = finds(road)
    assert sensed
    [event] = (row[0] for row in road.execute("SELECT id FROM events"))
    merge(road, sensed, told.number, version=4, role=Role.SHIFT_LEAD)
    gone, kept = hold(road, sensed, CITY), hold(road, told.case_id, CITY)
    assert (gone.case.state, gone.case.outcome) == (State.VOID, Outcome.DUPLICATE)
    assert gone.log[-1].details == {"into": told.number, "reports": [], "events": [str(event)]}
    assert (kept.case.state, kept.log[-1].verb) == (State.REPORTED, Verb.JOIN)
    assert kept.log[-1].details == {
        "case": number_of(road, sensed), "reports": [], "events": [str(event)],
    }  # fmt: skip
    assert road.execute("SELECT case_id FROM events").fetchall() == [(told.case_id,)]
    evidence = road.execute("SELECT case_id FROM evidence ORDER BY case_id").fetchall()
    assert evidence == [(told.case_id,), (sensed,)]
    assert road.execute("SELECT merged_into FROM cases WHERE id = %s", (sensed,)).fetchone() == (
        told.case_id,
    )


def test_what_the_sensor_finds_next_goes_to_where_its_case_went(road: Connection) -> None:
    told = take(road, report(), AT, CITY)
    sensed = finds(road)
    assert sensed
    merge(road, sensed, told.number, version=4)
    assert finds(road, 5, rule="flood.road.rising") is None
    assert {row[0] for row in road.execute("SELECT case_id FROM events")} == {told.case_id}


def test_what_a_person_has_reported_is_not_voided_by_its_sensor(road: Connection) -> None:
    sensed = finds(road)
    assert sensed
    told = take(road, report(), AT, CITY, sensed)
    settle(road, [an_event(standing=Standing.WITHDRAWN)], NOTHING_NEW, AT + MINUTE, CITY)
    assert hold(road, told.case_id, CITY).case.state is State.DISPATCHED


def _reported(database: Connection, **changes: Any) -> Taken:
    return take(database, report(source="inspector", **changes), AT, CITY)


@pytest.mark.parametrize(
    ("why", "into", "changes", "said"),
    [
        ("itself", "mine", {}, "is not joined to itself"),
        ("one that is not there", "20990101-000001", {}, "there is no case 20990101"),
        ("none", "", {}, "names none"),
        ("an exercise", "drill", {}, "never one case"),
        ("one that has ended", "rejected", {}, "cannot join a case that is rejected"),
        ("by who may not", "other", {"role": Role.DISPATCHER}, "not for dispatcher"),
    ],
)
def test_what_is_not_joined(
    database: Connection, why: str, into: str, changes: dict[str, Any], said: str
) -> None:
    cases = {
        "mine": _reported(database),
        "other": _reported(database),
        "drill": _reported(database, exercise=True),
        "rejected": _reported(database),
    }
    apply(database, cases["rejected"].case_id, 1, Verb.REJECT, "desk", Role.INTAKE, AT, CITY, "dry")
    number = cases[into].number if into in cases else into
    with pytest.raises(Refused, match=said):
        merge(database, cases["mine"].case_id, number, **changes)
    assert hold(database, cases["mine"].case_id, CITY).case.version == 1
    assert len(reports(database, 9, case_id=cases["mine"].case_id)) == 1


def test_a_case_that_has_moved_on_is_not_joined(database: Connection) -> None:
    mine, other = _reported(database), _reported(database)
    apply(database, mine.case_id, 1, Verb.ACCEPT, "desk 2", Role.INTAKE, AT, CITY)
    with pytest.raises(Stale, match="desk 2 did accept"):
        merge(database, mine.case_id, other.number)


def test_two_who_join_two_cases_to_each_other_leave_one(
    database: Connection, database_url: str
) -> None:
    one, other = _reported(database), _reported(database)

    def send(gone: int, into: str) -> bool:
        with connect(database_url) as connection:
            try:
                merge(connection, gone, into)
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(send, (one.case_id, other.case_id), (other.number, one.number)))
    assert sorted(done) == [False, True]
    states = sorted(row[0] for row in database.execute("SELECT state FROM cases"))
    assert states == ["reported", "void"]


# Parting again --------------------------------------------------------------------------


def reopen(database: Connection, case_id: int) -> None:
    version = hold(database, case_id, CITY).case.version
    apply(
        database, case_id, version, Verb.REOPEN, "lead", Role.SHIFT_LEAD, AT, CITY, "another puddle"
    )


def homes(database: Connection) -> dict[UUID, int]:
    return dict(database.execute("SELECT id, case_id FROM reports").fetchall())


def test_a_merged_case_that_is_reopened_takes_back_what_it_brought(road: Connection) -> None:
    told = take(road, report(), AT, CITY)
    sensed = finds(road)
    assert sensed
    merge(road, sensed, told.number, version=4)
    assert finds(road, 5, rule="flood.road.rising") is None
    reopen(road, sensed)
    assert {row[0] for row in road.execute("SELECT case_id FROM events")} == {sensed}
    assert homes(road) == {told.report: told.case_id}
    assert road.execute("SELECT count(*) FROM cases WHERE merged_into IS NOT NULL").fetchone() == (
        0,
    )
    assert hold(road, sensed, CITY).case.state is State.REPORTED
    last = hold(road, told.case_id, CITY).log[-1]
    assert (last.verb, last.role) == (Verb.NOTE, Role.SYSTEM)
    assert number_of(road, sensed) in last.reason
    assert first(road, told.case_id) == (AT, None)
    assert first(road, sensed) == (None, FOUND)


def test_of_a_chain_each_takes_back_its_own_whoever_is_reopened_first(
    database: Connection, database_url: str
) -> None:
    orders: Iterable[tuple[int, ...]] = permutations(range(2))
    for order in orders:
        a, b, c = (_reported(database) for _ in range(3))
        merge(database, a.case_id, b.number)
        merge(database, b.case_id, c.number, version=2)
        assert {homes(database)[each.report] for each in (a, b, c)} == {c.case_id}
        for place in order:
            reopen(database, (a, b)[place].case_id)
        assert [homes(database)[each.report] for each in (a, b, c)] == [
            a.case_id, b.case_id, c.case_id,
        ]  # fmt: skip


# Who knew first -------------------------------------------------------------------------

EARLY, LATE = FOUND - timedelta(minutes=20), FOUND + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("source", "told"),
    [("hotline", EARLY), ("police", EARLY), ("system", LATE), ("hotline", LATE)],
)
@pytest.mark.parametrize("joined", ["report to sensor", "sensor to report", "as it is taken"])
@pytest.mark.parametrize("sensor_first", [True, False])
def test_who_knew_first_does_not_depend_on_who_we_heard_first(
    road: Connection, source: str, told: datetime, joined: str, sensor_first: bool
) -> None:
    said = report(source=source, external_id="7", reported=told, role="intake")
    if joined == "as it is taken":
        sensed = finds(road)
        assert sensed
        case_id = take(road, said, AT, CITY, sensed).case_id
        assert case_id == sensed
    else:
        sensed = finds(road) if sensor_first else None
        taken = take(road, said, AT, CITY)
        sensed = sensed or finds(road)
        assert sensed
        if joined == "report to sensor":
            merge(road, taken.case_id, number_of(road, sensed))
            case_id = sensed
        else:
            merge(road, sensed, taken.number, version=4)
            case_id = taken.case_id
    public, sensors = first(road, case_id)
    assert (public, sensors) == (told, FOUND)
    assert (public < sensors) is (told == EARLY)


def test_the_first_report_of_a_case_goes_and_comes_with_it(database: Connection) -> None:
    kept = take(database, report(reported=LATE, external_id="1"), AT, CITY)
    gone = take(database, report(reported=EARLY, external_id="2"), AT, CITY)
    merge(database, gone.case_id, kept.number)
    assert (first(database, kept.case_id)[0], first(database, gone.case_id)[0]) == (EARLY, None)
    reopen(database, gone.case_id)
    assert (first(database, kept.case_id)[0], first(database, gone.case_id)[0]) == (LATE, EARLY)


@pytest.mark.parametrize("source", ["inspector", "video", "leader"])
def test_what_the_city_s_own_people_see_is_not_found_by_the_public(
    database: Connection, source: str
) -> None:
    taken = take(database, report(source=source), AT, CITY)
    assert first(database, taken.case_id) == (None, None)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_first_of_many_reports_counts_in_any_order(
    database: Connection, order: tuple[int, ...]
) -> None:
    times = [EARLY, EARLY + MINUTE, LATE]
    case_id = None
    for place in order:
        said = report(external_id=str(place), reported=times[place])
        case_id = take(database, said, AT, CITY, case_id).case_id
    assert case_id
    assert first(database, case_id)[0] == EARLY


def test_a_finding_that_is_withdrawn_was_no_finding(road: Connection) -> None:
    earlier: dict[str, Any] = {"rule": "flood.road.rising"}
    finds(road, 10)
    sensed = 1
    assert first(road, sensed)[1] == FOUND + 10 * MINUTE
    finds(road, 0, **earlier)
    assert first(road, sensed)[1] == FOUND
    finds(road, 0, **earlier, standing=Standing.WITHDRAWN)
    assert first(road, sensed)[1] == FOUND + 10 * MINUTE
