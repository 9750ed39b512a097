"""The storing thread, on a real database that fails in real ways."""

import json
from threading import Event

import numpy as np
import psycopg
import pytest

from deploy.handover import Handover
from deploy.link import Link
from deploy.storing import Storing
from ingest.channel import Channel
from ingest.inbox import Full, Inbox
from ingest.message import Message
from ingest.registry import Registry
from store.readings import Writer
from store.states import intern

pytestmark = pytest.mark.server
PATIENCE = 20.0  # [s]
START = 1_790_000_000_000_000  # [µs]


class Acknowledged:
    """Records what was acknowledged, and what another session saw stored at that moment."""

    def __init__(self, url):
        self.url, self.tickets, self.stored, self.changed = url, [], [], Event()
        self.expected = 0

    def acknowledge(self, tickets, outcome):
        self.tickets += tickets
        self.stored.append(count(self.url, "readings"))
        if len(self.tickets) >= self.expected:
            self.changed.set()

    def wait(self, number):
        self.expected = number
        if len(self.tickets) < number:
            self.changed.clear()
            assert len(self.tickets) >= number or self.changed.wait(PATIENCE), self.tickets


class Rig:
    """An inbox, a storing thread and what the judge would be handed."""

    def __init__(self, url):
        self.url = url
        self.link = Link(url)
        self.inbox = Inbox()
        self.handover = Handover()
        channels = [Channel(n, f"c{n}", f"d{n}", "value", "pressure", "Pa") for n in range(1, 9)]
        self.registry = Registry(channels, {}, lambda texts: intern(self.link.get(), texts))
        self.adopted = Event()
        self.storing = Storing(
            self.inbox,
            self.registry,
            self.link,
            self.handover,
            START,
            lambda: START,
            self.adopted.set,
        )
        self.acknowledged = Acknowledged(url)

    def message(self, number, value=1.0, device="d1"):
        payload = {"time": (START // 1000) + number, "value": value}
        return Message(
            "test",
            f"city/{device}/up",
            json.dumps(payload).encode(),
            START + number,
            device=device,
            token=(self.acknowledged, number),
        )

    def put(self, *messages):
        assert self.inbox.put(messages, timeout=PATIENCE)

    def end(self):
        self.inbox.close()
        self.storing.join(PATIENCE)
        batch = self.handover.take(1_000_000, PATIENCE)
        assert self.handover.ended
        return list(zip(batch.channel.tolist(), batch.time.tolist(), strict=True))


@pytest.fixture
def rig(database_url):
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO devices (id, status)"
            " SELECT 'd' || n, 'active' FROM generate_series(1, 8) n"
        )
        connection.execute(
            "INSERT INTO channels (id, device, name, quantity, unit)"
            " SELECT 'c' || n, 'd' || n, 'value', 'pressure', 'Pa' FROM generate_series(1, 8) n"
        )
    rig = Rig(database_url)
    yield rig
    rig.inbox.close()
    if rig.storing.is_alive():
        rig.storing.join(0.0)


def count(url, table):
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608


def end_all_sessions(url):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_what_is_acknowledged_is_stored_and_goes_to_the_judge_once(rig):
    rig.storing.start()
    rig.put(*(rig.message(n) for n in range(100)), rig.message(50))
    rig.acknowledged.wait(101)
    assert rig.acknowledged.stored[-1] == 100
    assert rig.acknowledged.tickets == [*range(100), 50]
    assert len(rig.end()) == 100


def test_a_database_that_goes_away_loses_nothing_and_doubles_nothing(rig):
    rig.storing.start()
    for part in range(20):
        rig.put(*(rig.message(n) for n in range(part * 50, part * 50 + 50)))
        end_all_sessions(rig.url)
    rig.acknowledged.wait(1000)
    judged = rig.end()
    assert rig.acknowledged.tickets == list(range(1000))
    assert count(rig.url, "readings") == 1000
    assert len(judged) == len(set(judged)) == 1000


def test_nothing_is_acknowledged_while_the_database_is_away(rig):
    with psycopg.connect(rig.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE readings RENAME TO gone")
        rig.storing.start()
        rig.put(rig.message(1))
        while rig.storing.trouble is None:
            pass
        assert rig.acknowledged.tickets == []
        connection.execute("ALTER TABLE gone RENAME TO readings")
    rig.acknowledged.wait(1)
    assert rig.storing.trouble is None
    assert len(rig.end()) == 1
    assert rig.storing.trouble == "storing has ended"


def test_a_message_that_cannot_be_stored_becomes_a_dead_letter_and_holds_up_nobody(rig):
    rig.storing.start()
    rig.put(rig.message(0))
    rig.acknowledged.wait(1)
    with psycopg.connect(rig.url) as connection:
        connection.execute("ALTER TABLE readings ADD CONSTRAINT no_poison CHECK (value <> 666)")
    rig.put(*(rig.message(n, 666.0 if n in (7, 61) else 1.0) for n in range(1, 100)))
    rig.acknowledged.wait(100)
    assert rig.acknowledged.tickets == list(range(100))
    assert len(rig.end()) == 98
    with psycopg.connect(rig.url) as connection:
        letters = connection.execute("SELECT reason, payload FROM dead_letters").fetchall()
    assert len(letters) == 2
    assert all(
        "it could not be stored" in reason and b"666" in payload for reason, payload in letters
    )


def test_a_commit_whose_answer_was_lost_is_judged_all_the_same(rig, monkeypatch):
    class AnswerLost(Writer):
        lost = False

        def store(self, intake):
            stored = super().store(intake)
            if not AnswerLost.lost:
                AnswerLost.lost = True
                raise psycopg.OperationalError("the connection was lost")
            return stored

    monkeypatch.setattr("deploy.storing.Writer", AnswerLost)
    rig.put(*(rig.message(n) for n in range(10)))
    rig.storing.start()
    rig.acknowledged.wait(10)
    judged = rig.end()
    assert len(judged) == len(set(judged)) == 10


def test_a_reading_that_misses_its_own_adoption_is_told_of(rig, monkeypatch):
    class AdoptedMeanwhile(Writer):
        def store(self, intake):
            if "stranger" in intake.unknown.device:
                rig.registry.add([Channel(9, "c9", "stranger", "value", "pressure", "Pa")])
            return super().store(intake)

    monkeypatch.setattr("deploy.storing.Writer", AdoptedMeanwhile)
    rig.storing.start()
    rig.put(rig.message(1), rig.message(2, device="nobody"))
    rig.acknowledged.wait(2)
    assert not rig.adopted.is_set()
    rig.put(rig.message(3, device="stranger"))
    assert rig.adopted.wait(PATIENCE)
    assert count(rig.url, "quarantine") == 2


def test_who_submits_hears_what_became_of_each_message(rig):
    rig.storing.start()
    strange, broken = rig.message(3, device="stranger"), rig.message(4)
    broken = Message("test", broken.topic, b"{", broken.received)
    submitted = [rig.message(1), rig.message(1), strange, broken]
    first, again, unknown, letter = rig.inbox.submit(submitted).result(PATIENCE)
    assert first.stored + again.stored == 1
    assert first.duplicates + again.duplicates == 1
    assert (unknown.stored, unknown.quarantined) == (0, 1)
    assert len(letter.reasons) == 1
    assert rig.inbox.submit([]).result(0) == []


def test_who_no_longer_waits_for_an_answer_disturbs_nobody(rig):
    future = rig.inbox.submit([rig.message(1)])
    assert not future.cancel()
    rig.storing.start()
    assert [outcome.stored for outcome in future.result(PATIENCE)] == [1]


def test_a_full_inbox_refuses_who_would_have_to_wait_for_an_answer(rig):
    inbox = Inbox(most=2)
    inbox.submit([rig.message(1), rig.message(2)])
    with pytest.raises(Full, match="full"):
        inbox.submit([rig.message(3)])
    inbox.close()
    with pytest.raises(Full, match="closing"):
        inbox.submit([rig.message(3)])


def test_receipt_stamps_go_on_from_the_last_stored_one(rig):
    rig.put(Message("test", "t", b'{"value": 1}', START - 5, device="d1"))
    rig.put(Message("test", "t", b'{"value": 2}', START - 5, device="d1"))
    rig.storing.start()
    rig.end()
    with psycopg.connect(rig.url) as connection:
        stamps = connection.execute("SELECT received FROM readings ORDER BY received").fetchall()
    assert [np.datetime64(stamp.replace(tzinfo=None)).astype(int) for (stamp,) in stamps] == [
        START + 1,
        START + 2,
    ]
