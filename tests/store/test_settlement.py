"""From events to cases in a real database, one writer or sixty-four."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import psycopg
import pytest
from one_event import START, an_event

from cases.city import load_city
from cases.words import Role, Verb
from rules.event import Event, Standing
from rules.judgement import Requalified
from store.cases import apply, hold
from store.database import Connection, connect
from store.settlement import Settled, settle

pytestmark = pytest.mark.server

CITY = load_city()
NOW = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
NOTHING_NEW = Requalified(
    np.zeros(0, np.int32), np.zeros(0, "datetime64[us]"), np.zeros(0, np.uint16)
)
COVER = "3301060103000001"
ROAD = "3301060602000007"


def minutes(n: float) -> np.timedelta64:
    return np.timedelta64(int(n * 60), "s")


def flood(began: float = 0.0, subject: str = ROAD, **changes: Any) -> Event:
    """Return a flood that began so many minutes after START."""
    times = {
        "began": START + minutes(began),
        "raised": START + minutes(began + 2),
        "found": START + minutes(began + 2.1),
    }
    key = f"0506|component|{subject}"
    why = {"quiet_if": ["deep: depth under 0.15 m"]}
    return an_event(**{"subject": subject, "case_key": key, "why": why, **times, **changes})


SETUP = """
INSERT INTO grid_cells (code, polygon, west, south, east, north) VALUES
    ('330106001002003', '{"type": "Polygon", "coordinates":
      [[[120.0, 30.0], [120.2, 30.0], [120.2, 30.2], [120.0, 30.2]]]}', 120.0, 30.0, 120.2, 30.2);
INSERT INTO components (code, code_list, class, lon, lat, attributes) VALUES
    ('3301060602000007', 'CJ/T 214-2007', '0602', 120.1, 30.1, '{"zone": "z1"}'),
    ('3301060103000001', 'GB/T 30428.2-2013', '0103', 120.3, 30.3, '{"zone": "z1", "pipe": "p9"}');
INSERT INTO devices (id, status, component, tags) VALUES
    ('d1', 'active', '3301060602000007', '{"zone": "z1"}'),
    ('d2', 'active', '3301060103000001', '{"zone": "z1"}');
INSERT INTO channels (id, device, name, quantity, unit) VALUES
    ('d1/depth', 'd1', 'depth', 'depth', 'cm'), ('d2/depth', 'd2', 'depth', 'depth', 'cm');
INSERT INTO readings (time, received, value, channel, quality)
    SELECT t, t, 0.2, c, 0 FROM generate_series(1, 2) c, generate_series(
        timestamptz '2024-03-01 05:00Z', '2024-03-01 07:00Z', interval '1 minute') t;
INSERT INTO ledger (device, day, received, stored) VALUES ('d1', '2024-03-01', 120, 120);
"""


@pytest.fixture
def city_database(database: Connection) -> Connection:
    """A database with a road, a cover, a grid cell, and two depth sensors with readings."""
    database.execute(SETUP)
    database.commit()
    return database


def settled(database: Connection, *events: Event, now: datetime = NOW) -> Settled:
    result = settle(database, events, NOTHING_NEW, now, CITY)
    database.commit()
    return result


def one(database: Connection, question: str) -> Any:
    [row] = database.execute(question).fetchall()
    return row[0] if len(row) == 1 else row


def test_an_event_opens_a_case_that_is_filed_and_dispatched(city_database: Connection) -> None:
    [case_id] = settled(city_database, flood()).opened
    row = one(
        city_database,
        "SELECT number, state, title_zh, component, grid_cell, severity, began, opened, due, "
        "(SELECT name_en FROM departments d WHERE d.code = department) FROM cases",
    )
    assert row == (
        f"20240301-{case_id:06d}",
        "dispatched",
        "道路积水",
        ROAD,
        "330106001002003",
        "yellow",
        datetime(2024, 3, 1, 6, tzinfo=UTC),
        NOW,
        NOW + timedelta(hours=2),
        "Drainage office",
    )
    verbs = city_database.execute("SELECT verb, version FROM case_log ORDER BY version").fetchall()
    assert verbs == [("report", 1), ("accept", 2), ("file", 3), ("dispatch", 4)]


def test_its_evidence_is_frozen_with_curve_neighbours_and_ledger(city_database: Connection) -> None:
    settled(city_database, flood())
    body = one(city_database, "SELECT body FROM evidence")
    [curve] = body["curves"]
    assert curve["channel"] == "d1/depth"
    assert (curve["time"][0], curve["value"][0]) == ("2024-03-01T05:00:00.000000Z", 0.2)
    assert curve["time"][-1] == "2024-03-01T06:02:00.000000Z"
    assert body["why"]["quiet_if"] == ["deep: depth under 0.15 m"]
    assert [n["channel"] for n in body["neighbours"]] == ["d2/depth"]
    assert body["devices"][0]["stored"] == 120
    with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
        city_database.execute("UPDATE evidence SET body = '{}'")


def standing_cases(database: Connection) -> set[tuple[Any, ...]]:
    """Return the cases that are not void by what may not depend on the order of arrival."""
    rows = database.execute(
        "SELECT c.key, c.code_list, c.code, c.condition, c.severity, c.component, c.grid_cell, "
        "c.department, c.began, c.found, "
        "(SELECT array_agg(e.id ORDER BY e.id) FROM events e WHERE e.case_id = c.id "
        " AND e.standing IN ('standing', 'over')) FROM cases c WHERE state <> 'void'"
    ).fetchall()
    return {tuple(str(column) for column in row) for row in rows}


def everything(database: Connection) -> list[Any]:
    return [
        database.execute("SELECT * FROM events ORDER BY id").fetchall(),
        database.execute("SELECT * FROM cases ORDER BY id").fetchall(),
        database.execute("SELECT * FROM case_log ORDER BY case_id, version").fetchall(),
        database.execute("SELECT * FROM evidence ORDER BY case_id, event_id, piece").fetchall(),
    ]


def test_settling_the_same_again_changes_nothing(city_database: Connection) -> None:
    settled(city_database, flood(), flood(5), flood(subject="elsewhere"))
    before = everything(city_database)
    later = NOW + timedelta(minutes=5)
    again = settled(city_database, flood(5), flood(subject="elsewhere"), flood(), now=later)
    assert again == Settled()
    assert everything(city_database) == before


def test_a_later_event_of_the_cause_joins_with_its_evidence(city_database: Connection) -> None:
    [case_id] = settled(city_database, flood()).opened
    assert settled(city_database, flood(5, severity="red")).joined == [case_id]
    assert one(city_database, "SELECT severity FROM cases") == "red"
    assert one(city_database, "SELECT count(*) FROM evidence") == 2
    last = one(
        city_database, "SELECT verb, reason, details FROM case_log ORDER BY version DESC LIMIT 1"
    )
    assert last == ("amend", "severity yellow → red", {"severity": ["yellow", "red"]})


def test_channels_that_speak_up_later_add_their_evidence_once(city_database: Connection) -> None:
    settled(city_database, flood())
    for _ in range(2):
        settled(city_database, flood(channels=(1, 2)))
    pieces = city_database.execute("SELECT piece, body FROM evidence ORDER BY piece").fetchall()
    drawn = [[curve["channel"] for curve in body["curves"]] for _, body in pieces]
    assert drawn == [["d1/depth"], ["d2/depth"]]
    last = one(city_database, "SELECT reason, details FROM case_log ORDER BY version DESC LIMIT 1")
    assert last == ("1 more of its channels have spoken", {"channels": ["d2/depth"]})


def test_an_event_found_late_back_dates_its_case(city_database: Connection) -> None:
    settled(city_database, flood())
    settled(city_database, flood(-30, channels=(2,)))
    assert one(city_database, "SELECT began FROM cases") == NOW - timedelta(hours=1)


def test_an_event_after_closing_opens_a_new_case(city_database: Connection) -> None:
    [first] = settled(city_database, flood()).opened
    city_database.execute("UPDATE cases SET state = 'closed'")
    [second] = settled(city_database, flood(60)).opened
    assert first != second


def test_an_event_without_a_case_key_is_only_kept(city_database: Connection) -> None:
    assert settled(city_database, flood(case_key="")) == Settled()
    assert one(city_database, "SELECT count(*) FROM events") == 1


def test_what_the_catalogue_does_not_list_waits_for_the_shift_lead(
    city_database: Connection,
) -> None:
    settled(city_database, flood(condition="meteorite"))
    row = one(city_database, "SELECT code_list, condition, state, department FROM cases")
    assert row == ("lifeline-local-1", "unlisted", "accepted", None)


@pytest.mark.parametrize(
    ("event", "component"),
    [
        (flood(subject=COVER), COVER),
        (flood(subject="p9", scope="pipe", channels=(1, 2)), COVER),
        (flood(subject="z1", scope="zone", channels=(1, 2)), ROAD),
        (
            flood(
                subject="z1",
                scope="zone",
                channels=(1, 2),
                why={
                    "members": [
                        {"channel": "d1/depth", "began": "2024-03-01T06:01:00Z"},
                        {"channel": "d2/depth", "began": "2024-03-01T06:00:00Z"},
                    ]
                },
            ),
            COVER,
        ),
    ],
    ids=["its own", "the one tagged for the pipe", "a channel's", "that of the first to speak"],
)
def test_the_component_of_a_case_is(
    city_database: Connection, event: Event, component: str
) -> None:
    settled(city_database, event)
    assert one(city_database, "SELECT component FROM cases") == component


def test_a_case_whose_event_is_withdrawn_is_voided_with_the_reason(
    city_database: Connection,
) -> None:
    [case_id] = settled(city_database, flood()).opened
    assert settled(city_database, flood(standing=Standing.WITHDRAWN)).voided == [case_id]
    row = one(
        city_database, "SELECT after, role, reason FROM case_log ORDER BY version DESC LIMIT 1"
    )
    assert row == ("void", "system", "its events are withdrawn")


def test_a_case_that_a_human_has_touched_is_not_voided(city_database: Connection) -> None:
    [case_id] = settled(city_database, flood()).opened
    apply(city_database, case_id, 4, Verb.HANDLE, "crew 4", Role.DEPARTMENT, NOW, CITY)
    assert settled(city_database, flood(standing=Standing.EXPLAINED)).voided == []
    row = one(city_database, "SELECT after, reason FROM case_log ORDER BY version DESC LIMIT 1")
    assert row == ("handling", "1 of its events: explained")


def test_a_case_is_taken_up_again_when_its_event_is_back(city_database: Connection) -> None:
    [case_id] = settled(city_database, flood()).opened
    settled(city_database, flood(standing=Standing.WITHDRAWN))
    later = NOW + timedelta(hours=3)
    assert settled(city_database, flood(), now=later).reopened == [case_id]
    row = one(city_database, "SELECT state, closed, due FROM cases")
    assert row == ("dispatched", None, later + timedelta(hours=2))


def test_a_case_that_people_voided_stays_void(city_database: Connection) -> None:
    [case_id] = settled(city_database, flood()).opened
    apply(city_database, case_id, 4, Verb.VOID, "lead", Role.SHIFT_LEAD, NOW, CITY, "car wash")
    settled(city_database, flood(standing=Standing.WITHDRAWN))
    assert settled(city_database, flood()) == Settled()


HISTORIES: dict[str, list[list[Event]]] = {
    "one cause, three beginnings, growing severe": [
        [flood(0), flood(0, severity="orange")],
        [flood(10, severity="red", channels=(2,))],
        [flood(20)],
    ],
    "an event withdrawn, another beginning instead": [
        [flood(5), flood(5, standing=Standing.WITHDRAWN)],
        [flood(0, found=START + minutes(40))],
    ],
    "explained, withdrawn and back again, beside another cause": [
        [flood(0), flood(0, standing=Standing.EXPLAINED), flood(0)],
        [flood(3, severity="red"), flood(3, standing=Standing.EXPLAINED)],
        [flood(subject=COVER, code="0503", condition="drain-overflow")],
    ],
    "nothing is left of it": [
        [flood(0), flood(0, standing=Standing.WITHDRAWN)],
        [flood(8), flood(8, standing=Standing.OVER), flood(8, standing=Standing.EXPLAINED)],
    ],
}


def interleavings(histories: Sequence[Sequence[Event]]) -> list[tuple[Event, ...]]:
    """Return every order of arrival in which each event's own versions keep their order."""
    turns = [k for k, history in enumerate(histories) for _ in history]
    orders = []
    for order in sorted(set(permutations(turns))):
        left = [iter(history) for history in histories]
        orders.append(tuple(next(left[k]) for k in order))
    return orders


@pytest.mark.parametrize("histories", HISTORIES.values(), ids=HISTORIES)
def test_the_order_of_arrival_does_not_matter(
    city_database: Connection, histories: list[list[Event]]
) -> None:
    outcomes = set()
    for order in interleavings(histories):
        for together in (1, len(order)):
            city_database.execute("SELECT 1")  # so that all of it is one transaction, undone below
            for start in range(0, len(order), together):
                settle(city_database, order[start : start + together], NOTHING_NEW, NOW, CITY)
            outcomes.add(frozenset(standing_cases(city_database)))
            city_database.rollback()
            assert one(city_database, "SELECT count(*) FROM events") == 0
    assert len(outcomes) == 1


def test_requalified_readings_bear_their_new_flags(city_database: Connection) -> None:
    changed = Requalified(np.array([1], np.int32), np.array([START]), np.array([2], np.uint16))
    settle(city_database, [], changed, NOW, CITY)
    assert one(city_database, "SELECT channel, time FROM readings WHERE quality = 2") == (
        1,
        datetime(2024, 3, 1, 6, tzinfo=UTC),
    )


def test_a_log_line_can_be_neither_changed_nor_deleted(city_database: Connection) -> None:
    settled(city_database, flood())
    for attempt in ("UPDATE case_log SET reason = 'other'", "DELETE FROM case_log"):
        with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
            city_database.execute(attempt)
        city_database.rollback()


def test_listeners_hear_of_the_event_and_its_case(
    city_database: Connection, database_url: str
) -> None:
    with connect(database_url, autocommit=True) as listener:
        listener.execute("LISTEN lifeline_live")
        [case_id] = settled(city_database, flood()).opened
        heard = [n.payload for n in listener.notifies(timeout=10, stop_after=2)]
    assert heard == [
        f'{{"kind":"event","id":"{flood().id}"}}',
        f'{{"kind":"case","id":{case_id}}}',
    ]


WRITERS = 64
TIMES = 10_000


def test_64_writers_raising_one_event_10000_times_open_one_case(
    city_database: Connection, database_url: str
) -> None:
    event = flood()

    def write(writer: int) -> int:
        with connect(database_url) as connection:
            turns = range(writer, TIMES, WRITERS)
            return sum(len(settled(connection, event).opened) for _ in turns)

    with ThreadPoolExecutor(WRITERS) as pool:
        opened = sum(pool.map(write, range(WRITERS)))
    assert opened == 1
    assert [len(rows) for rows in everything(city_database)] == [1, 1, 4, 1]


def test_64_writers_raising_events_of_the_same_causes_open_one_case_each(
    city_database: Connection, database_url: str
) -> None:
    causes = [ROAD, COVER, "z1", "z2"]

    def write(writer: int) -> int:
        events = [flood(writer + k, subject=s) for k, s in enumerate(causes)]
        mixed = [*events[writer % 4 :], *events[: writer % 4]]
        with connect(database_url) as connection:
            return len(settled(connection, *mixed).opened)

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sum(pool.map(write, range(WRITERS))) == len(causes)
    assert one(city_database, "SELECT count(*) FROM cases") == len(causes)
    assert one(city_database, "SELECT count(*) FROM events") == len(causes) * WRITERS
    for [case_id] in city_database.execute("SELECT id FROM cases").fetchall():
        held = hold(city_database, case_id, CITY)
        log = city_database.execute(
            "SELECT version FROM case_log WHERE case_id = %s ORDER BY version", (case_id,)
        ).fetchall()
        assert [version for (version,) in log] == list(range(1, held.case.version + 1))
