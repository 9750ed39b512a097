"""The judge of drills: the same engine and rules as the live one, over channels of drills alone.

It has readings, events and cases of its own, so that nothing of a drill is ever a neighbour, a
cause or a silence of what is live; and it comes after it, see `deploy.handover`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np

from cases.city import City
from deploy.judge import LONG_AGO, StoredHistory, StoredJudge
from deploy.link import Link
from ingest.registry import Registry
from rules.engine import Engine
from rules.term import Term
from store.assets import channels
from store.checkpoints import last_receipt
from store.database import Connection
from store.drills import still_on
from store.told import told_since


class ExerciseJudge(StoredJudge):
    """Judges what the devices of drills have sent that are not ended.

    A drill is small and soon over, so there is no checkpoint: all that is stored of those that
    are on is judged anew at each start, and whenever one begins or ends. What was found stays.
    """

    exercises = True

    def __init__(self, link: Link, city: City, registry: Registry, now: Callable[[], int]) -> None:
        super().__init__(link, city, registry, now, list, timedelta.max)

    def recover(self) -> np.datetime64 | None:
        self.reload.clear()
        self._link.drop()
        connection = self._link.get()
        self._events, self._requalified = [], []
        # Before we look at the readings: what comes meanwhile may be judged twice, but not never.
        last = last_receipt(connection)
        own = {channel.number for channel in self._own(channels(connection))}
        if not own:
            self._engine = Engine([], [], StoredHistory(self._link))
            return None
        self._engine = self._fresh(connection)
        self._engine.remember(
            event
            for event in told_since(connection, LONG_AGO, exercise=True)
            if own.issuperset(event.channels)
        )
        self._engine.rejudge(sorted(own))
        return None if last is None else np.datetime64(last.replace(tzinfo=None), "us")

    def settle(self) -> None:
        if self.reload.is_set():
            self._catch_news()
        if self._engine.channels:
            super().settle()

    def checkpoint(self) -> None:
        """Save nothing."""

    def _save(self, connection: Connection) -> None:
        """Save nothing."""

    def _catch_news(self) -> None:
        known = {channel.number for channel in self._own(channels(self._link.get()))}
        if known != self._engine.channels.keys():
            self.recover()
        elif not known:
            self.reload.clear()

    def _drop_ended(self, connection: Connection) -> None:
        """Drop what was found in drills that have ended; what is on cannot end before we have."""
        on = still_on(connection)
        self._events = [event for event in self._events if event.exercise in on]

    def _judged_by(self, connection: Connection) -> list[Term]:
        """Return the rules in force: what is on trial is tried on what is live."""
        return [term for term in super()._judged_by(connection) if not term.shadow]
