"""Windows and the engine: what is held back depends on the windows, not on when they are known."""

import numpy as np
import pytest
from small_city import MINUTE, START, Ledger, in_order, new_engine, readings

from rules.event import Standing
from rules.judgement import Remembered
from rules.windows import Reason, Window

SEEDS = (0, 3, 5)


def window(begins, ends, scope, subject, rules=(), number=1):
    return Window(
        number,
        Reason.MAINTENANCE,
        scope,
        subject,
        START + begins * MINUTE,
        START + ends * MINUTE,
        rules,
    )


WINDOWS = (
    window(0, 240, "zone", "z1"),
    window(120, 600, "device", "d20", number=2),
    window(0, 5000, "city", "city", ("gateway-silent",), number=3),
)


def judged(batch, rng, told_at):
    """Return the facts when readings come in any order and the windows after `told_at` of 15."""
    history, ledger = Remembered(), Ledger()
    engine = new_engine(history)
    order = rng.permutation(len(batch))
    for number, rows in enumerate(np.array_split(order, 15)):
        if number == told_at:
            engine.windows = WINDOWS
        part = batch[rows]
        history.add(part)
        engine.judge(part)
        engine.advance(part.time.max())
        if rng.random() < 0.7:
            ledger.settle(engine)
    engine.windows = WINDOWS
    engine.advance(batch.time.max())
    ledger.settle(engine)
    return ledger.facts()


@pytest.mark.parametrize("seed", SEEDS)
def test_when_windows_become_known_and_readings_arrive_changes_nothing(seed):
    batch = readings(seed)
    found = [judged(batch, np.random.default_rng(seed + n), n * 5) for n in range(4)]
    assert all(other == found[0] for other in found[1:])
    held = [e for e in found[0].values() if "held_back" in e.why]
    assert any(e.standing is Standing.EXPLAINED for e in held)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_its_windows_all_is_as_if_they_had_never_been(seed):
    """Somebody entered them by mistake and ended them before they began."""
    batch = readings(seed)
    history, ledger = Remembered(batch), Ledger()
    engine = new_engine(history)
    engine.windows = WINDOWS
    engine.judge(batch)
    engine.advance(batch.time.max())
    ledger.settle(engine)
    engine.windows = ()
    ledger.settle(engine)
    assert ledger.facts() == in_order(batch).facts()


def test_what_is_held_back_over_a_restart_stays_so_and_is_told_when_the_window_ends():
    batch = until_something_stands(readings(0))
    engine, ledger = new_engine(Remembered(batch)), Ledger()
    engine.judge(batch)
    engine.advance(batch.time.max())
    end = int((batch.time.max() - START) / MINUTE)
    engine.windows = (window(0, end + 30, "city", "city"),)
    ledger.settle(engine)
    standing = [e.id for e in ledger.facts().values() if e.ended is None]
    assert standing
    assert all(ledger.events[one].standing is Standing.EXPLAINED for one in standing)

    again = new_engine(Remembered(batch))
    again.restore(engine.save())
    again.windows = engine.windows
    assert not again.settle().events
    again.advance(START + (end + 30) * MINUTE)
    told = {event.id for event in again.settle().events if event.standing is Standing.STANDING}
    assert {one for one in standing if not explained(ledger.events[one])} <= told


def until_something_stands(batch):
    """Return the readings up to a moment at which an event stands that nothing explains."""
    in_time = batch[np.argsort(batch.time, kind="stable")]
    for rows in range(len(batch), 0, -50):
        facts = in_order(in_time[:rows]).facts().values()
        if any(e.standing is Standing.STANDING for e in facts):
            return in_time[:rows]
    raise AssertionError("nothing ever stands")


def explained(event):
    return "explained_by" in event.why
