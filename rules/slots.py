"""Channel numbers to rows of a state table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.kernel import kernel
from ingest.batch import Rows

WORD = 32  #: numbers to a word of the set


class SlotTable:
    """Channel numbers to slots 0, 1, 2, ... by counting bits.

    A city has dozens of signals, most of them on few of its channels: a slot for each number
    would take every signal four bytes a channel, a bit and a count take half a byte.

    number : (n,) of each slot
    """

    def __init__(self) -> None:
        self.number: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._bits: NDArray[np.int64] = np.zeros(0, dtype=np.int64)  #: whether a number is here
        self._before: NDArray[np.int32] = np.zeros(0, dtype=np.int32)  #: how many, up to the word
        self._slot: NDArray[np.int32] = np.zeros(0, dtype=np.int32)  #: by number; -1 = removed

    def add(self, numbers: Sequence[int]) -> None:
        more = np.array(numbers, dtype=np.int32)
        slot = np.append(self.live(), np.arange(len(more)) + len(self.number)).astype(np.int32)
        self.number = np.concatenate([self.number, more])
        here = self.number[slot]
        self._slot = slot[np.argsort(here)]
        words = int(here.max(initial=-1)) // WORD + 1
        self._bits = np.zeros(words, dtype=np.int64)
        np.bitwise_or.at(self._bits, here // WORD, np.int64(1) << (here % WORD))
        counts = np.bincount(here // WORD, minlength=words)
        self._before = (np.cumsum(counts) - counts).astype(np.int32)

    def remove(self, number: int) -> None:
        """Forget a number; its slot is not used again."""
        rank = int(_rank(self._bits, self._before, number))
        if rank >= 0:
            self._slot[rank] = -1

    def live(self) -> NDArray[np.intp]:
        """Return the slots that are in use, in their order."""
        return np.sort(self._slot[self._slot >= 0]).astype(np.intp)

    def __contains__(self, number: int) -> bool:
        rank = int(_rank(self._bits, self._before, number))
        return rank >= 0 and bool(self._slot[rank] >= 0)

    def slot(self, number: int) -> int:
        """Return the slot of one number that is here."""
        return int(self._slot[_rank(self._bits, self._before, number)])

    def of(self, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return (n,) slots, -1 where a number is not here."""
        slot = np.empty(len(numbers), dtype=np.int32)
        _of(self._bits, self._before, self._slot, fixed(numbers), slot)
        return slot

    def rows(self, numbers: NDArray[np.int32]) -> tuple[Rows, NDArray[np.int32]]:
        """Return (k,) the places in `numbers` of those that are here, and (k,) their slots."""
        slot = self.of(numbers)
        place = np.flatnonzero(slot >= 0)
        return (place, slot) if len(place) == len(slot) else (place, slot[place])


@kernel
def _rank(bits: NDArray[np.int64], before: NDArray[np.int32], number: int) -> int:
    """Return how many smaller numbers are here, -1 where this one is not."""
    word, bit = number // WORD, number % WORD
    if number < 0 or word >= len(bits) or not (bits[word] >> bit) & 1:
        return -1
    x = bits[word] & ((1 << bit) - 1)
    # The sum of 32 bits: of pairs, of fours, of bytes.
    x = x - ((x >> 1) & 0x55555555)
    x = (x & 0x33333333) + ((x >> 2) & 0x33333333)
    x = (x + (x >> 4)) & 0x0F0F0F0F
    return int(before[word] + ((x * 0x01010101 >> 24) & 0xFF))


@kernel
def _of(
    bits: NDArray[np.int64],
    before: NDArray[np.int32],
    slot_of: NDArray[np.int32],
    numbers: NDArray[np.int32],
    slot: NDArray[np.int32],
) -> None:
    for row in range(len(numbers)):
        rank = _rank(bits, before, numbers[row])
        slot[row] = slot_of[rank] if rank >= 0 else -1


def fixed(numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a read-only view: a column that may be written to is another type, compiled anew."""
    view = np.ascontiguousarray(numbers, dtype=np.int32).view()
    view.flags.writeable = False
    return view


def heads_of(slot: NDArray[np.int32]) -> tuple[Rows, Rows]:
    """Return the first row of each slot in rows by slot, and of each that has several rows."""
    heads, several = np.empty(len(slot), dtype=np.intp), np.empty(len(slot), dtype=np.intp)
    k, m = _heads(fixed(slot), heads, several)
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
