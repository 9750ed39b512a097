"""Outside everything seen so far."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveFloat

from detectors.detector import Detector, Params
from detectors.kernel import kernel
from detectors.reason import within_reason
from ingest.batch import Batch, Floats

#: From one signal to the next a range stretches by no more than this, beyond either end:
#: one wild value must not hide all that come after it. Each signal doubles it, and that fades
#: with so many samples: what happens again and again is soon known. [half widths]
STRETCH, FADE = 0.5, 500
#: What is over the limit while a signal is still news of the same thing scores this.
SAME_AGAIN = 0.95

#: What was seen so far, and how far the signal that goes on may stretch it.
RANGE = np.dtype([("low", "f8"), ("high", "f8"), ("lowest", "f8"), ("highest", "f8")])


class NoveltyParams(Params):
    margin: PositiveFloat = 0.1
    """Distance outside the range that scores 1. [half widths of the range]"""
    warm_up: int = Field(200, ge=2)
    """Samples that make the first range."""
    pause: NonNegativeInt = 100
    """Samples after a signal in which no other is given."""


class Novelty(Detector):
    """Score where a value lies in the range of all values before it.

        score = |v - middle| / (half width · (1 + margin))

    0 in the middle of the range, 1 at `margin` half widths outside it. What lies beyond the
    range stretches it, but from one signal to the next by half a half width only, twice as much
    after each signal of late: one wild value hides nothing that comes after, and what happens
    again and again is soon known. The scores of the `pause` samples after a signal stay below
    1: an alarm tells of a beginning. In a channel that never moved any other value scores 2.

    Of independent noise the range grows with the logarithm of the samples: at a sample a minute
    4 false signals in the first sensor-year with normal tails, 10 with those of Student's t of
    5 degrees, fewer in each year after. A random walk has a new extreme ever again: use
    `rate_of_rise` or a profile there.

    References
    ----------
    .. [1] B. C. Arnold, N. Balakrishnan and H. N. Nagaraja, Records, Wiley, 1998, ch. 2.
    """

    Parameters = NoveltyParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("range", RANGE, (1,)),
        ("reach", "f8"),  #: how far the range may stretch [half widths]
        ("count", "i8"),
        ("quiet", "i8"),  #: samples left of the pause
    ]

    def update(self, batch: Batch) -> Floats:
        p: NoveltyParams = self.params
        score = np.full(len(batch), np.nan)
        _compare(
            self.state,
            self.state["range"],
            batch.channel,
            batch.value,
            p.margin,
            p.warm_up,
            p.pause,
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        seen = self.state["range"][channel, 0]
        return {"low": float(seen["low"]), "high": float(seen["high"])}


@kernel
def outside(value: float, low: float, high: float, margin: float) -> float:
    """Return the distance from the middle of a range, 1 at `margin` half widths outside it."""
    half = 0.5 * (high - low)
    if half > 0.0:
        return abs(value - 0.5 * (high + low)) / (half * (1.0 + margin))
    return 0.0 if value == high else 2.0


@kernel
def stretch(seen: Any, value: float, reach: float) -> None:
    """Take `value` into a range, as far as `reach` allows [half widths].

    With reach 0 the bounds of before hold: a signal goes on. A range of no width has none.
    """
    if reach > 0.0:
        far = reach * 0.5 * (seen["high"] - seen["low"]) if seen["high"] > seen["low"] else np.inf
        seen["lowest"], seen["highest"] = seen["low"] - far, seen["high"] + far
    seen["low"] = min(seen["low"], max(value, seen["lowest"]))
    seen["high"] = max(seen["high"], min(value, seen["highest"]))


@kernel
def announced(s: Any, new: float, pause: int) -> float:
    """Return the score of what is so new: below 1 in the pause that a signal begins."""
    s["reach"] += (STRETCH - s["reach"]) / FADE
    if s["quiet"] > 0:
        s["quiet"] -= 1
        return min(new, SAME_AGAIN)
    if new >= 1.0:
        s["quiet"] = pause
        s["reach"] = min(2.0 * s["reach"], 1e6)
    return new


@kernel
def _compare(
    state: NDArray[np.void],
    seen: NDArray[np.void],
    channel: NDArray[np.int32],
    value: Floats,
    margin: float,
    warm_up: int,
    pause: int,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        v = within_reason(value[row])
        c = channel[row]
        s, known = state[c], seen[c, 0]
        if s["count"] == 0:
            known["low"] = known["high"] = v
            s["reach"] = STRETCH
        counts = s["count"] >= warm_up
        new = outside(v, known["low"], known["high"], margin) if counts else 0.0
        bound = s["reach"] if s["quiet"] == 0 else 0.0
        stretch(known, v, bound if counts else np.inf)
        s["count"] += 1
        score[row] = announced(s, new, pause)
