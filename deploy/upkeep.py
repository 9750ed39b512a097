"""What is done now and then beside the stream: rollups, retention, news of other processes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic

from psycopg import Error

from deploy.link import Link
from store.catalogue import LiveCity
from store.database import connect
from store.retention import retain, retain_audit
from store.rollups import roll
from store.statements import statements

log = logging.getLogger(__name__)

ROLL_EVERY = 5.0  #: [s]
RETAIN_EVERY = 3600.0  #: [s]
AGAIN = 2.0  #: [s] after the database was away


class Upkeep:
    """Two threads: one rolls up and drops what is old, one listens for changed channels.

    Both bring `city` up to date: it changes by imports, and as time passes.
    """

    def __init__(
        self,
        url: str,
        now: Callable[[], int],
        keep: timedelta | None,
        changed: Callable[[], None],
        city: LiveCity,
        keep_audit: timedelta | None = None,
    ) -> None:
        self._url, self._now, self._keep, self._changed = url, now, keep, changed
        self._city, self._keep_audit = city, keep_audit
        self._stopping = Event()
        self._threads = [
            Thread(target=self._insist, args=(work,), name=name, daemon=True)
            for name, work in (("upkeep", self._maintain), ("news", self._listen))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _insist(self, work: Callable[[], None]) -> None:
        """Do `work`, which ends only when stopping, again after the database was away."""
        while not self._stopping.is_set():
            try:
                work()
            except Error:
                log.warning("the database is away; trying again", exc_info=True)
                self._stopping.wait(AGAIN)

    def _maintain(self) -> None:
        link = Link(self._url)
        retained = 0.0
        try:
            while not self._stopping.wait(ROLL_EVERY):
                roll(link.get())
                now = datetime.fromtimestamp(self._now() / 1e6, UTC)
                self._city.refresh(link.get(), now)
                if not retained or monotonic() - retained > RETAIN_EVERY:
                    for partition in retain(link.get(), now, self._keep):
                        log.info("dropped %s: older than is kept", partition)
                    # By the wall clock, as its lines are: the clock of a demo runs ahead.
                    if lines := retain_audit(link.get(), datetime.now(UTC), self._keep_audit):
                        log.info("dropped %d lines of the trail: older than is kept", lines)
                    retained = monotonic()
            roll(link.get())
        finally:
            link.drop()

    def _listen(self) -> None:
        with connect(self._url, autocommit=True) as connection:
            connection.execute(statements("upkeep")["listen"])
            told = True  # perhaps, while nobody listened
            while not self._stopping.is_set():
                if told:
                    self._changed()
                    now = datetime.fromtimestamp(self._now() / 1e6, UTC)
                    self._city.refresh(connection, now)
                told = bool([*connection.notifies(timeout=0.5, stop_after=1)])
