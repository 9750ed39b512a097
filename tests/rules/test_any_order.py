"""Invariants 4 and 5: neither the order of arrival nor a crash changes what is found."""

import numpy as np
import pytest
from small_city import FLAG_RULE, RULES, Ledger, in_order, new_engine, readings

from ingest.quality import Quality
from rules.event import Standing
from rules.judgement import Remembered

SEEDS = (0, 3, 5)  #: between them every rule finds something, see the first claim


def split(batch, rng, pieces):
    cuts = np.sort(rng.integers(0, len(batch) + 1, pieces - 1))
    return [part for part in np.split(np.arange(len(batch)), cuts) if len(part)]


def shuffled(batch, rng, manner):
    """Return the order in which rows arrive."""
    if manner == "as measured":
        return np.arange(len(batch))
    if manner == "any order":
        return rng.permutation(len(batch))
    minutes = 3 if manner == "a little late" else 90
    delay = rng.uniform(0, minutes * 60e6, len(batch)).astype("m8[us]")
    some_late = np.where(rng.random(len(batch)) < 0.2, delay, np.timedelta64(0, "us"))
    return np.argsort(batch.time + some_late, kind="stable")


def test_the_random_city_has_what_the_claims_are_about():
    standings, rules, flagged = set(), set(), 0
    for seed in SEEDS:
        ledger = in_order(readings(seed))
        standings |= {event.standing for event in ledger.facts().values()}
        rules |= {event.rule for event in ledger.facts().values()}
        flagged += len(ledger.too_fast())
    assert standings == {Standing.STANDING, Standing.OVER, Standing.EXPLAINED}
    assert rules == {"rain", "water", "flooded-zone", "device-silent", "gateway-silent"}
    assert flagged > 10


@pytest.mark.parametrize("manner", ["as measured", "a little late", "hours late", "any order"])
@pytest.mark.parametrize("seed", SEEDS)
def test_readings_in_any_order_and_batching_give_the_same_events(seed, manner):
    rng = np.random.default_rng(seed + 100)
    batch = readings(seed)
    arriving = batch[shuffled(batch, rng, manner)]
    history, ledger = Remembered(), Ledger()
    engine = new_engine(history)
    for rows in split(arriving, rng, 15):
        part = arriving[rows]
        history.add(part)
        engine.judge(part)
        if rng.random() < 0.7:
            engine.advance(arriving.time[: rows[-1] + 1].max())
            ledger.settle(engine)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    once = in_order(batch)
    assert ledger.facts() == once.facts()
    assert ledger.too_fast() == once.too_fast()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_crash_at_any_instant_changes_nothing(seed):
    """The store is ahead of the judge, the checkpoint behind both, and events outlive it."""
    rng = np.random.default_rng(seed + 200)
    batch = readings(seed)
    order = shuffled(batch, rng, "hours late")
    parts = [order[rows] for rows in split(batch, rng, 15)]
    received = np.empty(len(batch), dtype="M8[us]")
    for number, rows in enumerate(parts):
        received[rows] = batch.time.max() + np.timedelta64(number + 1, "s")
    batch = batch.with_columns(received=received)
    rules = RULES + FLAG_RULE

    def run(crashes):
        history, ledger = Remembered(batch), Ledger()  # all is stored before it is judged
        engine, body = new_engine(history, rules), None
        since_checkpoint: dict = {}
        for number, rows in enumerate(parts):
            engine.judge(batch[rows])
            if number % 3 == 2:
                engine.advance(batch.time[np.concatenate(parts[: number + 1])].max())
                for event in ledger.settle(engine).events:
                    since_checkpoint[event.id] = event
            if crashes and rng.random() < 0.3:
                body, since_checkpoint = engine.save(), {}
            if crashes and rng.random() < 0.4:
                engine = new_engine(history, rules)
                if body is not None:
                    assert engine.restore(body) == []
                engine.remember(since_checkpoint.values())
                done = batch[np.concatenate(parts[: number + 1])]
                until = engine.received_until
                missed = done if np.isnat(until) else done[done.received > until]
                for stamp in np.unique(missed.received):
                    engine.judge(missed[missed.received == stamp])
        engine.advance(batch.time.max())
        ledger.settle(engine)
        return ledger

    crashed, undisturbed = run(crashes=True), run(crashes=False)
    assert crashed.facts() == undisturbed.facts()
    assert crashed.too_fast() == undisturbed.too_fast()
    assert any(event.rule == "clock" for event in undisturbed.facts().values())


def test_a_reading_that_is_judged_twice_changes_nothing():
    batch = readings(1)
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history)
    engine.judge(batch)
    engine.judge(batch[100:200])
    engine.advance(batch.time.max())
    ledger.settle(engine)
    assert ledger.facts() == in_order(batch).facts()


def test_a_second_settling_has_nothing_to_say():
    batch = readings(2)
    engine = new_engine(Remembered(batch))
    engine.judge(batch)
    engine.advance(batch.time.max())
    assert engine.settle().events
    assert not engine.settle()


def test_judging_all_anew_changes_nothing():
    batch = readings(3)
    stored = batch.with_columns(quality=batch.quality | np.uint16(Quality.LATE))
    engine, ledger = new_engine(Remembered(stored)), Ledger()
    engine.judge(stored)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    before = dict(ledger.events)
    engine.rejudge(np.unique(batch.channel))
    ledger.settle(engine)
    assert ledger.events == before
