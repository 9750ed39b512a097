"""A signal on groups of channels side by side, as if their frames had come in order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Rows, Times, concatenate
from ingest.channel import Channel
from rules.cutting import parts
from rules.duration import microseconds
from rules.event import Episode
from rules.frames import NEVER, Grid, Heard
from rules.groups import Group, Groups
from rules.marks import BEGINNING
from rules.schema import Rule
from rules.signal import BEGINNING_OF_TIME, END_OF_TIME, BoundSignal, Changed
from rules.together_run import judge_frames

#: Return the stored readings of channels since a time that are usable and have been judged.
Read = Callable[[NDArray[np.int32], np.datetime64 | None], Batch]
#: Channels whose history is read at once.
AT_ONCE = 64


class TogetherSignal(BoundSignal):
    """A signal judged by one detector a group, on frames of what its members read.

    Readings wait in `waiting` until event time has passed the end of their frame and the
    group's grace. One that changes a frame which has been judged takes the whole group
    back to a mark, from where its members' stored readings are made into frames again. A
    group whose members have changed is bound anew and begins from its first reading.
    """

    def __init__(self, rule: Rule, name: str) -> None:
        super().__init__(rule, name)
        grouping = self.spec.together
        if grouping is None:
            raise ValueError(f"signal {name} of {rule.id} says nothing of together")
        self.grouping = grouping
        self.grid = Grid(grouping)
        self.groups = Groups(self.spec.detect[0])
        self.heard = Heard()
        self.waiting: list[Batch] = []  #: `channel` is the slot
        self.due: np.datetime64 = END_OF_TIME  #: when the first frame that waits is judged
        self.unsaid = Changed()  #: what has changed since `advance` last returned
        #: History to begin from where a group begins; None = all.
        self.since: np.datetime64 | None = None

    # Channels ---------------------------------------------------------------------------

    def add(self, channels: Sequence[Channel]) -> None:
        first = len(self.channels)
        super().add(channels)
        self.heard.grow(len(channels))
        self.groups.join(first, channels, self.grouping.per)

    def remove(self, number: int) -> None:
        if number in self.slots:
            self.groups.leave(self.slots.slot(number))
        super().remove(number)

    def group_of(self, channel: int) -> Group:
        return self.groups.groups[int(self.groups.group[self.slots.slot(channel)])]

    # Readings ---------------------------------------------------------------------------

    def take(self, batch: Batch) -> None:
        """Take in usable readings, oldest first within each channel."""
        slot = self.slots.of(batch.channel)
        mine = (slot >= 0) & ~np.isnan(batch.value) & (batch.time >= self.begins)
        if not mine.any():
            return
        rows = batch[mine].with_columns(channel=slot[mine])
        group = self.groups.group[rows.channel]
        behind = self.grid.slot(rows.time) <= self.grid.slot(self.groups.last)[group]  # NaT: least
        if behind.any():  # of them only what was not heard before changes a frame
            new = behind & (rows.time.astype(np.int64) > self.heard.time[rows.channel])
            self.groups.look_back(group[new], self._begin(rows.time[new]))
        stays = ~behind & np.isnat(self.groups.back)[group]
        if stays.any():
            self.wait(rows[stays])

    def take_back(self, numbers: NDArray[np.int32], since: Times) -> None:
        """Note that readings of `numbers` may have changed, each since a time.

        They will be told again from then on.
        """
        slot = self.slots.of(numbers)
        mine = slot >= 0
        if not mine.any():
            return
        slot, since = slot[mine], since[mine]
        group = self.groups.group[slot]
        last = self.groups.last[group]
        judged = self.grid.slot(since) <= self.grid.slot(last)
        judged = (judged & ~np.isnat(last)) | (since == BEGINNING_OF_TIME)
        self.groups.look_back(group[judged], self._begin(since[judged]))
        if self.waiting:
            limit = np.full(len(self.channels), END_OF_TIME, dtype="M8[us]")
            limit[slot] = since
            rows = concatenate(self.waiting)
            self.waiting = [rows[rows.time < limit[rows.channel]]]

    def begin_anew(self, since: np.datetime64 | None) -> None:
        """Judge the history of all groups, or what of it came since a time."""
        every = np.arange(len(self.groups.groups))
        self.groups.look_back(every, np.full(len(every), BEGINNING_OF_TIME, dtype="M8[us]"))
        self.since = since

    # Time -------------------------------------------------------------------------------

    @property
    def is_behind(self) -> bool:
        """Whether groups wait to be judged again, by `advance`."""
        return len(self.groups.going_back()) > 0

    def advance(
        self,
        watermark: np.datetime64,
        read: Read,
        changeovers: Sequence[np.datetime64],
        channels: int | None = None,
    ) -> Changed:
        """Judge the frames that are due when event time is `watermark`.

        Of the groups that are judged again as many as have about so many `channels`.
        """
        dirty = self.unsaid  # and stays so if the history does not answer
        if np.isnat(watermark):
            return Changed()
        self._bind(dirty)
        back = self.groups.going_back()
        if len(back) == 0 and watermark < self.due and not dirty:
            return dirty
        rows = concatenate(self.waiting)
        group = self.groups.group[rows.channel]
        rows = rows[(group >= 0) & np.isnat(self.groups.back[group])]
        self.waiting, self.due = [], END_OF_TIME
        self._judge(rows, watermark, changeovers, dirty)
        if channels is not None:
            back = back[
                : 1 + int(np.searchsorted(np.cumsum(self.groups.members.width[back]), channels))
            ]
        for some in self._again(back, read, dirty):
            self._judge(some, watermark, changeovers, dirty)
        if not self.is_behind:
            self.since = None
        self.unsaid = Changed()
        return dirty

    def _bind(self, dirty: Changed) -> None:
        for group in self.groups.bind(self.channels):
            self.heard.time[group.slots] = NEVER
            for episode in group.episodes:
                dirty.note(episode.channel, BEGINNING_OF_TIME)
            group.episodes = []
            self.set_lag(group)

    def set_lag(self, group: Group) -> None:
        slowest = max((member.reports_every for member in group.members), default=timedelta(0))
        self.groups.lag[group.place] = microseconds(self.grouping.grace + slowest)

    def _again(self, back: Rows, read: Read, dirty: Changed) -> Iterator[Batch]:
        """Take the groups `back` to their marks, and yield the readings to judge from there."""
        alone = self.groups.members.width[back] == 0
        self.groups.take_back(BEGINNING, back[alone])
        for copy, places in self.groups.marks_of(back[~alone]):
            size = max(1, AT_ONCE // int(self.groups.members.width[places].max()))
            for some in parts(places, size):
                groups = [self.groups.groups[place] for place in some]
                numbers = sorted(m.number for group in groups for m in group.members)
                rows = read(np.array(numbers, dtype=np.int32), self._since(copy, some))
                self.groups.take_back(copy, some)  # not before the history has answered
                for group in groups:
                    group.note_forgotten(dirty, self.groups.last[group.place])
                    self.heard.time[group.slots] = NEVER
                rows = rows[~np.isnan(rows.value) & (rows.time >= self.begins)]
                yield rows.with_columns(channel=self.slots.of(rows.channel))

    def _since(self, copy: int, places: Rows) -> np.datetime64 | None:
        """Return since when readings matter to groups that go back to a copy; None = ever."""
        if copy == BEGINNING:
            begins = None if self.begins == BEGINNING_OF_TIME else self.begins
            return begins if self.since is None else self.since
        known = self.groups.marks.time[places, copy]
        return np.datetime64(self.grid.end(known).min() - np.timedelta64(self.grid.hold, "us"))

    def _judge(
        self,
        rows: Batch,
        watermark: np.datetime64,
        changeovers: Sequence[np.datetime64],
        dirty: Changed,
    ) -> None:
        """Judge what of `rows` is due, and keep the rest waiting."""
        group = self.groups.group[rows.channel]
        watched = self.groups.members.width[group] > 0
        self.groups.begun.update(group[~watched].tolist())
        rows, group = rows[watched], group[watched]
        due = self.grid.end(rows.time) + self.groups.lag[group] <= watermark
        if not due.all():
            self.wait(rows[~due])
            rows, group = rows[due], group[due]
        if len(rows) == 0:
            return
        frames = self.grid.frames(rows, group, self.groups.last, self.groups.members, self.heard)
        judge_frames(self.written, self.name, self.groups, frames, changeovers, dirty)

    def wait(self, rows: Batch) -> None:
        self.waiting.append(rows)
        due = self.grid.end(rows.time) + self.groups.lag[self.groups.group[rows.channel]]
        self.due = min(self.due, due.min())

    def _begin(self, time: Times) -> Times:
        """Return when the frame that each time lies in begins."""
        begin = (self.grid.slot(time) * self.grid.every).astype("M8[us]")
        return np.where(time == BEGINNING_OF_TIME, time, begin)

    # Episodes ---------------------------------------------------------------------------

    def episodes_of(self, channel: int, since: np.datetime64 = BEGINNING_OF_TIME) -> list[Episode]:
        group = self.group_of(channel)
        found = group.episodes[bisect_left(group.episodes, since, key=_end) :]
        if found and found[-1].cleared is None:
            row = self.groups.memory[group.place]
            now = replace(found[-1], peak=float(row["peak"]), peak_value=float(row["peak_value"]))
            found = [*found[:-1], now]
        return [episode for episode in found if episode.channel == channel]

    def as_of(self, at: np.datetime64, episode: Episode) -> Episode:
        then = self.group_of(episode.channel).peaks.get(int(at.astype(np.int64)))
        if then is None or (episode.cleared is not None and episode.cleared < at):
            return episode
        return replace(episode, peak=then[0], peak_value=then[1])

    def pass_again(self, at: np.datetime64) -> None:
        """Judge again what had passed a changeover before that was known, and stood at it."""
        key = int(at.astype(np.int64))
        for group in self.groups.groups:
            stood = any(e.raised < at <= _end(e) for e in group.episodes)
            if stood and key not in group.peaks and self.groups.last[group.place] >= at:
                self.groups.look_back(np.array([group.place]), self._begin(np.array([at])))

    def forget(self, before: np.datetime64, needed: Mapping[int, np.datetime64]) -> None:
        for group in self.groups.groups:
            group.episodes = [e for e in group.episodes if _end(e) >= needed.get(e.channel, before)]
            group.peaks = group.peaks if group.episodes else {}


def _end(episode: Episode) -> np.datetime64:
    return END_OF_TIME if episode.cleared is None else episode.cleared
