"""Two-sided CUSUM on the deviation from habit: a small shift that lasts."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import PositiveFloat

from detectors.profile import Profiled, ProfileParams
from detectors.seasonal import Side
from ingest.batch import Batch, Floats


class CusumParams(ProfileParams):
    slack: PositiveFloat = 0.5
    """Shift that is absorbed, half the smallest one worth a signal. [spreads]"""
    limit: PositiveFloat = 12.0
    """Decision interval. [spreads]"""
    side: Side = Side.BOTH
    """Which shifts count: both, high, low."""


class Cusum(Profiled):
    """Accumulate deviations from the profile beyond the slack, upward and downward.

        high ← max(0, high + z - slack)      low ← max(0, low - z - slack)
        score = max(high, low) / limit

    With independent deviations, slack 0.5 and limit 5 a healthy channel first signals after
    465 samples on average [1]_, at 12 after 522,000, one a sensor-year at a sample a minute
    (1.8 measured, the level being learnt and not known). The sums stop at twice the limit,
    so that a healed channel is quiet again within about 2 limit / slack samples. z itself is
    held within ±4, lest one spike signal.

    Deviations of demand within a day are not independent, so use it on hourly means or raise
    the slack; for leaks `night_cusum`. Until the habit is known the sums rest at 0.

    References
    ----------
    .. [1] D. C. Montgomery, Introduction to Statistical Quality Control, 6th ed., Wiley,
       2009, sec. 9.1, table 9.3. After E. S. Page, Biometrika 41, 1954.
    """

    Parameters = CusumParams

    def dtype(self) -> np.dtype[Any]:
        return np.dtype([*self.memory_fields(), ("high", "f8"), ("low", "f8")])

    def update(self, batch: Batch) -> Floats:
        p: CusumParams = self.params
        score = np.full(len(batch), np.nan)
        slot, day = self.slot_of(self.local(batch.channel, batch.time))
        for rows in batch.rounds():
            rows = rows[np.isfinite(batch.value[rows])]
            c = batch.channel[rows]
            z = np.clip(self.deviation(c, slot[rows], day[rows], batch.value[rows]), -4.0, 4.0)
            high = np.clip(self.state["high"][c] + z - p.slack, 0.0, 2 * p.limit)
            low = np.clip(self.state["low"][c] - z - p.slack, 0.0, 2 * p.limit)
            self.state["high"][c], self.state["low"][c] = high, low
            past = {Side.BOTH: np.maximum(high, low), Side.HIGH: high, Side.LOW: low}[p.side]
            score[rows] = past / p.limit
        return score
