"""A member of a station that stays off its level: small, but it lasts."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from detectors.kernel import kernel
from detectors.station import Station, StationParams, above_worst, stand
from ingest.batch import Floats, Rows


class ShiftParams(StationParams):
    warm_up: PositiveInt = Field(150, ge=16)
    """Readings of a member before it is judged. [frames]"""
    joined: PositiveFloat = 12.0
    """How members add up, see `Station`: 1 their sum, large the worst alone."""
    smoothing: float = Field(0.05, gt=0, le=1)
    """Weight of the newest deviation in the smoothed one. [1/frame]"""
    limit: PositiveFloat = 2.85
    """Smoothed deviation that scores 1 at least. [its usual sizes]"""
    times_worst: PositiveFloat = 1.25
    """How far beyond the worst so far it must be besides."""
    held: float = Field(0.05, gt=0, le=1)
    """Speed of learning while the score is at 1."""


class Shift(Station):
    """Smooth each member's deviation from its level, against the usual size of just that.

        u ← u + smoothing (z - u),   s = |u| / usual |u|,   usual |u| its mean deviation + 0.1
        score of a member = s / max(limit, times_worst · the 99.9 % worst s so far)
                            / (1 + ½ lg(readings / 1000)), this last from 1,000 on:
                            the more chances, the farther a healthy one has wandered
        u stops where the score is 2, so that a mended member clears soon

    By measuring u against u, a member that wanders (a temperature) needs more than one that
    merely jitters. While the score is at 1 normal is learnt at a twentieth of the speed, so
    the score stands while the fault does; after `patience` frames the state counts as new
    normal and is learnt from the start.

    Members must return to their level for this to mean anything: not for totalisers. Expected
    false signals a sensor-year: 1.3 on the minutes of GECCO, 0.8 on two rivers' half hours;
    of independent noise none in 100,000 frames of eight members.
    After S. W. Roberts, Control Chart Tests Based on Geometric Moving Averages,
    Technometrics 1(3), 1959.
    """

    Parameters = ShiftParams

    def fields(self) -> list[tuple[Any, ...]]:
        m = len(self.members)
        names = ("level", "spread", "seen", "smooth", "usual", "worst")
        return [*((name, "f8", (m,)) for name in names), ("standing", "i8")]

    def advance(self, time: Rows, value: Floats, score: Floats, speaks: Rows) -> None:
        p: ShiftParams = self.params
        s = self.state
        _advance(
            value,
            s["level"][0],
            s["spread"][0],
            s["seen"][0],
            s["smooth"][0],
            s["usual"][0],
            s["worst"][0],
            self.state["standing"],
            p.smoothing,
            p.limit,
            p.times_worst,
            p.held,
            float(p.warm_up),
            float(p.memory),
            p.patience,
            p.joined,
            score,
            speaks,
        )

    def expected(self, member: int) -> dict[str, float]:
        at = int((self.order == member).argmax())
        row = self.state[0]
        return {"level": float(row["level"][at]), "spread": float(row["spread"][at])}


@kernel
def rarer(seen: float) -> float:
    """Return how much farther off than at first a member must be after `seen` readings."""
    return float(1.0 + 0.5 * np.log10(max(1.0, seen / 1000.0)))


@kernel
def _advance(
    value: Floats,
    level: Floats,
    spread: Floats,
    seen: Floats,
    smooth: Floats,
    usual: Floats,
    worst: Floats,
    standing: Rows,
    smoothing: float,
    limit: float,
    times_worst: float,
    held: float,
    warm_up: float,
    memory: float,
    patience: int,
    joined: float,
    score: Floats,
    speaks: Rows,
) -> None:
    for row in range(len(value)):
        weight = held if standing[0] > 0 else 1.0
        total, most = 0.0, 0.0
        for j in range(value.shape[1]):
            v = value[row, j]
            if not abs(v) < 1e300:  # missing or without end: what it last said fades
                smooth[j] *= 1.0 - smoothing
                if seen[j] > warm_up:
                    s = abs(smooth[j]) / (1.2533 * usual[j] + 0.1)
                    s = min(s / worst[j] / times_worst, s / limit) / rarer(seen[j])
                    total += s**joined
                    if s > most:
                        most, speaks[row] = s, j
                continue
            z = stand(v, j, level, spread, seen, weight, memory, warm_up)
            n = seen[j]
            if n > warm_up / 4:
                smooth[j] += smoothing * (z - smooth[j])
            if n <= warm_up / 2:
                continue
            scale = 1.2533 * usual[j] + 0.1
            if n > warm_up:
                most_of_it = 2.0 * max(limit, times_worst * worst[j]) * scale
                smooth[j] = min(max(smooth[j], -most_of_it), most_of_it)
            size = abs(smooth[j])
            s = size / scale
            rate = max(1.0 / (n - warm_up / 2), 1.0 / memory)
            if n <= warm_up:
                usual[j] += rate * (size - usual[j])
                worst[j] = max(worst[j], s if n > 0.75 * warm_up else 1.0)
                continue
            usual[j] += weight * rate * (min(size, 5.0 * scale) - usual[j])
            s = min(above_worst(s, j, worst, n, weight) / times_worst, s / limit)
            s /= rarer(n)
            total += s**joined
            if s > most:
                most, speaks[row] = s, j
        score[row] = total ** (1.0 / joined)
        standing[0] = standing[0] + 1 if score[row] >= 1.0 else 0
        if standing[0] > patience:
            standing[0] = 0
            for j in range(value.shape[1]):
                seen[j] = min(seen[j], warm_up / 4)
                worst[j] = 1.0
