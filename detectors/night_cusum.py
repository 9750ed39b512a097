"""A night flow that creeps up: a leak that grows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from detectors.kernel import kernel
from detectors.median import median_of, spread_of
from detectors.night import (
    NIGHTS,
    SAMPLES,
    NightParams,
    NightWatch,
    former,
    night_over,
    remember,
)
from detectors.reason import within_reason
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

    def watch(
        self, channel: NDArray[np.int32], local: NDArray[np.int64], value: Floats, score: Floats
    ) -> None:
        p: NightCusumParams = self.params
        rows = (channel, local, value, score)
        night = (p.begins, p.ends, p.fewest, p.quantile)
        _watch(self.state, *rows, *night, p.nights, p.slack, p.limit, p.share)

    def expected(self, channel: int) -> dict[str, float]:
        return {"usual_night_flow": float(self.state["usual"][channel])}


@kernel
def _watch(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    local: NDArray[np.int64],
    value: Floats,
    score: Floats,
    begins: float,
    ends: float,
    fewest: int,
    quantile: float,
    nights: int,
    slack: float,
    limit: float,
    share: float,
) -> None:
    work = np.empty(SAMPLES)
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        s, v = state[channel[row]], within_reason(value[row])
        flow, day = night_over(s, local[row], v, begins, ends, fewest, quantile, work)
        if not np.isnan(flow):
            _judge(s, day, flow, nights, slack, limit, share, work)
        score[row] = s["sum"] / limit


@kernel
def _judge(
    s: np.void,
    day: int,
    flow: float,
    nights: int,
    slack: float,
    limit: float,
    share: float,
    work: Floats,
) -> None:
    known = 0
    for back in range(1, NIGHTS):
        work[known] = former(s, day - back)
        if not np.isnan(work[known]):
            known += 1
    usual = median_of(work, known)
    s["usual"] = usual
    if known < nights:
        remember(s, day, flow)
        return
    spread = max(spread_of(work, known, usual), share * abs(usual))
    if not spread > 0:
        spread = np.inf
    z = min(max((flow - usual) / spread, -4.0), 4.0)
    s["sum"] = min(max(0.0, s["sum"] + z - slack), 2 * limit)
    remember(s, day, min(flow, usual + slack * spread))
