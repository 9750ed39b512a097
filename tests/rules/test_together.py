"""Groups of channels side by side: the same events in whatever order readings arrive."""

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_city import Ledger, changed_at

from ingest.batch import make_batch
from ingest.channel import Channel
from ingest.quality import Quality
from rules.engine import Engine
from rules.judgement import Remembered
from rules.pack import read_pack
from rules.reproduce import channels_concerned, differences, judge_again

START = np.datetime64("2026-07-01T00:00", "us")
MINUTE = np.timedelta64(60_000_000, "us")
RULES = """
pack: test
rules:
  - id: odd-one
    title: {en: odd one, zh: 异常}
    status: active
    why: it no longer moves with its peers
    source: us
    signals:
      apart:
        select: {quantity: pressure}
        together: {per: zone, every: PT10M, hold: PT30M, grace: PT2M}
        detect: [{with: peers, over: PT2H, habit: P2D, learn: PT12H, limit: 3}]
        policy: {samples: 2, off_delay: PT20M}
    per: channel
    severity: [{at: 1, level: yellow}]
    event: {code_list: L, code: "99", condition: odd}
    case: {one_per: channel}
"""


def channel(number, zone, **facts):
    return Channel(
        number=number, id=f"c{number:02}", device=f"d{number}", name="pressure",
        quantity="pressure", unit="", interval=timedelta(minutes=10),
        tags={"zone": zone}, **facts,
    )  # fmt: skip


CHANNELS = [channel(n, "z1", largest_rate=50.0) for n in (9, 2, 4, 7)]
CHANNELS += [channel(n, "z2") for n in (12, 3, 5, 6)] + [channel(30, "alone")]
ZONE = {c.number: c.tags["zone"] for c in CHANNELS}


def readings(seed, hours=60):
    """Return what two zones read: one tide each, and offsets that come and go at one member."""
    rng = np.random.default_rng(seed)
    n = hours * 6
    tide = {zone: np.cumsum(rng.normal(0, 300, n)) for zone in ("z1", "z2", "alone")}
    parts = []
    for one in CHANNELS:
        value = 2e5 + tide[one.tags["zone"]] * rng.uniform(0.5, 2) + rng.normal(0, 100, n)
        if rng.random() < 0.6:
            begin = rng.integers(n // 3, n)
            value[begin : begin + rng.integers(6, 60)] += 3000 * rng.choice([-1, 1])
        value[rng.random(n) < 0.01] += 90_000.0  # too fast where there is a largest rate
        value[rng.random(n) < 0.02] = np.nan
        quality = np.where(rng.random(n) < 0.02, Quality.OUT_OF_RANGE, 0).astype(np.uint16)
        jitter = rng.integers(0, 600_000_000, n).astype("m8[us]")
        time = START + np.arange(n) * 10 * MINUTE + jitter
        keep = rng.random(n) > 0.05
        parts.append((np.full(n, one.number)[keep], time[keep], value[keep], quality[keep]))
    number, time, value, quality = (np.concatenate(column) for column in zip(*parts, strict=True))
    batch = make_batch(number, time, value, quality=quality)
    return batch[np.argsort(batch.time, kind="stable")]


def new_engine(history, channels=CHANNELS, rules=RULES):
    return Engine(read_pack(rules) if isinstance(rules, str) else rules, channels, history)


def in_order(batch, channels=CHANNELS, rules=RULES):
    """Return what one undisturbed run over all readings finds, without ever looking back."""
    engine, ledger = new_engine(Remembered(), channels, rules), Ledger()
    engine.judge(batch)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    return ledger


SEEDS = (0, 1, 2)
ONCE = {seed: in_order(readings(seed)) for seed in SEEDS}


def test_the_random_zones_have_what_the_claims_are_about():
    events = [event for once in ONCE.values() for event in once.facts().values()]
    assert len(events) >= 5
    assert {ZONE[event.channels[0]] for event in events} == {"z1", "z2"}
    assert any(event.ended is None for event in events)
    assert any(event.ended is not None for event in events)
    assert sum(len(once.too_fast()) for once in ONCE.values()) > 10


def test_an_event_names_who_is_apart_and_what_is_taken_for_normal():
    event = next(iter(ONCE[0].facts().values()))
    member = event.why["members"][0]
    assert member["expected"].keys() == {"level", "score"}
    assert member["expected"]["score"] >= 1
    said = f"{member['channel']} in step with the others of its zone, pressure as before, about 0."
    assert event.why["quiet_if"][0].startswith(said)


def test_an_event_is_judged_again_from_the_readings_of_its_group_alone():
    rules, batch = read_pack(RULES), readings(1)
    for event in ONCE[1].facts().values():
        concerned = channels_concerned(event, rules, CHANNELS)
        assert {ZONE[c.number] for c in concerned} == {ZONE[event.channels[0]]}
        each = [batch[batch.channel == channel.number] for channel in concerned]
        again = judge_again(rules, concerned, each, batch.time.max(), ())
        assert differences(event, again) == []


def judged_in_parts(batch, order, cuts, advances):
    history, ledger = Remembered(), Ledger()
    engine = new_engine(history)
    for part, moves_on in zip(np.split(order, cuts), advances, strict=True):
        if len(part) == 0:
            continue
        history.add(batch[part])
        engine.judge(batch[part])
        if moves_on:
            engine.advance(batch.time[part].max())
            ledger.settle(engine)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    return ledger


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_readings_in_any_order_and_batching_give_the_same_events(data):
    seed = data.draw(st.sampled_from(SEEDS))
    batch = readings(seed)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    delay = rng.uniform(0, data.draw(st.sampled_from([0, 5, 90, 1500, 10**5])) * 60e6, len(batch))
    some_late = np.where(rng.random(len(batch)) < data.draw(st.sampled_from([0.01, 0.3])), delay, 0)
    order = np.argsort(batch.time + some_late.astype("m8[us]"), kind="stable")
    pieces = data.draw(st.integers(1, 25))
    cuts = np.sort(rng.integers(0, len(batch), pieces - 1))
    ledger = judged_in_parts(batch, order, cuts, rng.random(pieces) < 0.8)
    assert ledger.facts() == ONCE[seed].facts()
    assert ledger.too_fast() == ONCE[seed].too_fast()


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_readings_told_twice_change_nothing(data):
    batch = readings(1)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history)
    for part in np.array_split(np.arange(len(batch)), 6):
        engine.judge(batch[part])
        engine.advance(batch.time[part].max())
        again = rng.integers(0, part[-1] + 1, 20)
        engine.judge(batch[np.unique(again)])
        ledger.settle(engine)
    assert ledger.facts() == ONCE[1].facts()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_crash_at_any_instant_changes_nothing(data):
    """The store is ahead of the judge, the checkpoint behind both, and events outlive it."""
    seed = data.draw(st.sampled_from(SEEDS))
    batch = readings(seed)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    delay = np.where(rng.random(len(batch)) < 0.05, rng.uniform(0, 9e9, len(batch)), 0)
    order = np.argsort(batch.time + delay.astype("m8[us]"), kind="stable")
    parts = [p for p in np.split(order, np.sort(rng.integers(0, len(batch), 12))) if len(p)]
    received = np.empty(len(batch), dtype="M8[us]")
    for number, rows in enumerate(parts):
        received[rows] = batch.time.max() + np.timedelta64(number + 1, "s")
    batch = batch.with_columns(received=received)
    history, ledger = Remembered(batch), Ledger()
    engine, body = new_engine(history), None
    since_checkpoint = {}
    for number, rows in enumerate(parts):
        engine.judge(batch[rows])
        if rng.random() < 0.6:
            engine.advance(batch.time[np.concatenate(parts[: number + 1])].max())
            since_checkpoint |= {event.id: event for event in ledger.settle(engine).events}
        if rng.random() < 0.4:
            body, since_checkpoint = engine.save(), {}
        if rng.random() < 0.4:
            engine = new_engine(history)
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
    found = {key: (e.began, e.raised, e.ended, e.peak) for key, e in ledger.facts().items()}
    once = ONCE[seed].facts()
    assert found == {key: (e.began, e.raised, e.ended, e.peak) for key, e in once.items()}


class Noting(Remembered):
    """A history that notes of whom and since when it was asked."""

    def __init__(self, *batches):
        super().__init__(*batches)
        self.asked = []

    def readings(self, channels, since):
        self.asked.append((channels.tolist(), since))
        return super().readings(channels, since)


def test_a_late_reading_takes_its_group_back_by_an_hour_and_no_other_group():
    batch = readings(2)
    late = np.flatnonzero((batch.channel == 4) & (batch.quality == 0))[-10]
    history = Noting(batch)
    engine, ledger = new_engine(history), Ledger()
    for part in np.array_split(np.delete(np.arange(len(batch)), late), 40):
        engine.judge(batch[part])
        engine.advance(batch.time[part].max())
    assert history.asked == []
    engine.judge(batch[[late]])
    engine.advance(batch.time.max())
    ledger.settle(engine)
    assert {tuple(numbers) for numbers, _ in history.asked} == {(4,), (2, 4, 7, 9)}
    assert all(batch.time[late] - since < 3 * 60 * MINUTE for _, since in history.asked)
    assert ledger.facts() == ONCE[2].facts()


def test_frames_wait_until_event_time_has_passed_their_end_and_the_grace():
    batch = readings(0)
    engine = new_engine(Remembered(batch))
    engine.judge(batch)
    signal = next(iter(engine.signals.values()))
    end = START + 40 * 60 * MINUTE
    engine.advance(end + MINUTE)
    assert (signal.groups.last[:2] < end - 10 * MINUTE).all()
    engine.advance(end + 2 * MINUTE)
    assert (signal.groups.last[:2] >= end - 10 * MINUTE).all()
    assert (signal.groups.last[:2] < end).all()


def test_a_channel_that_joins_or_leaves_a_group_is_judged_as_if_it_had_always_been_so():
    batch = readings(1)
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history, [c for c in CHANNELS if c.number != 4])
    half = len(batch) // 2
    engine.judge(batch[:half])
    engine.advance(batch.time[half - 1])
    ledger.settle(engine)
    moved = [channel(4, "z1", largest_rate=50.0), channel(6, "elsewhere")]
    engine.add_channels(moved)
    engine.rejudge([4])
    engine.judge(batch[half:])
    engine.advance(batch.time.max())
    ledger.settle(engine)
    now = [c for c in CHANNELS if c.number not in (4, 6)] + moved
    assert ledger.facts() == in_order(batch, now).facts()


def test_a_rule_that_has_changed_judges_its_groups_anew_after_a_restart():
    batch = readings(0)
    former = new_engine(Remembered(batch), rules=RULES.replace("limit: 3", "limit: 5"))
    former.judge(batch)
    former.advance(batch.time.max())
    engine, ledger = new_engine(Remembered(batch)), Ledger()
    assert engine.restore(former.save()) == ["odd-one"]
    ledger.settle(engine)
    assert ledger.facts() == ONCE[0].facts()


def test_one_channel_alone_is_no_group():
    batch = readings(0)
    engine = new_engine(Remembered(batch))
    engine.judge(batch)
    engine.advance(batch.time.max())
    groups = next(iter(engine.signals.values())).groups
    members = {tuple(m.number for m in group.members) for group in groups.groups}
    assert members == {(2, 4, 7, 9), (3, 5, 6, 12), ()}


def test_forgetting_what_is_over_changes_nothing_that_is_told_later():
    batch = readings(0)
    engine, ledger = new_engine(Remembered(batch)), Ledger()
    for part in np.array_split(np.arange(len(batch)), 30):
        engine.judge(batch[part])
        engine.advance(batch.time[part].max())
        ledger.settle(engine)
        engine.forget(batch.time[part].max() - 60 * MINUTE)
    assert ledger.facts() == ONCE[0].facts()


def test_a_rule_that_comes_while_the_engine_runs_judges_as_if_it_had_always_been_there():
    batch = readings(0)
    history, ledger = Remembered(), Ledger()
    engine = new_engine(history, rules=RULES.replace("limit: 3", "limit: 5"))
    for place, part in enumerate(np.array_split(np.arange(len(batch)), 20)):
        history.add(batch[part])
        engine.judge(batch[part])
        engine.advance(batch.time[part].max())
        ledger.settle(engine)
        if place == 10:
            engine.turn_to(read_pack(RULES))
        if place >= 10:
            engine.catch_up(channels=1)
    assert not engine.catch_up()
    engine.advance(batch.time.max())
    ledger.settle(engine)
    assert ledger.facts() == ONCE[0].facts()


class Away(Remembered):
    """A history that does not answer every other time."""

    calls = 0

    def readings(self, channels, since):
        self.calls += 1
        if self.calls % 2:
            raise ConnectionError
        return super().readings(channels, since)


def test_a_history_that_does_not_answer_is_asked_again_and_nothing_is_lost():
    batch = readings(1)
    history, ledger = Away(batch), Ledger()
    engine = new_engine(history, rules=RULES.replace("limit: 3", "limit: 5"))
    engine.judge(batch)
    engine.advance(batch.time.max())
    engine.turn_to(read_pack(RULES))
    asked = 0
    while True:
        asked += 1
        try:
            if not engine.catch_up():
                break
        except ConnectionError:
            continue
    assert asked > 1
    ledger.settle(engine)
    assert ledger.facts() == ONCE[1].facts()


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_versions_judge_their_own_times_whenever_readings_and_changes_come(data):
    """One version shares the group's state with the next, another has a limit of its own."""
    batch = readings(0)
    at = batch.time[int(data.draw(st.floats(0.3, 0.95)) * len(batch))]
    other = data.draw(
        st.sampled_from(
            [RULES.replace("why: it no", "why: a sensor no"), RULES.replace("3}", "2}")]
        )
    )
    terms = changed_at(at, RULES, other)
    once = in_order(batch, rules=terms)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    delay = np.where(rng.random(len(batch)) < 0.05, rng.uniform(0, 9e9, len(batch)), 0)
    order = np.argsort(batch.time + delay.astype("m8[us]"), kind="stable")
    history, ledger = Remembered(), Ledger()
    engine = new_engine(history, rules=RULES)
    changes = data.draw(st.integers(0, 12))
    for place, part in enumerate(np.array_split(order, 12)):
        if place == changes:
            engine.replace_rules(terms)
        history.add(batch[part])
        engine.judge(batch[part])
        engine.advance(batch.time[part].max())
        ledger.settle(engine)
    if changes == 12:
        engine.replace_rules(terms)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    assert ledger.facts() == once.facts()


def test_a_restart_with_other_members_begins_their_group_anew_and_leaves_the_others():
    batch = readings(1)
    fewer = [c for c in CHANNELS if c.number != 4]
    former = new_engine(Remembered(batch), fewer)
    former.judge(batch)
    former.advance(batch.time.max())
    history, ledger = Noting(batch), Ledger()
    engine = new_engine(history)
    assert engine.restore(former.save()) == []
    ledger.settle(engine)
    assert ledger.facts() == ONCE[1].facts()
    assert {n for numbers, _ in history.asked for n in numbers} == {2, 4, 7, 9}
