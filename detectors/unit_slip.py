"""A value that is suddenly its former self in another unit."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.placed import Placed
from detectors.reason import within_reason
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
    fields: ClassVar[list[tuple[Any, ...]]] = [("level", "f4"), ("spread", "f4"), ("kept", "i4")]

    def place_names(self) -> tuple[str, ...]:
        return ("temperature",)

    def place(self, channel: Channel) -> dict[str, float]:
        return {"temperature": float(channel.quantity == "temperature")}

    def update(self, batch: Batch) -> Floats:
        p: UnitSlipParams = self.params
        score = np.full(len(batch), np.nan)
        logs = np.log(np.array(p.factors))
        width = float(np.log1p(p.tolerance))
        warm = self.facts["temperature"]
        _compare(self.state, batch.channel, batch.value, warm, logs, width, p.warm_up, score)
        return score

    def expected(self, channel: int) -> dict[str, float]:
        level = float(self.state["level"][channel])
        return {"level": level if self.facts["temperature"][channel] else float(np.exp(level))}


@kernel
def _compare(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    value: Floats,
    temperature: Floats,
    logs: Floats,
    width: float,
    warm_up: int,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        v = within_reason(value[row])
        c = channel[row]
        s = state[c]
        warm = temperature[c] > 0
        d = (v if warm else np.log(max(abs(v), 1e-12))) - s["level"]
        fit = 0.0
        if s["kept"] >= warm_up and s["spread"] < (3.0 if warm else 0.15):
            if not warm:
                distance = np.inf
                for log in logs:
                    distance = min(distance, abs(d - log), abs(d + log))
                fit = max(0.0, 2.0 - distance / width)
            elif abs(d) > 5.0:
                # 1 °C of error in a Fahrenheit reading scores 1; nearer than 5 K none can tell.
                celsius = s["level"] - ZERO_CELSIUS
                there, back = 0.8 * celsius + 32, (celsius - 32) / 1.8 - celsius
                fit = max(0.0, 2.0 - min(abs(d - there), abs(d - back)))
        score[row] = fit
        if fit < 1.0:
            gain = max(1.0 / 8.0, 1.0 / (s["kept"] + 1))
            s["level"] += gain * d
            s["spread"] += gain * ((abs(d) if s["kept"] else 0.0) - s["spread"])
            s["kept"] += 1
