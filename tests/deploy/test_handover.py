"""Batches of drills wait for live ones, and nobody waits for them."""

from __future__ import annotations

from threading import Thread

import numpy as np

from deploy.handover import Handover
from ingest.batch import Batch, make_batch


def batch(received: int) -> Batch:
    at = np.array([np.datetime64(received, "us")])
    return make_batch([1], at, [1.0], received=at)


def test_a_batch_of_a_drill_is_taken_when_no_live_one_waits() -> None:
    live = Handover()
    drills = Handover(after=live)
    live.put(batch(1), 0)
    drills.put(batch(2), 0)
    taken: list[Batch] = []
    waiting = Thread(target=lambda: taken.append(drills.take(10, 5.0)))
    waiting.start()
    waiting.join(0.2)
    assert not taken
    assert len(live.take(10, 0)) == 1
    waiting.join(5)
    assert [len(each) for each in taken] == [1]


def test_who_stores_never_waits_for_the_judge_of_drills() -> None:
    drills = Handover(most=3, after=Handover())
    assert all(drills.put(batch(n), timeout=60) for n in range(10))
    assert drills.dropped  # the store has them: the judge begins anew from there
