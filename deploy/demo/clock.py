"""The demo's clock: stands before the story, runs fast through it, and walks on after it."""

from __future__ import annotations

import time

from deploy.clock import Clock

#: Before the story the clock all but stands, at this time before its beginning [µs]: no
#: reading of the history is later by more than a clock may be ahead, so none is "future".
BEFORE = 60 * 1_000_000
STANDING = 0.01


def wall() -> int:
    return time.time_ns() // 1000


class DemoClock:
    """A clock that starts when everything else is ready; it never goes back.

    `begins` is the event time [µs] at which the story begins.
    """

    def __init__(self, begins: int) -> None:
        self.begins = begins
        self._clock = Clock(begins - BEFORE, wall(), STANDING)

    def now(self) -> int:
        return self._clock.now()

    def pace(self) -> Clock:
        """Return how it goes now."""
        return self._clock

    def run(self, speed: float) -> Clock:
        """Let the story begin, `speed` times as fast as life."""
        self._clock = Clock(self.begins, wall(), speed)
        return self._clock

    def walk(self) -> None:
        """Go on from now at the wall clock's pace."""
        self._clock = Clock(self.now(), wall(), 1.0)
