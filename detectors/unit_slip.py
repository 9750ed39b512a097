"""A value that is suddenly its former self in another unit."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import Field, PositiveFloat

from detectors.detector import Params
from detectors.placed import Placed
from ingest.batch import Batch, Floats
from ingest.channel import Channel

ZERO_CELSIUS = 273.15  #: [K]


class UnitSlipParams(Params):
    factors: tuple[float, ...] = (3.6, 1000.0, 60.0, 100.0, 9.80665, 101.97)
    """Ratios of units that are mistaken for each other, or their inverses: m³/h for L/s, k for
    1, per minute for per second, % for 1, metres of water for kPa, MPa for metres."""
    tolerance: PositiveFloat = 0.08
    """Relative distance from a factor that scores 1."""
    warm_up: int = Field(30, ge=5)
    """Samples before anything is scored."""


class UnitSlip(Placed):
    """Score how exactly a value is its recent level times the ratio of two units.

        d = ln|v| - ln level,  level an EWMA of ln|v| (gain 1/8), spread that of |d|
        score = max(0, 2 - |d ∓ ln f| / ln(1 + tolerance)) for the nearest factor f

    Temperatures [K] are compared with the level read as Fahrenheit for Celsius and back.
    Only for channels whose own recent changes are well under the smallest factor (spread
    < 0.15), and the level rests while a value fits, so that a slip stands until mended. A
    flow that starts from nearly nothing may land on a factor by chance: have the policy
    ask for several samples. With 6 in a row no signal in a year of L-TOWN pressures
    and flows, nor in mains voltage.
    """

    Parameters = UnitSlipParams
    fields: ClassVar[list[tuple[Any, ...]]] = [("level", "f8"), ("spread", "f8"), ("kept", "i8")]

    def place_names(self) -> tuple[str, ...]:
        return ("temperature",)

    def place(self, channel: Channel) -> dict[str, float]:
        return {"temperature": float(channel.quantity == "temperature")}

    def update(self, batch: Batch) -> Floats:
        p: UnitSlipParams = self.params
        logs = np.log(np.array(p.factors))
        logs = np.concatenate([logs, -logs])
        width = np.log1p(p.tolerance)
        score = np.full(len(batch), np.nan)
        for rows in batch.rounds():
            rows = rows[np.isfinite(batch.value[rows])]
            c, value = batch.channel[rows], batch.value[rows]
            state = self.state[c]
            warm = self.facts["temperature"][c] > 0
            now = np.where(warm, value, np.log(np.maximum(np.abs(value), 1e-12)))
            d = now - state["level"]
            distance = np.abs(d[:, None] - logs).min(axis=1)
            fit = np.maximum(0.0, 2.0 - distance / width)
            # 1 °C of error in a Fahrenheit reading scores 1; too near to tell below 5 K apart.
            celsius = state["level"] - ZERO_CELSIUS
            as_fahrenheit = np.minimum(
                np.abs(d - (0.8 * celsius + 32)), np.abs(d - ((celsius - 32) / 1.8 - celsius))
            )
            warm_fit = np.where(np.abs(d) > 5.0, np.maximum(0.0, 2.0 - as_fahrenheit), 0.0)
            fit = np.where(warm, warm_fit, fit)
            settled = (state["kept"] >= p.warm_up) & (state["spread"] < np.where(warm, 3.0, 0.15))
            fit = np.where(settled, fit, 0.0)
            score[rows] = fit
            learns = fit < 1.0
            gain = np.maximum(1.0 / 8.0, 1.0 / (state["kept"] + 1))
            state["level"] += np.where(learns, gain * d, 0.0)
            off = np.where(state["kept"] == 0, 0.0, np.abs(d))
            state["spread"] += np.where(learns, gain * (off - state["spread"]), 0.0)
            state["kept"] += learns
            self.state[c] = state
        return score

    def expected(self, channel: int) -> dict[str, float]:
        level = float(self.state["level"][channel])
        return {"level": level if self.facts["temperature"][channel] else float(np.exp(level))}
