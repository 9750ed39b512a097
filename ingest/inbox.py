"""Where received messages wait to be stored: bounded, so that a slow store slows the senders.

What drills send waits apart, within bounds of its own, and is stored when nothing live waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from threading import Condition
from time import monotonic
from typing import NamedTuple, Protocol

from ingest.exercise import drill_of_topic
from ingest.message import Message

#: Memory of a waiting message beside its payload [bytes].
OVERHEAD = 400


class Outcome(NamedTuple):
    """What became of one message."""

    stored: int  #: new readings
    duplicates: int  #: readings that were stored before
    quarantined: int  #: readings of devices or fields that nobody has adopted
    reasons: tuple[str, ...]  #: one for each record, or the message, that became a dead letter


class Receiver(Protocol):
    """Who waits to hear that messages are safe; `Message.token` is (receiver, ticket)."""

    def acknowledge(self, tickets: Sequence[int], outcome: Callable[[int], Outcome]) -> None:
        """Hear that the messages of `tickets` are committed; `outcome(i)` is of tickets[i]."""


class Full(Exception):
    """There is no room for more messages now. ``args[0]`` says why; try again later."""


class Submission:
    """Messages handed in by somebody who waits for their outcomes, such as an HTTP request."""

    def __init__(self, size: int) -> None:
        self.future: Future[list[Outcome]] = Future()
        # From here on it cannot be cancelled: who no longer waits is answered all the same.
        self.future.set_running_or_notify_cancel()
        self._outcomes: dict[int, Outcome] = {}
        self._size = size

    def acknowledge(self, tickets: Sequence[int], outcome: Callable[[int], Outcome]) -> None:
        self._outcomes.update((ticket, outcome(place)) for place, ticket in enumerate(tickets))
        if len(self._outcomes) == self._size:
            self.future.set_result([self._outcomes[ticket] for ticket in range(self._size)])


#: Messages of drills that may wait, and how many of them are stored at once: what is live and
#: comes meanwhile waits for no more than these.
MOST_OF_DRILLS, DRILLS_AT_ONCE = 5_000, 500


class Inbox:
    """A queue of messages bounded by count and bytes; many put, one drains, live ones first."""

    def __init__(self, most: int = 20_000, most_bytes: int = 256 << 20) -> None:
        self.most, self.most_bytes = most, most_bytes
        self.closed = False
        self.bytes = 0
        self._waiting: deque[Message] = deque()
        self._of_drills: deque[Message] = deque()
        self._changed = Condition()
        self._wanted = 1  #: messages for which the drain waits

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def of_drills(self) -> int:
        """How many messages of drills wait."""
        return len(self._of_drills)

    def oldest(self) -> int | None:
        """Return when the message that has waited longest was received [µs], if one waits."""
        with self._changed:
            return self._waiting[0].received if self._waiting else None

    def put(self, messages: Sequence[Message], timeout: float | None = None) -> bool:
        """Add all `messages` or, where there is no room within `timeout` [s], none.

        A group larger than the bounds is let in when nothing else waits: it must go some time.
        """
        drills = [message for message in messages if drill_of_topic(message.topic)]
        if drills:
            if not self._put_of_drills(drills, timeout):
                return False
            messages = [message for message in messages if not drill_of_topic(message.topic)]
            if not messages:
                return True
        size = sum(map(_size, messages))
        with self._changed:
            room = self._changed.wait_for(
                lambda: self.closed or self._fits(messages, size), timeout
            )
            if self.closed or not room:
                return False
            self._waiting.extend(messages)
            self.bytes += size
            if len(self._waiting) >= self._wanted:
                self._changed.notify_all()
            return True

    def submit(self, messages: Sequence[Message]) -> Future[list[Outcome]]:
        """Add all `messages`; the future has the outcome of each once they are committed.

        Raises
        ------
        Full
            There is no room; nothing was added.
        """
        submission = Submission(len(messages))
        if not messages:
            submission.future.set_result([])
        elif not self.put([replace(m, token=(submission, n)) for n, m in enumerate(messages)], 0):
            raise Full("the system is closing" if self.closed else "the intake queue is full")
        return submission.future

    def drain(
        self, most: int = 5_000, most_bytes: int = 8 << 20, linger: float = 0.02, wait: float = 1.0
    ) -> list[Message]:
        """Take up to `most` messages or `most_bytes`, waiting up to `wait` [s] for the first.

        Once one is there, wait up to `linger` [s] for the drain to fill: one transaction of a
        thousand messages costs little more than one of ten. All that is taken is live, or, where
        nothing live waits, of drills.
        """
        with self._changed:
            if not self._changed.wait_for(
                lambda: self.closed or self._waiting or self._of_drills, wait
            ):
                return []
            if not self._waiting:
                some = min(len(self._of_drills), most, DRILLS_AT_ONCE)
                drills = [self._of_drills.popleft() for _ in range(some)]
                self._changed.notify_all()
                return drills
            self._wanted = most
            until = monotonic() + linger
            self._changed.wait_for(
                lambda: self.closed or len(self._waiting) >= most or self.bytes >= most_bytes,
                max(0.0, until - monotonic()),
            )
            self._wanted = 1
            taken: list[Message] = []
            size = 0
            while self._waiting and len(taken) < most and size < most_bytes:
                taken.append(self._waiting.popleft())
                size += _size(taken[-1])
            self.bytes -= size
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Take no more; what waits can still be drained."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _put_of_drills(self, messages: Sequence[Message], timeout: float | None) -> bool:
        """Add messages of drills; a mixed group whose live ones find no room may come again."""
        with self._changed:
            room = self._changed.wait_for(
                lambda: (
                    self.closed
                    or not self._of_drills
                    or len(self._of_drills) + len(messages) <= MOST_OF_DRILLS
                ),
                timeout,
            )
            if self.closed or not room:
                return False
            self._of_drills.extend(messages)
            self._changed.notify_all()
            return True

    def _fits(self, messages: Sequence[Message], size: int) -> bool:
        return not self._waiting or (
            len(self._waiting) + len(messages) <= self.most and self.bytes + size <= self.most_bytes
        )


def _size(message: Message) -> int:
    return len(message.payload) + OVERHEAD
