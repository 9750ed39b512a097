"""The whole system on a fast clock, for tests that hold a drill."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.clock import Clock
from deploy.settings import Settings
from deploy.wiring import App, build
from store import drills as store
from store.database import connect

PATIENCE = 120.0  #: [s]
STARTS = 1_790_000_000_000_000


@contextmanager
def running(database: str, folder: Path, speed: float = 400.0, at: int = STARTS) -> Iterator[App]:
    """Yield the system with its own broker, its clock `speed` times as fast as ours."""
    clock = Clock(at, time.time_ns() // 1000, speed)
    settings = Settings(
        database=database, data_folder=folder, broker_port=0, http_port=0, clock=clock
    )
    app = build(settings)
    app.start()
    try:
        until(lambda: app.server.started, "served")
        yield app
    finally:
        app.stop()


def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait until something holds, and return it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.1)
    raise AssertionError(f"never: {what}")


def rows(app: App, name: str, **values: Any) -> Any:
    with connect(app.database) as connection:
        return store.rows(connection, name, **values)


def about(app: App, drill: int) -> dict[str, Any]:
    [row] = rows(app, "drills", drill=drill, before=None, on=None, limit=1)
    return dict(row)


def begun(app: App, scenario: str = "flood-underpass") -> int:
    """Begin a drill and wait until it is played."""
    drill = app.drills.begin(scenario, 1, "li", 120.1, 30.3, None)
    until(lambda: about(app, drill)["state"] == "running", "running")
    return drill
