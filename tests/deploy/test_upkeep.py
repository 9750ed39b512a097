"""What is done beside the stream, on a real server."""

from datetime import UTC
from threading import Event

import pytest
from bad_tables import CALENDAR, write_csv
from intakes import NOON, add_channels, intake, readings

from cases.city import load_city
from deploy.upkeep import Upkeep
from store.catalogue import LiveCity
from store.checkpoints import ask_rejudge
from store.database import connect
from store.history import readings_between
from store.import_city import import_calendar
from store.readings import Writer

pytestmark = pytest.mark.server

PATIENCE = 20.0  # [s]


@pytest.fixture
def told():
    return Event()


@pytest.fixture
def city():
    return LiveCity(load_city())


@pytest.fixture
def upkeep(database_url, told, city):
    works = Upkeep(database_url, lambda: int(NOON.astype(int)), None, told.set, city)
    works.start()
    assert told.wait(PATIENCE), "whoever begins to listen must look at what was told before"
    told.clear()
    yield works
    works.stop()


def say(database_url):
    with connect(database_url) as connection:
        ask_rejudge(connection, {1: NOON.item()})


def test_who_changes_the_past_of_a_channel_is_heard(upkeep, told, database_url):
    say(database_url)
    assert told.wait(PATIENCE)


def test_after_a_lost_connection_it_looks_and_listens_again(upkeep, told, database_url):
    with connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert told.wait(PATIENCE), "something may have been told meanwhile"
    told.clear()
    say(database_url)
    assert told.wait(PATIENCE)


def test_what_was_stored_before_a_stop_is_rolled_up(upkeep, database):
    add_channels(database, 1)
    Writer(database).store(intake(readings((1, 0, 1.0), (1, 5, 3.0))))
    upkeep.stop()
    hours = readings_between(database, [1], NOON, NOON + 3_600_000_000, "hour")
    assert hours["mean"].tolist() == [2.0]


def test_an_imported_table_is_in_force_without_a_restart(upkeep, city, database, tmp_path):
    """Told by the import, and read by the thread that listens."""
    path = write_csv(tmp_path / "days.csv", CALENDAR)
    now = NOON.item().replace(tzinfo=UTC)
    import_calendar(database, path, load_city(), "a notice", now)
    database.commit()
    waited = Event()
    for _ in range(int(PATIENCE / 0.05)):
        if 2027 in city.calendar.years:
            break
        waited.wait(0.05)
    assert 2027 in city.calendar.years
