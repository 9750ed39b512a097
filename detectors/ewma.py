"""A value far from the robust mean of what came before it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.limit import Limit
from detectors.placed import Placed
from detectors.reason import within_reason
from ingest.batch import Batch, Floats
from ingest.channel import Channel

TRUSTED = 8  #: samples after which what is learnt is clipped


class AdaptiveParams(Params):
    memory: int = Field(200, ge=TRUSTED)
    """Samples after which old ones fade."""
    warm_up: int = Field(100, ge=TRUSTED)
    """Samples that are learnt before anything is scored."""
    clip: PositiveFloat = 3.0
    """A deviation teaches level and spread at most this much. [spreads]"""
    floor: Limit
    """Smallest spread that is believed, about the sensor's resolution. [unit of the quantity]"""


class EwmaParams(AdaptiveParams):
    limit: PositiveFloat = 8.0
    """Deviation that scores 1. [spreads]"""


class Adaptive(Placed):
    """Base of detectors on the deviation from a channel's running level.

        r = v - level               z = r / max(spread, floor)
        level ← level + gain · r    spread ← spread + gain · (1.25 |r| - spread)

    with |r| clipped to clip · spread in what is learnt and gain = 1 / min(n, memory).
    1.25 |r| estimates the standard deviation of normal noise by its mean deviation, which an
    outlier moves less; clipping bounds what one value can do to either.
    """

    known: ClassVar[tuple[Any, ...]] = (
        "known",
        np.dtype([("level", "f8"), ("spread", "f8"), ("count", "i8")]),
    )

    def place_names(self) -> tuple[str, ...]:
        return ("floor",)

    def place(self, channel: Channel) -> dict[str, float]:
        return {"floor": self.params.floor.resolve(channel)}

    def expected(self, channel: int) -> dict[str, float]:
        row = self.state["known"][channel]
        return {"level": float(row["level"]), "spread": float(row["spread"])}


class Ewma(Adaptive):
    """Score the deviation from the running level of `Adaptive`.

        score = |v - level| / (limit · max(spread, floor))

    For values that stay where they are, or move little within `memory` samples; demand with a
    daily cycle wants `seasonal`. A lasting step scores until it is learnt, about
    `memory` samples. Normal noise beyond 8 spreads is never seen; that the spread of 200
    samples is uncertain by a twentieth changes nothing of it: no false signal in 9.5
    sensor-years at a sample a minute. Tails matter more: with Laplace's 33 a sensor-year, so
    give it a policy of several samples, or `conformal`, which learns them.

    References
    ----------
    .. [1] S. Gelper, R. Fried and C. Croux, Robust forecasting with exponential and
       Holt-Winters smoothing, J. Forecast. 29, 2010, 285-300.
    """

    Parameters = EwmaParams
    fields: ClassVar[list[tuple[Any, ...]]] = [Adaptive.known]

    def update(self, batch: Batch) -> Floats:
        p: EwmaParams = self.params
        score = np.full(len(batch), np.nan)
        _deviate(
            self.state["known"],
            batch.channel,
            batch.value,
            self.facts["floor"],
            p.memory,
            p.warm_up,
            p.clip,
            p.limit,
            score,
        )
        return score


@kernel
def deviation(s: Any, v: float, floor: float, memory: int, clip: float) -> float:
    """Return the deviation of v from the level [spreads], then learn v; the first is 0."""
    believed = max(s["spread"], floor)
    r = v - s["level"] if s["count"] > 0 else 0.0
    taught = r
    if s["count"] >= TRUSTED:
        taught = min(max(r, -clip * believed), clip * believed)
    if s["count"] == 0:
        s["level"] = v
    s["count"] += 1
    gain = 1.0 / min(s["count"], memory)
    s["level"] += gain * taught
    s["spread"] += gain * (1.25 * abs(taught) - s["spread"])
    return float(r / believed) if r != 0.0 else 0.0


@kernel
def _deviate(
    known: NDArray[np.void],
    channel: NDArray[np.int32],
    value: Floats,
    floor: Floats,
    memory: int,
    warm_up: int,
    clip: float,
    limit: float,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        c = channel[row]
        warm = known[c]["count"] >= warm_up
        z = deviation(known[c], within_reason(value[row]), floor[c], memory, clip)
        score[row] = abs(z) / limit if warm else 0.0
