"""How long until a rising value reaches a limit."""

from __future__ import annotations

from datetime import timedelta
from math import sqrt
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.limit import Limit
from detectors.median import median_of, smallest
from detectors.placed import Placed
from detectors.reason import within_reason
from ingest.batch import Batch, Floats, Rows
from ingest.channel import Channel

KEPT = 16  #: samples that stand for the window
MINUTE = 60_000_000  #: [us]
Z = 1.2816  #: of the normal distribution, 10 % beyond: the interval is one of 80 %
HIGHEST = 10.0  #: score of a limit that is reached now


class TimeToLimitParams(Params):
    limit: Limit
    """What is to be reached, such as {attribute: cover_level}. [unit of the quantity]"""
    within: timedelta = Field(timedelta(minutes=30), gt=timedelta(0))
    """Reached in this time scores 1."""
    over: timedelta = Field(timedelta(minutes=20), gt=timedelta(0))
    """Window of event time from which the slope is taken."""
    fewest: int = Field(5, ge=4, le=KEPT)
    """Samples in the window without which the score is 0."""


class TimeToLimit(Placed):
    """Score within / (minutes until the limit is reached), when it is sure to rise.

        slope = median over pairs i < j of (v_j - v_i) / (t_j - t_i)              (Theil-Sen)
        now = median over i of v_i + slope (t - t_i)
        minutes = (limit - now) / slope              score = min(within / minutes, 10)

    80 % interval of the slope after Sen [1]_: the pairs' slopes of rank (N ± 1.28 sigma) / 2,
    sigma² = n (n - 1) (2 n + 5) / 18, N pairs. The score is 0 unless its lower end rises;
    `expected` tells the time and both ends [s] for evidence. At or over the limit it is 10.
    A straight line: a storm that slackens arrives later than told, or not at all. Up to 29 % of the
    samples may be wrong. Noise alone rises "surely" one time in ten, but then it is far from
    any limit: with a limit 20 noises away and half an hour, no false signal in 100 sensor-years
    of independent noise at a sample a minute; none in the rivers of `lifeline bench scores`.

    References
    ----------
    .. [1] P. K. Sen, J. Am. Stat. Assoc. 63, 1968, 1379-1389.
    """

    Parameters = TimeToLimitParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("time", "i8", (KEPT,)),
        ("value", "f8", (KEPT,)),
        ("kept", "i8"),
        ("minutes", "f4", (3,)),  #: at least, most likely, at most; NaN where not sure to rise
    ]

    def place_names(self) -> tuple[str, ...]:
        return ("limit",)

    def place(self, channel: Channel) -> dict[str, float]:
        return {"limit": self.params.limit.resolve(channel)}

    def update(self, batch: Batch) -> Floats:
        p: TimeToLimitParams = self.params
        score = np.full(len(batch), np.nan)
        _look_ahead(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            batch.value,
            int(p.over / timedelta(microseconds=1)),
            p.fewest,
            self.facts["limit"],
            p.within / timedelta(minutes=1),
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        least, likely, most = (60.0 * float(m) for m in self.state["minutes"][channel])
        return {
            "limit": float(self.facts["limit"][channel]),
            "reached_in_s": likely,
            "reached_in_least_s": least,
            "reached_in_most_s": most,
        }


@kernel
def _look_ahead(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: Rows,
    value: Floats,
    window: int,
    fewest: int,
    limit: Floats,
    within: float,
    score: Floats,
) -> None:
    slopes, lines = np.empty(KEPT * (KEPT - 1) // 2), np.empty(KEPT)
    times, values = np.empty(KEPT, dtype=np.int64), np.empty(KEPT)
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        c, now, v = channel[row], time[row], within_reason(value[row])
        s = state[c]
        kept = s["kept"]
        newest, before = (kept - 1) % KEPT, (kept - 2) % KEPT
        crowded = kept > 1 and s["time"][newest] - s["time"][before] < window // KEPT
        if not crowded:
            newest = kept % KEPT
            s["kept"] = kept + 1
        s["time"][newest], s["value"][newest] = now, v
        s["minutes"][:] = np.nan
        score[row] = HIGHEST if v >= limit[c] else 0.0
        used, oldest = 0, now
        for place in range(min(s["kept"], KEPT)):
            if s["time"][place] >= now - window:
                times[used], values[used] = s["time"][place], s["value"][place]
                oldest = min(oldest, times[used])
                used += 1
        if used < fewest or now - oldest < window // 2:
            continue
        pairs = 0
        for second in range(1, used):
            for first in range(second):
                if times[first] != times[second]:
                    apart = (times[second] - times[first]) / MINUTE
                    slopes[pairs] = (values[second] - values[first]) / apart
                    pairs += 1
        sigma = sqrt(used * (used - 1) * (2 * used + 5) / 18.0)
        low = max(int((pairs - Z * sigma) / 2.0) - 1, 0)
        slowest = smallest(slopes, pairs, low)
        if slowest <= 0.0:
            continue
        fastest = smallest(slopes, pairs, pairs - 1 - low)
        slope = median_of(slopes, pairs)
        for place in range(used):
            lines[place] = values[place] + slope * ((now - times[place]) / MINUTE)
        left = max(limit[c] - median_of(lines, used), 0.0)
        s["minutes"][0], s["minutes"][1], s["minutes"][2] = (
            left / fastest,
            left / slope,
            left / slowest,
        )
        if score[row] == 0.0:
            score[row] = min(within * slope / left if left > 0.0 else HIGHEST, HIGHEST)
