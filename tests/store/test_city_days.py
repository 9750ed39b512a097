"""The ledger's days begin and end at midnight of the city; what was booked before stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from intakes import add_channels, intake, readings, unknown

from store.adoption import adopt
from store.city_zone import set_zone
from store.database import Connection
from store.health import missing_by_day
from store.quarantine import sweep
from store.readings import Writer
from store.rollups import roll

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR = 3600
SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def booked(database: Connection, column: str = "stored") -> dict[int, int]:
    rows = database.execute(f"SELECT day, {column} FROM ledger ORDER BY day").fetchall()  # noqa: S608
    return {day.day: count for day, count in rows}


def store(database: Connection, *hours: float) -> None:
    """Store a reading received each so many hours after noon, UTC, of the 18th."""
    for hour in hours:
        at = hour * HOUR
        Writer(database).store(intake(readings((1, at, 1.0), received=at), received=at))


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        (ZoneInfo("UTC"), {18: 4, 19: 1}),
        (SHANGHAI, {18: 2, 19: 3}),  # midnight is at 16:00 UTC
        (NEW_YORK, {18: 5}),  # and at 05:00 UTC
    ],
    ids=str,
)
def test_a_reading_counts_on_the_day_of_the_city_that_it_came_on(
    database: Connection, zone: ZoneInfo, days: dict[int, int]
) -> None:
    add_channels(database, 1)
    set_zone(database, zone, NOON)
    store(database, 0, 3.99, 4, 11.99, 12)
    assert booked(database) == days


def test_what_was_booked_before_the_zone_was_told_stays_on_its_day(database: Connection) -> None:
    add_channels(database, 1)
    store(database, 5)  # 17:00 UTC
    set_zone(database, SHANGHAI, NOON + timedelta(hours=6))
    set_zone(database, SHANGHAI, NOON + timedelta(hours=9))  # as at each start
    store(database, 7)  # 19:00 UTC: the 19th in the city
    assert booked(database) == {18: 1, 19: 1}
    assert len(database.execute("SELECT FROM city_zones").fetchall()) == 2


def test_what_waited_is_adopted_on_the_day_that_it_was_booked_on(database: Connection) -> None:
    waits = [("new", "depth", 5 * HOUR, 1.0, "m"), ("new", "depth", 7 * HOUR, 1.0, "m")]
    Writer(database).store(intake(others=unknown(waits[0]), received=5 * HOUR, sender="new"))
    set_zone(database, SHANGHAI, NOON + timedelta(hours=6))
    Writer(database).store(intake(others=unknown(waits[1]), received=7 * HOUR, sender="new"))
    assert booked(database, "quarantined") == {18: 1, 19: 1}
    adopt(database, "new", {"depth": {"quantity": "depth"}})
    sweep(database)
    assert booked(database, "quarantined") == {18: 0, 19: 0}
    assert booked(database) == {18: 1, 19: 1}


def test_what_is_missing_is_counted_from_midnight_to_midnight_of_the_city(
    database: Connection,
) -> None:
    """An hour's reading each; on the day that summer time ends New York has 25 hours."""
    add_channels(database, 1, interval="PT1H")
    set_zone(database, NEW_YORK, NOON)
    midnight = datetime(2026, 10, 31, 4, tzinfo=UTC)
    first = (midnight - NOON).total_seconds()
    Writer(database).store(intake(readings((1, first, 1.0), received=first), received=first))
    now = midnight + timedelta(hours=24 + 25 + 1)
    roll(database)
    assert missing_by_day(database, "d1", 3, now) == {
        date(2026, 10, 31): 23, date(2026, 11, 1): 25, date(2026, 11, 2): 1,
    }  # fmt: skip
