"""A value that falls or climbs too fast and does not come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from detectors.kernel import kernel
from detectors.rate_of_rise import RateOfRise, RateOfRiseParams
from detectors.reason import within_reason
from ingest.batch import Batch, Floats


class LastingStepParams(RateOfRiseParams):
    undone: float = Field(0.5, gt=0, lt=1)
    """Share of the step that must be undone for it to be over."""
    longest: timedelta = Field(timedelta(days=2), gt=timedelta(0))
    """After this long, what the step led to is the new normal."""

    @model_validator(mode="after")
    def _has_one_direction(self) -> LastingStepParams:
        if (self.rise is None) == (self.fall is None) or self.rise_share is not None:
            raise ValueError("lasting_step needs either rise or fall, and no share")
        return self


class LastingStep(RateOfRise):
    """Score as `rate_of_rise`, and no less than 1 until the step is undone.

        before = v + rate score · fall     where the rate scores 1 (a climb: v - score · rise)
        after  = value farthest from `before` since
        over once (v - after) / (before - after) >= undone, or after `longest`

    A rate is over as soon as the value has settled; what it led to is not. It raises when
    `rate_of_rise` does and no sooner, so that its false signals are those. A daily cycle
    larger than the step ends it early.

    Source: own default.
    """

    Parameters = LastingStepParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        *RateOfRise.fields,
        ("begun", "i8"),  #: [us]; 0 = nothing lasts
        ("before", "f8"),
        ("after", "f8"),
    ]

    def update(self, batch: Batch) -> Floats:
        p: LastingStepParams = self.params
        score = super().update(batch)
        down = p.rise is None
        _last(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            batch.value,
            self.facts["fall" if down else "rise"] * (-1.0 if down else 1.0),
            p.undone,
            p.longest // timedelta(microseconds=1),
            score,
        )
        return score


@kernel
def _last(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: NDArray[np.int64],
    value: Floats,
    step: Floats,
    undone: float,
    longest: int,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        v = within_reason(value[row])
        s, one = state[channel[row]], step[channel[row]]
        up = np.sign(one)
        if score[row] >= 1.0:
            before = v - score[row] * one
            if s["begun"] == 0:
                s["begun"], s["before"], s["after"] = time[row], before, v
            elif up * (s["before"] - before) > 0.0:
                s["before"] = before
        if s["begun"] == 0:
            continue
        if up * (v - s["after"]) > 0.0:
            s["after"] = v
        back = (v - s["after"]) / (s["before"] - s["after"])
        if back >= undone or time[row] - s["begun"] > longest:
            s["begun"] = 0
        else:
            score[row] = max(score[row], 1.0)
