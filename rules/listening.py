"""When we were not listening: nobody's silence but our own."""

from __future__ import annotations

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
        known = {*self.intervals}
        merged: list[Interval] = []
        for began, until in sorted({*known, *intervals}):
            if merged and began <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], until))
            elif until > began:
                merged.append((began, until))
        self.intervals = merged
        return {*merged} != known

    def heard_out(self, since: np.datetime64, span: np.timedelta64) -> np.datetime64:
        """Return when we shall have listened for `span` since `since`."""
        at = since
        for began, until in self.intervals:
            if until <= at:
                continue
            if began >= at + span:
                break
            if began > at:
                span -= began - at
            at = until
        return at + span
