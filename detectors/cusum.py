"""Two-sided CUSUM on the deviation from habit: a small shift that lasts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat

from detectors.kernel import kernel
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
        return np.dtype([*self.memory_fields(), ("sums", [("high", "f8"), ("low", "f8")])])

    def update(self, batch: Batch) -> Floats:
        p: CusumParams = self.params
        z = self.deviations(batch)
        score = np.full(len(batch), np.nan)
        high, low = p.side is not Side.LOW, p.side is not Side.HIGH
        _add_up(self.state["sums"], batch.channel, z, p.slack, p.limit, high, low, score)
        return score


@kernel
def _add_up(
    sums: NDArray[np.void],
    channel: NDArray[np.int32],
    deviation: Floats,
    slack: float,
    limit: float,
    high: bool,
    low: bool,
    score: Floats,
) -> None:
    for row in range(len(deviation)):
        if np.isnan(deviation[row]):
            continue
        s = sums[channel[row]]
        z = min(max(deviation[row], -4.0), 4.0)
        s["high"] = min(max(0.0, s["high"] + z - slack), 2 * limit)
        s["low"] = min(max(0.0, s["low"] - z - slack), 2 * limit)
        score[row] = max(s["high"] if high else 0.0, s["low"] if low else 0.0) / limit
