"""A single value far from its neighbours before it (Hampel identifier, looking back only)."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import PositiveFloat

from detectors.detector import Params
from detectors.limit import Limit
from detectors.placed import Placed
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
        for rows in batch.rounds():
            rows = rows[np.isfinite(batch.value[rows])]
            c, value = batch.channel[rows], batch.value[rows]
            kept, before = self.state["kept"][c], self.state["value"][c]
            median = np.median(before, axis=1)
            spread = 1.4826 * np.median(np.abs(before - median[:, None]), axis=1)
            allowed = self.params.limit * np.maximum(spread, self.facts["floor"][c])
            score[rows] = np.where(kept >= KEPT, np.abs(value - median) / allowed, 0.0)
            self.state["value"][c, kept % KEPT] = value
            self.state["kept"][c] = kept + 1
        return score
