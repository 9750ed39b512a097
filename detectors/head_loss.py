"""How the pressures of a zone hang on its flows, learnt hour by hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.kernel import kernel
from detectors.reason import within_reason
from ingest.batch import Floats, Rows, Times
from ingest.channel import Channel

HOURS = 24  #: kept: one day
HOUR = 3_600_000_000  #: [us]
WEEK_AND_DAY = 8 * HOURS
LONGEST_GAP = 6  #: hours; after a longer one a day must be filled anew
EXPONENT = 1.85  #: of Hazen-Williams: head loss goes with flow to this power
FLOWS, LEVELS, PRESSURES = 12, 4, 48  #: used at most, for the cost goes with the square
RIDGE = 1e-4  #: flow and its power are nearly in line


class HeadLoss:
    """A model of the members of one group; all it remembers lies in a state row it is given.

    Each hour gives one vector of means (k drivers: flows, their powers, tank levels; m
    pressures). Deviations from the day's mean make the regression and the covariance of what it
    leaves, so that what changes from one day to the next, such as a leak, teaches it nothing.
    """

    def __init__(self, members: Sequence[Channel], learn: int, floor: float, memory: float) -> None:
        by_id = sorted(range(len(members)), key=lambda n: members[n].id)

        def first(quantity: str, most: int) -> Rows:
            found = [n for n in by_id if members[n].quantity == quantity]
            return np.array(found[:most], dtype=np.intp)

        self.flow = first("flow", FLOWS)
        self.tank = first("level", LEVELS)
        self.pressure = first("pressure", PRESSURES)
        self.k, self.m = 2 * len(self.flow) + len(self.tank), len(self.pressure)
        self.days, self.floor, self.keep = learn, floor, 1.0 - 1.0 / memory

    @property
    def can_judge(self) -> bool:
        return len(self.flow) > 0 and self.m > 1

    def member(self, place: int) -> int:
        return int(self.pressure[place])

    def place(self, member: int) -> int | None:
        found = np.flatnonzero(self.pressure == member)
        return int(found[0]) if len(found) else None

    def fields(self) -> list[tuple[Any, ...]]:
        k, m = self.k, self.m
        return [
            ("clock", "i8"),  #: the hour being heard, since 1970; 0 = none
            ("sum", "f8", (k + m,)),
            ("count", "i8", (k + m,)),
            ("ring", "f8", (HOURS, k + m)),  #: means of the last valid hours
            ("filled", "i8"),  #: valid hours since the last long gap
            ("newest", "i8"),  #: clock of the last of them
            ("hour", "i8"),  #: valid hours ever
            ("drawn", "f8", (WEEK_AND_DAY,)),  #: sum of the flows of each hour, by clock [m³/s]
            ("learnt", "i8"),  #: days
            ("spread", "f8", (k + m, k + m)),  #: products of deviations within days
            ("beta", "f8", (k, m)),
            ("whiten", "f8", (m, m)),
            ("day", "f8", (self.days, k + m)),  #: means of the first days
        ]

    def hours(self, s: np.void, time: Times) -> Iterator[tuple[int, int, bool]]:
        """Yield (first, last, an hour was over before it) for the frames of each hour.

        The frames are to be given to `hear` before the next are asked for.
        """
        clock = time.view("i8") // HOUR
        if len(clock) and clock[0] == clock[-1]:
            ends = [0, len(clock)]  # live, a frame comes alone
        else:
            edges = np.flatnonzero(clock[1:] != clock[:-1]) + 1
            ends = [0, *edges.tolist(), len(clock)] if len(clock) else []
        for first, last in pairwise(ends):
            over = s["clock"] not in (0, clock[first]) and self._close(s)
            s["clock"] = clock[first]
            yield first, last, bool(over)

    def hear(self, s: np.void, value: Floats) -> NDArray[np.bool_]:
        """Add frames of one hour to its sums; return (n,) whether they hold any reading."""
        heard = np.zeros(len(value), dtype=np.bool_)
        _add(
            np.ascontiguousarray(value), self.flow, self.tank, self.pressure, s["sum"], s["count"],
            heard,
        )  # fmt: skip
        return heard

    def _close(self, s: np.void) -> bool:
        """Take the means of the hour that is over into the ring; False if it is not valid."""
        k, heard = self.k, s["count"] > 0
        mean = s["sum"] / np.maximum(s["count"], 1)
        s["sum"], s["count"] = 0.0, 0
        if not heard[:k].all():
            return False
        if not heard[k:].all():
            if s["learnt"] < self.days or s["filled"] == 0:
                return False
            # A logger that is silent says nothing new: it stays as far off as it was that day.
            held = s["ring"][: s["filled"]].mean(axis=0)
            silent = np.flatnonzero(~heard[k:])
            mean[k + silent] = (held[k:] + (mean[:k] - held[:k]) @ s["beta"])[silent]
        if s["clock"] - s["newest"] > LONGEST_GAP:
            s["filled"] = 0
        for skipped in range(max(s["newest"] + 1, s["clock"] - WEEK_AND_DAY + 1), s["clock"]):
            s["drawn"][skipped % WEEK_AND_DAY] = np.nan
        s["drawn"][s["clock"] % WEEK_AND_DAY] = mean[: len(self.flow)].sum()
        s["ring"][s["filled"] % HOURS] = mean
        s["filled"] += 1
        s["hour"] += 1
        s["newest"] = s["clock"]
        return True

    def a_day_is_full(self, s: np.void) -> bool:
        return bool(s["filled"] >= HOURS)

    def a_day_is_over(self, s: np.void) -> bool:
        return bool(s["filled"] > 0 and s["filled"] % HOURS == 0)

    def learned(self, s: np.void) -> bool:
        return bool(s["learnt"] >= self.days)

    def unexplained(self, s: np.void) -> Floats:
        """Return (m,) what the flows of the last day do not explain of its pressures. [Pa]"""
        mean = s["ring"].mean(axis=0)
        left: Floats = mean[self.k :] - mean[: self.k] @ s["beta"]
        return left

    def more_than_a_week_ago(self, s: np.void) -> float:
        """Return by which share more flowed in the last day than in the same one a week before.

        NaN before a week is known, and where more than six hours are not.
        """
        ends = s["newest"] + 1 + np.arange(-HOURS, 0)
        now, then = s["drawn"][ends % WEEK_AND_DAY], s["drawn"][(ends - 7 * HOURS) % WEEK_AND_DAY]
        both = np.isfinite(now) & np.isfinite(then)
        usual = float(np.abs(then[both]).sum())
        if both.sum() < HOURS - LONGEST_GAP or s["hour"] < WEEK_AND_DAY or usual == 0.0:
            return np.nan
        return float((now[both] - then[both]).sum()) / usual

    def first_level(self, s: np.void) -> Floats:
        """Return (m,) the median over the first days of what is unexplained. [Pa]"""
        left = s["day"][:, self.k :] - s["day"][:, : self.k] @ s["beta"]
        level: Floats = np.median(left, axis=0)
        return level

    def learn(self, s: np.void) -> Floats:
        """Learn from the day in the ring; return (m,) by how much what is unexplained moved."""
        k, mean = self.k, s["ring"].mean(axis=0)
        if s["learnt"] < self.days:
            s["day"][s["learnt"]] = mean
        s["learnt"] += 1
        off = s["ring"] - mean
        s["spread"] = s["spread"] * self.keep + off.T @ off / HOURS
        days = (1.0 - self.keep ** float(s["learnt"])) / (1.0 - self.keep)
        products = s["spread"] / days
        scale = np.sqrt(np.diag(products)[:k])
        scale = np.where(scale > 0, scale, 1.0)
        drivers = products[:k, :k] / scale / scale[:, None] + RIDGE * np.eye(k)
        beta = np.linalg.solve(drivers, products[:k, k:] / scale[:, None]) / scale[:, None]
        left = products[k:, k:] - beta.T @ products[:k, k:]
        width, along = np.linalg.eigh((left + left.T) / 2)
        s["whiten"] = (along / np.sqrt(np.maximum(width, 0.0) + self.floor**2)) @ along.T
        moved: Floats = mean[:k] @ (s["beta"] - beta)
        s["beta"] = beta
        return moved


@kernel
def _add(
    value: Floats,
    flow: Rows,
    tank: Rows,
    pressure: Rows,
    total: Floats,
    count: NDArray[np.int64],
    heard: NDArray[np.bool_],
) -> None:
    flows, drivers = len(flow), 2 * len(flow) + len(tank)
    for frame in range(len(value)):
        for j in range(value.shape[1]):
            heard[frame] |= np.isfinite(value[frame, j])
        for j in range(flows):
            q = value[frame, flow[j]]
            if np.isfinite(q):
                q = within_reason(q)
                total[j] += q
                total[flows + j] += np.sign(q) * abs(q) ** EXPONENT
                count[j] += 1
                count[flows + j] += 1
        for j in range(len(tank)):
            h = value[frame, tank[j]]
            if np.isfinite(h):
                total[2 * flows + j] += within_reason(h)
                count[2 * flows + j] += 1
        for j in range(len(pressure)):
            p = value[frame, pressure[j]]
            if np.isfinite(p):
                total[drivers + j] += within_reason(p)
                count[drivers + j] += 1
