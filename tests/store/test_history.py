import numpy as np
import pytest
from intakes import NOON, SECOND, add_channels, intake, readings

from ingest.batch import concatenate
from store.database import Connection
from store.history import history, latest, readings_between, received_after
from store.readings import Writer

DRAINS = [
    readings((1, 10, 1.0), (2, 10, 2.0), received=10),
    readings((1, 5, 3.0), (1, 20, np.nan), received=20),
    readings((2, 20, 4.0), received=30),
]


@pytest.fixture
def filled(database: Connection) -> Connection:
    add_channels(database, 3)
    writer = Writer(database)
    for drain in DRAINS:
        writer.store(intake(drain))
    return database


def test_history_is_in_the_order_of_device_time(filled: Connection):
    batch = history(filled, [2, 1], NOON, NOON + 20 * SECOND)
    assert batch.channel.tolist() == [1, 1, 2]
    np.testing.assert_array_equal(batch.value, [3.0, 1.0, 2.0])
    assert batch.received[0] == NOON + 20 * SECOND
    assert len(history(filled, [1], NOON)) == 3


def test_history_of_nothing_is_an_empty_batch(filled: Connection):
    assert len(history(filled, [3], NOON)) == len(history(filled, [], NOON)) == 0


def test_what_was_received_comes_back_in_the_order_of_receipt(filled: Connection):
    for rows in (1, 2, 100):
        batches = list(received_after(filled, None, rows))
        every = concatenate(batches)
        assert every.received.tolist() == sorted(every.received.tolist())
        assert sorted(every.time.tolist()) == sorted(concatenate(DRAINS).time.tolist())
    assert [len(b) for b in received_after(filled, NOON + 10 * SECOND, 1)] == [2, 1]
    assert list(received_after(filled, NOON + 30 * SECOND)) == []


def test_the_latest_reading_ignores_wrong_clocks(filled: Connection):
    ahead = readings((1, 9999, 7.0), received=40)
    wrong = ahead.with_columns(quality=np.array([8], dtype=np.uint16))
    Writer(filled).store(intake(wrong))
    newest = latest(filled)
    assert newest.channel.tolist() == [1, 2]
    assert (newest.time == NOON + 20 * SECOND).all()
    assert latest(filled, NOON + 21 * SECOND).channel.tolist() == []


def test_raw_readings_stop_at_the_limit_and_before_the_end(filled: Connection):
    columns = readings_between(filled, [1, 2], NOON, NOON + 20 * SECOND, limit=2)
    assert columns["value"].tolist() == [3.0, 1.0]
    assert columns["quality"].dtype == np.uint16
