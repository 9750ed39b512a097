"""A value that does not follow from the eight before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from detectors.ewma import Adaptive, AdaptiveParams, deviation
from detectors.kernel import kernel
from detectors.reason import within_reason
from ingest.batch import Batch, Floats
from ingest.channel import Channel

ORDER = 8  #: values that the next is foretold from


class AutoregressiveParams(AdaptiveParams):
    memory: int = Field(1000, ge=ORDER)
    """Samples after which old ones fade from level and spread."""
    warm_up: int = Field(200, ge=ORDER)
    """Samples that are learnt before anything is scored."""
    rate: float = Field(0.01, gt=0.0, lt=1.0)
    """Share of an error that the weights take up."""
    limit: PositiveFloat = 10.0
    """Error of the forecast that scores 1. [spreads of such errors]"""


class Autoregressive(Adaptive):
    """Score the error of a linear forecast that is learnt as it goes (normalised LMS).

        e = v - middle - w · x,     x_k = v_(t-k) - middle for k = 1 to 8
        w ← w + rate · clipped e · x / (floor² + x · x)
        score = |e - level| / (limit · max(spread, floor))

    level and spread are those of e, by `ewma.Adaptive`, clipped likewise, so that one wild
    value does not undo what was learnt; middle is the running mean of v, by the same. At first
    w foretells the last value again. It follows waves, ramps and slow cycles, so that what it
    calls abnormal is a jump, a spike or a new rhythm; a slow drift it does not see. With normal
    noise none in 9.5 sensor-years at a sample a minute, with Laplace's tails 2 a sensor-year.
    Samples must come at even steps.

    References
    ----------
    .. [1] S. Haykin, Adaptive Filter Theory, 4th ed., Prentice Hall, 2002, ch. 6.
    """

    Parameters = AutoregressiveParams

    def dtype(self) -> np.dtype[Any]:
        return np.dtype(
            [
                self.known,
                ("middle", "f8"),
                ("weight", "f8", (ORDER,)),
                ("before", "f8", (ORDER,)),  #: the last first
            ]
        )

    def begin(self, channels: Sequence[Channel]) -> NDArray[np.void]:
        rows = super().begin(channels)
        rows["weight"][:, 0] = 1.0
        return rows

    def expected(self, channel: int) -> dict[str, float]:
        row = self.state[channel]
        off = row["before"] - row["middle"]
        return {
            "foretold": float(row["middle"] + row["weight"] @ off + row["known"]["level"]),
            "spread": float(row["known"]["spread"]),
        }

    def update(self, batch: Batch) -> Floats:
        p: AutoregressiveParams = self.params
        score = np.full(len(batch), np.nan)
        _foretell(
            self.state,
            self.state["known"],
            batch.channel,
            batch.value,
            self.facts["floor"],
            p.memory,
            p.warm_up,
            p.clip,
            p.rate,
            p.limit,
            score,
        )
        return score


@kernel
def _foretell(
    state: NDArray[np.void],
    known: NDArray[np.void],
    channel: NDArray[np.int32],
    value: Floats,
    floor: Floats,
    memory: int,
    warm_up: int,
    clip: float,
    rate: float,
    limit: float,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        v = within_reason(value[row])
        c = channel[row]
        s = state[c]
        n = known[c]["count"]
        if n == 0:
            s["middle"] = v
            s["before"][:] = v
        forecast, power = s["middle"], floor[c] ** 2
        for k in range(ORDER):
            x = s["before"][k] - s["middle"]
            forecast += s["weight"][k] * x
            power += x * x
        error = v - forecast
        most = clip * max(known[c]["spread"], floor[c])
        z = deviation(known[c], error, floor[c], memory, clip)
        score[row] = abs(z) / limit if n >= warm_up else 0.0

        step = rate * min(max(error, -most), most) / power if power > 0.0 else 0.0
        for k in range(ORDER):
            s["weight"][k] += step * (s["before"][k] - s["middle"])
        for k in range(ORDER - 1, 0, -1):
            s["before"][k] = s["before"][k - 1]
        s["before"][0] = v
        s["middle"] += (v - s["middle"]) / min(n + 1, memory)
