"""Channel numbers to rows of a state table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.kernel import kernel
from ingest.batch import Rows


class SlotTable:
    """Channel numbers to slots 0, 1, 2, ... by one array lookup."""

    def __init__(self) -> None:
        self.number: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._slot_of: NDArray[np.int32] = np.zeros(0, dtype=np.int32)

    def add(self, numbers: Sequence[int]) -> None:
        more = np.array(numbers, dtype=np.int32)
        beyond = max(len(self._slot_of), int(more.max(initial=-1)) + 1)
        grown = np.full(beyond, -1, dtype=np.int32)
        grown[: len(self._slot_of)] = self._slot_of
        grown[more] = np.arange(len(self.number), len(self.number) + len(more))
        self._slot_of, self.number = grown, np.concatenate([self.number, more])

    def remove(self, number: int) -> None:
        """Forget a number; its slot is not used again."""
        if number < len(self._slot_of):
            self._slot_of[number] = -1

    def live(self) -> NDArray[np.intp]:
        """Return the slots that are in use, in their order."""
        return np.flatnonzero(self.of(self.number) == np.arange(len(self.number)))

    def __contains__(self, number: int) -> bool:
        return number < len(self._slot_of) and bool(self._slot_of[number] >= 0)

    def slot(self, number: int) -> int:
        """Return the slot of one number that is here."""
        return int(self._slot_of[number])

    def of(self, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return (n,) slots, -1 where a number is not here."""
        if len(self._slot_of) == 0:
            return np.full(len(numbers), -1, dtype=np.int32)
        known = np.minimum(numbers, len(self._slot_of) - 1)
        slot = self._slot_of[known]
        if (known != numbers).any():
            slot = np.where(known == numbers, slot, np.int32(-1))
        return slot

    def rows(self, numbers: NDArray[np.int32]) -> tuple[Rows, NDArray[np.int32]]:
        """Return (k,) the places in `numbers` of those that are here, and (k,) their slots."""
        place = np.empty(len(numbers), dtype=np.intp)
        slot = np.empty(len(numbers), dtype=np.int32)
        found = _find(self._slot_of, numbers, place, slot)
        return place[:found], slot[:found]


@kernel
def _find(
    slot_of: NDArray[np.int32], numbers: NDArray[np.int32], place: Rows, slot: NDArray[np.int32]
) -> int:
    found = 0
    for row in range(len(numbers)):
        number = numbers[row]
        if number < len(slot_of) and slot_of[number] >= 0:
            place[found], slot[found] = row, slot_of[number]
            found += 1
    return found


def heads_of(slot: NDArray[np.int32]) -> tuple[Rows, Rows]:
    """Return the first row of each slot in rows by slot, and of each that has several rows."""
    heads, several = np.empty(len(slot), dtype=np.intp), np.empty(len(slot), dtype=np.intp)
    k, m = _heads(slot, heads, several)
    return heads[:k].copy(), several[:m].copy()


@kernel
def _heads(slot: NDArray[np.int32], heads: Rows, several: Rows) -> tuple[int, int]:
    k, m = 0, 0
    for row in range(len(slot)):
        if row == 0 or slot[row] != slot[row - 1]:
            heads[k] = row
            k += 1
        elif heads[k - 1] == row - 1:
            several[m] = row - 1
            m += 1
    return k, m
