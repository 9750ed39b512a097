"""What flows while the city sleeps: one number a night, and the nights before it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.median import smallest
from detectors.placed import DAY, Placed, hour_of
from ingest.batch import Batch, Floats
from ingest.channel import Channel

SAMPLES = 128  #: kept of one night: two hours at one a minute
NIGHTS = 28  #: kept before it: four weeks


class NightParams(Params):
    begins: float = 2
    """Hour of the local day at which the night's measurement begins. [h]"""
    ends: float = 4
    """Hour at which it ends. [h]"""
    quantile: float = Field(0.15, ge=0, le=1)
    """Of the night's samples: near the minimum, but not one bad sample."""
    fewest: int = Field(4, ge=1)
    """Samples without which a night does not count."""

    @model_validator(mode="after")
    def _lies_within_one_day(self) -> NightParams:
        if not 0 <= self.begins < self.ends <= 24:
            raise ValueError("the night's measurement begins before it ends, on one day")
        return self


class NightWatch(Placed):
    """Base of detectors on the night flow.

    A night is reckoned up by the first reading after its end, and its score stands until
    the next night is: rows of a day share one score. `nights` is a ring by local day, so
    that the same weekday lies 7, 14, 21 places back. A night is remembered
    as no more than its limit, so that a leak does not become the habit within a week.
    """

    def memory_fields(self) -> list[tuple[Any, ...]]:
        return [
            ("samples", "f4", (SAMPLES,)),
            ("sampled", "i4"),
            ("day", "i4"),  #: of the samples, since 1970
            ("nights", "f4", (NIGHTS,)),
            ("newest", "i4"),  #: day of the newest remembered night
        ]

    def place(self, channel: Channel) -> dict[str, float]:
        return {}

    def update(self, batch: Batch) -> Floats:
        score = np.full(len(batch), np.nan)
        local = self.local(batch.channel, batch.time).view("i8")
        self.watch(batch.channel, local, batch.value, score)
        return score

    @abstractmethod
    def watch(
        self, channel: NDArray[np.int32], local: NDArray[np.int64], value: Floats, score: Floats
    ) -> None:
        """Take in (n,) rows at wall-clock times [us], fill in the scores of those with a value."""


@kernel
def night_over(
    s: np.void,
    local: int,
    value: float,
    begins: float,
    ends: float,
    fewest: int,
    quantile: float,
    work: Floats,
) -> tuple[float, int]:
    """Take in a reading; return flow and day of the night that it shows to be over, else NaN."""
    flow, over, day = np.nan, s["day"], local // DAY
    asleep = begins <= hour_of(local) < ends
    if s["sampled"] > 0 and not (asleep and day == over):
        if s["sampled"] >= fewest:
            kept = min(s["sampled"], SAMPLES)
            work[:kept] = s["samples"][:kept]
            flow = smallest(work, kept, int((kept - 1) * quantile))
        s["sampled"] = 0
    if asleep:
        s["samples"][s["sampled"] % SAMPLES] = value
        s["sampled"] += 1
        s["day"] = day
    return flow, over


@kernel
def former(s: np.void, day: int) -> float:
    """Return the remembered flow of the night of `day`, NaN where it is unknown."""
    known = s["newest"] - NIGHTS < day <= s["newest"]
    return float(s["nights"][day % NIGHTS]) if known else np.nan


@kernel
def remember(s: np.void, day: int, flow: float) -> None:
    """Put the night of `day` into the ring; nights without a flow between are unknown."""
    for skipped in range(max(s["newest"] + 1, day - NIGHTS + 1), day):
        s["nights"][skipped % NIGHTS] = np.nan
    s["nights"][day % NIGHTS] = flow
    s["newest"] = day
