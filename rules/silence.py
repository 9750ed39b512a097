"""A signal that stands while a channel says nothing, though it should."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.kernel import kernel
from ingest.batch import Rows, Times
from ingest.channel import Channel
from rules.duration import microseconds
from rules.event import Episode
from rules.listening import NotListening
from rules.schema import Rule, Silence
from rules.signal import BEGINNING_OF_TIME, BoundSignal, Changed

NEVER = np.iinfo(np.int64).min  #: NaT as a number
Gap = tuple[np.datetime64, np.datetime64]


class SilenceSignal(BoundSignal):
    """Long gaps between the times at which each channel was heard, and the gap up to now.

    Kept as the set of gaps longer than the limit, so that nothing is ever late: a reading
    from within a gap splits it, and the silence never was. Whether a gap counts is asked
    of `NotListening` when the episodes are.
    """

    def __init__(self, rule: Rule, name: str, not_listening: NotListening) -> None:
        super().__init__(rule, name)
        self.not_listening = not_listening
        self.watermark: np.datetime64 = np.datetime64("NaT", "us")
        self.limit: NDArray[np.timedelta64] = np.zeros(0, dtype="m8[us]")
        self.first: Times = np.zeros(0, dtype="M8[us]")
        self.last: Times = np.zeros(0, dtype="M8[us]")
        self.stands: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self.gaps: dict[int, list[Gap]] = {}

    def add(self, channels: Sequence[Channel]) -> None:
        super().add(channels)
        silent = self.spec.silent or Silence()
        limits = [
            microseconds(max(c.interval, c.reports_every) * silent.times + silent.grace)
            for c in channels
        ]
        never = np.full(len(channels), "NaT", dtype="M8[us]")
        self.limit = np.concatenate([self.limit, np.array(limits, dtype="m8[us]")])
        self.first, self.last = (np.concatenate([t, never]) for t in (self.first, self.last))
        self.stands = np.concatenate([self.stands, np.zeros(len(channels), dtype=np.bool_)])

    def remove(self, number: int) -> None:
        if number in self.slots:
            self.last[self.slots.slot(number)] = np.datetime64("NaT")
        self.gaps.pop(number, None)
        super().remove(number)

    def hear(self, channel: NDArray[np.int32], time: Times) -> Changed:
        """Take in when channels were heard, by channel and oldest first; return what changed."""
        mine, slot = self.slots.rows(channel)
        if len(mine) == 0:
            return Changed()
        time = time[mine]
        dirty = Changed()
        late = time <= self.last[slot]
        if late.any():
            dirty = self._fill(slot[late], time[late])
            slot, time = slot[~late], time[~late]
        row, before = np.empty(len(slot), dtype=np.intp), np.empty(len(slot), dtype=np.int64)
        tables = (self.first.view("i8"), self.last.view("i8"), self.limit.view("i8"), self.stands)
        found = _listen(slot, time.view("i8"), *tables, row, before)
        for place, began in zip(row[:found].tolist(), before[:found].view("M8[us]"), strict=True):
            number = int(self.slots.number[slot[place]])
            if time[place] - began > self.limit[slot[place]]:
                self.gaps.setdefault(number, []).append((began, time[place]))
            dirty.note(number, began)
        return dirty

    def _fill(self, slot: NDArray[np.int32], time: Times) -> Changed:
        """Take in readings older than the last one heard."""
        dirty = Changed()
        numbers = self.slots.number[slot]
        gapped = np.fromiter((int(n) in self.gaps for n in numbers), np.bool_, len(numbers))
        for row in np.flatnonzero(gapped | (time < self.first[slot])):
            place, at, number = slot[row], time[row], int(numbers[row])
            gaps = self.gaps.setdefault(number, [])
            if at < self.first[place]:
                gaps.insert(0, (at, self.first[place]))
                self.first[place] = at
                dirty.note(number, at)
            else:
                split = [gap for gap in gaps if gap[0] < at < gap[1]]
                if not split:
                    continue
                gaps.remove(split[0])
                gaps += [(split[0][0], at), (at, split[0][1])]
                dirty.note(number, split[0][0])
            gaps[:] = sorted(gap for gap in gaps if gap[1] - gap[0] > self.limit[place])
            if not gaps:
                del self.gaps[number]
        return dirty

    def advance(self, watermark: np.datetime64) -> Changed:
        """Let time pass; return the channels that have become silent."""
        self.watermark = watermark
        fallen = Changed()
        for place in np.flatnonzero((watermark - self.last > self.limit) & ~self.stands):
            if self.not_listening.heard_out(self.last[place], self.limit[place]) < watermark:
                self.stands[place] = True
                fallen.note(int(self.slots.number[place]), self.last[place])
        return fallen

    def reconsider(self) -> Changed:
        """Return the channels to ask again because `not_listening` has changed."""
        standing = np.flatnonzero(self.stands)
        self.stands[:] = False
        numbers = {*self.gaps, *(int(number) for number in self.slots.number[standing])}
        return Changed(dict.fromkeys(numbers, BEGINNING_OF_TIME))

    def forget(self, before: np.datetime64, needed: Mapping[int, np.datetime64]) -> None:
        for number in [*self.gaps]:
            self.gaps[number] = self._since(number, needed.get(number, before))
            if not self.gaps[number]:
                del self.gaps[number]

    def _since(self, number: int, since: np.datetime64) -> list[Gap]:
        gaps = self.gaps.get(number, [])
        return gaps[bisect_left(gaps, since, key=lambda gap: gap[1]) :]

    def episodes_of(self, channel: int, since: np.datetime64 = BEGINNING_OF_TIME) -> list[Episode]:
        place = self.slots.slot(channel)
        limit = self.limit[place]
        ends: list[tuple[np.datetime64, np.datetime64 | None]] = [*self._since(channel, since)]
        if self.stands[place]:
            ends.append((self.last[place], None))
        found = []
        for began, cleared in ends:
            raised = self.not_listening.heard_out(began, limit)
            if cleared is None or raised < cleared:
                seconds = float(limit / np.timedelta64(1, "s"))
                found.append(
                    Episode(
                        rule=self.rule,
                        signal=self.name,
                        channel=channel,
                        began=began,
                        raised=raised,
                        found=raised,
                        cleared=cleared,
                        peak=1.0,
                        peak_value=seconds,
                        limit={"silent_for_s": seconds},
                    )
                )
        return found


@kernel
def _listen(
    slot: NDArray[np.int32],
    time: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    limit: NDArray[np.int64],
    stands: NDArray[np.bool_],
    row: Rows,
    before: NDArray[np.int64],
) -> int:
    """Note when each slot was heard, and rows that end a gap or a silence, with when it began."""
    found = 0
    for here in range(len(slot)):
        one, now = slot[here], time[here]
        then = last[one]
        if first[one] == NEVER:
            first[one] = now
        if then != NEVER and (stands[one] or now - then > limit[one]):
            row[found], before[found] = here, then
            found += 1
        last[one], stands[one] = now, False
    return found
