"""Water that never stops running in a home: a leak behind its meter."""

from __future__ import annotations

from datetime import timedelta
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

HOUR = 3_600_000_000  #: [us]
FADES = 60 * 24 * HOUR  #: time constant by which a home's longest run is forgotten


class ContinuousFlowParams(Params):
    longest: timedelta = Field(timedelta(hours=22), gt=timedelta(0))
    """Running for this long scores 1, if the home does not do so by habit."""
    times: PositiveFloat = 1.25
    """Of the longest run of the last weeks; the limit, if that is more than `longest`."""
    habit: timedelta = Field(timedelta(hours=48), ge=timedelta(0))
    """A run counts as no longer than this for the habit, so that a leak is none."""
    step: timedelta = Field(timedelta(minutes=48), gt=timedelta(0))
    """A meter stood still if it read the same so much later; shorter steps are put together."""
    longest_gap: timedelta = timedelta(hours=6)
    """Over a longer one nothing is known: the run begins anew."""
    learn: timedelta = timedelta(days=7)
    """Nothing is judged before; by then the meter must have stood still `stills` times."""
    still: Limit | None = None
    """A use, or a flow, up to this is none. Not given: zero."""
    stills: int = Field(20, ge=1)
    """A meter that never stands still is no home's."""


class ContinuousFlow(Placed):
    """Score how long water has been running without a pause of an hour.

        score = (time - end of the last step without use) / max(longest, times · habit)

    A step has no use if the total did not grow (`volume`), or if no flow was measured at its
    end. `habit` is the home's longest run, fading by 1/e in 60 days. Measured on 46 homes,
    hourly, a year (deploy/bench/scores/meters.py): 2.1 runs a sensor-year, a quarter of them in
    one home that does seem to leak. Not for a meter that many share, which never stands still
    and so is never judged; a leak under its resolution an hour is not seen.

    Source: the utilities' rule of 24 h without a zero; habit is our own.
    """

    Parameters = ContinuousFlowParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("begun", "i8"),  #: of the first reading; 0 = none yet
        ("at", "i8"),  #: end of the last step
        ("value", "f8"),  #: then
        ("since", "i8"),  #: since when water has been running
        ("habit", "f8"),  #: [us]
        ("stills", "i4"),
        ("score", "f8"),
    ]

    def place_names(self) -> tuple[str, ...]:
        return ("total", "still")

    def place(self, channel: Channel) -> dict[str, float]:
        still = self.params.still
        return {
            "total": float(channel.quantity == "volume"),
            "still": 0.0 if still is None else still.resolve(channel),
        }

    def update(self, batch: Batch) -> Floats:
        p: ContinuousFlowParams = self.params
        one = timedelta(microseconds=1)
        limits = np.array(
            [p.longest / one, p.times, p.habit / one, p.step / one, p.longest_gap / one]
        )
        score = np.full(len(batch), np.nan)
        _run(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            batch.value,
            self.facts["total"],
            self.facts["still"],
            limits,
            int(p.learn / one),
            p.stills,
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        return {"longest_run_by_habit_h": float(self.state["habit"][channel]) / HOUR}


@kernel
def _run(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: NDArray[np.int64],
    value: Floats,
    total: Floats,
    still: Floats,
    limits: Floats,
    learn: int,
    stills: int,
    score: Floats,
) -> None:
    longest, times, most, step, gap = limits
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        v, now = within_reason(value[row]), time[row]
        s = state[channel[row]]
        if s["begun"] == 0:
            s["begun"] = s["since"] = s["at"] = now
            s["value"] = v
        since_step = now - s["at"]
        if since_step >= step:
            used = v - s["value"] if total[channel[row]] > 0.0 else max(v, 0.0)
            if since_step > gap or used < 0.0:
                s["since"], s["score"] = now, 0.0
            elif used <= still[channel[row]]:
                ran = float(s["at"] - s["since"])
                fading = np.exp(-max(ran, HOUR) / FADES)
                s["habit"] = max(s["habit"] * fading, min(ran, most))
                s["since"], s["score"] = now, 0.0
                s["stills"] += 1
            elif now - s["begun"] > learn and s["stills"] >= stills:
                s["score"] = (now - s["since"]) / max(longest, times * s["habit"])
            s["at"], s["value"] = now, v
        score[row] = s["score"]
