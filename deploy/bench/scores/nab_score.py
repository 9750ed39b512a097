"""The score of the Numenta Anomaly Benchmark, at one fixed operating point.

A. Lavin and S. Ahmad, Evaluating Real-time Anomaly Detection Algorithms - the Numenta Anomaly
Benchmark, 14th IEEE ICMLA, 2015, sec. II; details that the paper leaves open (what a row counts
of a window, the length of the probation) as in version 1.1 of the benchmark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Window = tuple[int, int]  #: its first and last row


@dataclass(frozen=True)
class Profile:
    """What a missed window and a false alarm cost; a window found at once earns 1."""

    false: float
    missed: float


PROFILES = {
    "standard": Profile(false=0.11, missed=1.0),
    "low FP": Profile(false=0.22, missed=1.0),
    "low FN": Profile(false=0.11, missed=2.0),
}


@dataclass(frozen=True)
class Counted:
    """What was raised in one or several files, before any profile weighs it."""

    windows: int = 0
    found: int = 0
    gained: float = 0.0  #: by the windows found, each 1 at its first row and less later
    false: int = 0  #: rows raised outside the windows
    lost: float = 0.0  #: by those, each 1 or less: shortly after a window it costs less

    def __add__(self, other: Counted) -> Counted:
        return Counted(
            self.windows + other.windows,
            self.found + other.found,
            self.gained + other.gained,
            self.false + other.false,
            self.lost + other.lost,
        )

    def score(self, profile: Profile) -> float:
        """Return 0 for who raises nothing, 100 for each window at its first row and no more."""
        gained = self.gained - profile.missed * (self.windows - self.found)
        worst = -profile.missed * self.windows
        return 100 * (gained - profile.false * self.lost - worst) / (self.windows - worst)


def probation(rows: int) -> int:
    """Return how many first rows of a file count for nothing."""
    return int(min(np.floor(0.15 * rows), 0.15 * 5000))


def count(raised: NDArray[np.bool_], windows: Sequence[Window]) -> Counted:
    """Count the rows raised in one file against its windows, earliest first."""
    begin = probation(len(raised))
    rows = np.flatnonzero(raised)
    rows = rows[rows >= begin]
    counted = Counted()
    inside = np.zeros(len(raised), dtype=bool)
    for first, last in windows:
        inside[first : last + 1] = True
        if last < begin:
            continue
        mine = rows[(rows >= first) & (rows <= last)]
        if len(mine):
            place = -(last - int(mine[0]) + 1) / (last - first + 1)
            counted += Counted(1, 1, gained=_sigmoid(place) / _sigmoid(-1.0))
        else:
            counted += Counted(1)
    for row in rows[~inside[rows]].tolist():
        before = [window for window in windows if window[1] < row]
        past = np.inf
        if before:
            first, last = max(before, key=lambda window: window[1])
            past = (row - last) / max(last - first, 1)
        counted += Counted(false=1, lost=-_sigmoid(past))
    return counted


def total(counted: Iterable[Counted]) -> Counted:
    return sum(counted, Counted())


def _sigmoid(place: float) -> float:
    """Return the worth of a row: -1 = first of its window, 0 = its end, 3 and more = -1."""
    return -1.0 if place >= 3.0 else float(2.0 / (1.0 + np.exp(5.0 * place)) - 1.0)
