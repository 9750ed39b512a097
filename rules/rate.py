"""The contract's largest rate: a reading that no such instrument could reach in the time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Floats, Rows, Times
from rules.marks import BEGINNING, COPIES

#: So many flagged readings in a row that agree with each other are a new level, not a spike.
AGREEING = 3

MEMORY: list[tuple[str, Any]] = [
    ("value", "f8"),  #: last good reading
    ("time", "M8[us]"),
    ("trial_value", "f8"),  #: last flagged reading
    ("trial_time", "M8[us]"),
    ("agreeing", "i1"),  #: flagged readings in a row within the rate of each other
]
SECOND = np.timedelta64(1, "s")


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
        memory["time"] = np.datetime64("NaT")
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
        seen = np.flatnonzero(np.isfinite(self.limit[place]) & ~np.isnan(value))
        if len(seen) == 0:
            return flagged
        place, time, value = place[seen], time[seen], value[seen]
        first = np.ones(len(seen), dtype=np.bool_)
        first[1:] = place[1:] != place[:-1]
        heads = np.flatnonzero(first)
        ends = np.append(heads[1:], len(seen)) - 1
        earlier_value, earlier_time = np.roll(value, 1), np.roll(time, 1)
        earlier_value[heads] = self.memory["value"][place[heads]]
        earlier_time[heads] = self.memory["time"][place[heads]]
        allowed = self.limit[place] * ((time - earlier_time) / SECOND)  # NaN at the very first
        leaps = np.abs(value - earlier_value) > allowed
        on_trial = self.memory["agreeing"][place[heads]] > 0
        slow = np.logical_or.reduceat(leaps, heads) | on_trial
        quiet = ends[~slow]
        self.memory["value"][place[quiet]] = value[quiet]
        self.memory["time"][place[quiet]] = time[quiet]
        for head, end in zip(heads[slow], ends[slow], strict=True):
            self._step(int(head), int(end) + 1, place, time, value, leaps, seen, flagged)
        return flagged

    def _step(
        self,
        head: int,
        end: int,
        place: Rows,
        time: Times,
        value: Floats,
        leaps: NDArray[np.bool_],
        seen: Rows,
        flagged: NDArray[np.bool_],
    ) -> None:
        """Judge rows head..end of one channel one by one, skipping to the next leap when calm."""
        memory, limit = self.memory[place[head]], self.limit[place[head]]
        row = head
        while row < end:
            if memory["agreeing"] == 0:
                ahead = np.flatnonzero(leaps[row:end])
                calm = row + int(ahead[0]) if len(ahead) else end
                if calm > row:
                    memory["value"], memory["time"] = value[calm - 1], time[calm - 1]
                    row = calm
                    continue
            good = abs(value[row] - memory["value"]) <= limit * (
                (time[row] - memory["time"]) / SECOND
            )
            if not good:
                near = memory["agreeing"] > 0 and abs(
                    value[row] - memory["trial_value"]
                ) <= limit * ((time[row] - memory["trial_time"]) / SECOND)
                memory["agreeing"] = memory["agreeing"] + 1 if near else 1
                memory["trial_value"], memory["trial_time"] = value[row], time[row]
                good = memory["agreeing"] >= AGREEING
            if good:
                memory["value"], memory["time"], memory["agreeing"] = value[row], time[row], 0
            else:
                flagged[seen[row]] = True
            row += 1
