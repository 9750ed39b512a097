from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from intakes import NOON, add_channels, intake, readings, stored_values, unknown

from ingest.message import Reject
from store.checkpoints import PART, ask_rejudge, load_checkpoint, save_checkpoint, take_rejudge
from store.database import Connection
from store.dead_letters import letters, mark_replayed
from store.history import readings_between
from store.ledger import accounts, missing
from store.listening import listened, not_listening
from store.quarantine import waiting
from store.readings import Writer
from store.retention import compress, retain
from store.rollups import ask_redo, roll
from store.rule_changes import ship
from store.rule_versions import in_force, version_of

AT = NOON.item().replace(tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_a_checkpoint_replaces_the_one_before(database: Connection):
    assert load_checkpoint(database, "engine") is None
    save_checkpoint(database, "engine", AT, b"first", AT)
    save_checkpoint(database, "engine", AT + MINUTE, b"\x00second", AT)
    assert load_checkpoint(database, "engine") == (AT + MINUTE, b"\x00second", AT)


def test_a_checkpoint_of_many_parts_comes_back_whole_and_leaves_nothing_behind(
    database: Connection,
):
    long = bytes(range(256)) * (PART // 64) + b"end"  # four parts and a bit
    save_checkpoint(database, "engine", AT, long, AT)
    save_checkpoint(database, "other", AT, b"other", AT)
    assert load_checkpoint(database, "engine") == (AT, long, AT)
    for shorter in (long[:PART], long[: PART - 1], b""):
        save_checkpoint(database, "engine", AT, shorter, AT)
        assert load_checkpoint(database, "engine") == (AT, shorter, AT)
    assert load_checkpoint(database, "other") == (AT, b"other", AT)


def test_a_checkpoint_that_is_not_finished_is_none(database: Connection):
    save_checkpoint(database, "engine", AT, b"first", AT)
    database.commit()
    with pytest.raises(TypeError):
        save_checkpoint(database, "engine", AT + MINUTE, [b"no bytes"], AT)  # type: ignore[arg-type]
    assert load_checkpoint(database, "engine") == (AT, b"first", AT)


def test_what_to_judge_again_is_handed_over_once_and_only_with_the_commit(database: Connection):
    ask_rejudge(database, {1: AT, 2: AT})
    ask_rejudge(database, {1: AT - MINUTE})
    database.commit()
    assert take_rejudge(database) == {1: AT - MINUTE, 2: AT}
    database.rollback()
    assert take_rejudge(database) == {1: AT - MINUTE, 2: AT}
    database.commit()
    assert take_rejudge(database) == {}


def test_our_gaps_are_the_times_when_no_source_was_listened_to(database: Connection):
    assert not_listening(database, AT) == []
    listened(database, "a", AT, AT + MINUTE)
    listened(database, "a", AT, AT + 3 * MINUTE)
    listened(database, "b", AT + 2 * MINUTE, AT + 5 * MINUTE)
    listened(database, "a", AT + 9 * MINUTE, AT + 10 * MINUTE)
    assert not_listening(database, AT + 10 * MINUTE) == [(AT + 5 * MINUTE, AT + 9 * MINUTE)]
    assert not_listening(database, AT + 12 * MINUTE)[1:] == [(AT + 10 * MINUTE, AT + 12 * MINUTE)]
    later = not_listening(database, AT + 12 * MINUTE, after=AT + 9 * MINUTE)
    assert later == [(AT + 10 * MINUTE, AT + 12 * MINUTE)]


def test_rules_are_in_force_from_when_they_came_until_another_version_did(database: Connection):
    first = [("a", "1", "p", {"x": 1}), ("b", "1", "p", {})]
    assert len(ship(database, first, AT)) == 2
    assert ship(database, first, AT + MINUTE) == []
    ship(database, [("a", "2", "p", {"x": 2})], AT + 2 * MINUTE)
    ship(database, first, AT + 3 * MINUTE)
    at = [in_force(database, AT + k * MINUTE) for k in range(4)]
    assert [[(r.rule, r.version) for r in rules] for rules in at] == [
        [("a", "1"), ("b", "1")], [("a", "1"), ("b", "1")], [("a", "2")], [("a", "1"), ("b", "1")],
    ]  # fmt: skip
    assert in_force(database, AT - MINUTE) == []
    then = version_of(database, "a", "2")
    assert then is not None
    assert then.body == {"x": 2}


def test_two_changes_of_the_rules_at_one_moment_leave_the_last(database: Connection):
    for version in ("1", "2", "1"):
        ship(database, [("a", version, "p", {})], AT)
    assert [r.version for r in in_force(database, AT)] == ["1"]


def test_dead_letters_are_read_by_pages_and_struck_off_when_replayed(database: Connection):
    add_channels(database, 1)
    writer = Writer(database)
    for number in range(5):
        writer.store(intake(rejects=[Reject(0, f"reason {number}")], payload=b"%d" % number))
    found = list(letters(database, page=2))
    assert [letter.payload for letter in found] == [b"0", b"1", b"2", b"3", b"4"]
    mark_replayed(database, found[1].id, AT, "stored 1 reading")
    assert len(list(letters(database))) == 4
    [again] = letters(database, [found[1].id])
    assert (again.replayed_at, again.outcome) == (AT, "stored 1 reading")
    assert again.message().payload == b"1"


def test_the_ledger_tells_what_is_missing_until_it_comes(database: Connection):
    add_channels(database, 1)  # every 5 s
    writer = Writer(database)
    writer.store(intake(readings((1, 0, 1.0), (1, 5, 1.0), (1, 20, 1.0))))
    assert missing(database, "d1", AT - DAY, AT + DAY) == {"d1/value": 2}
    writer.store(intake(readings((1, 10, 1.0), (1, 15, 1.0))))
    assert missing(database, "d1", AT - DAY, AT + DAY) == {"d1/value": 0}
    [account] = accounts(database, date(2026, 11, 18))
    assert (account.device, account.received, account.stored) == ("d1", 5, 5)
    assert accounts(database, date(2026, 11, 19)) == []


def test_retention_drops_whole_weeks_and_keeps_their_rollups(database: Connection):
    add_channels(database, 1)
    week = 7 * 86400
    writer = Writer(database)
    writer.store(intake(readings((1, -3 * week, 1.0), received=-3 * week)))
    writer.store(intake(readings((1, -week, 2.0), (1, 0, 3.0), (1, -999 * week, 4.0))))
    roll(database)
    dropped = retain(database, AT + DAY, timedelta(days=8))
    assert len(dropped) == 1  # called readings_2026w44, or as TimescaleDB calls its chunks
    assert [value for _, _, value in stored_values(database)] == [4.0, 2.0, 3.0]
    moment = (AT - 21 * DAY).replace(tzinfo=None)
    ask_redo(database, [1], [moment], [moment + 22 * DAY])
    roll(database)
    hours = readings_between(
        database, [1], NOON - np.timedelta64(30, "D"), NOON + np.timedelta64(1, "D"), "hour"
    )
    assert hours["mean"].tolist() == [1.0, 2.0, 3.0]


def test_strays_go_by_when_they_came(database: Connection):
    add_channels(database, 1)
    Writer(database).store(intake(readings((1, -999 * 7 * 86400, 4.0), received=0)))
    retain(database, AT + 10 * DAY, timedelta(days=8))
    assert stored_values(database) == []


def test_what_nobody_adopted_or_mended_goes_with_the_readings_of_its_time(database: Connection):
    writer = Writer(database)
    for days in (9, 1):
        others = unknown(("probe", "depth", -days * 86400, 1.0, "m"))
        letter = [Reject(0, f"{days} days old")]
        writer.store(intake(others=others, rejects=letter, received=-days * 86400))
    retain(database, AT, None)
    assert waiting(database)[0].readings == len(list(letters(database))) == 2
    retain(database, AT, timedelta(days=8))
    assert waiting(database)[0].readings == 1
    assert [letter.reason for letter in letters(database)] == ["1 days old"]


@pytest.mark.parametrize("keep", [None, timedelta(days=365)])
def test_nothing_recent_is_dropped(database: Connection, keep: timedelta | None):
    add_channels(database, 1)
    Writer(database).store(intake(readings((1, 0, 1.0))))
    assert retain(database, datetime(2026, 11, 19, tzinfo=UTC), keep) == []
    assert len(stored_values(database)) == 1


def test_compressed_readings_are_as_good_as_others(database: Connection):
    add_channels(database, 1)
    writer = Writer(database)
    writer.store(intake(readings((1, 0, 1.0), (1, 5, 2.0))))
    if compress(database, timedelta(days=1)):  # TimescaleDB, other than its Apache edition
        compress(database, timedelta(days=2))
        database.execute("SELECT compress_chunk(show_chunks('readings'))")
        database.commit()
    again = Writer(database).store(intake(readings((1, 5, 9.0), (1, 10, 3.0))))
    assert again.new.tolist() == [False, True]
    database.execute("UPDATE readings SET quality = 2 WHERE value = 1.0")
    database.commit()
    assert [value for _, _, value in stored_values(database)] == [1.0, 2.0, 3.0]
