"""A drill on the running system: played over the broker, found by the rules, ended with its cases."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.services import DrillRefused, UnknownDrill
from deploy.clock import Clock
from deploy.settings import Settings
from deploy.wiring import App, build
from store import drills as store
from store.database import connect

pytestmark = pytest.mark.server
PATIENCE = 90.0  #: [s]
SPEED = 400.0


@pytest.fixture
def app(database_url: str, open_folder: Path) -> Iterator[App]:
    """The whole system on a fast clock, with no device of its own."""
    clock = Clock(1_790_000_000_000_000, time.time_ns() // 1000, SPEED)
    settings = Settings(
        database=database_url, data_folder=open_folder, broker_port=0, http_port=0, clock=clock
    )
    running = build(settings)
    running.start()
    yield running
    running.stop()


def until(holds: Callable[[], Any], what: str) -> Any:
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
    return app.drills.begin(scenario, 1, "li", 120.1, 30.3, None)


def test_a_flood_is_played_found_filed_and_taken_away_with_its_end(app: App) -> None:
    drill = begun(app)
    until(lambda: about(app, drill)["state"] == "running", "running")
    [case] = until(
        lambda: [c for c in rows(app, "cases", drill=drill) if c["code"] == "0506"], "a case"
    )
    assert case["state"] == "dispatched"
    app.drills.end(drill, "li")
    row = about(app, drill)
    assert (row["state"], row["open_cases"]) == ("ended", 0)
    [case, *_] = rows(app, "cases", drill=drill)
    assert (case["state"], case["outcome"]) == ("void", "exercise")
    with pytest.raises(DrillRefused, match="ended already"):
        app.drills.end(drill, "li")
    with pytest.raises(UnknownDrill):
        app.drills.end(99, "li")
