"""The thread between the inbox and the store.

Here, and in `deploy.judging`, every exception is caught: a database that is away, a message
that nothing can store or a fault of ours must not end the stream, nor lose or acknowledge
anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic

import numpy as np
import psycopg

from deploy import metrics
from deploy.handover import Handover
from deploy.judging import FIRST_PAUSE, LONGEST_PAUSE
from deploy.link import Link, is_away
from ingest.batch import Batch
from ingest.contract import FUTURE_TOLERANCE
from ingest.exercise import drill_of_topic
from ingest.inbox import Inbox, Outcome, Receiver
from ingest.intake import Intake, reject_all, take_in
from ingest.message import Message
from ingest.quality import UNUSABLE, Quality
from ingest.registry import Registry
from store.database import Connection
from store.history import received_after
from store.readings import Stored, Writer

log = logging.getLogger(__name__)

#: What the database says when it is the data that it cannot take.
OF_DATA = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)


class Storing:
    """Stores what is in the inbox, then acknowledges it and hands what is new to the judge.

    `previous_received` [µs] is the last stamp in the store: stamps go on from there. Ends, with
    everything stored, after the inbox was closed; `now` serves the metrics only. `adopted` is
    called after readings went to quarantine whose channel was adopted in that moment. Readings of
    drills go to `exercises`, for which nobody waits, and are counted apart.
    """

    def __init__(
        self,
        inbox: Inbox,
        registry: Registry,
        link: Link,
        handover: Handover,
        previous_received: int,
        now: Callable[[], int],
        adopted: Callable[[], None],
        future_tolerance: int = FUTURE_TOLERANCE,
        exercises: Handover | None = None,
    ) -> None:
        self.trouble: str | None = None  #: for the operator; None when all is well
        self._inbox, self._registry, self._link, self._handover = inbox, registry, link, handover
        self._previous, self._now, self._tolerance = previous_received, now, future_tolerance
        self._adopted, self._exercises = adopted, exercises
        self._writer: Writer | None = None
        self._in_hand: int | None = None  #: receipt of the first message that is being stored
        self._uncertain = False  #: the last commit failed in a way that it may have happened
        self._caught_up = previous_received  #: what was stored until then went to the judge
        self._given_up = Event()
        self._thread = Thread(target=self._run, name="storing", daemon=True)

    def start(self) -> None:
        # Asked when the metrics are: storing that hangs does not say so by itself.
        metrics.BACKLOG_SECONDS.set_function(self.backlog)
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, within: float | None = None) -> None:
        """Wait until the closed inbox is stored; after `within` [s] leave the rest as it is."""
        self._thread.join(within)
        self._given_up.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._given_up.is_set():
                messages = self._inbox.drain()
                self._measure()
                if messages:
                    drill = drill_of_topic(messages[0].topic)
                    self._in_hand = None if drill else messages[0].received
                    self._keep(messages)
                    self._in_hand = None
                elif self._inbox.closed:
                    break
            self._handover.close()
            if self._exercises is not None:
                self._exercises.close()
        finally:
            self.trouble = "storing has ended"
            self._link.drop()

    def _keep(self, messages: Sequence[Message]) -> None:
        """Store `messages`, halving them around one that cannot be, until all are committed."""
        parts: list[tuple[Sequence[Message], str | None]] = [(messages, None)]
        pause = FIRST_PAUSE
        while parts and not self._given_up.is_set():
            part, reason = parts.pop()
            try:
                intake, stored = self._commit(part, reason)
            except Exception as why:  # see above
                self.trouble = f"{type(why).__name__}: {why}"
                if reason is None and _blames(why):
                    metrics.STORE_FAILURES.labels("message").inc()
                    middle = len(part) // 2
                    halves = [(part[middle:], None), (part[:middle], None)]
                    parts += halves if middle else [(part, f"it could not be stored: {why}")]
                else:
                    first = pause == FIRST_PAUSE
                    log.warning("cannot store, again in %.1f s: %s", pause, why, exc_info=first)
                    metrics.STORE_FAILURES.labels("database").inc()
                    self._uncertain = True
                    self._writer = None
                    self._link.drop()
                    parts.append((part, reason))
                    self._given_up.wait(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause, self.trouble = FIRST_PAUSE, None
                self._committed(intake, stored)

    def _commit(self, messages: Sequence[Message], reason: str | None) -> tuple[Intake, Stored]:
        connection = self._link.get()
        if self._writer is None or self._writer.connection is not connection:
            self._writer = Writer(connection)
        if self._uncertain:
            self._catch_up(connection, messages)
        began = monotonic()
        if reason is None:
            intake = take_in(messages, self._registry, self._previous, self._tolerance)
        else:
            intake = reject_all(messages, reason, self._previous)
        stored = self._writer.store(intake)
        metrics.DRAIN_SECONDS.observe(monotonic() - began)
        metrics.DRAIN_MESSAGES.observe(len(messages))
        return intake, stored

    def _catch_up(self, connection: Connection, messages: Sequence[Message]) -> None:
        """Hand over what a commit whose answer was lost has stored: nobody else would judge it."""
        first = min(message.received for message in messages)
        since = max(self._previous, self._caught_up, first - 1)
        for batch in list(received_after(connection, np.datetime64(since, "us"))):
            self._hand_over(batch)
            self._caught_up = int(batch.received.max().astype(np.int64))
        self._uncertain = False

    def _hand_over(self, batch: Batch) -> None:
        exercise = self._registry.exercise[batch.channel] != 0
        if exercise.any():
            if self._exercises is not None:
                self._exercises.put(batch[np.flatnonzero(exercise)], timeout=0)
            batch = batch[np.flatnonzero(~exercise)]
            if not len(batch):
                return
        while not self._given_up.is_set() and not self._handover.put(batch, timeout=1.0):
            pass  # the judge is behind: the senders wait too

    def _committed(self, intake: Intake, stored: Stored) -> None:
        self._previous = intake.messages[-1].received
        self._registry.remember(intake.batch)
        acknowledge(intake, stored)
        unknown = zip(intake.unknown.device, intake.unknown.name, strict=True)
        if any(address in self._registry.numbers for address in unknown):
            self._adopted()
        new = intake.batch[stored.new]
        if len(new):
            self._hand_over(new)
        if drill_of_topic(intake.messages[0].topic):  # a drain is of one kind
            metrics.EXERCISE_MESSAGES.inc(len(intake.messages))
            return
        metrics.MESSAGES.inc(len(intake.messages))
        metrics.READINGS.inc(len(new))
        metrics.DUPLICATES.inc(stored.duplicate)
        metrics.QUARANTINED.inc(stored.quarantined)
        metrics.DEAD_LETTERS.inc(stored.rejected)
        metrics.LATE.inc(int(((new.quality & Quality.LATE) != 0).sum()))
        metrics.FLAGGED.inc(int(((new.quality & UNUSABLE) != 0).sum()))

    def backlog(self) -> float:
        """Return for how long [s] the oldest message that is not stored has waited."""
        received = [at for at in (self._in_hand, self._inbox.oldest()) if at is not None]
        return max(0.0, (self._now() - min(received)) / 1e6) if received else 0.0

    def _measure(self) -> None:
        metrics.INBOX_MESSAGES.set(len(self._inbox))
        metrics.INBOX_BYTES.set(self._inbox.bytes)
        metrics.JUDGE_WAITING.set(len(self._handover))


def acknowledge(intake: Intake, stored: Stored) -> None:
    """Tell each receiver, once, that its messages are committed and what became of them."""
    places: dict[Receiver, list[int]] = {}
    for place, message in enumerate(intake.messages):
        if message.token is not None:
            places.setdefault(message.token[0], []).append(place)
    for receiver, own in places.items():
        receiver.acknowledge(
            [intake.messages[place].token[1] for place in own],
            lambda number, own=own: _outcome(intake, stored, own[number]),  # type: ignore[misc]
        )


def _outcome(intake: Intake, stored: Stored, place: int) -> Outcome:
    rows = intake.row_message == place
    new = int(stored.new[rows].sum())
    return Outcome(
        stored=new,
        duplicates=int(rows.sum()) - new,
        quarantined=int((intake.unknown.message == place).sum()),
        reasons=tuple(reject.reason for reject in intake.rejects if reject.message == place),
    )


def _blames(why: Exception) -> bool:
    """Return whether the messages are at fault, or our reading of them, and not the database."""
    return isinstance(why, OF_DATA) or not (is_away(why) or isinstance(why, psycopg.Error))
