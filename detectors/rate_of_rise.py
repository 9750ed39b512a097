"""A value that climbs, or falls, too far within a stretch of time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, PositiveFloat, model_validator

from detectors.detector import Params
from detectors.limit import Limit
from detectors.placed import Placed
from ingest.batch import Batch, Floats
from ingest.channel import Channel

KEPT = 16  #: samples that stand for the window


class RateOfRiseParams(Params):
    over: timedelta = timedelta(minutes=10)
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
    At a sample a minute and 10 minutes, noise of a tenth of `rise` scores 1 in 2 of a million
    samples (one a sensor-year), of a fifth in 34: ask the policy for two samples, or choose
    `rise` well above the noise.

    A box (instant step that stays) does climb: join with `gradual`.

    References
    ----------
    .. [1] P. K. Sen, J. Am. Stat. Assoc. 63, 1968, 1379-1389.
    """

    Parameters = RateOfRiseParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("time", "i8", (KEPT,)),
        ("value", "f8", (KEPT,)),
        ("kept", "i8"),
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
        window = int(p.over / timedelta(microseconds=1))
        first, second = np.triu_indices(KEPT, 1)
        score = np.full(len(batch), np.nan)
        times = batch.time.astype(np.int64)
        for rows in batch.rounds():
            rows = rows[np.isfinite(batch.value[rows])]
            if len(rows) == 0:
                continue
            c, now = batch.channel[rows], times[rows]
            kept, time, value = (self.state[name][c] for name in ("kept", "time", "value"))
            newest = (kept - 1) % KEPT
            before = (kept - 2) % KEPT
            here = np.arange(len(c))
            crowded = (kept > 1) & (time[here, newest] - time[here, before] < window // KEPT)
            slot = np.where(crowded, newest, kept % KEPT)
            time[here, slot], value[here, slot] = now, batch.value[rows]
            kept = np.where(crowded, kept, kept + 1)
            self.state["time"][c], self.state["value"][c] = time, value
            self.state["kept"][c] = kept

            used = (np.arange(KEPT) < kept[:, None]) & (time >= (now - window)[:, None])
            span = now - np.where(used, time, now[:, None]).min(axis=1)
            enough = (used.sum(axis=1) >= p.fewest) & (span >= window // 2)
            apart = (time[:, second] - time[:, first]).astype(np.float64)
            both = used[:, first] & used[:, second] & (apart != 0)
            with np.errstate(divide="ignore", invalid="ignore"):
                slopes = np.where(both, (value[:, second] - value[:, first]) / apart, np.inf)
            slopes.sort(axis=1)
            pairs = both.sum(axis=1)
            lower = slopes[here, np.maximum(pairs - 1, 0) // 2]
            upper = slopes[here, pairs // 2]
            climb = np.where(enough, (lower + upper) / 2 * window, 0.0)
            rise, fall = self.facts["rise"][c], self.facts["fall"][c]
            past = np.maximum(0.0, np.maximum(climb / rise, -climb / fall))
            if p.rise_share is not None:
                mean = np.where(used, value, 0.0).sum(axis=1) / np.maximum(used.sum(axis=1), 1)
                past = np.maximum(past, climb / np.maximum(p.rise_share * np.abs(mean), 1e-12))
            score[rows] = past
        return score

    def expected(self, channel: int) -> dict[str, float]:
        facts = {name: float(self.facts[name][channel]) for name in self.place_names()}
        return {name: value for name, value in facts.items() if np.isfinite(value)}
