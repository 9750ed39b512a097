"""A signal that came later is led up to now as if it had been there all along."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Rows
from rules.marks import COPIES
from rules.signal import Changed
from rules.values import ValueSignal

END = np.datetime64(2**62, "us")


def lead_up(
    signal: ValueSignal,
    rows: Batch,
    numbers: NDArray[np.int32],
    stops: NDArray[np.datetime64],
    changeovers: Sequence[np.datetime64],
) -> Changed:
    """Judge stored rows of `numbers`, by channel and time; return what was found.

    numbers : (n,) sorted
    stops   : (n, COPIES + changeovers) as `Timeline.stops` gives them

    At each mark of a channel the signal keeps its copy, so that the marks stay of use: else
    the next late reading of each channel would have its whole history judged again.
    """
    order = np.argsort(stops, axis=1, kind="stable")  # NaT goes last
    until = np.take_along_axis(stops, order, axis=1)
    until = np.where(np.isnat(until), END, until)
    place = np.searchsorted(numbers, rows.channel)
    turn = _turns(until, place, rows)
    found = Changed()
    for number in range(stops.shape[1] + 1):
        some = np.flatnonzero(turn == number)
        if len(some):
            for channel, since in signal.judge(rows[some]).items():
                found.note(channel, since)
        if number == stops.shape[1]:
            break
        reached = until[:, number] < END
        for stop in np.unique(order[reached, number]):
            there = numbers[reached & (order[:, number] == stop)]
            if stop < COPIES:
                signal.keep(int(stop), there)
            else:
                signal.hand_over(changeovers[stop - COPIES], there)
    return found


def _turns(until: NDArray[np.datetime64], place: Rows, rows: Batch) -> Rows:
    """Return (rows,) how many stops of its channel lie before each row."""
    turn = np.zeros(len(rows), dtype=np.intp)
    for column in range(until.shape[1]):
        turn += rows.time > until[place, column]
    return turn
