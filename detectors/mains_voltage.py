"""A supply voltage outside the band of its nominal voltage, which is told or learnt."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.placed import Placed
from detectors.reason import within_reason
from ingest.batch import Batch, Floats, Rows
from ingest.channel import Channel

#: Nominal voltages in use: mains of the world's countries, phase to phase, distribution. [V]
MAINS = (100, 110, 120, 127, 208, 220, 230, 240, 277, 347, 380, 400, 415, 480, 600, 690)
FEEDERS = (3_300, 6_000, 6_600, 10_000, 11_000, 13_800, 20_000, 22_000, 33_000, 35_000, 66_000)
LINES = (110_000, 132_000, 220_000, 330_000, 400_000, 500_000)
NOMINALS = np.array([*MAINS, *FEEDERS, *LINES], dtype=np.float64)
LEARNS = 24 * 3600 * 1_000_000  #: [us]
FEWEST = 12  #: samples before anything is scored
STEP = 0.002  #: by which the running median follows each sample, 0.2 / n at first
NEAR = 0.12  #: a voltage farther than this from every nominal one is no supply


class MainsVoltageParams(Params):
    low: float = Field(0.90, gt=0, lt=1)
    """Lowest normal share of the nominal voltage."""
    high: float = Field(1.07, gt=1)
    """Highest normal share of the nominal voltage."""
    nominal: PositiveFloat = 220.0
    """The country's own, taken wherever the channel's first day lies in its band. [V]"""
    dead: PositiveFloat = 20.0
    """At or below this the supply is off, and nothing is learnt. [V]"""


class MainsVoltage(Placed):
    """Score how far a voltage is outside low..high of its nominal voltage.

        score = max(0, 1 + (v - high·U) / scale, 1 + (low·U - v) / scale)
        scale = U (high - low) / 2

    U is the attribute `nominal_voltage` where the place has it. Else it is learnt: a running
    median of the first day's live readings, then `nominal` where that lies in its
    band by 1 %, else the nearest nominal voltage of the world. So a house on 120 V needs no
    setting, and a city on 220 V keeps its own limits though its meters stand at 229 V. What is
    near none of them (a battery) scores 0. A day that is wholly wrong is learnt as right:
    write the attribute. False signals are those of the limits: none in 35 days of a house's
    mains at a sample a minute (AMPds2). Source: GB/T 12325, IEC 60038, ANSI C84.1.
    """

    Parameters = MainsVoltageParams
    fields: ClassVar[list[tuple[Any, ...]]] = [("began", "i8"), ("median", "f8"), ("samples", "i4")]

    def place_names(self) -> tuple[str, ...]:
        return ("nominal",)

    def place(self, channel: Channel) -> dict[str, float]:
        return {"nominal": channel.attributes.get("nominal_voltage", np.nan)}

    def update(self, batch: Batch) -> Floats:
        p: MainsVoltageParams = self.params
        score = np.full(len(batch), np.nan)
        _advance(
            batch.channel,
            batch.time.view("i8"),
            batch.value,
            self.state["began"],
            self.state["median"],
            self.state["samples"],
            self.facts["nominal"],
            np.array([p.low, p.high, p.nominal, p.dead]),
            NOMINALS,
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        p: MainsVoltageParams = self.params
        own = np.array([p.low, p.high, p.nominal, p.dead])
        told = float(self.facts["nominal"][channel])
        nominal = told if told > 0 else _nominal(self.state["median"][channel], own, NOMINALS)
        return {"nominal": nominal, "low": p.low * nominal, "high": p.high * nominal}


@kernel
def _nominal(median: float, own: Floats, nominals: Floats) -> float:
    low, high, country, _ = own
    if 1.01 * low * country <= median <= 0.99 * high * country:
        return float(country)
    nearest = nominals[np.argmin(np.abs(np.log(nominals / max(median, 1.0))))]
    return float(nearest) if abs(median - nearest) <= NEAR * nearest else np.nan


@kernel
def _advance(
    channel: NDArray[np.int32],
    time: Rows,
    value: Floats,
    began: Rows,
    median: Floats,
    samples: NDArray[np.int32],
    told: Floats,
    own: Floats,
    nominals: Floats,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        v, c = within_reason(value[row]), channel[row]
        if samples[c] == 0 and v > own[3]:
            began[c], median[c] = time[row], v
        if v > own[3] and (samples[c] < FEWEST or time[row] - began[c] <= LEARNS):
            samples[c] += 1
            median[c] *= 1.0 + max(STEP, 0.2 / samples[c]) * np.sign(v - median[c])
        nominal = told[c]
        if np.isnan(nominal) and samples[c] >= FEWEST:
            nominal = _nominal(median[c], own, nominals)
        score[row] = 0.0
        if nominal > 0.0:
            scale = nominal * (own[1] - own[0]) / 2.0
            over = (v - own[1] * nominal) / scale
            under = (own[0] * nominal - v) / scale
            score[row] = max(0.0, 1.0 + max(over, under))
