"""The sound level exceeded for a share of the time: L10 of peaks, L50, L90 of what hums on."""

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
from ingest.batch import Batch, Floats, Rows
from ingest.channel import Channel

LOWEST, WIDTH, BINS = 20.0, 2.0, 56  #: histogram from 20 to 132 dB


class StatisticalLevelParams(Params):
    exceeded: float = Field(0.9, gt=0, lt=1)
    """Share of the time: 0.1 for L10, 0.5 for L50, 0.9 for L90."""
    over: timedelta = Field(timedelta(hours=1), gt=timedelta(0))
    """Time constant of event time with which levels are forgotten."""
    day: Limit | None = None
    """Highest such level by day. [dB]"""
    night: Limit | None = None
    """Highest such level at night. [dB]"""
    night_begins: float = 22
    """Hour of the local day at which night begins. [h]"""
    night_ends: float = 6
    """Hour of the local day at which night ends. [h]"""
    valid: float = Field(0.75, gt=0, le=1)
    """Share of `over` that must have been heard, by the channel's interval, or the score is 0."""
    scale: PositiveFloat = 10.0
    """Excess over the limit that adds 1 to the score. [dB]"""

    @model_validator(mode="after")
    def _has_limits(self) -> StatisticalLevelParams:
        if self.day is None and self.night is None:
            raise ValueError("statistical_level needs day or night")
        return self


class StatisticalLevel(Placed):
    """Score the level that is exceeded for a share of the time.

        h ← h exp(-dt / over) + 1 in the bin of the level        L = quantile 1 - exceeded of h
        score = max(0, 1 + (L - limit) / scale)

    L90 is what hums on when nobody passes: a compressor, a ventilator, traffic that never
    ends; one loud minute moves it by nothing. Bins of 2 dB, straight lines inside: exact within
    half a bin. It begins anew when night falls and ends. Levels are counted, never averaged, so
    they may be of any averaging time, but of one. False signals are those of the limit, set for a
    site that a permit binds; a street's own traffic is another matter (see `energy_mean`). Rain
    and wind lift it: have weather explain it. Source: GB 3096-2008 sec. 3 (L10, L50, L90).
    """

    Parameters = StatisticalLevelParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("levels", "f4", (BINS,)),
        ("time", "i8"),
        ("count", "i4"),
        ("night", "?"),
    ]

    def place_names(self) -> tuple[str, ...]:
        return ("day", "night", "needed")

    def place(self, channel: Channel) -> dict[str, float]:
        p: StatisticalLevelParams = self.params
        return {
            "day": np.inf if p.day is None else p.day.resolve(channel),
            "night": np.inf if p.night is None else p.night.resolve(channel),
            "needed": p.valid * max(1.0, p.over / channel.interval),
        }

    def update(self, batch: Batch) -> Floats:
        p: StatisticalLevelParams = self.params
        score = np.full(len(batch), np.nan)
        _count(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            self.local(batch.channel, batch.time).view("i8"),
            batch.value,
            p.over / timedelta(microseconds=1),
            np.array([p.night_begins, p.night_ends, p.exceeded, p.scale]),
            self.facts["day"],
            self.facts["night"],
            self.facts["needed"],
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        levels = self.state["levels"][channel]
        name = "night" if self.state["night"][channel] else "day"
        told = {f"{name}_limit": float(self.facts[name][channel])}
        for share in (0.1, 0.5, 0.9):
            told[f"exceeded_{share:.0%}_of_the_time"] = _exceeded(levels, share)
        return told


@kernel
def _exceeded(levels: NDArray[np.float32], share: float) -> float:
    above, wanted = 0.0, share * np.sum(levels)
    for place in range(BINS - 1, -1, -1):
        if above + levels[place] >= wanted and levels[place] > 0.0:
            return float(LOWEST + WIDTH * (place + 1 - (wanted - above) / levels[place]))
        above += levels[place]
    return LOWEST


@kernel
def _count(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: Rows,
    local: Rows,
    value: Floats,
    over: float,
    night_and_share: Floats,
    day_limit: Floats,
    night_limit: Floats,
    needed: Floats,
    score: Floats,
) -> None:
    begins, ends, share, scale = night_and_share
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        c, now = channel[row], time[row]
        s = state[c]
        night = is_night(hour_of(local[row]), begins, ends)
        if s["night"] != night or now - s["time"] > over:
            s["levels"][:], s["count"], s["night"] = 0.0, 0, night
        place = int(min(max((value[row] - LOWEST) / WIDTH, 0.0), BINS - 1.0))
        s["levels"][:] *= np.float32(np.exp((s["time"] - now) / over))
        s["levels"][place] += 1.0
        s["count"] += 1
        s["time"] = now
        score[row] = 0.0
        if s["count"] >= needed[c]:
            limit = night_limit[c] if night else day_limit[c]
            score[row] = max(0.0, 1.0 + (_exceeded(s["levels"], share) - limit) / scale)
