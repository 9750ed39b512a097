"""What the detectors of a station share: where each member stands, and what was its worst."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.together import Together, Verdict
from ingest.batch import Floats, Rows, Times
from ingest.channel import Channel


class StationParams(Params):
    warm_up: PositiveInt = Field(300, ge=16)
    """Readings of a member before it is judged. [frames]"""
    memory: PositiveInt = 10_000
    """Readings over which normal is learnt, once there are so many. [frames]"""
    patience: PositiveInt = 1_000
    """What stays abnormal for longer is learnt as the new normal. [frames]"""
    joined: PositiveFloat = 6.0
    """How members add up, see `Station`: 1 their sum, large the worst alone."""


class Station(Together):
    """Base of detectors on all that one station measures.

        score = (Σ_j s_j^joined)^(1 / joined),  s_j the score of member j; its largest speaks

    Frames are counted, not timed: a test bench at 1 Hz and a plant read hourly are judged
    alike. Members are taken in the order of their ids, so that listing them otherwise
    changes no bit. A frame without any reading has no score and leaves the state alone.
    """

    def __init__(self, params: Params, members: Sequence[Channel]) -> None:
        super().__init__(params, members)
        self.order = np.array(sorted(range(len(members)), key=lambda m: members[m].id), dtype="i8")

    def update(self, time: Times, value: Floats) -> Verdict:
        score, speaks = np.full(len(value), np.nan), np.full(len(value), -1, dtype=np.intp)
        rows = np.flatnonzero(np.isfinite(value).any(axis=1))
        ordered = np.ascontiguousarray(value[np.ix_(rows, self.order)], dtype=np.float64)
        found, loudest = np.zeros(len(rows)), np.zeros(len(rows), dtype=np.intp)
        self.advance(time[rows].astype("M8[us]").view("i8"), ordered, found, loudest)
        score[rows], speaks[rows] = found, self.order[loudest]
        return Verdict(score, speaks)

    @abstractmethod
    def advance(self, time: Rows, value: Floats, score: Floats, speaks: Rows) -> None:
        """Fill (k,) `score` and `speaks` for frames at `time` [µs] with (k, m) `value`."""


@kernel
def stand(
    v: float,
    j: int,
    level: Floats,
    spread: Floats,
    seen: Floats,
    weight: float,
    memory: float,
    warm_up: float,
) -> float:
    """Return how many spreads `v` is off member j's level [-10, 10], then learn from it.

        z = (v - level) / (1.25 spread),  level += a clip(v - level),  spread += a (|·| - spread)

    a = 1 / readings seen until that is the memory; deviations count up to 5 spreads when
    warm, so that a fault moves little. 1.25 makes a mean deviation a standard one.
    """
    seen[j] += 1.0
    if seen[j] == 1.0:
        level[j] = v
    scale = max(1.2533 * spread[j], 1e-5 * abs(level[j]) + 1e-9)
    off = v - level[j]
    z: float = min(max(off / scale, -10.0), 10.0)
    rate = max(1.0 / seen[j], 1.0 / memory)
    if seen[j] > warm_up:
        rate *= weight
        off = min(max(off, -5.0 * scale), 5.0 * scale)
    level[j] += rate * off
    spread[j] += rate * (abs(off) - spread[j])
    return z


@kernel
def above_worst(s: float, j: int, worst: Floats, seen: float, weight: float) -> float:
    """Return `s` in units of the 99.9 % worst of member j so far, and learn that a little.

    A stochastic quantile: up by 0.3 % where `s` exceeds it (more as long as fewer than 1,700
    readings were seen), down by a thousandth of that otherwise. One long event raises it by
    a few per cent.
    """
    ratio: float = s / worst[j]
    step = max(0.003, 5.0 / seen) * weight
    worst[j] *= 1.0 + step * (0.999 if ratio > 1.0 else -0.001)
    return ratio
