"""A single value far from its neighbours before it (Hampel identifier, looking back only)."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.limit import Limit
from detectors.median import median_of, spread_of
from detectors.placed import Placed
from detectors.reason import within_reason
from ingest.batch import Batch, Floats
from ingest.channel import Channel

KEPT = 11  #: values that the newcomer is compared with


class SpikeParams(Params):
    limit: PositiveFloat = 8.0
    """Distance from the median that scores 1. [MAD · 1.4826]"""
    floor: Limit
    """Smallest spread that is believed, about the sensor's resolution. [unit of the quantity]"""


class Spike(Placed):
    """Score the distance of a value from the median of the eleven before it.

        score = |v - median| / (limit · max(1.4826 MAD, floor))

    Five outliers of eleven leave median and MAD standing; the sixth of a lasting step turns
    them, so a step scores for six samples. The MAD of
    eleven values is a rough guess of the spread, so the floor makes the difference: with
    normal noise, limit 8 and a sample a minute, 750 false signals a sensor-year without a
    floor, 10 with a floor of half the noise, none in two with a floor of the noise itself.
    A quality mark, no event by itself.

    References
    ----------
    .. [1] R. K. Pearson, IEEE Trans. Control Syst. Technol. 10, 2002, 55-63.
    """

    Parameters = SpikeParams
    fields: ClassVar[list[tuple[Any, ...]]] = [("value", "f8", (KEPT,)), ("kept", "i8")]

    def place_names(self) -> tuple[str, ...]:
        return ("floor",)

    def place(self, channel: Channel) -> dict[str, float]:
        return {"floor": self.params.floor.resolve(channel)}

    def update(self, batch: Batch) -> Floats:
        score = np.full(len(batch), np.nan)
        limit, floor = self.params.limit, self.facts["floor"]
        _compare(self.state, batch.channel, batch.value, floor, limit, score)
        return score


@kernel
def _compare(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    value: Floats,
    floor: Floats,
    limit: float,
    score: Floats,
) -> None:
    before = np.empty(KEPT)
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        v = within_reason(value[row])
        c = channel[row]
        s = state[c]
        kept = s["kept"]
        score[row] = 0.0
        if kept >= KEPT:
            before[:] = s["value"]
            median = median_of(before, KEPT)
            spread = max(spread_of(before, KEPT, median), floor[c])
            score[row] = abs(v - median) / (limit * spread)
        s["value"][kept % KEPT] = v
        s["kept"] = kept + 1
