"""Rules change under a running judge: nothing is lost, and it ends as if it had always known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event as Flag
from time import monotonic
from typing import Any

import numpy as np
import pytest
from one_rule import PACK
from psycopg.types.json import Jsonb
from stored import NOW, stored_judge

from cases.city import load_city
from deploy import judge as judge_module
from deploy.explaining import reproduce
from deploy.handover import Handover
from deploy.judging import Judging
from deploy.upkeep import Upkeep
from ingest.batch import Batch, concatenate, make_batch
from rules.engine import Engine
from rules.event import Event, Standing
from rules.judgement import Remembered
from rules.pack import RuleSet, read_pack
from store.assets import channels
from store.catalogue import LiveCity
from store.database import Connection, connect
from store.history import history
from store.readings import Writer
from store.rule_changes import By, discard, promote, put_on_trial, save, ship
from store.rule_comparison import compare
from store.rule_versions import rule_of, terms, version_of
from store.told import told_since

pytestmark = pytest.mark.server

START = np.datetime64("2026-07-01T02:00", "us")
MINUTE = np.timedelta64(60_000_000, "us")
PATIENCE = 30.0  # [s]
CATALOGUE = load_city().catalogue
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
TWO = (
    PACK
    + """\
  - id: rising
    title: {en: rising water, zh: 水位上涨}
    status: active
    why: it rises
    source: us
    signals: {rises: {select: {quantity: depth},
                      detect: [{with: rate_of_rise, rise: 5 cm, over: PT10M}]}}
    per: device
    severity: [{at: 1, level: yellow}]
    event: {code_list: GB/T 30428.2-2013, code: "0506", condition: standing-water}
    case: none
"""
)
OLD, LOWER = read_pack(TWO), read_pack(TWO.replace("15 cm", "5 cm"))


def only(rules: RuleSet, rule: str) -> RuleSet:
    return RuleSet({rule: rules.rules[rule]}, {rule: "test"}, {rule: rules.body[rule]})


def version(rules: RuleSet) -> str:
    return rules.rules["water"].version


def add_devices(database: Connection, count: int) -> None:
    for number in range(1, count + 1):
        database.execute(
            "INSERT INTO devices (id, status, tags) VALUES (%s, 'active', %s)",
            (f"d{number}", Jsonb({"zone": "z1"})),
        )
        database.execute(
            "INSERT INTO channels (number, id, device, name, quantity, unit, interval)"
            " OVERRIDING SYSTEM VALUE VALUES (%s, %s, %s, 'depth', 'depth', '', 'PT1M')",
            (number, f"d{number}/depth", f"d{number}"),
        )
    database.commit()


def minutes(count: int, first: int, last: int, seed: int = 1) -> Batch:
    """Return random depths of `count` devices, a minute apart, that rise and fall in the hour."""
    rng = np.random.default_rng([seed, first])
    at = np.arange(first, last)
    parts = []
    for number in range(1, count + 1):
        depth = 0.1 + 0.1 * np.sin((at + 7 * number) / 9) + rng.normal(0, 0.005, len(at))
        time = START + at * MINUTE
        parts.append(make_batch([number] * len(at), time, depth, received=time + MINUTE))
    whole = concatenate(parts)
    return whole[np.lexsort((whole.channel, whole.received))]


def stored(database: Connection, batch: Batch) -> Batch:
    Writer(database).store_batch(batch)
    database.commit()
    return batch


def at(minute: int) -> datetime:
    moment: datetime = (START + minute * MINUTE).item()
    return moment.replace(tzinfo=UTC)


def by(minute: int) -> By:
    return By("chen", "to see", at(minute))


def facts(events: list[Event]) -> set[tuple[Any, ...]]:
    """Return what rules in force found: what a trial found before it ended stays on record."""
    return {
        (e.id, e.version, e.began, e.raised, e.found, e.ended, e.standing, e.channels, e.peak)
        for e in events
        if e.standing is not Standing.WITHDRAWN and not e.shadow
    }


def as_if_always_known(database: Connection) -> set[tuple[Any, ...]]:
    """Return what one undisturbed engine finds in all that is stored, by the terms as they are."""
    known = channels(database)
    numbers = np.array([channel.number for channel in known], dtype=np.int32)
    rows = history(database, numbers, START)
    engine = Engine(terms(database), known, Remembered(rows))
    engine.judge(rows)
    engine.advance(rows.time.max())
    return facts(list(engine.settle().events))


def told(database: Connection) -> set[tuple[Any, ...]]:
    found = facts(told_since(database, LONG_AGO))
    database.commit()
    return found


def cases(database: Connection) -> list[Any]:
    rows = database.execute("SELECT began FROM cases").fetchall()
    database.commit()
    return rows


def test_a_saved_rule_is_taken_up_without_a_restart_and_the_case_goes_on(
    database: Connection, database_url: str
) -> None:
    add_devices(database, 1)
    with stored_judge(database_url, OLD) as judge:
        deep = make_batch([1] * 30, START + np.arange(30) * MINUTE, np.full(30, 0.3))
        judge.judge(stored(database, deep))
        judge.settle()
        save(database, LOWER, by(20), CATALOGUE)
        judge.reload.set()
        judge.settle()
        judge.settle()
        events = sorted(told_since(database, LONG_AGO), key=lambda event: event.began)
        assert [(e.version, e.standing) for e in events if e.rule == "water"] == [
            (version(OLD), "over"),
            (version(LOWER), "standing"),
        ]
        assert len(cases(database)) == 1
        assert told(database) == as_if_always_known(database)


def test_an_upgrade_that_only_says_it_in_both_languages_is_an_edited_rule_and_no_more(
    database: Connection, database_url: str
) -> None:
    """What stands goes on in the same case; the former version is read, and told, as it was."""
    add_devices(database, 1)
    both = "why: {en: it is deep, zh: 水深超限}"
    said = read_pack(TWO.replace("why: it is deep", both))
    with stored_judge(database_url, OLD) as judge:
        deep = make_batch([1] * 30, START + np.arange(30) * MINUTE, np.full(30, 0.3))
        judge.judge(stored(database, deep))
        judge.settle()
        changed = ship(database, said.versions(), at(20))
        assert [(change.rule, change.verb) for change in changed] == [("water", "ship")]
        judge.reload.set()
        judge.settle()
        judge.settle()
        events = sorted(told_since(database, LONG_AGO), key=lambda event: event.began)
        assert [(e.version, e.standing, e.why["because"]) for e in events if e.rule == "water"] == [
            (version(OLD), "over", "it is deep"),
            (version(said), "standing", {"en": "it is deep", "zh": "水深超限"}),
        ]
        assert len(cases(database)) == 1
        assert told(database) == as_if_always_known(database)
        former = version_of(database, "water", version(OLD))
        assert former is not None
        assert rule_of(former).why == "it is deep"
        first = next(e for e in events if e.version == version(OLD))
        assert reproduce(database, first, []).differs == ()


def test_what_was_judged_by_the_former_version_meanwhile_is_judged_again(
    database: Connection, database_url: str
) -> None:
    """The change is known twenty minutes after it was made."""
    add_devices(database, 3)
    with stored_judge(database_url, OLD) as judge:
        judge.judge(stored(database, minutes(3, 0, 90)))
        judge.settle()
        save(database, LOWER, by(70), CATALOGUE)
        judge.reload.set()
        judge.settle()
        judge.settle()
        assert told(database) == as_if_always_known(database)


def test_a_reading_that_comes_after_a_change_is_judged_by_the_version_of_its_time(
    database: Connection, database_url: str
) -> None:
    """The event found late is back-dated and carries that version; so does its case."""
    add_devices(database, 1)

    def depths(first: int, depth: float, received: int) -> Batch:
        time = START + np.arange(first, first + 5) * MINUTE
        came = np.full(5, START + received * MINUTE)
        return make_batch([1] * 5, time, np.full(5, depth), received=came)

    with stored_judge(database_url, OLD) as judge:
        judge.judge(stored(database, depths(0, 0.01, 5)))
        save(database, LOWER, by(30), CATALOGUE)
        judge.reload.set()
        judge.judge(stored(database, depths(40, 0.01, 45)))
        judge.settle()
        judge.judge(stored(database, depths(10, 0.1, 50)))  # shallow: nothing to the rule of then
        judge.judge(stored(database, depths(25, 0.01, 51)))
        judge.judge(stored(database, depths(20, 0.3, 52)))
        judge.settle()
        events = [e for e in told_since(database, LONG_AGO) if e.rule == "water"]
        assert [(e.version, e.began, e.standing) for e in events] == [
            (version(OLD), START + 20 * MINUTE, "over")
        ]
        assert events[0].found == START + 52 * MINUTE
        assert cases(database) == [(at(20),)]


def test_what_the_rule_of_then_does_not_bear_out_is_withdrawn_and_the_log_says_so(
    database: Connection, database_url: str
) -> None:
    """The judge hears of a stricter rule after it has opened a case by the one of before."""
    add_devices(database, 1)
    stricter = read_pack(TWO.replace("15 cm", "50 cm"))
    with stored_judge(database_url, OLD) as judge:
        deep = make_batch([1] * 30, START + np.arange(30, 60) * MINUTE, np.full(30, 0.3))
        judge.judge(stored(database, deep))
        judge.settle()
        assert len(cases(database)) == 1
        save(database, stricter, by(20), CATALOGUE)
        judge.reload.set()
        judge.settle()
        judge.settle()
        log = database.execute(
            "SELECT c.state, l.verb, l.reason FROM cases c JOIN case_log l ON l.case_id = c.id"
            " ORDER BY l.version DESC LIMIT 1"
        ).fetchall()
        database.commit()
        assert log == [("void", "void", "its events are withdrawn")]


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("saved", [False, True])
def test_killed_in_the_middle_of_a_reload_it_ends_the_same(
    database: Connection, database_url: str, monkeypatch: Any, steps: int, saved: bool
) -> None:
    """So many channels that leading the new signal up takes several settlings."""
    monkeypatch.setattr(judge_module, "CATCH_UP", 0.0)
    add_devices(database, 100)
    with stored_judge(database_url, OLD) as judge:
        judge.judge(stored(database, minutes(100, 0, 60)))
        judge.settle()
        judge.checkpoint()
        save(database, LOWER, by(40), CATALOGUE)
        judge.reload.set()
        for _ in range(steps):
            judge.settle()
        judge.judge(stored(database, minutes(100, 60, 70)))
        judge.settle()
        if saved:
            judge.checkpoint()
    with stored_judge(database_url, OLD) as judge:
        judge.judge(stored(database, minutes(100, 70, 80)))
        judge.settle()
        assert told(database) == as_if_always_known(database)


def test_a_running_judge_takes_up_changes_while_readings_come_and_loses_none(
    database: Connection, database_url: str
) -> None:
    """Saved, tried, promoted and back, by other sessions, in the middle of the stream."""
    add_devices(database, 40)
    changes: dict[int, Callable[[Connection], Any]] = {
        10: lambda c: save(c, LOWER, by(30), CATALOGUE),
        20: lambda c: put_on_trial(c, only(OLD, "water"), by(60), CATALOGUE),
        30: lambda c: promote(c, "water", by(90)),
    }
    with stored_judge(database_url, OLD) as judge, connect(database_url) as other:
        micros = round(NOW.timestamp() * 1e6)
        upkeep = Upkeep(database_url, lambda: micros, None, judge.reload.set, LiveCity(load_city()))
        handover = Handover()
        judging = Judging(judge, handover, lambda: micros, tick=0.01)
        upkeep.start()
        judging.start()
        for turn in range(50):
            if turn in changes:
                changes[turn](other)
            assert handover.put(stored(database, minutes(40, 3 * turn, 3 * turn + 3)), PATIENCE)
        wanted, patience = as_if_always_known(database), monotonic() + PATIENCE
        while told(database) != wanted and monotonic() < patience:
            Flag().wait(0.05)
        handover.close()
        judging.join(PATIENCE)
        upkeep.stop()
        assert judging.trouble is None
    assert told(database) == wanted
    assert {entry[1] for entry in wanted} >= {version(OLD), version(LOWER)}


def test_a_trial_is_compared_with_what_is_in_force_and_opens_no_case(
    database: Connection, database_url: str
) -> None:
    add_devices(database, 2)
    with stored_judge(database_url, OLD) as judge:
        put_on_trial(database, only(LOWER, "water"), by(0), CATALOGUE)
        judge.reload.set()
        judge.settle()
        time = START + np.arange(1, 21) * MINUTE
        for number, depth in ((1, 0.3), (2, 0.1)):
            judge.judge(stored(database, make_batch([number] * 20, time, np.full(20, depth))))
        judge.settle()
        found = compare(database, "water")
        assert (found.active, found.trial, found.since) == (version(OLD), version(LOWER), at(0))
        counts = [(True, True), (True, False), (False, True)]
        assert [found.events(*which) for which in counts] == [1, 0, 1]
        assert [found.cases(*which) for which in counts] == [1, 0, 1]
        assert len(cases(database)) == 1
        discard(database, "water", by(30))
        judge.reload.set()
        judge.settle()
        shadows = [e for e in told_since(database, LONG_AGO) if e.shadow]
        assert {event.standing for event in shadows} == {Standing.OVER}


def test_a_promoted_trial_takes_its_findings_along(database: Connection, database_url: str) -> None:
    """What it had found is then in force from that moment, at once: its signals are the same."""
    add_devices(database, 2)
    with stored_judge(database_url, OLD) as judge:
        put_on_trial(database, only(LOWER, "water"), by(0), CATALOGUE)
        judge.reload.set()
        judge.settle()
        time = START + np.arange(1, 21) * MINUTE
        judge.judge(stored(database, make_batch([1] * 20, time, np.full(20, 0.1))))
        judge.settle()
        assert cases(database) == []
        promote(database, "water", by(15))
        judge.reload.set()
        judge.settle()
        assert cases(database) == [(at(15),)]
