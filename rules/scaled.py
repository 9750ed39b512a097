"""Signals at other limits: they live by the scores, or the hearing, of those of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Floats
from ingest.channel import Channel
from rules import policy
from rules.engine import Engine
from rules.schema import Rule
from rules.signal import END_OF_TIME, BoundSignal, Changed, JudgedSignal
from rules.silence import SilenceSignal
from rules.values import ValueSignal

S = TypeVar("S", bound=BoundSignal)


class Overheard(ValueSignal):
    """A signal whose scores others put to their own policies too."""

    def __init__(self, rule: Rule, name: str) -> None:
        super().__init__(rule, name)
        self.scaled: list[Scaled] = []

    def _apply(self, batch: Batch, slot: NDArray[np.int32], score: Floats) -> Changed:
        for other in self.scaled:
            other.take(batch, slot, score)
        return super()._apply(batch, slot, score)


class Scaled(JudgedSignal):
    """A signal that lives by the scores of another, divided by a factor."""

    def __init__(self, leader: Overheard, factor: float) -> None:
        super().__init__(leader.written, leader.name)
        self.factor = factor
        self.slots, self.channels = leader.slots, leader.channels
        self.memory = policy.new_memory(len(leader.channels))
        leader.scaled.append(self)

    def take(self, batch: Batch, slot: NDArray[np.int32], score: Floats) -> None:
        self._apply(batch, slot, score / self.factor)


class ScaledSilence(SilenceSignal):
    """A silence whose limit is times a factor."""

    def __init__(self, leader: SilenceSignal, factor: float) -> None:
        super().__init__(leader.written, leader.name, leader.not_listening)
        self.factor = factor
        self.add(leader.channels)

    def add(self, channels: Sequence[Channel]) -> None:
        first = len(self.limit)
        super().add(channels)
        self.limit[first:] = (self.limit[first:].astype(np.int64) * self.factor).astype("m8[us]")


class SweptEngine(Engine):
    """An engine whose value signals are overheard, and that hears for scaled silences too."""

    scaled: tuple[ScaledSilence, ...] = ()

    def _of_kind(self, kind: type[S]) -> list[S]:
        return [*super()._of_kind(kind), *(one for one in self.scaled if isinstance(one, kind))]

    def _touch(self, signal: BoundSignal, changed: Changed) -> None:
        if not isinstance(signal, ScaledSilence):
            super()._touch(signal, changed)

    def _make(self, rule: Rule, name: str) -> BoundSignal:
        signal = super()._make(rule, name)
        return Overheard(rule, name) if type(signal) is ValueSignal else signal


Leader = Overheard | SilenceSignal


def scaled(leader: Leader, factor: float) -> Scaled | ScaledSilence:
    if isinstance(leader, Overheard):
        return Scaled(leader, factor)
    return ScaledSilence(leader, factor)


def loud(signal: Scaled | ScaledSilence) -> set[int]:
    """Return the channels that may have episodes."""
    if isinstance(signal, Scaled):
        return {*signal.episodes}
    return {*signal.gaps, *signal.slots.number[np.flatnonzero(signal.stands)].tolist()}


def drop(signal: Scaled | ScaledSilence, number: int, before: np.datetime64 | None) -> None:
    """Drop episodes that can be in no event to come, all if `before` is None."""
    since = END_OF_TIME if before is None else before
    if isinstance(signal, Scaled):
        kept = [] if before is None else signal.episodes_of(number, before)
        signal.episodes.pop(number, None)
        if kept:
            signal.episodes[number] = kept
        return
    gaps = [gap for gap in signal.gaps.pop(number, []) if gap[1] >= since]
    if gaps:
        signal.gaps[number] = gaps
    if before is None:
        signal.stands[signal.slots.slot(number)] = False
