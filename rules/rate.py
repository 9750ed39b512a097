"""The contract's largest rate: a reading that no such instrument could reach in the time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.kernel import kernel
from ingest.batch import Floats, Rows, Times
from rules.marks import BEGINNING, COPIES

#: So many flagged readings in a row that agree with each other are a new level, not a spike.
AGREEING = 3

MEMORY: list[tuple[str, Any]] = [
    ("value", "f8"),  #: last good reading
    ("time", "i8"),  #: [us]
    ("trial_value", "f8"),  #: last flagged reading
    ("trial_time", "i8"),
    ("agreeing", "i1"),  #: flagged readings in a row within the rate of each other
]
SECOND = 1_000_000  #: [us]
NEVER = np.iinfo(np.int64).min  #: NaT as a number


class RateCheck:
    """Flag readings that moved faster from the last good one than the channel can.

    The further back the last good reading, the further the next may be away, so a lasting
    new level is accepted in time; sooner, as soon as `AGREEING` flagged readings in a row
    agree. Those flagged before stay flagged.
    """

    def __init__(self) -> None:
        self.limit: Floats = np.zeros(0)
        self.memory = self._fresh(0)
        self.copies = [self._fresh(0) for _ in range(COPIES)]

    @staticmethod
    def _fresh(n: int) -> NDArray[np.void]:
        memory = np.zeros(n, dtype=MEMORY)
        memory["time"] = NEVER
        return memory

    def grow(self, limits: Floats) -> None:
        self.limit = np.concatenate([self.limit, limits])
        self.memory = np.concatenate([self.memory, self._fresh(len(limits))])
        self.copies = [np.concatenate([c, self._fresh(len(limits))]) for c in self.copies]

    def keep(self, copy: int, place: Rows) -> None:
        self.copies[copy][place] = self.memory[place]

    def restore(self, copy: int, place: Rows) -> None:
        fresh = copy == BEGINNING
        self.memory[place] = self._fresh(len(place)) if fresh else self.copies[copy][place]

    def judge(self, place: Rows, time: Times, value: Floats) -> NDArray[np.bool_]:
        """Return (n,) whether each row is too fast; rows by place, oldest first in each."""
        flagged = np.zeros(len(place), dtype=np.bool_)
        _judge(self.memory, self.limit, place, time.view("i8"), value, flagged)
        return flagged


@kernel
def _judge(
    memory: NDArray[np.void],
    limits: Floats,
    place: Rows,
    time: NDArray[np.int64],
    value: Floats,
    flagged: NDArray[np.bool_],
) -> None:
    for row in range(len(value)):
        limit, now, v = limits[place[row]], time[row], value[row]
        if limit == np.inf or np.isnan(v):
            continue
        m = memory[place[row]]
        good = m["time"] == NEVER or abs(v - m["value"]) <= limit * ((now - m["time"]) / SECOND)
        if not good:
            waited = (now - m["trial_time"]) / SECOND
            agrees = m["agreeing"] > 0 and abs(v - m["trial_value"]) <= limit * waited
            m["agreeing"] = m["agreeing"] + 1 if agrees else 1
            m["trial_value"], m["trial_time"] = v, now
            good = m["agreeing"] >= AGREEING
        if good:
            m["value"], m["time"], m["agreeing"] = v, now, 0
        else:
            flagged[row] = True
