"""From events to cases in a real database, one writer or sixty-four."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import psycopg
import pytest

from cases.city import load_city
from cases.workflow import Role, Verb
from rules.event import Event, Standing
from rules.judgement import Requalified
from store.cases import apply, hold
from store.database import Connection, connect
from store.settlement import Settled, settle

pytestmark = pytest.mark.server

CITY = load_city()
NOW = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
START = np.datetime64("2024-03-01T06:00:00", "us")
NOTHING_NEW = Requalified(
    np.zeros(0, np.int32), np.zeros(0, "datetime64[us]"), np.zeros(0, np.uint16)
)
COVER = "3301060103000001"
ROAD = "3301060602000007"


def minutes(n: float) -> np.timedelta64:
    return np.timedelta64(int(n * 60), "s")


def flood(began: float = 0.0, subject: str = ROAD, **changes: Any) -> Event:
    """Return a flood that began so many minutes after START."""
    event = Event(
        rule="flood.road.standing-water",
        version="abc",
        scope="component",
        subject=subject,
        code_list="GB/T 30428.2-2013",
        code="0506",
        condition="standing-water",
        severity="yellow",
        began=START + minutes(began),
        raised=START + minutes(began + 2),
        found=START + minutes(began + 2.1),
        ended=None,
        standing=Standing.STANDING,
        channels=(1,),
        peak=1.4,
        case_key=f"0506|component|{subject}",
        why={"quiet_if": ["deep: depth under 0.15 m"]},
    )
    return replace(event, **changes)


@pytest.fixture
def city_database(database: Connection) -> Connection:
    """A database with a road, a cover, a grid cell, and two depth sensors with an hour of readings."""
    for statement in SETUP:
        database.execute(statement)
    database.commit()
    return database


SETUP = (
    f"""INSERT INTO grid_cells (code, polygon, west, south, east, north) VALUES
        ('330106001002003', '{{"type": "Polygon", "coordinates":
          [[[120.0, 30.0], [120.2, 30.0], [120.2, 30.2], [120.0, 30.2]]]}}', 120.0, 30.0, 120.2, 30.2)""",
    f"""INSERT INTO components (code, code_list, class, lon, lat, attributes) VALUES
        ('{ROAD}', 'CJ/T 214-2007', '0602', 120.1, 30.1, '{{"zone": "z1"}}'),
        ('{COVER}', 'GB/T 30428.2-2013', '0103', 120.3, 30.3, '{{"zone": "z1", "pipe": "p9"}}')""",
    f"""INSERT INTO devices (id, status, component, tags) VALUES
        ('d1', 'active', '{ROAD}', '{{"zone": "z1"}}'), ('d2', 'active', '{COVER}', '{{"zone": "z1"}}')""",
    """INSERT INTO channels (id, device, name, quantity, unit) VALUES
        ('d1/depth', 'd1', 'depth', 'depth', 'cm'), ('d2/depth', 'd2', 'depth', 'depth', 'cm')""",
    """INSERT INTO readings (time, received, value, channel, quality)
        SELECT t, t, 0.2, c, 0 FROM generate_series(timestamptz '2024-03-01 05:00Z',
        timestamptz '2024-03-01 07:00Z', interval '1 minute') t, generate_series(1, 2) c""",
    """INSERT INTO ledger (device, day, received, stored) VALUES ('d1', '2024-03-01', 120, 120)""",
)


def settled(database: Connection, *events: Event, now: datetime = NOW) -> Settled:
    result = settle(database, events, NOTHING_NEW, now, CITY)
    database.commit()
    return result


def one(database: Connection, question: str) -> Any:
    [row] = database.execute(question).fetchall()  # type: ignore[call-overload]
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
