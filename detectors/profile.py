"""The habit of a channel by slot of the day and day of the week, learnt as it goes."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, model_validator

from detectors.detector import Params
from detectors.limit import Limit
from detectors.placed import Placed
from ingest.batch import Floats, Times
from ingest.channel import Channel

DAY = timedelta(days=1)
TRUSTED = 8  #: samples a slot sees before it starts to clip what it learns


class Habit(StrEnum):
    DAY = "day"  #: every day alike
    WEEKEND = "weekend"  #: working days, and Saturday with Sunday
    WEEK = "week"  #: each day of the week by itself


KINDS = {Habit.DAY: 1, Habit.WEEKEND: 2, Habit.WEEK: 7}


class ProfileParams(Params):
    slot: timedelta = timedelta(minutes=30)
    """Length of a slot of the local day; divides the day."""
    habit: Habit = Habit.WEEKEND
    """Which days are alike: day, weekend, week."""
    days: int = Field(5, ge=1)
    """Different days that a slot must have seen before anything is scored in it."""
    memory: int = Field(200, ge=TRUSTED)
    """Samples of a slot after which old ones fade."""
    clip: PositiveFloat = 3.0
    """A deviation teaches the profile at most this much. [spreads]"""
    floor: Limit
    """Smallest spread that is believed, about the sensor's resolution. [unit of the quantity]"""

    @model_validator(mode="after")
    def _slots_divide_the_day(self) -> ProfileParams:
        if self.slot <= timedelta(0) or DAY % self.slot:
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
    """

    def slots(self) -> int:
        p: ProfileParams = self.params
        return KINDS[p.habit] * (DAY // p.slot)

    def memory_fields(self) -> list[tuple[Any, ...]]:
        n = self.slots()
        return [
            ("level", "f8", (n,)),
            ("spread", "f4", (n,)),
            ("count", "u2", (n,)),
            ("days", "u2", (n,)),
            ("last_day", "i4", (n,)),
        ]

    def place_names(self) -> tuple[str, ...]:
        return ("floor",)

    def place(self, channel: Channel) -> dict[str, float]:
        return {"floor": self.params.floor.resolve(channel)}

    def slot_of(self, local: Times) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (n,) slots and (n,) local days since 1970 of wall-clock times."""
        p: ProfileParams = self.params
        day = local.astype("datetime64[D]")
        of_day = (local - day) // np.timedelta64(p.slot)
        number = day.astype(np.int64)
        weekday = (number + 3) % 7  # 1970-01-01 was a Thursday, Monday is 0
        kind = {
            Habit.DAY: np.zeros_like(weekday),
            Habit.WEEKEND: (weekday >= 5).astype(np.int64),
            Habit.WEEK: weekday,
        }[p.habit]
        return kind * (DAY // p.slot) + of_day.astype(np.int64), number

    def deviation(
        self, c: NDArray[np.int32], slot: NDArray[np.int64], day: NDArray[np.int64], value: Floats
    ) -> Floats:
        """Return (k,) deviations [spreads], 0 where the habit is not known yet; then learn.

        One row a channel, values finite.
        """
        p: ProfileParams = self.params
        level, spread = self.state["level"][c, slot], self.state["spread"][c, slot]
        count, days = self.state["count"][c, slot], self.state["days"][c, slot]
        believed = np.maximum(spread, self.facts["floor"][c])
        r = value - level
        z = np.where(days >= p.days, r / believed, 0.0)

        new_day = (day != self.state["last_day"][c, slot]) | (count == 0)
        taught = np.where(count < TRUSTED, r, np.clip(r, -p.clip * believed, p.clip * believed))
        count = np.minimum(count + 1, p.memory).astype(np.uint16)
        gain = 1.0 / count
        off = np.where(count == 1, 0.0, 1.25 * np.abs(taught))
        self.state["level"][c, slot] = level + gain * taught
        self.state["spread"][c, slot] = spread + gain * (off - spread)
        self.state["count"][c, slot] = count
        self.state["days"][c, slot] = np.minimum(days + new_day, 60_000)
        self.state["last_day"][c, slot] = day
        return z
