"""When we were not listening: nobody's silence but our own."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import numpy as np

Interval = tuple[np.datetime64, np.datetime64]


class NotListening:
    """Stretches in which nothing could reach us; sorted, merged, ever more."""

    def __init__(self, intervals: Iterable[Interval] = ()) -> None:
        self.intervals: list[Interval] = []
        self.add(intervals)

    def add(self, intervals: Iterable[Interval]) -> bool:
        """Take in more stretches; say whether that changed anything."""
        more = [(began, until) for began, until in intervals if not self._holds(began, until)]
        if not more:  # as at every settling, and there may be thousands
            return False
        merged: list[Interval] = []
        for began, until in sorted([*self.intervals, *more]):
            if merged and began <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], until))
            else:
                merged.append((began, until))
        self.intervals = merged
        return True

    def _holds(self, began: np.datetime64, until: np.datetime64) -> bool:
        place = bisect_left(self.intervals, until, key=_end)
        there = place < len(self.intervals) and self.intervals[place][0] <= began

        return bool(until <= began or there)

    def heard_out(self, since: np.datetime64, span: np.timedelta64) -> np.datetime64:
        """Return when we shall have listened for `span` since `since`."""
        at = since
        for place in range(bisect_right(self.intervals, since, key=_end), len(self.intervals)):
            began, until = self.intervals[place]
            if began >= at + span:
                break
            if began > at:
                span -= began - at
            at = until
        return at + span


def _end(interval: Interval) -> np.datetime64:
    return interval[1]
