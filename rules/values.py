"""A signal judged by detectors, which can be taken back to its marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.detector import Detector
from detectors.registry import REGISTRY
from ingest.batch import Batch, Floats, Rows, Times
from ingest.channel import Channel
from rules import policy
from rules.calm import CalmRows
from rules.event import Episode
from rules.marks import BEGINNING, COPIES, FEW
from rules.schema import Rule
from rules.signal import BEGINNING_OF_TIME, Changed, JudgedSignal
from rules.slots import heads_of

#: A state row larger than this is kept in few copies. [B]
LARGE_ROW = 128


class ValueSignal(JudgedSignal):
    """A signal judged by detectors, with copies of its state at the marks."""

    def __init__(self, rule: Rule, name: str) -> None:
        super().__init__(rule, name)
        self.detectors: list[Detector] = [REGISTRY[d.name](d.params) for d in self.spec.detect]
        size = sum(detector.state.dtype.itemsize for detector in self.detectors)
        self.kept = tuple(FEW) if size > LARGE_ROW else tuple(range(COPIES))
        #: By copy: states of the detectors, a row a slot, and what the policy remembers.
        self.copies: dict[int, list[Any]] = {
            copy: [*self._states(), CalmRows()] for copy in self.kept
        }
        #: First rows of channels with several rows in the batch being judged, and their states
        #: before it.
        self._several: Rows = np.zeros(0, dtype=np.intp)
        self._before: list[NDArray[np.void]] = []

    def _states(self) -> list[NDArray[np.void]]:
        return [np.zeros_like(detector.state) for detector in self.detectors]

    def add(self, channels: Sequence[Channel]) -> None:
        super().add(channels)
        for detector in self.detectors:
            detector.grow(channels)
        for states in self.copies.values():
            for place, fresh in enumerate(self._states()):  # the policy's grow by themselves
                fresh[: len(states[place])] = states[place]
                states[place] = fresh

    def judge(self, batch: Batch) -> Changed:
        """Judge usable rows, by channel and oldest first; return what changed."""
        mine, slot = self.slots.rows(batch.channel)
        if len(mine) == 0:
            return Changed()
        if len(mine) < len(batch):
            batch = batch[mine]
        ours = batch.with_columns(channel=slot)
        self._several = heads_of(slot)[1]
        self._before = [detector.state[slot[self._several]] for detector in self.detectors]
        scores = [detector.update(ours) for detector in self.detectors]
        score = combined(scores, self.spec.abnormal_at_once)
        return self._apply(batch, slot, score)

    def _limits(
        self, batch: Batch, slot: NDArray[np.int32], rows: Rows
    ) -> dict[int, dict[str, float]]:
        """Return what the detectors expected at each row, not at the end of the batch.

        The channel is taken back to before the batch and led up to the row again, so that
        how the stream was cut shows nowhere, not even in the evidence. There is no need to
        where the row is the channel's only one.
        """
        limits: dict[int, dict[str, float]] = {}
        ours = batch.with_columns(channel=slot)
        every = heads_of(slot)[0]
        heads = every[np.searchsorted(every, rows, side="right") - 1]
        alone = ~np.isin(heads, self._several)
        for row in rows[alone].tolist():
            limits[row] = self._expected(int(slot[row]))
        for head in np.unique(heads[~alone]).tolist():
            one, place = int(slot[head]), np.searchsorted(self._several, head)
            after = [detector.state[one].copy() for detector in self.detectors]
            for detector, before in zip(self.detectors, self._before, strict=True):
                detector.state[one] = before[place]
            done = head
            for row in rows[heads == head].tolist():
                for detector in self.detectors:
                    detector.update(ours[done : row + 1])
                limits[row] = self._expected(one)
                done = row + 1
            for detector, state in zip(self.detectors, after, strict=True):
                detector.state[one] = state
        return limits

    def _expected(self, slot: int) -> dict[str, float]:
        told: dict[str, float] = {}
        for detector in self.detectors:
            told |= {k: v for k, v in detector.expected(slot).items() if isfinite(v)}
        return told

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
            if number in self.peaks:
                self.take_back_peaks(number, time)
            if number in self.episodes:
                dirty.note(number, BEGINNING_OF_TIME if np.isnat(time) else time)
                self.episodes[number] = _up_to(self.episodes[number], time)
        return dirty

    def _live(self) -> list[NDArray[np.void]]:
        return [*(detector.state for detector in self.detectors), self.memory]


def combined(scores: Sequence[Floats], at_once: int) -> Floats:
    """Return (n,) the score that `at_once` detectors reach; NaN where fewer have one."""
    if len(scores) == 1:
        return scores[0]
    known = np.sort(np.where(np.isnan(scores), -np.inf, scores), axis=0)
    reached: Floats = known[-at_once]
    return np.where(np.isneginf(reached), np.nan, reached)


def _up_to(episodes: list[Episode], time: np.datetime64) -> list[Episode]:
    """Return the episodes as they were known when readings up to `time` had been judged."""
    if np.isnat(time):
        return []
    kept = [episode for episode in episodes if episode.raised <= time]
    if kept and kept[-1].cleared is not None and kept[-1].cleared > time:
        kept[-1] = replace(kept[-1], cleared=None)
    return kept
