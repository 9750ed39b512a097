"""Water on a street, told by its shape from what stands, passes or piles up under the sensor."""

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
from ingest.batch import Batch, Floats, Rows
from ingest.channel import Channel

SECOND = 1_000_000  #: [us]
PASSING = 480 * SECOND  #: what has stood this long did not just pass under the sensor
RISING_ON = 360 * SECOND  #: water that came in a leap mostly climbs on for so long
DROPOUT = 900 * SECOND  #: water that is back at its level within this was never gone
PATIENCE = 10  #: samples of a slow rise after which one more of them must have moved
KEPT = 64  #: samples over which the noise of the dry street is averaged
NOISES = 4.0  #: of that noise, which a move must exceed
DENIED = 0.5  #: highest score of what is not believed to be water


class StreetFloodParams(Params):
    high: Limit
    """Depth that scores 1, once it is believed to be water. [unit of the quantity]"""
    base: Limit
    """Below this the street counts as dry and all evidence begins anew."""
    leap: Limit
    """A larger change from one sample to the next is a leap, and no evidence of water."""
    moves: Limit
    """How far from its level of the last while the water must have moved."""
    memory: timedelta = Field(timedelta(minutes=30), gt=timedelta(0))
    """Time constant of that level: a steady climb of `moves` in it is the slowest flood."""


class StreetFlood(Placed):
    """Score a depth as value / high while its curve is that of water, else 0.5 at most.

        slow = exponential mean of the value over `memory`, anew from where a leap lands
        moved = |value - slow| >= max(moves, 4 spreads of the dry street), twice in a row
                (up to 5 times the longer it takes, once where twice as far)
        water = moved, and 3 samples by degrees from dry ground (2 if they took 8 min)
              | moved, and 2 by degrees after a leap, more after several leaps of late
              | 3 rises by `moves` in a row

    A flood rises over minutes and drains like a recession. One or two points are a *blip*;
    a leap that stays flat is something parked, a *box*, until it moves like water; leaps
    again and again are a *pulse chain*; what climbs slower than `moves` in `memory` is *snow*.
    Where it is wet already a leap upwards may be twice as large. What is believed stays so
    until it is dry or leaps away; it is believed again when it is back at its level within a
    quarter of an hour, so that a lost echo ends no flood.

    Denied, or late, is water that rises slower than snow, and a leap between two samples
    five minutes apart. With 0.5 cm of noise, of 1,000 artefacts of each shape: blips and
    boxes 0, pulse chains 2 to 5, snow 0 to 4; for ten artefacts a month 0.2 false signals a
    sensor-year. Source: artefacts as owners of such sensors publish them (FloodNet, New
    York), limits chosen on half of its 1,226 floods (`lifeline bench scores`).
    """

    Parameters = StreetFloodParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("time", "i8"),
        ("value", "f8"),
        ("slow", "f8"),
        ("moved", "i4"),  #: samples in a row that have
        ("leaps", "f8"),
        ("dry", "i8"),  #: when the street was last dry
        ("level", "f8"),  #: of what was last believed
        ("at", "i8"),  #: when that was
        ("steps", "i4"),  #: by degrees, since it was dry or has leapt
        ("climbs", "i4"),  #: rises of `moves` or more in a row
        ("leapt", "?"),
        ("landing", "f8"),  #: where the last leap ended
        ("landed", "i8"),
        ("noise", "f8"),  #: variance of the dry street
        ("water", "?"),
        ("seen", "?"),
    ]

    def place_names(self) -> tuple[str, ...]:
        return ("high", "base", "leap", "moves")

    def place(self, channel: Channel) -> dict[str, float]:
        p: StreetFloodParams = self.params
        return {name: getattr(p, name).resolve(channel) for name in self.place_names()}

    def update(self, batch: Batch) -> Floats:
        score = np.full(len(batch), np.nan)
        _advance(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            batch.value,
            self.facts["high"],
            self.facts["base"],
            self.facts["leap"],
            self.facts["moves"],
            self.params.memory / timedelta(microseconds=1),
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        return {"high": float(self.facts["high"][channel])}


@kernel
def _advance(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: Rows,
    value: Floats,
    high: Floats,
    base: Floats,
    leap: Floats,
    moves: Floats,
    memory: float,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        now, v, c = time[row], within_reason(value[row]), channel[row]
        s = state[c]
        if not s.seen:  # a sensor that begins under water, or under a car, has yet to show which
            s.time, s.value, s.slow, s.dry, s.at = now, v, v, now, now - DROPOUT - 1
            s.landed, s.landing, s.seen, s.leapt = now, v, True, v >= base[c]
        step = v - s.value
        if max(v, s.value) < base[c]:
            s.noise += (step * step / 2.0 - s.noise) / KEPT
        much = max(moves[c], NOISES * np.sqrt(s.noise))
        faded = np.exp((s.time - now) / memory)
        s.leaps *= faded
        s.climbs = s.climbs + 1 if step >= much else 0
        standing = now - s.dry >= PASSING
        wet = s.steps >= 3 or (s.steps >= 1 and standing)
        if abs(step) > (2.0 if wet and not s.leapt and step > 0.0 else 1.0) * leap[c]:
            s.water = abs(v - s.level) <= leap[c] and now - s.at <= DROPOUT
            s.leapt, s.steps, s.leaps = True, 0, s.leaps + 1.0
            s.slow, s.moved, s.landing, s.landed = v, 0, v, now
        else:
            s.slow = s.value + (s.slow - s.value) * faded
            s.steps += 1
        if v < base[c]:
            s.steps, s.leapt, s.water, s.dry, s.moved = 0, False, False, now, 0
        moved = abs(v - s.slow)
        s.moved = s.moved + 1 if moved >= much else 0
        sure = s.moved >= min(2 + s.steps // PATIENCE, 5) or moved >= 2.0 * much
        if s.leapt:
            enough = s.steps >= 1.0 + max(1.0, s.leaps)
            sure = sure or (v - s.landing >= much and now - s.landed <= RISING_ON)
        else:
            enough = s.steps >= 3 or (s.steps == 2 and standing)
        if (enough and sure) or s.climbs >= 3:
            s.water = True
        s.time, s.value = now, v
        if s.water:
            s.level, s.at = v, now
            score[row] = max(0.0, v / high[c])
        else:
            score[row] = min(max(0.0, v / high[c]), DENIED)
