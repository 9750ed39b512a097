"""An embedded part that is killed comes back by itself, where its clients look for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest
from paho.mqtt import publish

from deploy.guard import Guard


def before_long(done: Callable[[], bool]) -> None:
    until = monotonic() + 60
    while not done():
        assert monotonic() < until
        sleep(0.05)


@pytest.fixture
def guard(open_folder: Path) -> Guard:
    return Guard(open_folder / "postgres", open_folder / "broker", 0)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def takes_messages(url: str) -> bool:
    try:
        publish.single("a/b", "c", qos=1, hostname="127.0.0.1", port=int(url.rpartition(":")[2]))
    except OSError:
        return False
    return True


def test_a_killed_database_and_a_killed_broker_come_back_at_the_same_address(guard: Guard) -> None:
    assert guard.broker is not None
    database, broker = guard.database, guard.broker.url
    guard.start()
    try:
        killed = dict(guard._watched)
        for process in killed.values():
            process.kill()
        before_long(lambda: all(guard._watched[name] != killed[name] for name in killed))
        assert (guard.database, guard.broker.url) == (database, broker)
        before_long(lambda: answers(database))
        before_long(lambda: takes_messages(broker))
    finally:
        guard.stop()
    assert not answers(database)
    assert not takes_messages(broker)


def test_a_broker_that_cannot_start_leaves_no_database_behind(open_folder: Path) -> None:
    first = Guard(None, open_folder / "broker", 0)
    assert first.broker is not None
    taken = int(first.broker.url.rpartition(":")[2])
    with pytest.raises(Exception, match=str(taken)):
        Guard(open_folder / "postgres", open_folder / "other", taken)
    assert not (open_folder / "postgres" / "data" / "postmaster.pid").exists()
    first.stop()
