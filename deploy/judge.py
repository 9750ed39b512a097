"""The engine put to work on the store: recover, judge, settle, keep a checkpoint."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from cases.city import City
from deploy import metrics
from deploy.link import Link
from deploy.warm import warm
from ingest.batch import Batch
from ingest.channel import Channel
from ingest.quality import Quality
from ingest.registry import Registry
from rules.checkpoint import UnknownCheckpoint
from rules.engine import Engine
from rules.event import Event as Finding
from rules.judgement import Requalified
from rules.term import Term
from store.assets import channels
from store.checkpoints import load_checkpoint, save_checkpoint, take_rejudge
from store.database import Connection
from store.history import history, received_after
from store.listening import listened, not_listening
from store.quarantine import sweep
from store.rule_versions import state_of_terms, terms
from store.settlement import settle
from store.told import told_since
from store.windows import windows_since

log = logging.getLogger(__name__)

ENGINE = "main"  #: name of the checkpoint; partitions of a city will have one each
WRONG_CLOCK = int(Quality.FUTURE | Quality.EPOCH | Quality.SKEWED)
FIRST = np.datetime64("1900-01-01", "us")
NEVER = np.datetime64("NaT", "us")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
#: What has been over for so long is no longer held in memory; the store keeps it.
REMEMBERED = np.timedelta64(60, "D")
#: Without a checkpoint, events older than this are left as they were told: the readings
#: they were found in may be gone.
LOOK_BACK = timedelta(days=35)
#: Rules that came are led up through the history so long [s] between two settlings, so many
#: channels at a time.
CATCH_UP, AT_A_TIME = 0.2, 8
#: Events told this long before the checkpoint are looked at again: a clock may be set back.
OVERLAP = timedelta(hours=1)


class StoredHistory:
    """The readings in the store, for the engine's looks back."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def readings(self, channels: NDArray[np.int32], since: np.datetime64 | None) -> Batch:
        return history(self._link.get(), channels, FIRST if since is None else since)


class StoredJudge:
    """Judges what the storing thread has stored, and writes what came of it.

    A judgement that could not be written waits and goes with the next: the engine tells a
    thing once. `listened` gives (source, began, until) [µs] of our own listening.
    """

    exercises = False  #: it judges what is live; see `deploy.exercises` for drills

    def __init__(
        self,
        link: Link,
        city: City,
        registry: Registry,
        now: Callable[[], int],
        listened: Callable[[], list[tuple[str, int, int]]],
        checkpoint_every: timedelta,
    ) -> None:
        self.reload = Event()  #: set when channels or rules in the store have changed
        self._link, self._city, self._registry = link, city, registry
        self._now, self._listened = now, listened
        self._every = checkpoint_every.total_seconds()
        self._engine = Engine([], [], StoredHistory(link))
        self._terms = ""  #: which terms the engine has been told of
        self._events: list[Finding] = []
        self._requalified: list[Requalified] = []
        self._saved_until: np.datetime64 = NEVER
        self._saved_at = monotonic()

    def recover(self) -> np.datetime64 | None:
        """Begin anew from the checkpoint and judge what is stored since; see `judging.Judge`."""
        self._link.drop()  # after a failure nobody knows what state it is in
        connection = self._link.get()
        self._events, self._requalified = [], []
        self._engine = self._fresh(connection)
        saved_at = self._restore(connection)
        told = _as_datetime(self._now()) - LOOK_BACK if saved_at is None else saved_at - OVERLAP
        self._engine.remember(told_since(connection, told))
        until = self._engine.received_until
        rows = 0
        for batch in received_after(connection, None if np.isnat(until) else until):
            self.judge(batch)
            rows += len(batch)
            log.info("recovering: %d readings judged again, up to %s", rows, batch.received.max())
        last = self._engine.received_until
        return None if np.isnat(last) else last

    def _fresh(self, connection: Connection) -> Engine:
        judged_by = self._judged_by(connection)
        engine = Engine(judged_by, self._own(channels(connection)), StoredHistory(self._link))
        warm(engine)
        return engine

    def _own(self, known: Sequence[Channel]) -> list[Channel]:
        """Return those that it judges: what is live and what is of drills never meet here."""
        return [channel for channel in known if (channel.exercise is not None) == self.exercises]

    def _judged_by(self, connection: Connection) -> list[Term]:
        """Return the terms that readings may still fall to, and note which they are."""
        since = _as_datetime(self._now()) - REMEMBERED.astype(timedelta)
        with connection.transaction():
            state, found = state_of_terms(connection), terms(connection, since)
        self._terms = state
        return found

    def _restore(self, connection: Connection) -> datetime | None:
        """Take the checkpoint over; return when it was saved, None where there is none."""
        saved = load_checkpoint(connection, ENGINE)
        if saved is None:
            return None
        _, body, saved_at = saved
        try:
            anew = self._engine.restore(body)
        except UnknownCheckpoint as why:
            log.warning("the checkpoint is of no use (%s): judging all that is stored anew", why)
            self._engine = self._fresh(connection)
            return None
        if anew:
            log.info("judging the history anew for %s", ", ".join(anew))
        return saved_at

    def judge(self, batch: Batch) -> None:
        self._engine.judge(batch)
        good = (batch.quality & WRONG_CLOCK) == 0
        if good.any():
            # A clock that runs ahead within tolerance must not make others look silent.
            self._engine.advance(np.minimum(batch.time[good], batch.received[good]).max())

    def settle(self) -> None:
        """Write what has changed, and a checkpoint now and then."""
        connection = self._link.get()
        now = datetime.fromtimestamp(self._now() / 1e6, UTC)
        if self.reload.is_set():
            self._reload(connection)
        until = monotonic() + CATCH_UP
        while self._engine.catch_up(AT_A_TIME) and monotonic() < until:
            pass
        with connection.transaction():
            for source, began, until in self._listened():
                listened(connection, source, _as_datetime(began), _as_datetime(until))
            asked = take_rejudge(connection, self.exercises)
            self._look_again(connection, asked)
            self._judgement(connection)
            self._drop_ended(connection)
            settled = settle(connection, self._events, _joined(self._requalified), now, self._city)
            if asked:  # nobody asks again, and the checkpoint before knows nothing of it
                self._save(connection)
        if not self.exercises:
            metrics.EVENTS.inc(len(self._events))
            metrics.CASES_OPENED.inc(len(settled.opened))
            metrics.CASES_VOIDED.inc(len(settled.voided))
        self._events, self._requalified = [], []
        if monotonic() - self._saved_at > self._every:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Save what the engine knows, so that the next start need not judge it again."""
        self._saved_at = monotonic()
        if self._engine.received_until != self._saved_until:
            self._save(self._link.get())

    def _save(self, connection: Connection) -> None:
        until = self._engine.received_until
        if np.isnat(until):
            return
        self._engine.forget(self._engine.watermark - REMEMBERED)
        now = datetime.fromtimestamp(self._now() / 1e6, UTC)
        body = self._engine.save()
        save_checkpoint(connection, ENGINE, _as_datetime(int(until.astype(np.int64))), body, now)
        self._saved_until = until

    def _judgement(self, connection: Connection) -> None:
        """Ask the engine what is to be written, and keep it until it is."""
        if not np.isnat(self._engine.watermark):
            # Only stretches that have ended: we may well be listening since the last note.
            known = self._engine.not_listening.intervals
            after = _as_datetime(int(known[-1][1].astype(np.int64))) if known else None
            gaps = not_listening(connection, LONG_AGO, after)
            self._engine.advance(
                self._engine.watermark,
                [(_as_datetime64(began), _as_datetime64(until)) for began, until in gaps],
            )
        # Longer than any event is remembered, lest one come back when its window is forgotten.
        since = _as_datetime(self._now()) - 2 * REMEMBERED.astype(timedelta)
        self._engine.windows = tuple(windows_since(connection, since))
        judgement = self._engine.settle()
        self._events += judgement.events
        if len(judgement.requalified):
            self._requalified.append(judgement.requalified)

    def _drop_ended(self, connection: Connection) -> None:
        """Drop what nobody waits for any more: what is live never ends."""

    def _reload(self, connection: Connection) -> None:
        """Take in channels and rules that were added or changed in the store."""
        self.reload.clear()
        try:
            if state_of_terms(connection) != self._terms:
                self._engine.turn_to(self._judged_by(connection))
            known = channels(connection)
            self._registry.add(known)
            self._engine.add_channels(self._own(known))
            sweep(connection)  # what came for them while the registry did not know them
        except BaseException:
            self.reload.set()  # nobody will tell us again
            raise

    def _look_again(self, connection: Connection, since: Mapping[int, datetime]) -> None:
        """Judge channels again whose past was changed behind the engine's back."""
        if since.keys() - self._engine.channels.keys():  # the news of them is still on its way
            self._reload(connection)
        together: dict[datetime, list[int]] = {}
        for number, moment in since.items():
            together.setdefault(moment, []).append(number)
        for moment, numbers in together.items():
            self._engine.rejudge(numbers, _as_datetime64(moment))


def _joined(parts: list[Requalified]) -> Requalified:
    if not parts:
        none = np.zeros(0)
        return Requalified(none.astype(np.int32), none.astype("M8[us]"), none.astype(np.uint16))
    return Requalified(
        np.concatenate([part.channel for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.quality for part in parts]),
    )


def _as_datetime(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)


def _as_datetime64(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
