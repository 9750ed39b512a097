"""The detector of a channel that nobody has tuned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveFloat

from detectors.detector import Detector, Params
from detectors.kernel import kernel
from detectors.novelty import SAME_AGAIN, outside, stretched
from ingest.batch import Batch, Floats

DAY = 86_400_000_000  #: [us]
SLOT, WEEK_SLOT = 15 * 60_000_000, 60 * 60_000_000  #: of the day and of the week [us]
DAY_SLOTS, WEEK_SLOTS = DAY // SLOT, 7 * DAY // WEEK_SLOT
RECENT = 12  #: samples of the short means
#: What a range of everything seen so far is kept of.
VALUE, DEVIATION, MEAN, SPREAD, MEAN_DEVIATION = range(5)
WITNESSES = 5


class AutoParams(Params):
    margin: PositiveFloat = 0.1
    """Distance of a value outside its range that scores 1. [half widths of the range]"""
    margin_of_means: PositiveFloat = 0.2
    """The same for what is taken from twelve samples, and for deviations. [half widths]"""
    warm_up: int = Field(150, ge=RECENT)
    """Samples that make the first ranges."""
    settle: timedelta = timedelta(days=2)
    """Age at which deviations from the habit begin to count."""
    pause: NonNegativeInt = 100
    """Samples after a signal in which no other is given."""
    days: PositiveFloat = 5.0
    """Days, or weeks, after which the habit of a slot fades."""


class Auto(Detector):
    """Score what was never seen so far: of values, of their short means, of their habit.

    Five witnesses are each held against the range of all they said before (`novelty`):

        value            v                     mean       of the last 12 values
        deviation        d                     spread     of the last 12 values (rms)
        mean deviation   of the last 12 d

        score = max over witnesses of |w - middle| / (half width · (1 + margin))

    d is the difference from the level of the same quarter of an hour on the days before, or
    of the same hour of the week where that is nearer, .
    Deviations and spread have a range around 0. The sampling interval is learnt from the times
    themselves. A range stretches at one blow by at most half its width, and for 100 samples
    after a signal the score stays below 1, so that one abnormality is told once.

    Records of a steady channel get rarer with its age: alarms grow with the logarithm of
    time. The state takes 2.4 KB a channel.

    References
    ----------
    .. [1] B. C. Arnold, N. Balakrishnan and H. N. Nagaraja, Records, Wiley, 1998, ch. 2.
    """

    Parameters = AutoParams

    def dtype(self) -> np.dtype[Any]:
        return np.dtype(
            [
                ("level", "f4", (DAY_SLOTS + WEEK_SLOTS,)),
                ("visits", "f4", (DAY_SLOTS + WEEK_SLOTS,)),
                ("visit", "i8", (2,)),  #: the slot that goes on: of the day, of the week
                ("sum", "f8", (2,)),
                ("held", "i8", (2,)),
                ("value", "f8", (RECENT,)),
                ("deviation", "f8", (RECENT,)),
                ("low", "f8", (WITNESSES,)),
                ("high", "f8", (WITNESSES,)),
                ("count", "i8"),
                ("first", "i8"),
                ("quiet", "i8"),
            ]
        )

    def update(self, batch: Batch) -> Floats:
        p: AutoParams = self.params
        score = np.full(len(batch), np.nan)
        margin = np.full(WITNESSES, p.margin_of_means)
        margin[VALUE] = p.margin
        _judge(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            batch.value,
            margin,
            p.warm_up,
            p.settle // timedelta(microseconds=1),
            p.pause,
            p.days,
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        row = self.state[channel]
        if not row["count"]:
            return {}
        return {"low": float(row["low"][VALUE]), "high": float(row["high"][VALUE])}


@kernel
def _judge(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: NDArray[np.int64],
    value: Floats,
    margin: Floats,
    warm_up: int,
    settle: int,
    pause: int,
    days: float,
    score: Floats,
) -> None:
    witness = np.zeros(WITNESSES)
    for row in range(len(value)):
        v, now = value[row], time[row]
        if not np.isfinite(v):
            continue
        s = state[channel[row]]
        n = s["count"]
        if n == 0:
            s["first"] = now
        d = _deviation(s, v, now, days)
        s["value"][n % RECENT] = v
        s["deviation"][n % RECENT] = d
        held = min(n + 1, RECENT)
        witness[VALUE], witness[DEVIATION] = v, d
        witness[MEAN] = s["value"][:held].sum() / held
        witness[MEAN_DEVIATION] = s["deviation"][:held].sum() / held
        off = 0.0
        for place in range(held):
            off += (s["value"][place] - witness[MEAN]) ** 2
        witness[SPREAD] = np.sqrt(off / held)

        new = 0.0
        for w in range(WITNESSES):
            of_habit = w in (DEVIATION, MEAN_DEVIATION)
            around_zero = of_habit or w == SPREAD
            if n == 0:
                s["low"][w] = s["high"][w] = witness[w]
            warm = n >= warm_up and not (of_habit and now - s["first"] < settle)
            if warm:
                new = max(new, outside(witness[w], s["low"][w], s["high"][w], margin[w]))
            low, high = stretched(witness[w], s["low"][w], s["high"][w], warm)
            if around_zero:
                high = max(high, -low)
                low = -high
            s["low"][w], s["high"][w] = low, high
        s["count"] = n + 1
        if s["quiet"] > 0:
            s["quiet"] -= 1
            new = min(new, SAME_AGAIN)
        elif new >= 1.0:
            s["quiet"] = pause
        score[row] = new


@kernel
def _deviation(s: NDArray[np.void], v: float, now: int, days: float) -> float:
    """Return v less its habit by the day or the week, whichever is nearer; 0 without; learn v."""
    d = 0.0
    for habit in range(2):
        length, slots = (SLOT, DAY_SLOTS) if habit == 0 else (WEEK_SLOT, WEEK_SLOTS)
        first = 0 if habit == 0 else DAY_SLOTS
        visit = now // length
        if s["held"][habit] > 0 and visit != s["visit"][habit]:
            past = first + s["visit"][habit] % slots
            s["visits"][past] = min(s["visits"][past] + 1.0, days)
            mean = s["sum"][habit] / s["held"][habit]
            s["level"][past] += (mean - s["level"][past]) / s["visits"][past]
            s["sum"][habit] = s["held"][habit] = 0
        slot = first + visit % slots
        off = v - s["level"][slot]
        if s["visits"][slot] > 0 and (habit == 0 or abs(off) < abs(d)):
            d = off
        s["visit"][habit] = visit
        s["sum"][habit] += v
        s["held"][habit] += 1
    return d
