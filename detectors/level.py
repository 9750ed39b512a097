"""A value above a high limit or below a low one."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.limit import Limit
from detectors.placed import DAY, Placed, hour_of, is_night
from detectors.profile import days_off_of, kind_of
from detectors.reason import within_reason
from ingest.batch import Batch, Floats
from ingest.channel import Channel


class DaysOff(StrEnum):
    USUAL = "usual"
    NIGHT = "night"


class LevelParams(Params):
    high: Limit | None = None
    """Highest normal value. [unit of the quantity]"""
    low: Limit | None = None
    """Lowest normal value. [unit of the quantity]"""
    night_high: Limit | None = None
    """Highest normal value at night; `high` where not given."""
    night_low: Limit | None = None
    """Lowest normal value at night; `low` where not given."""
    night_begins: float = 22
    """Hour of the local day at which night begins. [h]"""
    night_ends: float = 6
    """Hour of the local day at which night ends. [h]"""
    days_off: DaysOff = DaysOff.USUAL
    """What weekends and public holidays are: as any day (usual), or night all day long (night),
    as for an office or a school. A weekend day worked in exchange is as any day."""
    scale: Limit | None = None
    """Distance past a limit that adds 1 to the score. Not given: half the band between
    two limits, or the size of a single one, so that the score is value / limit."""

    @model_validator(mode="after")
    def _has_a_limit(self) -> LevelParams:
        if all(one is None for one in (self.high, self.low, self.night_high, self.night_low)):
            raise ValueError("level needs a high or a low limit")
        if self.days_off is DaysOff.NIGHT and self.night_high is None and self.night_low is None:
            raise ValueError("days_off: night needs night_high or night_low")
        return self


class Level(Placed):
    """Score how far a value is past its limits.

        score = max(0, 1 + (value - high) / scale, 1 + (low - value) / scale)

    By the local hour, and if asked by the days off of the place, the limits are those of day or
    night. It has no memory; what is brief is for the policy, as is hysteresis (deadband). False
    signals are the nature of the limit: with the limits of the packs none in the data they
    were chosen on, see the tests of each pack.
    """

    Parameters = LevelParams
    fields: ClassVar[list[tuple[Any, ...]]] = [("seen", "?")]

    def grow(self, channels: Sequence[Channel]) -> None:
        super().grow(channels)
        self.days_off = days_off_of(self.zones)

    def place_names(self) -> tuple[str, ...]:
        by_day = ("high", "low", "scale")
        return (*by_day, "night_high", "night_low", "night_scale") if self._by_night() else by_day

    def _by_night(self) -> bool:
        return self.params.night_high is not None or self.params.night_low is not None

    def place(self, channel: Channel) -> dict[str, float]:
        p: LevelParams = self.params

        def number(limit: Limit | None, otherwise: float) -> float:
            return otherwise if limit is None else limit.resolve(channel)

        high, low = number(p.high, np.inf), number(p.low, -np.inf)
        night_high, night_low = number(p.night_high, high), number(p.night_low, low)
        given = number(p.scale, np.nan)
        return {
            "high": high,
            "low": low,
            "night_high": night_high,
            "night_low": night_low,
            "scale": _scale(high, low) if np.isnan(given) else given,
            "night_scale": _scale(night_high, night_low) if np.isnan(given) else given,
        }

    def update(self, batch: Batch) -> Floats:
        p: LevelParams = self.params
        score = np.empty(len(batch))
        by_night, facts = self._by_night(), self.facts
        local = self.local(batch.channel, batch.time) if by_night else batch.time
        begins, ends = (p.night_begins, p.night_ends) if by_night else (0.0, 0.0)
        _compare(
            batch.channel,
            local.view("i8"),
            batch.value,
            begins,
            ends,
            self.zone,
            self.days_off,
            by_night and p.days_off is DaysOff.NIGHT,
            facts["high"],
            facts["low"],
            facts["scale"],
            facts["night_high" if by_night else "high"],
            facts["night_low" if by_night else "low"],
            facts["night_scale" if by_night else "scale"],
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        names = [name for name in ("high", "low", "night_high", "night_low") if name in self.facts]
        facts = {name: float(self.facts[name][channel]) for name in names}
        return {name: value for name, value in facts.items() if np.isfinite(value)}


def _scale(high: float, low: float) -> float:
    """Return half the band of two limits, or the size of the only one; never 0."""
    if np.isfinite(high) and np.isfinite(low):
        return abs(high - low) / 2 or 1.0
    return abs(high if np.isfinite(high) else low) or 1.0


@kernel
def _compare(
    channel: NDArray[np.int32],
    local: NDArray[np.int64],
    value: Floats,
    begins: float,
    ends: float,
    zone: NDArray[np.int16],
    known: NDArray[np.int8],
    quiet_days: bool,
    high: Floats,
    low: Floats,
    scale: Floats,
    night_high: Floats,
    night_low: Floats,
    night_scale: Floats,
    score: Floats,
) -> None:
    for row in range(len(value)):
        c, v = channel[row], within_reason(value[row])
        night = begins != ends and is_night(hour_of(local[row]), begins, ends)
        if night or (quiet_days and kind_of(local[row] // DAY, known[zone[c]], 2) == 1):
            past = max(v - night_high[c], night_low[c] - v) / night_scale[c]
        else:
            past = max(v - high[c], low[c] - v) / scale[c]
        score[row] = np.nan if np.isnan(value[row]) else max(0.0, 1.0 + past)
