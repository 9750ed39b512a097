"""Raised runs held against labelled runs: found, false, delay; nothing adjusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Raised = NDArray[np.bool_]
Run = tuple[int, int]  #: first row, row after the last


def runs(raised: Raised) -> list[Run]:
    """Return the runs of True."""
    edges = np.diff(np.r_[0, raised.astype(np.int8), 0])
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(a), int(b)) for a, b in zip(begins, ends, strict=True)]


@dataclass(frozen=True)
class Counted:
    """events : labelled runs;  found : those with a raised row inside;  false : raised runs
    wholly outside all labels;  delays : of the found ones, rows from the begin of the label;
    stood : the found ones that were so by a raised run from before the label
    """

    events: int
    found: int
    false: int
    delays: tuple[int, ...]
    stood: int = 0

    @property
    def f1(self) -> float:
        """Harmonic mean of found / events and found / (found + false)."""
        return 2 * self.found / max(1, self.events + self.found + self.false)


def count(raised: Raised, labelled: Raised) -> Counted:
    """Count one series."""
    events = runs(labelled)
    firsts = [np.flatnonzero(raised[a:b]) for a, b in events]
    delays = tuple(int(first[0]) for first in firsts if len(first))
    false = sum(not labelled[a:b].any() for a, b in runs(raised))
    return Counted(len(events), len(delays), false, delays, stood_before(raised, events))


def stood_before(raised: Raised, events: Sequence[Run]) -> int:
    """Return how many events began in a raised run that was there already."""
    return sum(bool(begin and raised[begin - 1] and raised[begin]) for begin, _ in events)


def together(counted: Sequence[Counted]) -> Counted:
    """Return the counts of several series as of one."""
    return Counted(
        sum(c.events for c in counted),
        sum(c.found for c in counted),
        sum(c.false for c in counted),
        tuple(delay for c in counted for delay in c.delays),
        sum(c.stood for c in counted),
    )


def batadal_score(raised: Raised, normal: Raised, attacks: Sequence[Run]) -> dict[str, float]:
    """Return the BATADAL score of `attacks`, and what it is made of.

        S = (S_TTD + S_CM) / 2
        S_TTD = 1 - mean(rows until raised / rows of the attack)     an unseen attack counts 1
        S_CM = (TPR + TNR) / 2, over the rows of `attacks` and those that are `normal`

    R. Taormina et al., Battle of the Attack Detection Algorithms, J. Water Resour. Plann.
    Manage. 144(8), 2018.
    """
    late = []
    for begin, end in attacks:
        first = np.flatnonzero(raised[begin:end])
        late.append(first[0] / (end - begin) if len(first) else 1.0)
    inside = np.concatenate([raised[begin:end] for begin, end in attacks])
    ttd = 1.0 - float(np.mean(late))
    tpr, tnr = float(inside.mean()), float(1.0 - raised[normal].mean())
    return {"S": (ttd + (tpr + tnr) / 2) / 2, "S_TTD": ttd, "TPR": tpr, "TNR": tnr}
