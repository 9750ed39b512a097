"""The states of all sensors as they were last told to the streams, and what has changed since."""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple

import psycopg

from api.services import Services
from store.watching import sensor_states, unheard

#: [s] without news of events until states are looked up all the same: windows begin and end.
LOOK = 5.0
#: [s] between two looks for devices of which nothing was ever heard: one look a device.
LOOK_FOR_UNHEARD = 60.0
NORMAL = "normal"


class States(NamedTuple):
    """Devices that are not normal, with their state and since when; all others are."""

    at: datetime
    states: dict[str, tuple[str, datetime | None]]


class Watching:
    """One for all streams: what changes is looked up once and told once, however many look on.

    Never a message a reading: a state is told when it changes, all that changed since the
    last look in one message. Values are not told; who shows one device asks for them.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._told: dict[str, str] = {}
        self._looked = self._looked_for_unheard = float("-inf")
        self._unheard: list[str] = []

    def states(self) -> States:
        """Return the states as they are now."""
        now = self._services.time()
        with self._services.pool.connection() as connection:
            if monotonic() - self._looked_for_unheard > LOOK_FOR_UNHEARD:
                self._unheard = unheard(connection)
                self._looked_for_unheard = monotonic()
            return States(now, sensor_states(connection, now, self._unheard))

    def changes(self, stirred: bool) -> dict[str, Any] | None:
        """Return what to tell: state -> devices that came to it; None when nothing changed.

        Without news (`stirred`) it looks now and then only. The first look tells of everything
        that is not normal, so that nobody who asked just before it misses a change.
        """
        if not stirred and monotonic() - self._looked < LOOK:
            return None
        self._looked = monotonic()
        try:
            found = self.states()
        except psycopg.OperationalError:  # the database is away: /readyz says so
            return None
        now = {device: state for device, (state, _) in found.states.items()}
        changed: dict[str, list[str]] = {}
        for device, state in now.items():
            if self._told.get(device) != state:
                changed.setdefault(state, []).append(device)
        if back := [device for device in self._told if device not in now]:
            changed[NORMAL] = back
        self._told = now
        return {"at": found.at, "states": changed} if changed else None
