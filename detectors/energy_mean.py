"""The energy mean of a sound level over a window, against day and night limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, model_validator

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.limit import Limit
from detectors.placed import Placed, hour_of, is_night
from ingest.batch import Batch, Floats
from ingest.channel import Channel

LOUDEST = 300.0  #: [dB]; more is garbage, whose energy would overflow
BUCKETS = 12  #: parts of the window, so that memory does not grow with the sampling

#: GB 3096-2008, table 1: highest level of each class of area by day and by night. [dB]
AREAS: dict[str, tuple[float, float]] = {
    "0": (50.0, 40.0),
    "1": (55.0, 45.0),
    "2": (60.0, 50.0),
    "3": (65.0, 55.0),
    "4a": (70.0, 55.0),
    "4b": (70.0, 60.0),
}


class EnergyMeanParams(Params):
    over: timedelta = Field(timedelta(minutes=20), gt=timedelta(0))
    """Window of event time."""
    day: Limit | None = None
    """Highest mean by day. [dB]"""
    night: Limit | None = None
    """Highest mean at night. [dB]"""
    area_tag: str = ""
    """Tag that holds the class of the area (0, 1, 2, 3, 4a, 4b of GB 3096-2008), whose limits
    hold where day and night are not given. A channel without the tag scores 0."""
    night_begins: float = 22
    """Hour of the local day at which night begins. [h]"""
    night_ends: float = 6
    """Hour of the local day at which night ends. [h]"""
    valid: float = Field(0.75, gt=0, le=1)
    """Share of the window's samples, by the channel's interval, without which the score is 0:
    45 minutes of an hour."""
    scale: PositiveFloat = 10.0
    """Excess over the limit that adds 1 to the score. [dB]"""

    @model_validator(mode="after")
    def _has_limits(self) -> EnergyMeanParams:
        if not self.area_tag and self.day is None and self.night is None:
            raise ValueError("energy_mean needs day, night or area_tag")
        return self


class EnergyMean(Placed):
    """Score the equivalent level of the window.

        Leq = 10 · lg(mean of 10^(L / 10))       score = max(0, 1 + (Leq - limit) / scale)

    Levels are never averaged in dB: one minute at 90 and 59 at 50 dB are 72 dB, not 51.
    The window begins anew when night falls, so that the day's noise is not held against it.
    The window is kept in 12 parts; its length is exact within one part. A street's traffic
    passes these limits nightly (6 of 9 Dublin monitors): meant for sites that a permit
    binds, elsewhere join with `seasonal`. Source: GB 3096-2008 sec. 3, GB 12523-2011.
    """

    Parameters = EnergyMeanParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("energy", "f4", (BUCKETS,)),
        ("count", "u2", (BUCKETS,)),
        ("newest", "i8"),  #: bucket, since 1970
        ("night", "?"),
    ]

    def place_names(self) -> tuple[str, ...]:
        return ("day", "night", "needed")

    def place(self, channel: Channel) -> dict[str, float]:
        p: EnergyMeanParams = self.params
        day, night = AREAS.get(channel.tags.get(p.area_tag, ""), (np.inf, np.inf))
        return {
            "day": day if p.day is None else p.day.resolve(channel),
            "night": night if p.night is None else p.night.resolve(channel),
            "needed": p.valid * max(1.0, p.over / channel.interval),
        }

    def update(self, batch: Batch) -> Floats:
        p: EnergyMeanParams = self.params
        score = np.full(len(batch), np.nan)
        _measure(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            self.local(batch.channel, batch.time).view("i8"),
            batch.value,
            p.over // BUCKETS // timedelta(microseconds=1),
            p.night_begins,
            p.night_ends,
            self.facts["day"],
            self.facts["night"],
            self.facts["needed"],
            p.scale,
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        name = "night" if self.state["night"][channel] else "day"
        return {f"{name}_limit": float(self.facts[name][channel])}


@kernel
def _measure(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: NDArray[np.int64],
    local: NDArray[np.int64],
    value: Floats,
    part: int,
    begins: float,
    ends: float,
    day_limit: Floats,
    night_limit: Floats,
    needed: Floats,
    scale: float,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        c, now = channel[row], time[row] // part
        s = state[c]
        night = is_night(hour_of(local[row]), begins, ends)
        if s["night"] != night:
            s["count"][:], s["energy"][:] = 0, 0.0
            s["night"] = night
        for new in range(max(s["newest"] + 1, now - BUCKETS + 1), now + 1):
            s["count"][new % BUCKETS], s["energy"][new % BUCKETS] = 0, 0.0
        s["newest"] = now
        s["count"][now % BUCKETS] += 1
        s["energy"][now % BUCKETS] += 10.0 ** (min(value[row], LOUDEST) / 10.0)
        count, total = 0, 0.0
        for place in range(BUCKETS):
            count += s["count"][place]
            total += s["energy"][place]
        score[row] = 0.0
        if count >= needed[c]:
            mean = 10.0 * np.log10(max(total, 1e-30) / count)
            limit = night_limit[c] if night else day_limit[c]
            score[row] = max(0.0, 1.0 + (mean - limit) / scale)
