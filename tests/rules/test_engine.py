"""The engine as its callers see it: rules come and go, channels change, events say why."""

import json
from dataclasses import replace
from datetime import timedelta
from time import process_time

import numpy as np
import pytest
from small_city import (
    CHANNELS,
    FLAG_RULE,
    MINUTE,
    RULES,
    START,
    Ledger,
    changed_at,
    channel,
    in_order,
    new_engine,
    readings,
    signal_of,
)

from detectors.rate_of_rise import RateOfRise
from ingest.batch import make_batch
from ingest.quality import Quality
from rules.checkpoint import UnknownCheckpoint
from rules.combine import combine
from rules.event import Episode, Standing
from rules.judgement import Remembered
from rules.pack import read_pack

FLOOD = [0.02] * 5 + [0.4] * 10 + [0.02] * 10  #: a reading a minute: deep from 5 to 15


def flood(number=3, values=FLOOD, begin=0):
    n = len(values)
    return make_batch([number] * n, START + (begin + np.arange(n)) * MINUTE, values)


def found(ledger, rule="water"):
    return [event for event in ledger.events.values() if event.rule == rule]


def run(*batches, channels=CHANNELS, rules=RULES):
    history, ledger = Remembered(*batches), Ledger()
    engine = new_engine(history, rules, channels)
    for batch in batches:
        engine.judge(batch)
        ledger.settle(engine)
    return engine, ledger


WITHOUT_RATE = [replace(c, largest_rate=np.inf) for c in CHANNELS]


def test_an_event_says_what_fired_and_what_would_have_kept_it_quiet():
    _, ledger = run(flood(), channels=WITHOUT_RATE)
    (event,) = found(ledger)
    assert event.severity == "orange"
    assert event.case_key == "0506|component|4401020103000003"
    assert (event.began, event.raised) == (START + 5 * MINUTE, START + 9 * MINUTE)
    assert event.ended == START + 21 * MINUTE
    assert event.why["version"] == read_pack(RULES).rules["water"].version
    assert event.why["members"][0]["expected"] == {"high": pytest.approx(0.15)}
    assert event.why["members"][0]["peak_value"] == 0.4
    assert event.why["quiet_if"] == [
        "depth under 15 cm",
        "abnormal for less than 4 min",
        "fewer than 2 abnormal readings in a row",
    ]
    json.dumps(event.why, allow_nan=False)


def test_an_event_keeps_its_name_while_it_grows_and_ends():
    batch = flood()
    _, ledger = run(*(batch[n : n + 1] for n in range(len(batch))), channels=WITHOUT_RATE)
    assert len(found(ledger)) == 1
    assert found(ledger)[0].standing is Standing.OVER


def test_a_late_reading_can_show_that_an_event_never_was():
    batch = flood(values=[0.02, 0.4, 0.4, 0.4, 0.4, 0.4, 0.02])
    dry = make_batch([3], [START + 3 * MINUTE + MINUTE // 2], [0.02])
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history, channels=WITHOUT_RATE)
    engine.judge(batch)
    ledger.settle(engine)
    assert found(ledger)[0].standing is Standing.STANDING
    history.add(dry)
    engine.judge(dry)
    ledger.settle(engine)
    assert found(ledger)[0].standing is Standing.WITHDRAWN


def test_late_rain_accounts_for_water_and_vanished_rain_does_not():
    rain = flood(21, [1e-4] * 30)
    history, ledger = Remembered(flood()), Ledger()
    engine = new_engine(history, channels=WITHOUT_RATE)
    engine.judge(flood())
    ledger.settle(engine)
    assert found(ledger)[0].standing is Standing.OVER
    history.add(rain)
    engine.judge(rain)
    ledger.settle(engine)
    assert found(ledger)[0].standing is Standing.EXPLAINED
    assert found(ledger)[0].why["explained_by"]["rule"] == "rain"
    withdrawn = rain.with_columns(quality=np.full(30, Quality.CALIBRATION, dtype=np.uint16))
    engine.history = Remembered(flood(), withdrawn)
    engine.rejudge([21])
    ledger.settle(engine)
    assert found(ledger)[0].standing is Standing.OVER


def test_rain_in_another_zone_accounts_for_nothing():
    elsewhere = [
        replace(c, tags={**c.tags, "zone": "z9"}) if c.number == 21 else c for c in WITHOUT_RATE
    ]
    _, ledger = run(flood(21, [1e-4] * 30), flood(), channels=elsewhere)
    assert found(ledger)[0].standing is Standing.OVER


def test_a_rule_on_trial_opens_no_case_and_quietens_no_rule_in_force():
    trial = RULES.replace("status: active", "status: shadow", 1)  # the rain
    _, ledger = run(flood(21, [1e-4] * 30), flood(), channels=WITHOUT_RATE, rules=trial)
    assert found(ledger, "rain")[0].why["status"] == "shadow"
    assert found(ledger)[0].standing is Standing.OVER


def test_drafts_and_retired_rules_are_not_judged():
    text = RULES.replace("status: active", "status: draft")
    _, ledger = run(flood(), channels=WITHOUT_RATE, rules=text)
    assert ledger.events == {}


def test_unusable_readings_are_never_judged():
    bad = flood().with_columns(quality=np.full(25, Quality.OUT_OF_RANGE, dtype=np.uint16))
    _, ledger = run(bad, channels=WITHOUT_RATE)
    assert found(ledger) == []


def test_a_reading_that_is_too_fast_is_flagged_and_not_judged():
    values = [0.02] * 5 + [9.0] + [0.02] * 5
    _, ledger = run(flood(values=values))
    assert ledger.flags == {(3, START + 5 * MINUTE): int(Quality.TOO_FAST)}
    assert found(ledger) == []


def test_a_late_reading_between_takes_the_flag_back():
    batch = make_batch([3, 3], [START, START + 2 * MINUTE], [0.0, 1.0])
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history)  # 0.3 m in a minute at most
    engine.judge(batch)
    ledger.settle(engine)
    assert len(ledger.too_fast()) == 1
    earlier = make_batch([3], [START - 10 * MINUTE], [1.5])
    between = make_batch([3], [START + MINUTE], [0.7])
    for late in (earlier, between):
        history.add(late)
        engine.judge(late)
        ledger.settle(engine)
    alone = Ledger()
    fresh = new_engine(Remembered(batch, earlier, between))
    fresh.judge(Remembered(batch, earlier, between).readings(np.array([3]), None))
    alone.settle(fresh)
    assert ledger.too_fast() == alone.too_fast()


def test_the_clock_that_was_never_set_is_found_by_its_flags():
    wrong = flood().with_columns(
        time=np.datetime64("1970-01-01", "us") + np.arange(25) * MINUTE,
        received=flood().time.copy(),
        quality=np.full(25, Quality.EPOCH, dtype=np.uint16),
    )
    engine, ledger = run(wrong, rules=RULES + FLAG_RULE)
    (event,) = found(ledger, "clock")
    assert event.began == START
    engine.advance(START + 25 * MINUTE)
    assert ledger.settle(engine).events == ()  # it was heard, by our clock


# Rules come and go -----------------------------------------------------------------------


def test_a_new_rule_judges_the_history_and_the_others_keep_what_they_know():
    batch = readings(5)
    without = RULES.replace("id: flooded-zone", "id: another")
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history, without)
    engine.judge(batch)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    deep = signal_of(engine, "water", "deep")
    assert engine.replace_rules(read_pack(RULES)) == ["flooded-zone"]
    assert signal_of(engine, "water", "deep") is deep
    ledger.settle(engine)
    once = in_order(batch)
    kept = {k: e for k, e in ledger.facts().items() if e.rule != "another"}
    assert kept == once.facts()


def test_what_a_changed_rule_found_before_stays_as_it_was_told():
    old = flood(begin=0)
    engine, ledger = run(old, channels=WITHOUT_RATE)
    engine.advance(START + 30 * MINUTE)
    ledger.settle(engine)
    (before,) = found(ledger)
    changed = RULES.replace("high: 15 cm", "high: 50 cm")
    engine.replace_rules(changed_at(START + 30 * MINUTE, RULES, changed))
    ledger.settle(engine)
    assert found(ledger) == [before]


def test_what_stands_when_its_rule_goes_is_over():
    engine, ledger = run(flood(values=[0.4] * 10), channels=WITHOUT_RATE)
    engine.advance(START + 9 * MINUTE)
    ledger.settle(engine)
    other = RULES.replace("id: water", "id: other-water")
    engine.replace_rules(changed_at(START + 9 * MINUTE, RULES, other))
    ledger.settle(engine)
    assert [(e.standing, e.ended) for e in found(ledger)] == [(Standing.OVER, START + 9 * MINUTE)]
    assert found(ledger, "other-water")[0].standing is Standing.STANDING


def test_a_checkpoint_of_other_rules_is_used_as_far_as_it_goes():
    batch = readings(6)
    history = Remembered(batch)
    before = RULES.replace("high: 10 cm", "high: 12 cm")
    terms = changed_at(START + 100 * MINUTE, before, RULES)
    engine = new_engine(history, before)
    engine.judge(batch)
    engine.advance(batch.time.max())
    after, ledger, once = new_engine(history, terms), Ledger(), Ledger()
    ledger.settle(engine)
    assert after.restore(engine.save()) == ["flooded-zone"]
    ledger.settle(after)
    undisturbed = new_engine(history, terms)
    undisturbed.judge(batch)
    undisturbed.advance(batch.time.max())
    once.settle(undisturbed)
    assert ledger.facts() == once.facts() != in_order(batch, before).facts()


def test_a_state_of_another_make_starts_anew(monkeypatch):
    batch = readings(3)
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history)
    engine.judge(batch)
    engine.advance(batch.time.max())
    body = engine.save()
    more = [*RateOfRise.fields, ("added_in_a_later_version", "f8")]
    monkeypatch.setattr(RateOfRise, "fields", more)
    after = new_engine(history)
    assert after.restore(body) == ["flooded-zone"]
    ledger.settle(after)
    assert ledger.facts() == in_order(batch).facts()


def test_bytes_that_are_no_checkpoint_are_refused():
    with pytest.raises(UnknownCheckpoint, match="not a checkpoint"):
        new_engine(Remembered()).restore(b"something else")


# Channels come and change ------------------------------------------------------------------


def test_an_adopted_channel_is_judged_from_its_first_reading():
    batch = readings(7)
    known = [c for c in CHANNELS if c.number != 8]
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history, channels=known)
    engine.judge(batch)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    engine.add_channels([c for c in CHANNELS if c.number == 8])
    engine.rejudge([8])
    ledger.settle(engine)
    assert ledger.facts() == in_order(batch).facts()


def test_a_channel_whose_facts_were_corrected_is_judged_anew():
    batch = readings(8)
    wrong = [replace(c, tags={**c.tags, "zone": "z2"}) if c.number == 7 else c for c in CHANNELS]
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history, channels=wrong)
    engine.judge(batch)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    engine.add_channels(CHANNELS)
    ledger.settle(engine)
    assert ledger.facts() == in_order(batch).facts()


@pytest.mark.parametrize(
    "facts",
    [
        {"largest_rate": 1e-5},
        {"interval": timedelta(seconds=20)},
        {"tags": CHANNELS[0].tags | {"zone": "z2", "gateway": "g2"}},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_facts_that_change_while_the_engine_is_stopped_count_from_the_beginning(facts):
    batch = readings(0)
    stopped, ledger = new_engine(Remembered(batch)), Ledger()
    stopped.judge(batch)
    stopped.advance(batch.time.max())
    ledger.settle(stopped)
    changed = [replace(CHANNELS[0], **facts), *CHANNELS[1:]]
    engine = new_engine(stopped.history, channels=changed)
    engine.restore(stopped.save())
    ledger.settle(engine)
    anew, undisturbed = new_engine(Remembered(batch), channels=changed), Ledger()
    anew.judge(batch)
    anew.advance(batch.time.max())
    undisturbed.settle(anew)
    assert ledger.facts() == undisturbed.facts()


def test_a_channel_that_only_moved_is_not_judged_anew():
    engine, _ = run(flood(), channels=WITHOUT_RATE)
    engine.history = None  # to be asked would be an error
    engine.add_channels([replace(c, lon=float("nan"), lat=30.0) for c in WITHOUT_RATE])
    assert engine.channels[3].lat == 30.0
    assert not engine.settle()


def test_what_flags_told_of_a_channel_outlives_a_correction_of_its_facts():
    wrong = flood().with_columns(quality=np.full(25, Quality.EPOCH, dtype=np.uint16))
    engine, ledger = run(wrong, rules=RULES + FLAG_RULE)
    engine.add_channels([replace(CHANNELS[0], largest_rate=1.0)])
    ledger.settle(engine)
    assert [event.standing for event in found(ledger, "clock")] == [Standing.STANDING]


def test_readings_of_channels_that_nobody_told_of_are_passed_over():
    _, ledger = run(flood(999))
    assert ledger.events == {}


def test_what_is_long_over_can_be_forgotten():
    engine, ledger = run(flood(), flood(begin=500), channels=WITHOUT_RATE)
    before = dict(ledger.events)
    engine.forget(START + 100 * MINUTE)
    assert len(engine.findings.all_told()) < len(before)
    assert not engine.settle()
    late = flood(begin=600)
    engine.history.add(late)
    engine.judge(late)
    ledger.settle(engine)
    assert {k: ledger.events[k] for k in before} == before


def test_an_event_that_lasts_is_the_same_whatever_was_forgotten():
    """It comes and goes every 16 minutes, and rejoins what it was."""
    batch = flood(values=([0.4] * 8 + [0.02] * 8) * 40)
    engine, ledger = run(batch[:300], channels=WITHOUT_RATE)
    engine.forget(START + 200 * MINUTE)
    engine.history.add(batch[300:])
    engine.judge(batch[300:])
    ledger.settle(engine)
    assert [(e.began, e.standing) for e in found(ledger)] == [(START, Standing.OVER)]


def test_what_explains_an_event_that_lasts_is_not_forgotten_before_it():
    """Rain of 40 minutes, and water that comes and goes long after it and rejoins what it was."""
    rain = flood(21, [1e-4] * 40 + [0.0] * 20)
    batch = flood(values=([0.4] * 8 + [0.02] * 8) * 40)
    engine, ledger = run(rain, batch[:300], channels=WITHOUT_RATE)
    assert [e.standing for e in found(ledger)] == [Standing.EXPLAINED]
    engine.forget(START + 200 * MINUTE)
    engine.history.add(batch[300:])
    engine.judge(batch[300:])
    ledger.settle(engine)
    assert [e.standing for e in found(ledger)] == [Standing.EXPLAINED]


def test_what_comes_back_thousands_of_times_is_put_together_in_no_time():
    rule, n = read_pack(RULES).rules["water"], 4000
    at = START + 10 * MINUTE * np.arange(n)
    made = [Episode("water", "deep", 3, t, t, t, t + 5 * MINUTE, 2.0, 0.3) for t in at]
    began = process_time()
    [span] = combine(rule, {"deep": 1}, made)
    assert len(span.members) == n
    assert process_time() - began < 2


def test_a_channel_costs_less_than_two_kilobytes_of_state_and_marks():
    engine = new_engine(Remembered(), channels=[channel(n, "depth") for n in range(1, 1001)])
    signal = signal_of(engine, "water", "deep")
    copies = [state for states in signal.copies.values() for state in states]
    tables = [signal.memory, *(detector.state for detector in signal.detectors), *copies]
    state = sum(table.nbytes for table in tables)
    assert state / 1000 < 2_000


def test_an_event_told_after_the_checkpoint_by_a_rule_that_is_gone_is_over():
    engine, ledger = run(flood(values=[0.4] * 10), channels=WITHOUT_RATE)
    without = RULES.replace("id: water", "id: other-water")
    after = new_engine(engine.history, without, WITHOUT_RATE)
    after.remember(ledger.events.values())
    ledger.settle(after)
    assert [event.standing for event in found(ledger)] == [Standing.OVER]
    assert found(ledger)[0].ended == found(ledger)[0].raised
