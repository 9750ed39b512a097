"""How far each channel has been judged, its marks, and the one check that needs order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Times
from ingest.channel import Channel
from ingest.quality import Quality
from rules.judgement import Requalified
from rules.marks import BEGINNING, COPIES, Marks
from rules.rate import RateCheck
from rules.slots import SlotTable

TOO_FAST = int(Quality.TOO_FAST)


class Timeline:
    """What is kept once a channel, whichever rules look at it.

    last : (n,) datetime64[us], device time of the last reading judged, NaT = none
    """

    def __init__(self) -> None:
        self.places = SlotTable()
        self.last: Times = np.zeros(0, dtype="M8[us]")
        self.marks = Marks()
        self.rate = RateCheck()
        #: Flags found that differ from the stored ones, by channel and time [µs].
        self.requalified: dict[tuple[int, int], int] = {}

    def add(self, channels: Sequence[Channel]) -> None:
        self.places.add([channel.number for channel in channels])
        self.last = np.concatenate([self.last, np.full(len(channels), "NaT", dtype="M8[us]")])
        self.marks.grow(len(channels))
        self.rate.grow(np.array([channel.largest_rate for channel in channels], dtype=np.float64))

    def keep_only(self, kept: Sequence[int], numbers: Sequence[int]) -> None:
        """Note that a signal has joined which keeps these copies."""
        place = self.places.of(np.array(numbers, dtype=np.int32)).astype(np.intp)
        for copy in range(COPIES):
            if copy not in kept:
                self.marks.allowed[place, copy] = False

    def stops(
        self, numbers: NDArray[np.int32], changeovers: Sequence[np.datetime64]
    ) -> NDArray[np.datetime64]:
        """Return (n, COPIES + changeovers) the times that each channel has been judged past.

        First of its marks, each the time of the last reading in the copy, then just before
        each changeover; NaT where there is none.
        """
        place = self.places.of(numbers).astype(np.intp)
        at = np.array(changeovers, dtype="M8[us]")
        passed = np.tile(at - np.timedelta64(1, "us"), (len(place), 1))
        passed[~(self.last[place][:, None] >= at)] = np.datetime64("NaT")
        return np.concatenate([self.marks.time[place], passed], axis=1)

    def passing(
        self, numbers: NDArray[np.int32], coming: Times, changeover: np.datetime64
    ) -> NDArray[np.int32]:
        """Return the channels whose rows at `coming` are the first past a changeover."""
        last = self.last[self.places.of(numbers)]
        return numbers[(last < changeover) & (coming >= changeover)]

    def knows(self, numbers: NDArray[np.int32]) -> NDArray[np.bool_]:
        return self.places.of(numbers) >= 0

    def late(self, batch: Batch) -> NDArray[np.bool_]:
        """Return (n,) whether each row is not after the last one judged of its channel."""
        return batch.time <= self.last[self.places.of(batch.channel)]  # NaT: false

    def due(
        self, numbers: NDArray[np.int32], coming: Times
    ) -> Iterator[tuple[int, NDArray[np.int32]]]:
        """Yield (copy, numbers) to be kept before the rows at `coming` are judged."""
        place = self.places.of(numbers).astype(np.intp)
        for copy, there in self.marks.due(place, self.last[place], coming):
            self.rate.keep(copy, there)
            yield copy, self.places.number[there]

    def qualify(self, batch: Batch) -> Batch:
        """Advance by rows in order; return those that did not change faster than they can."""
        if len(batch) == 0:
            return batch
        place = self.places.of(batch.channel).astype(np.intp)
        too_fast = self.rate.judge(place, batch.time, batch.value)
        tails = np.append(place[1:] != place[:-1], True)
        self.last[place[tails]] = batch.time[tails]
        stored = (batch.quality & TOO_FAST) != 0
        for row in np.flatnonzero(too_fast | stored | self._pending(batch)):
            key = (int(batch.channel[row]), int(batch.time[row].astype(np.int64)))
            self.requalified.pop(key, None)
            if too_fast[row] != stored[row]:
                self.requalified[key] = int(batch.quality[row]) ^ TOO_FAST
        return batch[~too_fast] if too_fast.any() else batch

    def _pending(self, batch: Batch) -> NDArray[np.bool_]:
        """Return (n,) whether a change of the row's flags waits to be told."""
        if not self.requalified:
            return np.zeros(len(batch), dtype=np.bool_)
        keys = zip(batch.channel.tolist(), batch.time.astype(np.int64).tolist(), strict=True)
        return np.fromiter((key in self.requalified for key in keys), np.bool_, len(batch))

    def without_too_fast(self, batch: Batch) -> Batch:
        """Return stored rows without those known to be too fast, told or not yet."""
        too_fast = (batch.quality & TOO_FAST) != 0
        for row in np.flatnonzero(self._pending(batch)):  # told since the checkpoint, perhaps
            key = (int(batch.channel[row]), int(batch.time[row].astype(np.int64)))
            too_fast[row] = bool(self.requalified[key] & TOO_FAST)
        return batch[~too_fast]

    def take_back(
        self, numbers: NDArray[np.int32], since: Times
    ) -> Iterator[tuple[int, NDArray[np.int32], Times]]:
        """Go back to marks before `since`; yield (copy, numbers, time known up to, NaT = none)."""
        place = self.places.of(numbers).astype(np.intp)
        chosen = self.marks.choose(place, since)
        for copy in np.unique(chosen):
            there = place[chosen == copy]
            known = self.marks.time[there, copy].copy()
            if copy == BEGINNING:
                known[:] = np.datetime64("NaT")
            self.rate.restore(int(copy), there)
            self.last[there] = known
            yield int(copy), self.places.number[there], known

    def take_requalified(self) -> Requalified:
        """Return the changes of flags that have not been told, and forget them."""
        keys = sorted(self.requalified)
        told = Requalified(
            channel=np.array([channel for channel, _ in keys], dtype=np.int32),
            time=np.array([time for _, time in keys], dtype=np.int64).astype("M8[us]"),
            quality=np.array([self.requalified[key] for key in keys], dtype=np.uint16),
        )
        self.requalified.clear()
        return told
