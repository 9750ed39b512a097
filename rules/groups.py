"""Groups of channels side by side: who is in each, its detector, and its marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from detectors.registry import TOGETHER
from detectors.together import Together
from ingest.batch import Rows, Times
from ingest.channel import Channel
from rules import policy
from rules.binding import scope_of
from rules.event import Episode
from rules.frames import Members
from rules.marks import BEGINNING, COPIES, FEW, Marks
from rules.schema import Detection
from rules.signal import BEGINNING_OF_TIME, Changed
from rules.values import LARGE_ROW

#: A copy of a group at a mark: state of its detector, memory of the policy.
Copy = tuple[NDArray[np.void], NDArray[np.void]]


@dataclass(slots=True)
class Group:
    """One group; without members as long as it has fewer than two."""

    place: int
    slots: list[int] = field(default_factory=list)  #: of all that joined, members or not yet
    members: tuple[Channel, ...] = ()
    detector: Together | None = None
    copies: dict[int, Copy] = field(default_factory=dict)
    episodes: list[Episode] = field(default_factory=list)  #: oldest first; never two at once
    #: Peaks of what stood at a changeover, by its time [us].
    peaks: dict[int, tuple[float, float]] = field(default_factory=dict)

    def note_forgotten(self, dirty: Changed, until: np.datetime64) -> None:
        """Forget what was found after `until` (NaT = ever), and note of whom it was."""
        last = BEGINNING_OF_TIME if np.isnat(until) else until
        self.peaks = {at: p for at, p in self.peaks.items() if at <= int(last.astype(np.int64))}
        known: list[Episode] = []
        for episode in self.episodes:
            if episode.cleared is not None and episode.cleared <= until:
                known.append(episode)
                continue
            dirty.note(episode.channel, last)
            if episode.raised <= until:
                known.append(replace(episode, cleared=None))
        self.episodes = known


class Groups:
    """All groups of a signal: what is kept of each is a row of an array, or a `Group`.

    group  : (slots,) the group of each slot, -1 = it has left
    last   : (g,) datetime64[us], time of the last frame judged, NaT = none
    back   : (g,) since when frames must be judged again, NaT = not at all
    lag    : (g,) timedelta64[us], from the end of a frame until it is judged
    memory : (g,) of the policy
    """

    def __init__(self, detection: Detection) -> None:
        self.detection = detection
        self.place: dict[tuple[str, str], int] = {}  #: by (scope, subject)
        self.groups: list[Group] = []
        self.group: Rows = np.zeros(0, dtype=np.intp)
        self.last: Times = np.zeros(0, dtype="M8[us]")
        self.back: Times = np.zeros(0, dtype="M8[us]")
        self.lag: NDArray[np.timedelta64] = np.zeros(0, dtype="m8[us]")
        self.memory = policy.new_memory(0)
        self.marks = Marks()
        self.members = Members(*(np.zeros(0, dtype=np.intp) for _ in Members._fields))
        self.stale: set[int] = set()  #: groups to be bound
        self.begun: set[int] = set()  #: groups of which readings were heard that wait no more

    def join(self, first: int, channels: Sequence[Channel], per: str) -> None:
        """Let channels join at slots `first` and so on."""
        joined = np.full(len(channels), -1, dtype=np.intp)
        for number, channel in enumerate(channels):
            subject = scope_of(channel, per)
            if subject is None:
                continue
            joined[number] = place = self.place.setdefault(subject, len(self.groups))
            if place == len(self.groups):
                self.groups.append(Group(place))
            self.groups[place].slots.append(first + number)
            self.stale.add(place)
        self.group = np.concatenate([self.group, joined])
        more = len(self.groups) - len(self.last)
        never = np.full(more, "NaT", dtype="M8[us]")
        self.last, self.back = (
            np.concatenate([self.last, never]),
            np.concatenate([self.back, never]),
        )
        self.lag = np.concatenate([self.lag, np.zeros(more, dtype="m8[us]")])
        self.memory = np.concatenate([self.memory, policy.new_memory(more)])
        self.marks.grow(more)

    def leave(self, slot: int) -> None:
        place = int(self.group[slot])
        self.groups[place].slots.remove(slot)
        self.group[slot] = -1
        self.stale.add(place)

    def bind(self, channels: Sequence[Channel]) -> list[Group]:
        """Bind groups whose members have changed; return them, all that they knew forgotten.

        channels : by slot
        """
        if not self.stale:
            return []
        anew = [self.groups[place] for place in sorted(self.stale)]
        for group in anew:
            group.slots.sort(key=lambda slot: channels[slot].id)
            group.members = tuple(channels[slot] for slot in group.slots)
            if len(group.members) < 2:
                group.members = ()
            self._begin(group)
            self.marks.forget(np.array([group.place]))
            if group.place in self.begun:
                self.back[group.place] = BEGINNING_OF_TIME
        self.stale.clear()
        counts = np.array([len(group.members) for group in self.groups], dtype=np.intp)
        slots = [slot for group in self.groups if group.members for slot in group.slots]
        self.members = Members(np.cumsum(counts) - counts, counts, np.array(slots, dtype=np.intp))
        return anew

    def _begin(self, group: Group) -> None:
        """Let a group know nothing."""
        group.copies.clear()
        group.detector = None
        self.last[group.place] = np.datetime64("NaT")
        self.memory[group.place] = policy.new_memory(1)[0]
        if group.members:
            kind = TOGETHER[self.detection.name]
            group.detector = kind(self.detection.params, group.members)
            few = group.detector.state.dtype.itemsize > LARGE_ROW * len(group.members)
            self.marks.allowed[group.place] = np.isin(np.arange(COPIES), FEW) if few else True

    def look_back(self, places: Rows, since: Times) -> None:
        """Note that frames since a time must be judged again."""
        for place, at in zip(places.tolist(), since, strict=True):
            if np.isnat(self.back[place]) or at < self.back[place]:
                self.back[place] = at

    def going_back(self) -> Rows:
        return np.flatnonzero(~np.isnat(self.back))

    def marks_of(self, places: Rows) -> list[tuple[int, Rows]]:
        """Return (copy, places) of the marks before what is to be judged again."""
        chosen = self.marks.choose(places, self.back[places])
        return [(copy, places[chosen == copy]) for copy in np.unique(chosen).tolist()]

    def take_back(self, copy: int, places: Rows) -> None:
        """Take groups back to a copy; nothing is left to be judged again before it."""
        for place in places.tolist():
            group = self.groups[place]
            self.back[place] = np.datetime64("NaT")
            if copy == BEGINNING:
                self._begin(group)
                continue
            state, self.memory[place] = group.copies[copy]
            if group.detector is not None:
                group.detector.state[:] = state
            self.last[place] = self.marks.time[place, copy]

    def keep_due(self, places: Rows, coming: Times) -> None:
        """Keep copies of groups at the marks that their frames at `coming` pass."""
        for copy, due in self.marks.due(places, self.last[places], coming):
            for place in due[self.marks.allowed[due, copy]].tolist():
                group = self.groups[place]
                if group.detector is not None:
                    group.copies[copy] = (group.detector.state.copy(), self.memory[place].copy())

    def hand_over(self, places: Rows, coming: Times, changeovers: Sequence[np.datetime64]) -> None:
        """Note the peaks of what stands at changeovers that frames at `coming` pass."""
        for at in changeovers:
            passes = (self.last[places] < at) & (coming >= at) & self.memory["active"][places]
            for place in places[passes].tolist():
                row = self.memory[place]
                key = int(at.astype(np.int64))
                self.groups[place].peaks[key] = (float(row["peak"]), float(row["peak_value"]))
