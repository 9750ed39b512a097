"""What the sensors are worth, counted on a street that is small enough to count by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from casework_made import COLUMNS
from psycopg import sql
from psycopg.types.json import Jsonb

from cases.periods import period_of, stretch
from store.database import Connection
from store.evaluation import By, Scope, behind, sensors, tallies

pytestmark = pytest.mark.server

ZONE = ZoneInfo("Asia/Shanghai")
MARCH = period_of("2026-03", ZONE)
AT = datetime(2026, 4, 20, tzinfo=UTC)
SCOPE = Scope(MARCH, AT, ZONE)
CELL, BARE = "110101001001001", "110101001001002"  #: with a sensor, without
TOLD = datetime(2026, 3, 9, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)

#: source, outcome, sensed [h after TOLD], told by the public, class, cell.
STREET = [
    ("sensor", "real", -2, True, "0506", CELL, "two hours before the public"),
    ("sensor", "real", -6, True, "0506", CELL, "six hours before"),
    ("hotline", "real", 1, True, "0506", CELL, "missed: an hour after the public"),
    ("hotline", "real", None, True, "0506", CELL, "missed: never sensed, though it could be"),
    ("hotline", "real", None, True, "0103", CELL, "no rule watches this class"),
    ("hotline", "real", None, True, "0506", BARE, "no sensor stands there"),
    ("sensor", "false", 0, False, "0506", CELL, "a false one"),
    ("sensor", "sensor-fault", 0, False, "0506", CELL, "its own fault"),
    ("sensor", "planned-work", 0, False, "0506", CELL, "judged, and not real"),
    ("sensor", None, 0, False, "0506", CELL, "nobody has judged it"),
]


def put(connection: Connection, table: str, **columns: object) -> None:
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) {} VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL("OVERRIDING SYSTEM VALUE" if table == "cases" else ""),
            sql.SQL(", ").join(map(sql.Placeholder, columns)),
        ),
        columns,
    )


@pytest.fixture
def street(database: Connection) -> Connection:
    for cell in (CELL, BARE):
        put(database, "grid_cells", code=cell)
    put(database, "components", code="1101010103000001", code_list="GB/T 30428.2-2013",
        **{"class": "0103"}, lon=0, lat=0, grid_cell=CELL)  # fmt: skip
    event = {"code_list": "GB/T 30428.2-2013", "code": "0506", "condition": "standing-water"}
    put(database, "rule_versions", rule="road", version="1", pack="flood",
        body=Jsonb({"event": event}), in_force_from=MARCH.since - 9 * HOUR)  # fmt: skip
    put(database, "devices", id="d", status="active", component="1101010103000001",
        adopted_at=datetime(2026, 1, 1, tzinfo=UTC))  # fmt: skip
    for number, (source, outcome, sensed, told, code, cell, _) in enumerate(STREET, 1):
        at = TOLD if sensed is None else TOLD + min(sensed, 0) * HOUR
        put(database, "cases", **{
            **COLUMNS, "id": number, "number": f"N{number}", "key": f"k{number}", "code": code,
            "state": "closed" if outcome else "filed", "outcome": outcome, "source": source,
            "grid_cell": cell, "began": at, "found": at, "opened": at, "filed": at,
            "first_public": TOLD if told else None,
            "first_sensed": None if sensed is None else TOLD + sensed * HOUR,
        })  # fmt: skip
    return database


def test_precision_is_over_what_people_have_judged(street: Connection) -> None:
    found = sensors(street, SCOPE)
    assert (found.real, found.judged, found.false) == (2, 5, 2)
    assert found.precision == pytest.approx(40)


def test_false_cases_are_told_a_thousand_sensors_and_month(street: Connection) -> None:
    assert sensors(street, SCOPE).false_per_1000 == pytest.approx(2000)
    # Half of the month has passed: the same number is twice the rate.
    half = MARCH.since + (MARCH.until - MARCH.since) / 2
    assert sensors(street, Scope(MARCH, half, ZONE)).false_per_1000 == pytest.approx(4000)


def test_missed_is_what_could_have_been_found_and_was_told_by_the_public(
    street: Connection,
) -> None:
    assert sensors(street, SCOPE).missed == 2
    assert [row["number"] for row in behind(street, SCOPE, "missed", 10)] == ["N4", "N3"]
    assert [row["number"] for row in behind(street, SCOPE, "missed", 1, before=4)] == ["N3"]


def test_the_lead_is_the_median_over_what_both_found(street: Connection) -> None:
    found = sensors(street, SCOPE)
    assert (found.told_and_sensed, found.sensed_first) == (3, 2)
    assert found.lead_hours == pytest.approx(2)


def test_elsewhere_there_is_nothing_to_tell(street: Connection) -> None:
    found = sensors(street, Scope(MARCH, AT, ZONE, area="110102"))
    assert (found.sensors, found.missed, found.precision) == (0, 0, None)
    assert (found.availability, found.false_per_1000, found.lead_hours) == (None, None, None)
    assert tallies(street, Scope(MARCH, AT, ZONE, area="110102"), By.STREET) == {}


DAYS = [
    (288, 0, 100.0, "a reading every five minutes"),
    (144, 0, 50.0, "every other one"),
    (288, 72, 75.0, "a quarter of them unusable"),
    (999, 0, 100.0, "nobody makes up for another by sending more"),
]


@pytest.mark.parametrize(("stored", "flagged", "value", "why"), DAYS, ids=[row[3] for row in DAYS])
def test_availability_is_readings_over_what_intervals_promise(
    street: Connection, stored: int, flagged: int, value: float, why: str
) -> None:
    put(street, "channels", id="d.depth", device="d", name="depth", quantity="depth", unit="m")
    put(street, "channels", id="d.event", device="d", name="event", quantity="depth", unit="m",
        interval=timedelta(0))  # fmt: skip
    for day in (9, 10):
        put(street, "ledger", device="d", day=date(2026, 3, day), received=stored, stored=stored,
            flagged=flagged)  # fmt: skip
    two_days = stretch(datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))
    assert sensors(street, Scope(two_days, AT, ZONE)).availability == pytest.approx(value), why


def test_a_sensor_counts_from_its_adoption_on(street: Connection) -> None:
    put(street, "channels", id="d.depth", device="d", name="depth", quantity="depth", unit="m")
    put(street, "ledger", device="d", day=date(2026, 3, 10), received=144, stored=144)
    street.execute("UPDATE devices SET adopted_at = '2026-03-10 12:00Z'")
    two_days = stretch(datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))
    found = sensors(street, Scope(two_days, AT, ZONE))
    assert (found.expected, found.received) == (pytest.approx(144), 144)
