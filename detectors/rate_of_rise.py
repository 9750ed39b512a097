"""A value that climbs, or falls, too far within a stretch of time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, model_validator

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.limit import Limit
from detectors.median import median_of
from detectors.placed import Placed
from detectors.reason import within_reason
from ingest.batch import Batch, Floats
from ingest.channel import Channel

KEPT = 16  #: samples that stand for the window
WRAP = 2**32  #: [ms]; more than sixteen windows


class RateOfRiseParams(Params):
    over: timedelta = Field(timedelta(minutes=10), gt=timedelta(0), le=timedelta(days=2))
    """Window of event time."""
    rise: Limit | None = None
    """Climb over the window that scores 1. [unit of the quantity]"""
    fall: Limit | None = None
    """Fall over the window that scores 1, as a positive amount. [unit of the quantity]"""
    rise_share: PositiveFloat | None = None
    """Climb over the window that scores 1, as a share of the window's mean."""
    fewest: int = Field(4, ge=3, le=KEPT)
    """Samples in the window without which the score is 0."""

    @model_validator(mode="after")
    def _has_a_direction(self) -> RateOfRiseParams:
        if self.rise is None and self.fall is None and self.rise_share is None:
            raise ValueError("rate_of_rise needs rise, rise_share or fall")
        return self


class RateOfRise(Placed):
    """Score the robust slope over a window of event time.

        slope = median over pairs i < j of (v_j - v_i) / (t_j - t_i)       (Theil-Sen)
        score = max(0, slope · over / rise, -slope · over / fall, slope · over / (share · mean))

    Up to 29 % of the samples may be wrong without moving the slope far [1]_, so a blip of
    one or two points is nothing; the samples must span half the window. Sixteen samples
    are kept, a newcomer closer than window / 16 to the one before takes its place.
    At a sample a minute and 10 minutes, noise of a fifth of `rise` signals once in two
    sensor-years, of a quarter 24 times in one: ask the policy for two samples, or choose `rise`
    well above the noise.

    A box (instant step that stays) does climb: join with `gradual`.

    References
    ----------
    .. [1] P. K. Sen, J. Am. Stat. Assoc. 63, 1968, 1379-1389.
    """

    Parameters = RateOfRiseParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("newest", "i8"),  #: [ms since 1970]
        ("time", "u4", (KEPT,)),  #: [ms since 1970, modulo `WRAP`]
        ("value", "f4", (KEPT,)),
        ("kept", "i4"),
    ]

    def place_names(self) -> tuple[str, ...]:
        return ("rise", "fall")

    def place(self, channel: Channel) -> dict[str, float]:
        p: RateOfRiseParams = self.params
        return {
            "rise": np.inf if p.rise is None else p.rise.resolve(channel),
            "fall": np.inf if p.fall is None else p.fall.resolve(channel),
        }

    def update(self, batch: Batch) -> Floats:
        p: RateOfRiseParams = self.params
        score = np.full(len(batch), np.nan)
        _climb(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            batch.value,
            p.over // timedelta(milliseconds=1),
            p.fewest,
            self.facts["rise"],
            self.facts["fall"],
            np.inf if p.rise_share is None else p.rise_share,
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        facts = {name: float(self.facts[name][channel]) for name in self.place_names()}
        return {name: value for name, value in facts.items() if np.isfinite(value)}


@kernel
def _climb(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: NDArray[np.int64],
    value: Floats,
    window: int,
    fewest: int,
    rise: Floats,
    fall: Floats,
    share: float,
    score: Floats,
) -> None:
    slopes = np.empty(KEPT * (KEPT - 1) // 2)
    ages, values = np.empty(KEPT), np.empty(KEPT)
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        c, now = channel[row], time[row] // 1000
        s = state[c]
        kept = s["kept"] if now - s["newest"] <= window else 0
        last, before = (kept - 1) % KEPT, (kept - 2) % KEPT
        between = (np.int64(s["time"][last]) - np.int64(s["time"][before])) % WRAP
        if kept <= 1 or between >= window / KEPT:
            last = kept % KEPT
            kept += 1
        s["time"][last], s["value"][last] = now % WRAP, within_reason(value[row])
        s["newest"], s["kept"] = now, kept

        used, total, oldest = 0, 0.0, 0.0
        for place in range(min(kept, KEPT)):
            age = (now - s["time"][place]) % WRAP
            if age <= window:
                ages[used], values[used] = age, s["value"][place]
                total += values[used]
                oldest = max(oldest, ages[used])
                used += 1
        score[row] = 0.0
        if used < fewest or oldest < window // 2:
            continue
        pairs = 0
        for second in range(1, used):
            for first in range(second):
                if ages[first] != ages[second]:
                    apart = ages[first] - ages[second]
                    slopes[pairs] = (values[second] - values[first]) / apart
                    pairs += 1
        climb = median_of(slopes, pairs) * window
        past = max(climb / rise[c], -climb / fall[c])
        if share < np.inf:
            past = max(past, climb / max(share * abs(total / used), 1e-12))
        score[row] = max(0.0, past)
