"""The one place that reads the wall clock; in a demo or a drill it runs fast."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Maps wall time to event time: event = event_start + speed * (wall - wall_start).

    All in microseconds since 1970 UTC. With the defaults it is the wall clock. The
    simulators of a demo get the same three numbers, so that a device's time and our
    receive time speak of the same clock.
    """

    event_start: int = 0
    wall_start: int = 0
    speed: float = 1.0

    def pace(self) -> Clock:
        """Return how it goes now: always so."""
        return self

    def now(self) -> int:
        return self.at(time.time_ns() // 1000)

    def at(self, wall: int) -> int:
        if self.speed == 1.0:
            return wall - self.wall_start + self.event_start
        return self.event_start + int((wall - self.wall_start) * self.speed)


WALL = Clock()
