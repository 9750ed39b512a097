"""A device clock that is wrong: steadily ahead of ours, or behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from detectors.detector import Detector, Params
from detectors.kernel import kernel
from detectors.median import median_of
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
        ("received", "i8"),  #: [µs], and so the delays
        ("delay", "f4"),
        ("delays", "f4", (KEPT,)),
        ("kept", "u1"),  #: of the delays; stays under 2 KEPT
    ]

    def update(self, batch: Batch) -> Floats:
        score = np.full(len(batch), np.nan)
        _compare(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            batch.received.view("i8"),
            batch.value,
            self.params.tolerance / timedelta(microseconds=1),
            self.params.wobble,
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        return {"clock_behind_by_s": float(np.median(self.state["delays"][channel])) / 1e6}


@kernel
def _compare(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: NDArray[np.int64],
    received: NDArray[np.int64],
    value: Floats,
    tolerance: float,
    wobble: float,
    score: Floats,
) -> None:
    delays = np.empty(KEPT)
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        s = state[channel[row]]
        delay = float(received[row] - time[row])
        if s["received"] != received[row]:
            if s["received"] != 0:
                kept = s["kept"]
                s["delays"][kept % KEPT] = s["delay"]
                s["kept"] = kept + 1 if kept + 1 < 2 * KEPT else KEPT
            s["received"], s["delay"] = received[row], delay
        elif abs(delay) < abs(s["delay"]):
            s["delay"] = delay
        score[row] = 0.0
        if s["kept"] >= KEPT:
            delays[:] = s["delays"]
            apart = delays.max() - delays.min()
            median = abs(median_of(delays, KEPT))
            if apart <= wobble * median:
                score[row] = median / tolerance
