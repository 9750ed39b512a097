"""A cover that lies otherwise than it used to, for longer than a wheel takes to pass."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from detectors.detector import Params
from detectors.kernel import kernel
from detectors.limit import Difference
from detectors.placed import Placed
from detectors.reason import within_reason
from ingest.batch import Batch, Floats, Rows
from ingest.channel import Channel

SECOND = 1_000_000  #: [us]
ASLEEP = 20 * SECOND  #: what comes after so long is no part of a burst
WOKE, DUE = 1.5, 3.0  #: limits; one message over so many is enough, not due or due
DUE_WITHIN = 0.02  #: of a multiple of the interval; what comes farther from one was not due
GAIN = 0.05  #: with which the rest follows what is near it: frost, settling
DOUBTED = 0.9  #: highest score of what has not lasted


class CoverMovedParams(Params):
    limit: Difference
    """Distance from its rest that scores 1, such as 15 °. [unit of the quantity]"""
    lasting: timedelta = Field(timedelta(seconds=2.1), gt=timedelta(0))
    """A wheel is over sooner than this."""


class CoverMoved(Placed):
    """Score |value - rest| / limit once it lasts, before that 0.9 at most.

    It lasts when two messages or more in a row, `lasting` apart or more, are over the limit.
    A device that sends one message and sleeps is believed at once: when it was quiet for
    20 s and is over 1.5 limits with a message that was not due, or over 3 with one that was.
    `rest` is where the cover lay at first, followed slowly, so that one mounted upright or on a
    slope needs no setting. The first message of all is taken for rest.

    False signals: none in 98 simulated cover-years with three wheels a day, so under 0.03 a
    cover-year with 95 % confidence (`lifeline bench scores`). Not for a
    switch: that is `state_is`. Source: GB/T 41401-2022; that a minimum time separates wheel
    from opening is what makers of such devices publish.
    """

    Parameters = CoverMovedParams
    fields: ClassVar[list[tuple[Any, ...]]] = [
        ("rest", "f8"),
        ("time", "i8"),
        ("since", "i8"),  #: first of the messages in a row over the limit
        ("over", "i4"),
        ("seen", "?"),
        ("believed", "?"),
    ]

    def place_names(self) -> tuple[str, ...]:
        return ("limit", "interval")

    def place(self, channel: Channel) -> dict[str, float]:
        interval = channel.interval / timedelta(microseconds=1)
        return {"limit": self.params.limit.resolve(channel), "interval": interval}

    def update(self, batch: Batch) -> Floats:
        score = np.full(len(batch), np.nan)
        _advance(
            self.state,
            batch.channel,
            batch.time.view("i8"),
            batch.value,
            self.facts["limit"],
            self.facts["interval"],
            self.params.lasting / timedelta(microseconds=1),
            score,
        )
        return score

    def expected(self, channel: int) -> dict[str, float]:
        return {"rest": float(self.state["rest"][channel])}


@kernel
def _advance(
    state: NDArray[np.void],
    channel: NDArray[np.int32],
    time: Rows,
    value: Floats,
    limit: Floats,
    interval: Floats,
    lasting: float,
    score: Floats,
) -> None:
    for row in range(len(value)):
        if not np.isfinite(value[row]):
            continue
        now, v, c = time[row], within_reason(value[row]), channel[row]
        s = state[c]
        if not s.seen:
            s.seen, s.rest, s.time = True, v, now
        off = abs(v - s.rest) / limit[c]
        quiet = now - s.time
        if off < 1.0:
            s.rest += GAIN * (v - s.rest)
            s.over, s.believed = 0, False
        else:
            if s.over == 0:
                s.since = now
            s.over += 1
            part = quiet % interval[c] / interval[c]
            woke = min(part, 1.0 - part) > DUE_WITHIN
            alone = off >= (WOKE if woke else DUE) and quiet >= ASLEEP
            if alone or (s.over >= 2 and now - s.since >= lasting):
                s.believed = True
        s.time = now
        score[row] = off if s.believed else min(off, DOUBTED)
