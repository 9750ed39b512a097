"""From readings of a group's channels to frames: what all of them read at one time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.kernel import kernel
from ingest.batch import Batch, Floats, Rows, Times
from rules.duration import microseconds
from rules.grouping import Grouping

Micros = NDArray[np.int64]
#: Of a member that has not been heard. [us]
NEVER = -(2**62)


class Frames(NamedTuple):
    """Frames of several groups, by group and time; a group's values lie one after another.

    group    : (f,) of each frame
    time     : (f,) of its newest reading, so that nothing is told before it was measured
    received : (f,) when the last of its readings reached us
    at       : (f + 1,) where its values begin in `value`
    value    : a number a member, in the members' order; NaN = no reading that young
    """

    group: Rows
    time: Times
    received: Times
    at: Rows
    value: Floats

    def of(self, first: int, last: int) -> Floats:
        """Return the (n, m) values of frames `first` up to `last`, all of one group."""
        return self.value[self.at[first] : self.at[last]].reshape(last - first, -1)


class Heard:
    """What each member read last, a row a member.

    time  : (n,) [us], NEVER = nothing
    value : (n,) SI
    """

    def __init__(self) -> None:
        self.time: Micros = np.zeros(0, dtype=np.int64)
        self.value: Floats = np.zeros(0)

    def grow(self, n: int) -> None:
        self.time = np.concatenate([self.time, np.full(n, NEVER, dtype=np.int64)])
        self.value = np.concatenate([self.value, np.zeros(n)])


class Grid:
    """The slots of time that frames are made of, all alike and aligned to 1970 in UTC."""

    def __init__(self, grouping: Grouping) -> None:
        self.every = int(microseconds(grouping.every).astype(np.int64))
        self.hold = int(microseconds(grouping.hold).astype(np.int64))

    def slot(self, time: Times) -> Micros:
        """Return the number of the slot that each time lies in."""
        return time.astype(np.int64) // self.every

    def end(self, time: Times) -> Times:
        """Return when the slot that each time lies in is over."""
        return ((self.slot(time) + 1) * self.every).astype("M8[us]")

    def frames(
        self, rows: Batch, group: Rows, after: Times, members: Members, heard: Heard
    ) -> Frames:
        """Return the frames that `rows` make, and note in `heard` what they read.

        rows  : readings of members (`channel` is the member's row in `heard`), in any order
        group : (n,) the group of each row
        after : time of the last frame of each group so far; up to its slot none is made anew
        """
        order = np.lexsort((rows.time, group))
        rows, group = rows[order], group[order]
        slot = self.slot(rows.time)
        begins = np.ones(len(rows), dtype=np.bool_)
        begins[1:] = (slot[1:] != slot[:-1]) | (group[1:] != group[:-1])
        head = np.flatnonzero(begins)
        tail = np.append(head[1:], len(rows))
        of = group[head]
        fresh = np.isnat(after[of]) | (slot[head] > self.slot(after[of]))
        width = np.where(fresh, members.width[of], 0)
        at = np.concatenate([np.zeros(1, dtype=np.intp), np.cumsum(width)])
        value = np.full(int(at[-1]), np.nan)
        oldest = (slot[head] + 1) * self.every - self.hold
        _fill(
            tail, rows.channel, rows.time.astype(np.int64), rows.value, members.first[of],
            members.slots, at, oldest, heard.time, heard.value, value,
        )  # fmt: skip
        received = np.maximum.reduceat(rows.received.astype(np.int64), head).astype("M8[us]")
        kept = np.append(at[:-1][fresh], at[-1:])
        return Frames(of[fresh], rows.time[tail - 1][fresh], received[fresh], kept, value)


class Members(NamedTuple):
    """Which rows of `Heard` are the members of each group, in their order.

    first, width : (g,) the part of `slots` that is a group's
    slots        : all members of all groups
    """

    first: Rows
    width: Rows
    slots: Rows


@kernel
def _fill(
    tail: Rows,
    channel: NDArray[np.int32],
    time: Micros,
    value: Floats,
    first: Rows,
    slots: Rows,
    at: Rows,
    oldest: Micros,
    heard_time: Micros,
    heard_value: Floats,
    frame: Floats,
) -> None:
    row = 0
    for f in range(len(tail)):
        while row < tail[f]:
            heard_time[channel[row]] = time[row]
            heard_value[channel[row]] = value[row]
            row += 1
        for j in range(at[f + 1] - at[f]):
            member = slots[first[f] + j]
            if heard_time[member] >= oldest[f]:
                frame[at[f] + j] = heard_value[member]
