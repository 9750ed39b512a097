"""A signal on what is known against readings: a clock that was never set, a unit that slipped."""

from __future__ import annotations

from functools import reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch
from ingest.quality import Quality
from rules.policy import new_memory
from rules.schema import Rule
from rules.signal import BEGINNING_OF_TIME, Changed, JudgedSignal


class FlagSignal(JudgedSignal):
    """Score 1 for a reading with one of the flags, 0 for one without.

    Judged in receive time, because the device time of such a reading is what cannot be
    trusted. Receive stamps never go back, so nothing here is ever late.
    """

    def __init__(self, rule: Rule, name: str) -> None:
        super().__init__(rule, name)
        self.mask = int(reduce(or_, (Quality[flag] for flag in self.spec.flags)))

    def begin_anew(self, numbers: NDArray[np.int32]) -> Changed:
        """Forget all that was judged of `numbers`."""
        slot = self.slots.of(numbers)
        self.memory[slot[slot >= 0]] = new_memory(1)[0]
        found = [number for number in numbers.tolist() if self.episodes.pop(number, None)]
        return Changed(dict.fromkeys(found, BEGINNING_OF_TIME))

    def judge(self, batch: Batch) -> Changed:
        """Judge all rows, usable or not, by channel and as received; return what changed."""
        flagged = (batch.quality & self.mask) != 0
        if not flagged.any() and not self.memory["active"].any() and not self.memory["run"].any():
            return Changed()
        mine, slot = self.slots.rows(batch.channel)
        if len(mine) == 0:
            return Changed()
        batch, flagged = batch[mine], flagged[mine]
        if not flagged.any() and not self.memory["active"][slot].any():
            self.memory["run"][slot] = 0
            return Changed()
        batch = batch.with_columns(time=batch.received.copy())
        return self._apply(batch, slot, flagged.astype(np.float64))
