"""What flows while the city sleeps: one number a night, and the nights before it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from detectors.detector import Params
from detectors.placed import Placed, hour_of_day
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
            ("day", "i4"),
            ("nights", "f8", (NIGHTS,)),
            ("days", "i4", (NIGHTS,)),
            ("score", "f8"),
        ]

    def place(self, channel: Channel) -> dict[str, float]:
        return {}

    def update(self, batch: Batch) -> Floats:
        p: NightParams = self.params
        score = np.full(len(batch), np.nan)
        local = self.local(batch.channel, batch.time)
        hour, day = hour_of_day(local), local.astype("datetime64[D]").astype(np.int64)
        inside = (hour >= p.begins) & (hour < p.ends)
        for rows in batch.rounds():
            rows = rows[np.isfinite(batch.value[rows])]
            c = batch.channel[rows]
            other = (day[rows] != self.state["day"][c]) | ~inside[rows]
            done = c[other & (self.state["sampled"][c] > 0)]
            if len(done):
                self._reckon(done)
            asleep = inside[rows]
            night = c[asleep]
            place = self.state["sampled"][night] % SAMPLES
            self.state["samples"][night, place] = batch.value[rows[asleep]]
            self.state["sampled"][night] += 1
            self.state["day"][night] = day[rows[asleep]]
            score[rows] = self.state["score"][c]
        return score

    def _reckon(self, c: NDArray[np.int32]) -> None:
        """Turn the samples of the night that ended into its flow, score it, remember it."""
        p: NightParams = self.params
        sampled = self.state["sampled"][c]
        self.state["sampled"][c] = 0
        c, sampled = c[sampled >= p.fewest], sampled[sampled >= p.fewest]
        if len(c) == 0:
            return
        kept = np.minimum(sampled, SAMPLES)
        samples = self.state["samples"][c].astype(np.float64)
        samples[np.arange(SAMPLES) >= kept[:, None]] = np.inf
        samples.sort(axis=1)
        flow = samples[np.arange(len(c)), ((kept - 1) * p.quantile).astype(np.int64)]
        day = self.state["day"][c].astype(np.int64)
        score, remembered = self.judge(c, flow, day)
        self.state["score"][c] = score
        self.state["nights"][c, day % NIGHTS] = remembered
        self.state["days"][c, day % NIGHTS] = day

    def former(
        self, c: NDArray[np.int32], back: NDArray[np.int64], day: NDArray[np.int64]
    ) -> Floats:
        """Return (k, len(back)) flows of the nights `back` days before, NaN where unknown."""
        wanted = day[:, None] - back
        known = self.state["days"][c[:, None], wanted % NIGHTS] == wanted
        return np.where(known, self.state["nights"][c[:, None], wanted % NIGHTS], np.nan)

    @abstractmethod
    def judge(
        self, c: NDArray[np.int32], flow: Floats, day: NDArray[np.int64]
    ) -> tuple[Floats, Floats]:
        """Return (k,) scores of the nights just over, and (k,) flows to remember them by."""


def median_and_spread(nights: Floats) -> tuple[Floats, Floats]:
    """Return (k,) medians and (k,) MADs · 1.4826 of (k, m) flows, NaN where none is known."""
    if np.isnan(nights).all():
        return np.full(len(nights), np.nan), np.full(len(nights), np.nan)
    known = np.where(np.isnan(nights).all(axis=1, keepdims=True), 0.0, nights)
    median = np.nanmedian(known, axis=1)
    spread = 1.4826 * np.nanmedian(np.abs(known - median[:, None]), axis=1)
    empty = np.isnan(nights).all(axis=1)
    return np.where(empty, np.nan, median), np.where(empty, np.nan, spread)
