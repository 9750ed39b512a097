"""The habit of a channel by slot of the day and day of the week, learnt as it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, model_validator

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.limit import Limit
from detectors.placed import DAY, Placed
from detectors.reason import within_reason
from ingest.batch import Batch, Floats
from ingest.channel import Channel
from ingest.days_off import DAYS, FIRST, Day, days_off

TRUSTED = 8  #: samples a slot sees before it starts to clip what it learns

#: What is known of one slot, in few bytes: a channel has hundreds of them.
SLOT = np.dtype(
    [
        ("level", "f4"),
        ("spread", "f4"),
        ("count", "u2"),
        ("days", "u1"),  #: different ones seen
        ("last_day", "u1"),  #: since 1970, of which the last byte tells two apart
    ]
)


class Habit(StrEnum):
    DAY = "day"  #: every day alike
    WEEKEND = "weekend"  #: working days, and days off
    HOLIDAY = "holiday"  #: working days, weekends, and public holidays
    WEEK = "week"  #: each day of the week by itself; holidays as Sundays


KINDS = {Habit.DAY: 1, Habit.WEEKEND: 2, Habit.HOLIDAY: 3, Habit.WEEK: 7}
SUNDAY, FRIDAY = 6, 4
USUAL, HOLIDAY, WORKED = (int(day) for day in Day)
FIRST_DAY = (FIRST - date(1970, 1, 1)).days


class ProfileParams(Params):
    slot: timedelta = timedelta(minutes=30)
    """Length of a slot of the local day; divides the day."""
    habit: Habit = Habit.WEEKEND
    """Which days are alike: day, weekend, holiday, week."""
    days: int = Field(5, ge=1, le=255)
    """Different days that a slot must have seen before anything is scored in it."""
    memory: int = Field(200, ge=TRUSTED, le=65_535)
    """Samples of a slot after which old ones fade."""
    clip: PositiveFloat = 3.0
    """A deviation teaches the profile at most this much. [spreads]"""
    floor: Limit
    """Smallest spread that is believed, about the sensor's resolution. [unit of the quantity]"""

    @model_validator(mode="after")
    def _slots_divide_the_day(self) -> ProfileParams:
        if self.slot <= timedelta(0) or timedelta(days=1) % self.slot:
            raise ValueError("slot must divide the day, such as PT30M")
        return self


class Profiled(Placed):
    """Base of detectors on the deviation from a channel's habit.

        r = v - level[slot]     spread[slot] ← spread + gain · (1.25 |r| - spread)
        level[slot] ← level + gain · r,    |r| clipped to clip · spread, gain = 1 / min(n, memory)

    1.25 |r| estimates the standard deviation of normal noise by its mean deviation, which
    an outlier moves less. Clipping keeps a burst from becoming the habit of its slot: a
    lasting change of level is learnt in weeks. Until a slot has seen `days` different days
    its deviation is 0, so that a new sensor is quiet and not wrong.

    A public holiday at the place is a day off; a weekend day worked in exchange is a working
    day, by the week a Friday. As a kind of its own (habit: holiday) holidays are scored after
    `days` of them, some months.
    """

    def grow(self, channels: Sequence[Channel]) -> None:
        super().grow(channels)
        self.days_off = days_off_of(self.zones)

    def slots(self) -> int:
        p: ProfileParams = self.params
        return KINDS[p.habit] * (timedelta(days=1) // p.slot)

    def memory_fields(self) -> list[tuple[Any, ...]]:
        return [("habit", SLOT, (self.slots(),))]

    def place_names(self) -> tuple[str, ...]:
        return ("floor",)

    def place(self, channel: Channel) -> dict[str, float]:
        return {"floor": self.params.floor.resolve(channel)}

    def expected(self, channel: int) -> dict[str, float]:
        """Return the age of the habit: days seen by the middle one of its slots, up to 255."""
        return {"days_learnt": float(np.median(self.state["habit"]["days"][channel]))}

    def deviations(self, batch: Batch) -> Floats:
        """Return (n,) deviations [spreads], 0 where the habit is not known yet; and learn.

        NaN where there is no value.
        """
        p: ProfileParams = self.params
        deviation = np.full(len(batch), np.nan)
        _deviate(
            self.state["habit"],
            batch.channel,
            self.local(batch.channel, batch.time).view("i8"),
            batch.value,
            self.facts["floor"],
            self.zone,
            self.days_off,
            p.slot // timedelta(microseconds=1),
            KINDS[p.habit],
            p.days,
            p.memory,
            p.clip,
            deviation,
        )
        return deviation


def days_off_of(zones: list[str]) -> NDArray[np.int8]:
    """Return (zones, days since `FIRST`) what each local day is, as `Day`."""
    known = [days_off(zone) for zone in zones]
    return np.array(known, dtype=np.int8).reshape(len(zones), DAYS)


@kernel
def kind_of(day: int, known: NDArray[np.int8], kinds: int) -> int:
    """Return which of so many kinds a local day is [days since 1970]."""
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday, Monday is 0
    special = known[day - FIRST_DAY] if 0 <= day - FIRST_DAY < len(known) else USUAL
    if special == HOLIDAY:
        return SUNDAY if kinds == 7 else kinds - 1
    if special == WORKED:
        weekday = FRIDAY
    if kinds == 7:
        return int(weekday)
    return int(weekday >= 5 and kinds > 1)


@kernel
def _deviate(
    habit: NDArray[np.void],
    channel: NDArray[np.int32],
    local: NDArray[np.int64],
    value: Floats,
    floor: Floats,
    zone: NDArray[np.int16],
    known: NDArray[np.int8],
    length: int,
    kinds: int,
    days: int,
    memory: int,
    clip: float,
    deviation: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        c, day = channel[row], local[row] // DAY
        kind = kind_of(day, known[zone[c]], kinds)
        s = habit[c, kind * (DAY // length) + local[row] % DAY // length]

        believed = max(s["spread"], floor[c])
        r = within_reason(value[row]) - s["level"]
        deviation[row] = r / believed if s["days"] >= days else 0.0
        if s["count"] == 0 or s["last_day"] != day % 256:
            s["days"] = min(s["days"] + 1, 255)
            s["last_day"] = day % 256
        if s["count"] >= TRUSTED:
            r = min(max(r, -clip * believed), clip * believed)
        s["count"] = min(s["count"] + 1, memory)
        off = 1.25 * abs(r) if s["count"] > 1 else 0.0
        s["level"] += r / s["count"]
        s["spread"] += (off - s["spread"]) / s["count"]
