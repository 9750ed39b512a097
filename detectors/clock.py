"""A device clock that is wrong: steadily ahead of ours, or behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, PositiveFloat

from detectors.detector import Detector, Params
from ingest.batch import Batch, Floats

KEPT = 8  #: messages that must agree


class ClockParams(Params):
    tolerance: timedelta = Field(timedelta(minutes=30), gt=timedelta(0))
    """Steady difference of the two clocks that scores 1."""
    wobble: PositiveFloat = 0.1
    """Differences farther apart than this share of their median are no clock, but delay."""


class Clock(Detector):
    """Score the steady difference of receive and device time.

        delay = received - time, of the newest reading of each message
        score = |median of the last 8 delays| / tolerance,   0 where they are not steady

    A meter that sends every two hours has old readings in each message, but a fresh newest
    one. A device that was cut off catches up with delays that shrink. Only a wrong clock
    has the same delay message after message. Readings of one message share a receive time;
    its newest is known when the next message begins, so a score lags by one message.
    A battery device that always sends one two-hour-old reading looks the same: raise the
    tolerance there. No signal in health by construction; values are not looked at.
    """

    Parameters = ClockParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("received", "i8"),
        ("delay", "f8"),
        ("delays", "f8", (KEPT,)),
        ("kept", "i8"),
    ]

    def update(self, batch: Batch) -> Floats:
        tolerance = self.params.tolerance / timedelta(microseconds=1)
        score = np.full(len(batch), np.nan)
        received = batch.received.astype(np.int64)
        late = (batch.received - batch.time).astype(np.int64).astype(np.float64)
        for rows in batch.rounds():
            rows = rows[np.isfinite(batch.value[rows])]
            c = batch.channel[rows]
            state = self.state[c]
            same = state["received"] == received[rows]
            ended = np.flatnonzero(~same & (state["received"] != 0))
            state["delays"][ended, state["kept"][ended] % KEPT] = state["delay"][ended]
            state["kept"][ended] += 1
            nearest = np.abs(late[rows]) < np.abs(state["delay"])
            state["delay"] = np.where(same & ~nearest, state["delay"], late[rows])
            state["received"] = received[rows]
            self.state[c] = state
            median = np.median(state["delays"], axis=1)
            apart = np.ptp(state["delays"], axis=1)
            steady = (state["kept"] >= KEPT) & (apart <= self.params.wobble * np.abs(median))
            score[rows] = np.where(steady, np.abs(median) / tolerance, 0.0)
        return score

    def expected(self, channel: int) -> dict[str, float]:
        return {"clock_behind_by_s": float(np.median(self.state["delays"][channel])) / 1e6}
