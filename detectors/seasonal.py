"""A value that is far from its habit at this time of this day."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
from pydantic import PositiveFloat

from detectors.profile import Profiled, ProfileParams
from ingest.batch import Batch, Floats


class Side(StrEnum):
    BOTH = "both"
    HIGH = "high"
    LOW = "low"


class SeasonalParams(ProfileParams):
    limit: PositiveFloat = 8.0
    """Deviation from the habit that scores 1. [spreads]"""
    side: Side = Side.BOTH
    """Which deviations count: both, high, low."""


class Seasonal(Profiled):
    """Score the robust deviation from the profile of `detectors.profile`.

        score = |v - level[slot]| / (spread[slot] · limit)      (one-sided: its positive part)

    0 until the slot has seen `days` days. Deviations of one day hang together (a hot day,
    a holiday), so the chance of one sample is no guide (for independent normal noise: none in
    650,000). Use it beside a second witness: joined with the noise limits by `combine: min`
    it gave 0.6 a sensor-year on Dublin's street monitors at limit 6, mostly storms.
    """

    Parameters = SeasonalParams

    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.memory_fields())

    def update(self, batch: Batch) -> Floats:
        p: SeasonalParams = self.params
        z = self.deviations(batch) / p.limit
        if p.side is Side.BOTH:
            return np.abs(z)
        return np.maximum(z if p.side is Side.HIGH else -z, 0.0)
