"""The detector of a channel that nobody has tuned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveFloat

from detectors.detector import Detector, Params
from detectors.kernel import kernel
from detectors.novelty import RANGE, STRETCH, announced, outside, stretch
from detectors.placed import DAY
from ingest.batch import Batch, Floats

SLOT, WEEK_SLOT = 15 * 60_000_000, 60 * 60_000_000  #: of the day and of the week [us]
DAY_SLOTS, WEEK_SLOTS = DAY // SLOT, 7 * DAY // WEEK_SLOT
RECENT = 12  #: samples of the short means
USUAL = 2000  #: samples after which the usual size of a deviation fades
CLIP = 10.0  #: a deviation teaches a settled habit at most this much [usual ones]
WILD = 1e30  #: beyond this a value is taken for this: its square, or a single, would overflow
#: What a range of everything seen so far is kept of.
VALUE, CHANGE, MEAN, SPREAD, DEVIATION, MEAN_DEVIATION = range(6)
WITNESSES = 6

#: What is known of a quarter of an hour of the day, or of an hour of the week.
HABIT = np.dtype([("level", "f4"), ("off", "f4"), ("visits", "f4")])
#: The slot that goes on.
VISIT = np.dtype([("slot", "i8"), ("sum", "f8"), ("off", "f8"), ("held", "i8")])


class AutoParams(Params):
    margin: PositiveFloat = 0.1
    """Distance of a value outside its range that scores 1. [half widths of the range]"""
    margin_of_others: PositiveFloat = 0.2
    """The same for the other witnesses. [half widths of their range]"""
    warm_up: int = Field(200, ge=RECENT)
    """Samples that make the first ranges."""
    settle: timedelta = timedelta(days=3)
    """Age at which deviations from the habit begin to count."""
    pause: NonNegativeInt = 100
    """Samples after a signal in which no other is given."""
    days: int = Field(5, ge=1)
    """Days, or weeks, after which the habit of a slot fades."""


class Auto(Detector):
    """Score what was never seen so far: of values, of their short means, of their habit.

    Six witnesses are each held against the range of all they said before, as in `novelty`:

        value v        change from the last value       mean and spread of the last 12 values
        deviation d / (half the slot's usual |d| + half the channel's)    mean of the last 12 d

        score = max over witnesses of |w - middle| / (half width · (1 + margin))

    d is the difference from the level of this quarter of an hour on the days before, or of
    this hour in the weeks before where that is nearer; what they learn is clipped. All but
    value and mean have a range around 0. For 100 samples after a signal the score stays below
    1, so that an abnormality is told when it begins, and again where it goes further.

    New extremes get rarer with age: at a sample a minute independent noise gave 5 false signals
    in the first sensor-year with normal tails, 11 with those of Student's t of 5 degrees; street
    noise by the hour 0.2 to 3 a sensor-year. What was seen once is not new again: for years on
    end, and for limits that are known, take other detectors. The state takes 3.7 KB a channel,
    too much for a city's default rules.

    References
    ----------
    .. [1] B. C. Arnold, N. Balakrishnan and H. N. Nagaraja, Records, Wiley, 1998, ch. 2.
    """

    Parameters = AutoParams

    def dtype(self) -> np.dtype[Any]:
        return np.dtype(
            [
                ("habit", HABIT, (DAY_SLOTS + WEEK_SLOTS,)),
                ("visit", VISIT, (2,)),
                ("value", "f8", (RECENT,)),
                ("deviation", "f8", (RECENT,)),
                ("usual", "f8"),
                ("range", RANGE, (WITNESSES,)),
                ("reach", "f8"),
                ("count", "i8"),
                ("first", "i8"),
                ("quiet", "i8"),
            ]
        )

    def update(self, batch: Batch) -> Floats:
        p: AutoParams = self.params
        score = np.full(len(batch), np.nan)
        margin = np.full(WITNESSES, p.margin_of_others)
        margin[VALUE] = p.margin
        _judge(
            self.state,
            self.state["range"],
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
        seen = self.state["range"][channel, VALUE]
        return {"low": float(seen["low"]), "high": float(seen["high"])}


@kernel
def _judge(
    state: NDArray[np.void],
    seen: NDArray[np.void],
    channel: NDArray[np.int32],
    time: NDArray[np.int64],
    value: Floats,
    margin: Floats,
    warm_up: int,
    settle: int,
    pause: int,
    days: int,
    score: Floats,
) -> None:
    witness = np.zeros(WITNESSES)
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        v, now = min(max(value[row], -WILD), WILD), time[row]
        c = channel[row]
        s = state[c]
        n = s["count"]
        if n == 0:
            s["first"] = now
            s["reach"] = STRETCH
        bound = s["reach"] if s["quiet"] == 0 else 0.0
        settled = now - s["first"] >= settle
        _testify(witness, s, v, now, days, CLIP if settled else np.inf)

        new = 0.0
        for w in range(WITNESSES):
            known = seen[c, w]
            if n == 0:
                known["low"] = known["high"] = witness[w]
            counts = n >= warm_up and (w < DEVIATION or settled)
            if counts:
                new = max(new, outside(witness[w], known["low"], known["high"], margin[w]))
            stretch(known, witness[w], bound if counts else np.inf)
            if w != VALUE and w != MEAN:
                known["high"] = max(known["high"], -known["low"])
                known["low"] = -known["high"]
        s["count"] = n + 1
        score[row] = announced(s, new, pause)


@kernel
def _testify(witness: Floats, s: Any, v: float, now: int, days: int, clip: float) -> None:
    """Set what each witness says of v, and keep v."""
    n = s["count"]
    d, usual = _deviation(s, v, now, days, clip)
    s["usual"] += (clipped(abs(d), s["usual"], clip) - s["usual"]) / min(n + 1, USUAL)
    witness[VALUE] = v
    witness[CHANGE] = v - s["value"][(n - 1) % RECENT] if n > 0 else 0.0
    witness[DEVIATION] = d / (0.5 * usual + 0.5 * s["usual"]) if usual > 0.0 else 0.0
    s["value"][n % RECENT], s["deviation"][n % RECENT] = v, d
    held = min(n + 1, RECENT)
    mean = mean_deviation = off = 0.0
    for place in range(held):
        mean += s["value"][place] / held
        mean_deviation += s["deviation"][place] / held
    for place in range(held):
        off += (s["value"][place] - mean) ** 2
    witness[MEAN], witness[MEAN_DEVIATION] = mean, mean_deviation
    witness[SPREAD] = np.sqrt(off / held)


@kernel
def clipped(off: float, usual: float, clip: float) -> float:
    """Return `off` held within ±clip usual ones, where anything is usual."""
    most = clip * usual if usual > 0.0 else np.inf
    return min(max(off, -most), most)


@kernel
def _deviation(s: Any, v: float, now: int, days: int, clip: float) -> tuple[float, float]:
    """Return v less its habit by the day or the week, whichever is nearer, and what is usual.

    0 and 0 where there is no habit. A slot is learnt as a whole when it is over.
    """
    d = usual = 0.0
    for cycle in range(2):
        length, slots = (SLOT, DAY_SLOTS) if cycle == 0 else (WEEK_SLOT, WEEK_SLOTS)
        first = 0 if cycle == 0 else DAY_SLOTS
        visit, slot = s["visit"][cycle], now // length
        if visit["held"] > 0 and visit["slot"] != slot:
            past = s["habit"][first + visit["slot"] % slots]
            past["visits"] = min(past["visits"] + 1, days)
            past["level"] += (visit["sum"] / visit["held"] - past["level"]) / past["visits"]
            past["off"] += (visit["off"] / visit["held"] - past["off"]) / past["visits"]
            visit["sum"] = visit["off"] = 0.0
            visit["held"] = 0
        here = s["habit"][first + slot % slots]
        off = v - here["level"] if here["visits"] > 0 else 0.0
        if here["visits"] > 0 and (cycle == 0 or abs(off) < abs(d)):
            d, usual = off, here["off"]
        visit["slot"] = slot
        taught = clipped(off, 0.5 * here["off"] + 0.5 * s["usual"], clip) if here["visits"] else 0.0
        visit["sum"] += v - off + taught
        visit["off"] += abs(taught)
        visit["held"] += 1
    return float(d), float(usual)
