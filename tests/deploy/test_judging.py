"""The judging thread around an engine that fails."""

from queue import Queue

import numpy as np
import pytest

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
    queue = Queue()
    judging = Judging(engine, queue, now=lambda: START, tick=PATIENCE)
    for batch in (*batches, None):
        queue.put(batch)
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
