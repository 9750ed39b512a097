"""Copies of what the policy remembers, of which nearly all is nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Rows
from rules.policy import MEMORY, new_memory


class CalmRows:
    """A table of policy memory by slot in which only what is not calm takes room.

    Nine hundred and ninety-nine channels of a thousand neither stand nor are about to:
    copies of their zeros for every mark were a third of all memory.
    """

    dtype = np.dtype(MEMORY)

    def __init__(self) -> None:
        self._rows: dict[int, np.void] = {}

    @property
    def nbytes(self) -> int:
        """About what it takes, keys and objects included."""
        return len(self._rows) * (self.dtype.itemsize + 200)

    def __getitem__(self, slots: Rows | NDArray[np.int32]) -> NDArray[np.void]:
        memory = new_memory(len(slots))
        if self._rows:
            for place in np.flatnonzero(np.isin(slots, [*self._rows])).tolist():
                memory[place] = self._rows[int(slots[place])]
        return memory

    def __setitem__(self, slots: Rows | NDArray[np.int32], memory: NDArray[np.void]) -> None:
        if self._rows:
            for slot in slots[np.isin(slots, [*self._rows])].tolist():
                del self._rows[slot]
        for place in np.flatnonzero(memory["active"] | (memory["run"] != 0)).tolist():
            self._rows[int(slots[place])] = memory[place].copy()
