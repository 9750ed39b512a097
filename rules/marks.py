"""Marks: where a channel can be taken back to when a reading comes late."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Rows, Times

#: A mark is set when a channel's time passes into a new one of these, and the one before
#: is kept too: a reading is never later than one period and finds no mark of that period.
#: What is later than a day or two is judged from the beginning, which is rare and quick: a mark
#: of a week would cost every channel a quarter of a kilobyte.
PERIODS = tuple(np.timedelta64(hours, "h").astype("m8[us]") for hours in (1, 24))
COPIES = 2 * len(PERIODS)
#: Copy numbers that signals with a large state keep (the day's); the others keep all.
FEW = (2, 3)
#: Take it back to before its first reading.
BEGINNING = -1


class Marks:
    """Times at which every signal of a channel keeps a copy of its state.

    time    : (n, COPIES) datetime64[us], of the last reading in the copy, NaT = no copy
    allowed : (n, COPIES) bool, whether all signals of the channel keep that copy
    """

    def __init__(self) -> None:
        self.time: NDArray[np.datetime64] = np.zeros((0, COPIES), dtype="M8[us]")
        self.allowed: NDArray[np.bool_] = np.zeros((0, COPIES), dtype=np.bool_)

    def grow(self, n: int) -> None:
        none = np.full((n, COPIES), "NaT", dtype="M8[us]")
        self.time = np.concatenate([self.time, none])
        self.allowed = np.concatenate([self.allowed, np.ones((n, COPIES), dtype=np.bool_)])

    def due(self, place: Rows, last: Times, coming: Times) -> Iterator[tuple[int, Rows]]:
        """Yield (copy, places) to be kept before the rows at `coming` are judged.

        last : (n,) time of the last reading judged at each place; NaT = none, no mark
        """
        for number, period in enumerate(PERIODS):
            ages = period.astype(np.int64)
            passes = (coming.astype(np.int64) // ages > last.astype(np.int64) // ages) & ~np.isnat(
                last
            )
            if not passes.any():
                continue
            there, until = place[passes], last[passes]
            pair = self.time[there, 2 * number : 2 * number + 2].astype(np.int64)  # NaT is least
            older = np.argmin(pair, axis=1)
            for which in (0, 1):
                rows = there[older == which]
                if len(rows):
                    self.time[rows, 2 * number + which] = until[older == which]
                    yield 2 * number + which, rows

    def choose(self, place: Rows, since: Times) -> NDArray[np.intp]:
        """Return (n,) the latest copy from before `since`, or BEGINNING; forget later ones."""
        times = self.time[place]
        usable = times < since[:, None]  # NaT compares false
        times[~usable] = np.datetime64("NaT")
        self.time[place] = times
        usable &= self.allowed[place]
        age = np.where(usable, times.astype(np.int64), np.iinfo(np.int64).min)
        best = np.argmax(age, axis=1)
        return np.where(usable.any(axis=1), best, BEGINNING)

    def forget(self, place: Rows) -> None:
        """Drop all marks of `place`, because a signal joined that has no copies."""
        self.time[place] = np.datetime64("NaT")
