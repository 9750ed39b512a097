"""A dead letter that is mended becomes the readings that it should have been."""

import json
from functools import partial

import pytest
from intakes import NOON, add_channels, stored_values

from ingest.intake import take_in
from ingest.message import Message
from ingest.registry import Registry
from store.channels import channels
from store.checkpoints import take_rejudge
from store.database import Connection
from store.dead_letters import By, Letter, Mended, letters
from store.ledger import accounts
from store.readings import Writer
from store.replay import Replay
from store.states import intern

RECEIVED = int(NOON.astype("int64"))
MUCH_LATER = RECEIVED + 7_200_000_000
GOOD = [{"device": "d1", "time": "2026-11-18T11:59:50Z", "value": 1.0}]
BAD = [{"device": "d2", "value": [2.0]}, {"device": "d3", "value": "shut"}]
BY = By("chen", "the gateway was mended")
MENDED = [{"device": "d2", "value": 2.0}, {"device": "d3", "value": "shut"}]


@pytest.fixture
def letter(database: Connection) -> Letter:
    """The letter of a message with good records, timed and not, and a bad one."""
    add_channels(database, 3)
    registry = Registry(channels(database), {}, partial(intern, database))
    message = Message("city", "gateway/up", json.dumps(GOOD + BAD).encode(), RECEIVED, "json")
    Writer(database).store(take_in([message], registry, 0))
    [letter] = letters(database)
    return letter


def test_a_mended_letter_adds_what_was_missing_and_doubles_nothing(
    database: Connection, letter: Letter
):
    before = stored_values(database)
    replay = Replay(database)
    for expected in ("1 readings stored, 2 were there", "0 readings stored, 3 were there"):
        good, outcome = replay.replay(
            letter, MUCH_LATER, BY, Mended(json.dumps(GOOD + MENDED).encode())
        )
        assert good
        assert expected in outcome
    assert list(letters(database)) == []
    added = set(stored_values(database)) - set(before)
    assert added == {(2, 0.0, 2.0)}, "a reading without device time is of when the letter came"


def test_what_a_replay_adds_is_judged_at_its_own_time(database: Connection, letter: Letter):
    Replay(database).replay(letter, MUCH_LATER, BY, Mended(json.dumps(GOOD + MENDED).encode()))
    assert {number: f"{since:%H:%M}" for number, since in take_rejudge(database).items()} == {
        2: "12:00"
    }


def test_a_letter_that_is_still_unusable_stays(database: Connection, letter: Letter):
    before = stored_values(database)
    good, outcome = Replay(database).replay(letter, MUCH_LATER, BY)
    assert not good
    assert "still unusable: record 2" in outcome
    assert [open.id for open in letters(database)] == [letter.id]
    assert stored_values(database) == before


def test_the_ledger_adds_up_over_replays(database: Connection, letter: Letter):
    replay = Replay(database)
    replay.replay(letter, MUCH_LATER, BY)
    replay.replay(letter, MUCH_LATER, BY, Mended(json.dumps(GOOD + MENDED).encode()))
    for account in accounts(database, NOON.item().date()):
        parts = account.stored + account.duplicate + account.rejected + account.quarantined
        assert account.received == parts, account
