"""Outside everything seen so far."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveFloat

from detectors.detector import Detector, Params
from detectors.kernel import kernel
from ingest.batch import Batch, Floats

#: A range stretches at one blow by at most its own half: one wild value must not hide
#: all that come after it.
STRETCH = 1.0
#: What is over the limit while a signal is still news of the same thing scores this.
SAME_AGAIN = 0.95


class NoveltyParams(Params):
    margin: PositiveFloat = 0.1
    """Distance outside the range that scores 1. [half widths of the range]"""
    warm_up: int = Field(150, ge=2)
    """Samples that make the first range."""
    pause: NonNegativeInt = 100
    """Samples after a signal in which no other is given."""


class Novelty(Detector):
    """Score where a value lies in the range of all values before it.

        score = |v - middle| / (half width · (1 + margin))

    0 in the middle of the range, 1 at `margin` half widths outside it. A value beyond the
    range stretches it, by half a width at most, so a signal is given once and again only for
    something further out. The scores of the `pause` samples after a signal stay below 1: an
    alarm tells of a beginning. In a channel that never moved any other value scores 2.

    Of independent noise the range grows with the logarithm of the samples: 4 false signals in
    the first sensor-year at a sample a minute with normal tails, 6 with Laplace's, 9 with those
    of Student's t of 5 degrees; fewer in each year after. A
    random walk has a new extreme ever again: use `rate_of_rise` or a profile there.

    References
    ----------
    .. [1] B. C. Arnold, N. Balakrishnan and H. N. Nagaraja, Records, Wiley, 1998, ch. 2.
    """

    Parameters = NoveltyParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("low", "f8"),
        ("high", "f8"),
        ("count", "i8"),
        ("quiet", "i8"),  #: samples left of the pause
    ]

    def update(self, batch: Batch) -> Floats:
        p: NoveltyParams = self.params
        score = np.full(len(batch), np.nan)
        _compare(self.state, batch.channel, batch.value, p.margin, p.warm_up, p.pause, score)
        return score

    def expected(self, channel: int) -> dict[str, float]:
        row = self.state[channel]
        return {"low": float(row["low"]), "high": float(row["high"])} if row["count"] else {}


@kernel
def outside(value: float, low: float, high: float, margin: float) -> float:
    """Return the distance from the middle of a range, 1 at `margin` half widths outside it."""
    half = 0.5 * (high - low)
    if half > 0.0:
        return abs(value - 0.5 * (high + low)) / (half * (1.0 + margin))
    return 0.0 if value == high else 2.0


@kernel
def stretched(value: float, low: float, high: float, wild: bool) -> tuple[float, float]:
    """Return the range (low, high) that takes in `value`, if `wild` only so far at one blow."""
    reach = STRETCH * 0.5 * (high - low) if wild and high > low else np.inf
    return max(min(low, value), low - reach), min(max(high, value), high + reach)


@kernel
def _compare(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    value: Floats,
    margin: float,
    warm_up: int,
    pause: int,
    score: Floats,
) -> None:
    for row in range(len(value)):
        v = value[row]
        if not np.isfinite(v):
            continue
        s = state[channel[row]]
        if s["count"] == 0:
            s["low"] = s["high"] = v
        warm = s["count"] >= warm_up
        new = outside(v, s["low"], s["high"], margin) if warm else 0.0
        s["low"], s["high"] = stretched(v, s["low"], s["high"], warm)
        s["count"] += 1
        if s["quiet"] > 0:
            s["quiet"] -= 1
            new = min(new, SAME_AGAIN)
        elif new >= 1.0:
            s["quiet"] = pause
        score[row] = new
