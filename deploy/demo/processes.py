"""What the demo sets going: Lifeline itself as `lifeline up` does, and the publisher beside it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from deploy.clock import Clock
from deploy.demo.api import Api
from deploy.demo.clock import DemoClock
from deploy.demo.verdict import moment
from deploy.settings import Settings, Source
from deploy.wiring import build
from simulators.publisher import Progress
from store.areas import import_areas
from store.database import connect, migrate
from store.import_assets import import_assets_file
from store.import_pipes import import_pipes
from store.import_readings import import_readings

PATIENCE = 90.0  #: [s] Lifeline may take to finish what was published
#: [s] And to become ready: on a new machine the detectors are compiled, half a minute's work.
TO_BE_READY = 300.0
CLIENT = "lifeline-demo"


class DemoFailed(Exception):
    """The demo cannot go on. ``args[0]`` says why, for whoever started it."""


@contextmanager
def log_to(file: Path) -> Iterator[None]:
    """Send what is logged to `file`: the screen is the live view's."""
    root = logging.getLogger()
    before = root.handlers[:]
    handler = logging.FileHandler(file, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.handlers = [handler]
    try:
        yield
    finally:
        root.handlers = before
        handler.close()


def import_district(database: str, district: Path, clock: DemoClock, zone: ZoneInfo) -> None:
    """Bring in the areas, the pipes, the devices and their history; raise DemoFailed."""
    with connect(database) as connection:
        migrate(connection)
        ground = (district / "areas.geojson").read_bytes()
        told = import_areas(connection, ground, moment(clock.now()), zone)
        if told.problems:
            raise DemoFailed(f"the areas have problems: {told.problems[0]}")
        courses = import_pipes(connection, (district / "pipes.geojson").read_bytes())
        if courses.problems:
            raise DemoFailed(f"the pipes have problems: {courses.problems[0]}")
        report = import_assets_file(connection, district / "assets.csv")
        if report.problems:
            raise DemoFailed(f"the assets have problems: {report.problems[0]}")
        if report.added == 0:
            raise DemoFailed("the database is not empty; give the demo one of its own")
        # The engine begins anew and judges all there is: nothing needs to be judged again.
        history = import_readings(
            connection, district / "history.parquet", clock.now(), rejudge=False
        )
        if history.faulty:
            raise DemoFailed(f"the history has problems: {history.problems[0]}")


@contextmanager
def lifeline(settings: Settings, database: str, mqtt: str, clock: DemoClock) -> Iterator[str]:
    """Run Lifeline on the demo's database, broker and clock; yield the URL of its API."""
    _forget_session(mqtt)
    asked: dict[str, Any] = {
        "database": database,
        "sources": (Source(name="district", url=mqtt, client_id=CLIENT),),
        "clock": clock,
        "guests": "observer",  # whoever opens the console may look; changes need a sign-in
    }
    app = build(settings.model_copy(update=asked))
    app.start()
    try:
        yield app.url
    finally:
        app.stop()


def wait_until_ready(api: Api) -> None:
    until = time.monotonic() + TO_BE_READY
    while not api.is_ready():
        if time.monotonic() > until:
            raise DemoFailed("Lifeline does not become ready; see the log")
        time.sleep(0.1)


def _forget_session(url: str) -> None:
    """Have the broker forget what an earlier demo, killed, may have left for us."""
    host, _, port = url.rpartition("//")[2].partition(":")
    client = Client(CallbackAPIVersion.VERSION2, client_id=CLIENT, clean_session=True)
    client.connect(host, int(port or 1883))
    client.loop_start()
    until = time.monotonic() + 10
    while not client.is_connected() and time.monotonic() < until:
        time.sleep(0.01)
    client.disconnect()
    client.loop_stop()


class Publishing:
    """The publisher's process, and the newest of what it says."""

    def __init__(self, parcels: Path, mqtt: str, messages: int, log: Path) -> None:
        self.progress = Progress(messages)
        self.log = log
        self._errors = log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simulators.publisher", str(parcels), mqtt],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._listener = Thread(target=self._listen, daemon=True)

    def wait_until_connected(self) -> None:
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != "connected":
            raise DemoFailed(f"the devices cannot connect; see {self.log}")

    def begin(self, clock: Clock) -> None:
        """Let the devices publish by `clock`."""
        assert self._process.stdin is not None
        self.progress.event_time = clock.event_start
        self._process.stdin.write(json.dumps(asdict(clock)) + "\n")
        self._process.stdin.flush()
        self._listener.start()

    def is_over(self) -> bool:
        """Return whether all is published and acknowledged; raise DemoFailed if it never will."""
        if self._process.poll() is None or self._listener.is_alive():
            return False
        if self._process.returncode != 0:
            raise DemoFailed(f"publishing failed; see {self.log}")
        return True

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._errors.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.progress = Progress(**json.loads(line))
