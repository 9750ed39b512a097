"""What flows while the city sleeps: one number a night, and the nights before it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, model_validator

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.median import smallest
from detectors.placed import DAY, Placed, hour_of
from detectors.reason import within_reason
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
    sleeps: PositiveFloat | None = None
    """Highest share of the day's mean that flows at night, as a mean over two weeks; where more
    does, nobody sleeps behind the meter and the score is 0. Not given: any."""

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

    With `sleeps` a river or a works is not judged, whose nights are as its days: 0.85 tells
    L-TOWN and Hanoi (at most 0.70 through all their leaks) from James River (0.93 at least).
    """

    def memory_fields(self) -> list[tuple[Any, ...]]:
        return [
            ("samples", "f4", (SAMPLES,)),
            ("sampled", "i4"),
            ("day", "i4"),  #: of the samples, since 1970
            ("nights", "f4", (NIGHTS,)),
            ("newest", "i4"),  #: day of the newest remembered night
            ("whole", "f8"),  #: sum of the day so far
            ("dark", "f8"),  #: and of its night
            ("wholes", "i4"),
            ("darks", "i4"),
            ("date", "i4"),
            ("dates", "i4"),
            ("share", "f4"),  #: of the day's mean that flows at night
        ]

    def place(self, channel: Channel) -> dict[str, float]:
        return {}

    def update(self, batch: Batch) -> Floats:
        score = np.full(len(batch), np.nan)
        local = self.local(batch.channel, batch.time).view("i8")
        self.watch(batch.channel, local, batch.value, score)
        p: NightParams = self.params
        if p.sleeps is not None:
            _let_sleep(
                self.state, batch.channel, local, batch.value, p.begins, p.ends, p.sleeps, score
            )
        return score

    @abstractmethod
    def watch(
        self, channel: NDArray[np.int32], local: NDArray[np.int64], value: Floats, score: Floats
    ) -> None:
        """Take in (n,) rows at wall-clock times [us], fill in the scores of those with a value."""


@kernel
def _let_sleep(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    local: NDArray[np.int64],
    value: Floats,
    begins: float,
    ends: float,
    sleeps: float,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        s, day = state[channel[row]], local[row] // DAY
        if day != s["date"]:
            if s["darks"] >= 2 and s["whole"] > 0.0:
                share = s["dark"] / s["darks"] * s["wholes"] / s["whole"]
                s["dates"] += 1
                s["share"] += (min(max(share, 0.0), 2.0) - s["share"]) / min(s["dates"], 14)
            s["whole"], s["dark"], s["wholes"], s["darks"], s["date"] = 0.0, 0.0, 0, 0, day
        v = within_reason(value[row])
        s["whole"] += v
        s["wholes"] += 1
        if begins <= hour_of(local[row]) < ends:
            s["dark"] += v
            s["darks"] += 1
        if s["share"] > sleeps:
            score[row] = 0.0


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
