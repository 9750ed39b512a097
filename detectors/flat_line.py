"""A sensor that repeats itself: the same value for too long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.limit import Limit
from detectors.placed import Placed
from detectors.reason import within_reason
from ingest.batch import Batch, Floats
from ingest.channel import Channel


class FlatLineParams(Params):
    longest: timedelta = Field(timedelta(hours=6), gt=timedelta(0))
    """Same value for this long scores 1."""
    resolution: Limit | None = None
    """Values no farther than this from the first of the run are the same. Not given: equal."""
    fewest: int = Field(12, ge=2)
    """Samples in the run without which the score is 0."""


class FlatLine(Placed):
    """Score how long a value has stood still.

        score = (time - time of the first sample of the run) / longest

    Only for quantities that must move: a dry street's depth, a shut valve's flow and a
    methane sensor in clean air stand still in health. With 6 h and exact equality: none
    in 35 days of mains voltage at a sample a minute, 3 in 34 sensor-years of hourly street
    noise (the monitors did hang). Pressure behind a reducing valve stands still for up to
    17 h in L-TOWN: give it a day.
    """

    Parameters = FlatLineParams
    fields: ClassVar[list[tuple[Any, ...]]] = [("since", "i8"), ("value", "f8"), ("samples", "i4")]

    def place_names(self) -> tuple[str, ...]:
        return ("resolution",)

    def place(self, channel: Channel) -> dict[str, float]:
        limit = self.params.resolution
        return {"resolution": 0.0 if limit is None else limit.resolve(channel)}

    def update(self, batch: Batch) -> Floats:
        longest = self.params.longest / timedelta(microseconds=1)
        score = np.full(len(batch), np.nan)
        _stand_still(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            batch.value,
            self.facts["resolution"],
            longest,
            self.params.fewest,
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        return {"stood_still_at": float(self.state["value"][channel])}


@kernel
def _stand_still(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: NDArray[np.int64],
    value: Floats,
    resolution: Floats,
    longest: float,
    fewest: int,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        v = within_reason(value[row])
        c = channel[row]
        s = state[c]
        if s["samples"] == 0 or abs(v - s["value"]) > resolution[c]:
            s["since"], s["value"], s["samples"] = time[row], v, 0
        s["samples"] += 1
        score[row] = (time[row] - s["since"]) / longest if s["samples"] >= fewest else 0.0
