"""How far long work is, told as it goes; whoever asked may end it, and nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: Told now and then: how many rows are done, and of how many, where that is known.
Step = Callable[[int, int | None], None]


class Cancelled(Exception):
    """Whoever asked for the work has ended it."""


def unwatched(done: int, total: int | None) -> None:
    """Take a step of work that nobody waits for."""


@dataclass(slots=True)
class Progress:
    """Of one piece of work: a thread does it and tells, others look and may end it."""

    done: int = 0
    total: int | None = None
    cancelled: bool = False

    def step(self, done: int, total: int | None) -> None:
        """Note how far it is. Raises Cancelled, so that the work's transaction is rolled back."""
        self.done, self.total = done, total
        if self.cancelled:
            raise Cancelled
