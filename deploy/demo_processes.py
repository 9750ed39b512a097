"""The processes of a demo: `lifeline up` on a settings file of its own, and the publisher."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any

import yaml
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from deploy.clock import Clock
from deploy.demo_api import Api
from deploy.settings import Settings
from simulators.publisher import Progress

PATIENCE = 90.0  #: [s] Lifeline may take to become ready, or to finish what was published
CLIENT = "lifeline-demo"


class DemoFailed(Exception):
    """The demo cannot go on. ``args[0]`` says why, for whoever started it."""


class Up:
    """`lifeline up` and its sister commands, on one settings file."""

    def __init__(self, settings: Settings, folder: Path, database: str, mqtt: str) -> None:
        self.folder, self.database, self.mqtt = folder, database, mqtt
        self.file = folder / "lifeline.yml"
        self.http_port = settings.http_port
        self.url = f"http://{settings.http_host}:{settings.http_port}"
        self._fields: dict[str, Any] = {
            "data_folder": str(folder / "data"),
            "database": database,
            "sources": [{"name": "district", "url": mqtt, "client_id": CLIENT}],
            "http_host": settings.http_host,
            "http_port": settings.http_port,
            "rules": str(settings.rules),
            "time_zone": settings.time_zone,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def set_clock(self, clock: Clock) -> None:
        text = yaml.safe_dump(self._fields | {"clock": asdict(clock)})
        self.file.write_text(text, encoding="utf-8")

    def _line(self, *command: str) -> list[str]:
        return [sys.executable, "-m", "deploy.cli", "--settings", str(self.file), *command]

    def command(self, *command: str) -> None:
        """Run a command of Lifeline; raise DemoFailed with what it said."""
        done = subprocess.run(self._line(*command), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-2000:]
            raise DemoFailed(f"lifeline {' '.join(command)} failed:\n{said}")

    @contextmanager
    def running(self) -> Iterator[None]:
        _forget_session(self.mqtt)
        with (self.folder / "lifeline.log").open("wb") as log:
            self._process = subprocess.Popen(self._line("up"), stdout=log, stderr=log)
        try:
            yield
        finally:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self) -> None:
        assert self._process is not None
        self._process.wait()

    def wait_until_ready(self, api: Api) -> None:
        until = time.monotonic() + PATIENCE
        while not api.is_ready():
            if not self.is_alive() or time.monotonic() > until:
                said = (self.folder / "lifeline.log").read_text(errors="replace")[-2000:]
                raise DemoFailed(f"lifeline up does not become ready:\n{said}")
            time.sleep(0.1)


def _forget_session(url: str) -> None:
    """Have the broker forget what an earlier demo, killed, may have left for us."""
    host, _, port = url.rpartition("//")[2].partition(":")
    client = Client(CallbackAPIVersion.VERSION2, client_id=CLIENT, clean_session=True)
    client.connect(host, int(port or 1883))
    client.loop_start()
    client.disconnect()
    client.loop_stop()


class Publishing:
    """The publisher's process, and the newest of what it says."""

    def __init__(self, folder: Path, mqtt: str, clock: Clock, messages: int) -> None:
        self.progress = Progress(messages, event_time=clock.event_start)
        self._log = (folder / "publisher.log").open("wb")
        numbers = (str(clock.event_start), str(clock.wall_start), str(clock.speed))
        parcels = str(folder / "district" / "parcels.parquet")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulators.publisher", parcels, mqtt, *numbers],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.progress = Progress(**json.loads(line))

    def is_over(self) -> bool:
        return self.process.poll() is not None and not self._listener.is_alive()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._log.close()
