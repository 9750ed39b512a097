"""A value above a high limit or below a low one."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import model_validator

from detectors.detector import Params
from detectors.limit import Limit
from detectors.placed import Placed, hour_of_day, is_night
from ingest.batch import Batch, Floats
from ingest.channel import Channel


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
    scale: Limit | None = None
    """Distance past a limit that adds 1 to the score. Not given: half the band between
    two limits, or the size of a single one, so that the score is value / limit."""

    @model_validator(mode="after")
    def _has_a_limit(self) -> LevelParams:
        if all(one is None for one in (self.high, self.low, self.night_high, self.night_low)):
            raise ValueError("level needs a high or a low limit")
        return self


class Level(Placed):
    """Score how far a value is past its limits.

        score = max(0, 1 + (value - high) / scale, 1 + (low - value) / scale)

    It has no memory; what is brief, or flaps about the limit, is for the policy. False
    signals are the nature of the limit: with the limits of the packs none in the data they
    were chosen on, see the tests of each pack.
    """

    Parameters = LevelParams
    fields: ClassVar[list[tuple[Any, ...]]] = [("seen", "?")]

    def place_names(self) -> tuple[str, ...]:
        return ("high", "low", "night_high", "night_low", "scale", "night_scale")

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
        row = batch.channel
        high, low, scale = (self.facts[name][row] for name in ("high", "low", "scale"))
        if self.params.night_high is not None or self.params.night_low is not None:
            hour = hour_of_day(self.local(row, batch.time))
            night = is_night(hour, self.params.night_begins, self.params.night_ends)
            high = np.where(night, self.facts["night_high"][row], high)
            low = np.where(night, self.facts["night_low"][row], low)
            scale = np.where(night, self.facts["night_scale"][row], scale)
        past = np.maximum(batch.value - high, low - batch.value)
        return np.maximum(0.0, 1.0 + past / scale)

    def expected(self, channel: int) -> dict[str, float]:
        facts = {name: float(self.facts[name][channel]) for name in self.place_names()[:4]}
        if self.params.night_high is None and self.params.night_low is None:
            facts = {name: facts[name] for name in ("high", "low")}
        return {name: value for name, value in facts.items() if np.isfinite(value)}


def _scale(high: float, low: float) -> float:
    """Return half the band of two limits, or the size of the only one; never 0."""
    if np.isfinite(high) and np.isfinite(low):
        return abs(high - low) / 2 or 1.0
    return abs(high if np.isfinite(high) else low) or 1.0
