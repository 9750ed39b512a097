"""The judging thread around an engine that fails."""

from threading import Event
from time import monotonic

import numpy as np
import pytest

from deploy.handover import Handover
from deploy.judging import Judging
from ingest.batch import make_batch

PATIENCE = 20.0  # [s]
START = 1_790_000_000_000_000  # [µs]


class Engine:
    """A judge that only remembers, and fails where it is told to."""

    def __init__(self, fail=(), stored=None):
        self.steps, self.fail, self.stored = [], list(fail), stored

    def _step(self, name):
        self.steps.append(name)
        if self.fail and self.fail[0] == name:
            self.fail.pop(0)
            raise RuntimeError("told to")

    def judge(self, batch):
        self._step(f"judge {batch.value.tolist()}")

    def settle(self):
        self._step("settle")

    def recover(self):
        self._step("recover")
        return self.stored


def judged(engine, *batches):
    """Return the steps of `engine` over `batches`, without settlings of idle turns."""
    handover = Handover()
    judging = Judging(engine, handover, now=lambda: START, tick=PATIENCE)
    for batch in batches:
        handover.put(batch, PATIENCE)
    handover.close()
    judging.start()
    judging.join(PATIENCE)
    return engine.steps


FIRST, SECOND = make_batch([1], ["2026-01-01"], [1.0]), make_batch([1], ["2026-01-02"], [2.0])


@pytest.mark.parametrize(
    ("engine", "steps", "why"),
    [
        (Engine(), ["recover", "judge [1.0, 2.0]", "settle"], "what waits is judged at once"),
        (
            Engine(fail=["recover"]),
            ["recover", "recover", "judge [1.0, 2.0]", "settle"],
            "nothing is judged before the recovery",
        ),
        (
            Engine(fail=["judge [1.0, 2.0]"]),
            ["recover", "judge [1.0, 2.0]", "recover", "settle"],
            "recovering judges what is stored, so the batch is not judged again",
        ),
        (
            Engine(fail=["settle"]),
            ["recover", "judge [1.0, 2.0]", "settle", "settle"],
            "settling is tried again",
        ),
        (
            Engine(stored=np.datetime64("2026-01-01", "us")),
            ["recover", "judge [2.0]", "settle"],
            "what the recovery has judged is not judged again",
        ),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_judging_goes_on_after_any_failure(engine, steps, why):
    assert judged(engine, FIRST, SECOND) == steps


class Broken(Engine):
    """A judge that fails at every batch until it is mended; recovers what `stored` then holds."""

    def __init__(self):
        super().__init__()
        self.mended, self.tried, self.stored_values, self.known = Event(), Event(), [], []

    def judge(self, batch):
        self.tried.set()
        raise RuntimeError("told to")

    def recover(self):
        if self.tried.is_set() and not self.mended.is_set():
            raise RuntimeError("told to")
        self.known = list(self.stored_values)
        return self.stored


def test_a_judge_that_always_fails_holds_up_nobody_and_judges_all_once_it_is_mended():
    engine, handover = Broken(), Handover(most=4)
    judging = Judging(engine, handover, now=lambda: START)
    judging.start()
    for value in range(1000):
        engine.stored_values.append(float(value))
        assert handover.put(make_batch([1], ["2026-01-01"], [float(value)]), PATIENCE)
        assert len(handover) <= 4
    handover.close()
    engine.mended.set()
    judging.join(PATIENCE)
    assert engine.known == engine.stored_values
    assert engine.steps[-1] == "settle"
    assert judging.trouble is None


def test_a_stop_does_not_wait_for_a_judge_that_keeps_failing():
    engine, handover = Broken(), Handover()
    judging = Judging(engine, handover, now=lambda: START)
    judging.start()
    handover.put(FIRST, PATIENCE)
    assert engine.tried.wait(PATIENCE)
    handover.close()
    began = monotonic()
    judging.join(PATIENCE)
    assert monotonic() - began < PATIENCE / 2
    assert judging.trouble is not None, "or its state would be saved as if all were judged"


def test_a_judge_that_is_only_slow_is_waited_for():
    handover = Handover(most=2)
    assert handover.put(FIRST, 0)
    assert handover.put(SECOND, 0)
    assert not handover.put(FIRST, 0)
    assert handover.take(10, 0).value.tolist() == [1.0, 2.0]
    assert handover.put(FIRST, 0)
    assert not handover.dropped


def test_few_large_batches_fill_the_handover_too():
    handover = Handover(most_rows=2)
    assert handover.put(make_batch([1, 2], ["2026-01-01"] * 2, [1.0, 2.0]), 0)
    assert not handover.put(FIRST, 0)


def test_nothing_later_is_judged_before_what_was_dropped():
    handover = Handover(most=1)
    handover.put(FIRST, 0)
    handover.fail(True)
    handover.put(SECOND, 0)
    handover.fail(False)
    handover.put(SECOND, 0)
    assert len(handover.take(10, 0)) == 0
    assert handover.dropped
    handover.begin_anew()
    handover.put(FIRST, 0)
    assert len(handover.take(10, 0)) == 1
    assert not handover.dropped
