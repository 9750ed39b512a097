"""Working time minute by minute: every minute of some years is working time or is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

QUARTER = timedelta(minutes=15)  # clocks are changed at one, in the years looked at
MINUTE_US = 60_000_000


class NaiveClock:
    """The minutes from 1 January of `first` to 31 December of `last`, marked."""

    def __init__(
        self,
        is_working_day: Callable[[date], bool],
        zone: ZoneInfo,
        first: int = 2023,
        last: int = 2029,
        spans: Sequence[tuple[int, int]] = ((480, 720), (840, 1080)),
    ) -> None:
        self.start = datetime(first, 1, 1, tzinfo=UTC)
        quarters = (datetime(last + 1, 1, 1, tzinfo=UTC) - self.start) // QUARTER
        offsets = [(self.start + n * QUARTER).astimezone(zone).utcoffset() for n in range(quarters)]
        ahead = np.repeat([offset.total_seconds() / 60 for offset in offsets], 15)
        there = np.arange(15 * quarters) + ahead.astype(int)  # minutes of the wall clock
        days = [self.start.date() + timedelta(days=n) for n in range(-1, quarters // 96 + 2)]
        works = np.array([is_working_day(day) for day in days])[there // 1440 + 1]
        clock = there % 1440
        in_spans = np.logical_or.reduce([(a <= clock) & (clock < b) for a, b in spans])
        self.working = works & in_spans

    def elapsed(self, start: datetime, stop: datetime, emergency: bool = False) -> int:
        """Count the working time between two instants [us]."""
        if stop <= start:
            return 0
        if emergency:
            return (stop - start) // timedelta(microseconds=1)
        place, rest = self._place(start)
        last, tail = self._place(stop)
        whole = int(np.count_nonzero(self.working[place:last])) * MINUTE_US
        return whole - rest * int(self.working[place]) + tail * int(self.working[last])

    def reach(self, since: datetime, left: int, emergency: bool = False) -> datetime:
        """Walk on minute by minute until `left` [us] of working time have passed."""
        if left <= 0 or emergency:
            return since + timedelta(microseconds=max(left, 0))
        place, rest = self._place(since)
        here = (MINUTE_US - rest) * int(self.working[place])
        if left <= here:
            return since + timedelta(microseconds=left)
        left -= here
        whole, tail = divmod(left - 1, MINUTE_US)  # whole minutes before the one it ends in
        ahead = 16 * whole + 30_000  # minutes to look at; working time is a fourth of all
        passed = np.flatnonzero(self.working[place + 1 : place + 1 + ahead])[whole]
        minutes = place + 1 + int(passed)
        return self.start + timedelta(minutes=minutes, microseconds=tail + 1)

    def _place(self, at: datetime) -> tuple[int, int]:
        minute, rest = divmod(at - self.start, timedelta(minutes=1))
        return minute, rest // timedelta(microseconds=1)
