"""One signal of one rule on all its channels: detectors, policy, and the episodes they make."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from detectors.detector import Detector
from detectors.registry import REGISTRY
from ingest.batch import Batch, Floats, Rows, Times
from ingest.channel import Channel
from rules import policy
from rules.event import Episode
from rules.marks import BEGINNING, COPIES, FEW
from rules.schema import Rule, Signal, content_hash
from rules.slots import SlotTable

#: A state row larger than this is kept in few copies. [B]
LARGE_ROW = 256


BEGINNING_OF_TIME = np.datetime64(-(2**62), "us")
END_OF_TIME = np.datetime64(2**62, "us")


class Changed(dict[int, np.datetime64]):
    """Channels whose episodes changed, with a time before which none did."""

    def note(self, channel: int, since: np.datetime64) -> None:
        if channel not in self or since < self[channel]:
            self[channel] = since


class BoundSignal(ABC):
    """What all kinds of signal have: slots, and a list of episodes a channel, oldest first."""

    def __init__(self, rule: Rule, name: str) -> None:
        self.rule, self.name = rule.id, name
        self.spec: Signal = rule.signals[name]
        self.fingerprint = fingerprint(rule, name)
        self.slots = SlotTable()
        self.channels: list[Channel] = []  #: by slot

    def add(self, channels: Sequence[Channel]) -> None:
        self.channels += channels
        self.slots.add([channel.number for channel in channels])

    def remove(self, number: int) -> None:
        """Forget a channel and all that was found on it."""
        self.slots.remove(number)

    def bound(self) -> list[Channel]:
        """Return the channels that the signal is judged on."""
        return [self.channels[slot] for slot in self.slots.live()]

    @abstractmethod
    def episodes_of(self, channel: int, since: np.datetime64 = BEGINNING_OF_TIME) -> list[Episode]:
        """Return the episodes of a channel not over before `since`, as known now, oldest first."""

    @abstractmethod
    def forget(self, before: np.datetime64) -> None:
        """Drop what was over before that time."""


def fingerprint(rule: Rule, name: str) -> str:
    """Return what must be the same for a saved state of a signal to be of use."""
    written = rule.signals[name].model_dump(mode="json", serialize_as_any=True)
    return content_hash([rule.id, rule.per, name, written])


class JudgedSignal(BoundSignal):
    """A signal whose readings are scored and put to the policy."""

    def __init__(self, rule: Rule, name: str) -> None:
        super().__init__(rule, name)
        self.memory = policy.new_memory(0)
        self.episodes: dict[int, list[Episode]] = {}

    def add(self, channels: Sequence[Channel]) -> None:
        super().add(channels)
        self.memory = np.concatenate([self.memory, policy.new_memory(len(channels))])

    def remove(self, number: int) -> None:
        super().remove(number)
        self.episodes.pop(number, None)

    def episodes_of(self, channel: int, since: np.datetime64 = BEGINNING_OF_TIME) -> list[Episode]:
        found = self.episodes.get(channel, [])
        found = found[bisect_left(found, since, key=_end) :]
        if not found or found[-1].cleared is not None:
            return found
        row = self.memory[self.slots.slot(channel)]
        now = replace(found[-1], peak=float(row["peak"]), peak_value=float(row["peak_value"]))
        return [*found[:-1], now]

    def forget(self, before: np.datetime64) -> None:
        for channel in [*self.episodes]:
            self.episodes[channel] = self.episodes_of(channel, before)
            if not self.episodes[channel]:
                del self.episodes[channel]

    def _apply(self, batch: Batch, slot: NDArray[np.int32], score: Floats) -> Changed:
        """Put scores to the policy, book episodes, return what changed."""
        changes = policy.judge(
            self.spec.policy, self.memory, slot, batch.time, batch.received, score, batch.value
        )
        dirty = Changed()
        for one in changes.grown:
            dirty.note(int(self.slots.number[one]), self.memory["raised"][one])
        if len(changes.row) == 0:
            return dirty
        limits = self._limits(batch, slot, changes.row[changes.raised])
        for entry, row in enumerate(changes.row):
            channel = int(self.slots.number[slot[row]])
            dirty.note(channel, batch.time[row])
            booked = self.episodes.setdefault(channel, [])
            if changes.raised[entry]:
                booked.append(
                    Episode(
                        rule=self.rule,
                        signal=self.name,
                        channel=channel,
                        began=changes.began[entry],
                        raised=batch.time[row],
                        found=batch.received[row],
                        cleared=None,
                        peak=float(changes.peak[entry]),
                        peak_value=float(changes.peak_value[entry]),
                        limit=limits[int(row)],
                    )
                )
            else:
                booked[-1] = replace(
                    booked[-1],
                    cleared=batch.time[row],
                    peak=float(changes.peak[entry]),
                    peak_value=float(changes.peak_value[entry]),
                )
        return dirty

    def _limits(
        self, batch: Batch, slot: NDArray[np.int32], rows: Rows
    ) -> dict[int, dict[str, float]]:
        """Return what counted as normal at each of the raising `rows`."""
        return {int(row): {} for row in rows}


class ValueSignal(JudgedSignal):
    """A signal judged by detectors, with copies of its state at the marks."""

    def __init__(self, rule: Rule, name: str) -> None:
        super().__init__(rule, name)
        self.detectors: list[Detector] = [REGISTRY[d.name](d.params) for d in self.spec.detect]
        size = sum(detector.state.dtype.itemsize for detector in self.detectors)
        self.kept = tuple(FEW) if size > LARGE_ROW else tuple(range(COPIES))
        self.copies = {copy: self._states() for copy in self.kept}
        self._before: tuple[NDArray[np.int32], list[NDArray[np.void]]] = (
            np.zeros(0, dtype=np.int32),
            [],
        )

    def _states(self) -> list[NDArray[np.void]]:
        return [*(np.zeros_like(d.state) for d in self.detectors), np.zeros_like(self.memory)]

    def add(self, channels: Sequence[Channel]) -> None:
        super().add(channels)
        for detector in self.detectors:
            detector.grow(channels)
        for states in self.copies.values():
            for place, fresh in enumerate(self._states()):
                fresh[: len(states[place])] = states[place]
                states[place] = fresh

    def judge(self, batch: Batch) -> Changed:
        """Judge usable rows, by channel and oldest first; return what changed."""
        slot = self.slots.of(batch.channel)
        mine = np.flatnonzero(slot >= 0)
        if len(mine) == 0:
            return Changed()
        if len(mine) < len(batch):
            batch, slot = batch[mine], slot[mine]
        ours = batch.with_columns(channel=slot)
        touched = slot[np.flatnonzero(np.append(slot[1:] != slot[:-1], True))]
        self._before = (touched, [detector.state[touched] for detector in self.detectors])
        scores = [detector.update(ours) for detector in self.detectors]
        score = reduce(np.fmax if self.spec.combine == "max" else np.minimum, scores)
        return self._apply(batch, slot, score)

    def _limits(
        self, batch: Batch, slot: NDArray[np.int32], rows: Rows
    ) -> dict[int, dict[str, float]]:
        """Return what the detectors expected at each row, not at the end of the batch.

        The channel is taken back to before the batch and led up to the row again, so that
        how the stream was cut shows nowhere, not even in the evidence.
        """
        limits: dict[int, dict[str, float]] = {}
        touched, states = self._before
        ours = batch.with_columns(channel=slot)
        for one in np.unique(slot[rows]):
            place = int(np.flatnonzero(touched == one)[0])
            first = int(np.flatnonzero(slot == one)[0])
            after = [detector.state[one].copy() for detector in self.detectors]
            for detector, before in zip(self.detectors, states, strict=True):
                detector.state[one] = before[place]
            done = first
            for row in rows[slot[rows] == one]:
                told: dict[str, float] = {}
                for detector in self.detectors:
                    detector.update(ours[done : int(row) + 1])
                    told |= {k: v for k, v in detector.expected(int(one)).items() if isfinite(v)}
                limits[int(row)] = told
                done = int(row) + 1
            for detector, state in zip(self.detectors, after, strict=True):
                detector.state[one] = state
        return limits

    def keep(self, copy: int, numbers: NDArray[np.int32]) -> None:
        """Save the state of `numbers`, those that are ours, as copy number `copy`."""
        if copy not in self.copies:
            return
        slot = self.slots.of(numbers)
        slot = slot[slot >= 0]
        for state, live in zip(self.copies[copy], self._live(), strict=True):
            state[slot] = live[slot]

    def restore(self, copy: int, numbers: NDArray[np.int32], until: Times) -> Changed:
        """Take `numbers` back to a copy that knew their readings up to `until`; NaT = none.

        Returns those channels whose episodes that may have changed.
        """
        dirty = Changed()
        slot = self.slots.of(numbers)
        mine = slot >= 0
        slot, numbers, until = slot[mine], numbers[mine], until[mine]
        if len(slot) == 0:  # none is ours, and we may keep no such copy
            return dirty
        if copy == BEGINNING:
            for detector in self.detectors:
                detector.state[slot] = detector.begin([self.channels[place] for place in slot])
            self.memory[slot] = policy.new_memory(len(slot))
        else:
            for state, kept in zip(self._live(), self.copies[copy], strict=True):
                state[slot] = kept[slot]
        for number, time in zip(numbers.tolist(), until, strict=True):
            if number in self.episodes:
                dirty.note(number, BEGINNING_OF_TIME if np.isnat(time) else time)
                self.episodes[number] = _up_to(self.episodes[number], time)
        return dirty

    def _live(self) -> list[NDArray[np.void]]:
        return [*(detector.state for detector in self.detectors), self.memory]


def _end(episode: Episode) -> np.datetime64:
    return END_OF_TIME if episode.cleared is None else episode.cleared


def _up_to(episodes: list[Episode], time: np.datetime64) -> list[Episode]:
    """Return the episodes as they were known when readings up to `time` had been judged."""
    if np.isnat(time):
        return []
    kept = [episode for episode in episodes if episode.raised <= time]
    if kept and kept[-1].cleared is not None and kept[-1].cleared > time:
        kept[-1] = replace(kept[-1], cleared=None)
    return kept
