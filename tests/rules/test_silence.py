"""A silent channel: by device time, by what we could have heard, and never by the wall clock."""

from datetime import timedelta
from time import process_time

import numpy as np
import pytest
from small_city import MINUTE, START, Ledger, channel, new_engine

from ingest.batch import make_batch
from rules.event import Standing
from rules.judgement import Remembered
from rules.listening import NotListening

ONE = [channel(1, "depth")]  # a reading every 2 minutes: silent after 6, and 1 of grace


def silences(minutes, until, not_listening=(), channels=ONE):
    """Return (began, raised, ended) in minutes of what is told of readings at `minutes`."""
    number = np.full(len(minutes), 1)
    batch = make_batch(number, START + np.array(minutes) * MINUTE, np.zeros(len(minutes)))
    engine, ledger = new_engine(Remembered(batch), channels=channels), Ledger()
    engine.judge(batch)
    engine.advance(
        START + until * MINUTE, [(START + a * MINUTE, START + b * MINUTE) for a, b in not_listening]
    )
    ledger.settle(engine)
    return sorted(
        (
            int((e.began - START) / MINUTE),
            int((e.raised - START) / MINUTE),
            None if e.ended is None else int((e.ended - START) / MINUTE),
        )
        for e in ledger.facts().values()
        if e.rule == "device-silent"
    )


@pytest.mark.parametrize(
    ("claim", "minutes", "until", "deaf", "expected"),
    [
        ("three intervals and the grace are borne", [0, 2, 9], 16, [], []),
        ("then it is silent", [0, 2], 10, [], [(2, 9, None)]),
        ("until it speaks", [0, 2, 20], 21, [], [(2, 9, 20)]),
        ("what was never heard is not silent", [], 60, [], []),
        ("our own downtime is not its silence", [0, 2, 60], 61, [(3, 59)], []),
        ("but the time around it counts", [0, 2, 70], 71, [(3, 59)], [(2, 65, 70)]),
        ("overlapping downtimes count once", [0, 2, 20], 21, [(3, 12), (10, 16)], []),
    ],
)
def test_when_a_channel_is_silent(claim, minutes, until, deaf, expected):
    assert silences(minutes, until, deaf) == expected, claim


def test_batch_senders_are_given_the_time_of_their_batches():
    slow = [channel(1, "depth", reports_every=timedelta(hours=2))]
    assert silences([0, 2], 6 * 60, channels=slow) == []
    assert silences([0, 2], 6 * 60 + 4, channels=slow) == [(2, 6 * 60 + 3, None)]


def test_a_late_batch_shows_that_it_never_was_silent():
    batch = make_batch([1] * 3, START + np.array([0, 2, 30]) * MINUTE, [0.0] * 3)
    late = make_batch([1] * 5, START + np.array([7, 12, 17, 22, 26]) * MINUTE, [0.0] * 5)
    history = Remembered(batch)
    engine, ledger = new_engine(history, channels=ONE), Ledger()
    engine.judge(batch)
    ledger.settle(engine)
    assert [event.standing for event in ledger.events.values()] == [Standing.OVER]
    history.add(late)
    engine.judge(late)
    ledger.settle(engine)
    assert [event.standing for event in ledger.events.values()] == [Standing.WITHDRAWN]


def test_downtime_that_becomes_known_later_takes_a_silence_back():
    batch = make_batch([1] * 2, START + np.array([0, 20]) * MINUTE, [0.0] * 2)
    engine, ledger = new_engine(Remembered(batch), channels=ONE), Ledger()
    engine.judge(batch)
    ledger.settle(engine)
    assert len(ledger.facts()) == 1
    engine.advance(START + 20 * MINUTE, [(START + MINUTE, START + 19 * MINUTE)])
    ledger.settle(engine)
    assert ledger.facts() == {}


def test_a_dead_gateway_accounts_for_its_devices():
    four = [channel(n, "depth") for n in (1, 2, 3)] + [channel(4, "depth", gateway="g2")]
    numbers = np.tile([1, 2, 3, 4], 3)
    times = START + np.repeat([0, 2, 4], 4) * MINUTE
    batch = make_batch(numbers, times, np.zeros(12))
    more = make_batch([4] * 8, START + np.arange(6, 22, 2) * MINUTE, np.zeros(8))
    history = Remembered(batch, more)
    engine, ledger = new_engine(history, channels=four), Ledger()
    engine.judge(batch)
    engine.judge(more)
    engine.advance(START + 20 * MINUTE)
    ledger.settle(engine)
    found = {(e.rule, e.subject): e.standing for e in ledger.facts().values()}
    assert found == {
        ("gateway-silent", "g1"): Standing.STANDING,
        ("device-silent", "d1"): Standing.EXPLAINED,
        ("device-silent", "d2"): Standing.EXPLAINED,
        ("device-silent", "d3"): Standing.EXPLAINED,
    }


def test_stretches_of_downtime_are_merged():
    deaf = NotListening([(START, START + 5 * MINUTE)])
    assert deaf.add([(START + 3 * MINUTE, START + 9 * MINUTE)])
    assert not deaf.add([(START + 4 * MINUTE, START + 6 * MINUTE)])
    assert deaf.intervals == [(START, START + 9 * MINUTE)]
    assert deaf.heard_out(START - MINUTE, 3 * MINUTE) == START + 11 * MINUTE


@pytest.mark.parametrize("seed", range(5))
def test_listening_is_reckoned_as_minute_by_minute(seed):
    rng = np.random.default_rng(seed)
    deaf, minutes = NotListening(), np.zeros(400, dtype=bool)
    for _ in range(12):
        begin, length = rng.integers(0, 250), rng.integers(0, 20)
        stretch = (START + begin * MINUTE, START + (begin + length) * MINUTE)
        changed = not minutes[begin : begin + length].all()
        assert deaf.add([stretch]) == changed
        minutes[begin : begin + length] = True
        since, span = rng.integers(0, 250), rng.integers(1, 60)
        heard = np.flatnonzero(~minutes[since:])[span - 1] + since + 1
        assert deaf.heard_out(START + since * MINUTE, span * MINUTE) == START + heard * MINUTE


def test_ten_thousand_stretches_of_downtime_cost_no_look_at_each():
    gaps = [(START + 10 * n * MINUTE, START + (10 * n + 1) * MINUTE) for n in range(10_000)]
    deaf, began = NotListening(gaps), process_time()
    for _ in range(500):
        deaf.heard_out(START + 99_985 * MINUTE, 3 * MINUTE)
        assert not deaf.add(gaps[-1:])
    assert process_time() - began < 1
