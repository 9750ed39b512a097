"""A backtest is the live engine: the same events, whatever the pieces the history comes in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_city import CHANNELS, FLAG_RULE, RULES, Ledger, in_order, new_engine, readings

from ingest.batch import make_batch
from rules.backtest import Backtest, as_if_active
from rules.event import Standing
from rules.judgement import Remembered
from rules.pack import read_pack
from rules.scaled import Scaled, ScaledSilence
from rules.schema import Status
from rules.sweep import FACTORS


def backtested(batch, pieces, rng, sweep=False, rules=RULES):
    """Judge `batch`, which is in the order of time, in so many pieces."""
    trial = Backtest(read_pack(rules), CHANNELS, sweep)
    cuts = np.sort(rng.integers(0, len(batch), pieces - 1))
    for rows in np.split(np.arange(len(batch)), cuts):
        trial.judge(batch[rows].in_time_order())
    return trial


@settings(max_examples=12)
@given(seed=st.integers(0, 30), pieces=st.integers(1, 12))
def test_a_backtest_finds_what_judging_live_out_of_order_finds(seed, pieces):
    rng = np.random.default_rng(seed)
    batch = readings(seed)
    history, ledger = Remembered(), Ledger()
    engine = new_engine(history)
    for rows in np.array_split(rng.permutation(len(batch)), 9):
        history.add(batch[rows])
        engine.judge(batch[rows])
        ledger.settle(engine)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    trial = backtested(batch, pieces, rng)
    assert {event.id: event for event in trial.events()} == ledger.facts()


@pytest.mark.parametrize("seed", range(6))
def test_a_factor_of_one_is_the_rule_itself(seed):
    """Scores put to a policy of their own give the same events as the engine's."""
    batch = readings(seed)
    trial = Backtest(read_pack(RULES), CHANNELS, sweep=True)
    for one in trial.sweep.trials:
        one.factor = 1.0
        for signal in one.signals.values():
            signal.factor = 1.0
            if isinstance(signal, ScaledSilence):
                signal.limit[:] = np.timedelta64(7, "m")  # 3 times 2 min, and 1 min
    trial.judge(batch.in_time_order())
    found = trial.events()
    swept = trial.sweep.events(found)
    assert swept.keys() == {"rain", "water", "flooded-zone", "device-silent", "gateway-silent"}
    for rule, by_factor in swept.items():
        mine = {event.id: event for event in found if event.rule == rule}
        same = ("raised", "ended", "standing", "peak", "severity", "channels", "case_key", "found")
        for events in by_factor.values():
            assert {e.id for e in events} == mine.keys()
            for e in events:
                assert [getattr(e, n) for n in same] == [getattr(mine[e.id], n) for n in same]


@pytest.mark.parametrize("factor", [0.5, 0.7, 1.5, 2.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_factor_gives_what_the_rule_with_that_limit_would(seed, factor):
    """A level scores value / limit, so that its limit times k is a score of k."""
    batch = readings(seed)
    swept = backtested(batch, 5, np.random.default_rng(seed), sweep=True).swept()
    rewritten = RULES.replace("high: 15 cm", f"high: {15 * factor:.6g} cm")
    again = [
        e
        for e in backtested(batch, 1, np.random.default_rng(0), rules=rewritten).events()
        if e.rule == "water"
    ]
    spans = [(e.began, e.raised, e.ended, e.standing) for e in swept["water"][factor]]
    assert sorted(spans) == sorted((e.began, e.raised, e.ended, e.standing) for e in again)


@settings(max_examples=10)
@given(seed=st.integers(0, 20), pieces=st.integers(2, 9))
def test_folding_what_is_over_changes_no_swept_event(seed, pieces):
    batch = readings(seed)
    once = backtested(batch, 1, np.random.default_rng(0), sweep=True).swept()
    trial = Backtest(read_pack(RULES), CHANNELS, sweep=True)
    for rows in np.array_split(np.arange(len(batch)), pieces):
        trial.judge(batch[rows].in_time_order())
        trial.sweep.fold(batch.time[rows].max() - np.timedelta64(20, "m"))
    assert trial.swept() == once


def test_folding_forgets_what_is_over():
    trial = Backtest(read_pack(RULES), CHANNELS, sweep=True)
    trial.judge(readings(0).in_time_order())
    scaled = [s for one in trial.sweep.trials for s in one.signals.values()]
    scaled = [s for s in scaled if isinstance(s, Scaled)]
    assert any(s.episodes for s in scaled)
    trial.sweep.fold(np.datetime64("2030-01-01", "us"))
    assert all(e.cleared is None for s in scaled for es in s.episodes.values() for e in es)


@pytest.mark.parametrize("factor", [0.5, 2.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_limit_of_a_silence_is_multiplied_itself(seed, factor):
    batch = readings(seed)
    swept = backtested(batch, 5, np.random.default_rng(seed), sweep=True).swept()
    grace = f"times: {3 * factor}, grace: PT{60 * factor:.0f}S"
    rewritten = RULES.replace("times: 3, grace: PT1M", grace)
    again = backtested(batch, 1, np.random.default_rng(0), rules=rewritten).events()
    spans = [(e.began, e.raised, e.ended) for e in swept["gateway-silent"][factor]]
    expected = [(e.began, e.raised, e.ended) for e in again if e.rule == "gateway-silent"]
    assert sorted(spans, key=str) == sorted(expected, key=str)


def test_rules_without_a_limit_are_left_out_of_the_sweep_and_named():
    trial = Backtest(read_pack(RULES + FLAG_RULE), CHANNELS, sweep=True)
    assert trial.sweep.left_out == ["clock"]
    assert {one.factor for one in trial.sweep.trials} == set(FACTORS)


@pytest.mark.parametrize("status", ["draft", "shadow"])
def test_rules_on_trial_are_judged_as_if_they_were_in_force(status):
    written = RULES.replace("status: active", f"status: {status}")
    batch = readings(0)
    trial = backtested(batch, 3, np.random.default_rng(0), rules=written)
    active = in_order(batch).facts()
    assert len(trial.events()) == len(active)
    assert {e.case_key for e in trial.events()} == {e.case_key for e in active.values()}
    assert set(trial.written.values()) == {Status(status)}
    assert trial.ruleset.rules["water"].version == read_pack(written).rules["water"].version


def test_a_retired_rule_stays_retired():
    retired = as_if_active(read_pack(RULES.replace("status: active", "status: retired")))
    assert retired.judged() == []


def test_channels_are_watched_from_their_first_reading_to_their_last():
    batch = readings(1)
    trial = backtested(batch, 4, np.random.default_rng(1))
    for number, count in trial.readings.items():
        mine = batch.time[batch.channel == number]
        assert (trial.first[number], trial.last[number]) == (mine.min(), mine.max())
        assert count == len(mine)


def test_no_readings_find_nothing():
    trial = Backtest(read_pack(RULES), CHANNELS, sweep=True)
    trial.judge(make_batch([], [], []))
    assert trial.events() == []
    assert all(e.standing is not Standing.WITHDRAWN for e in trial.events())


@pytest.mark.parametrize("seed", range(5))
def test_what_has_long_been_over_is_forgotten_by_the_engine_and_kept_by_the_backtest(
    seed, monkeypatch
):
    batch = readings(seed, minutes=600)
    once = backtested(batch, 1, np.random.default_rng(seed), sweep=True)
    monkeypatch.setattr("rules.backtest.FORGET", np.timedelta64(90, "m"))
    trial = backtested(batch, 12, np.random.default_rng(seed), sweep=True)
    assert trial.events() == once.events()
    assert trial.swept() == once.swept()
    assert len(trial.engine.findings.all_told()) < len(once.engine.findings.all_told())
