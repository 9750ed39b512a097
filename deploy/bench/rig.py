"""A whole Lifeline on free ports for measuring and for breaking: every part its own process."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import yaml

from deploy import embedded_postgres
from deploy.broker import Broker, start_broker
from deploy.clock import WALL, Clock
from deploy.guard import is_alive
from deploy.own_key import own_key
from deploy.scrape import scrape
from simulators.load import Load, write_assets
from store.database import connect
from store.statements import statements

TOPICS = ({"filter": "city/{device}/#"},)
PATIENCE = 120.0  #: [s] a part may take to start or to catch up


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(done: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait for `done`; raise TimeoutError that says what did not come about."""
    end = monotonic() + patience
    while not done():
        if monotonic() > end:
            raise TimeoutError(f"after {patience:g} s still not: {what}")
        sleep(0.05)


class Rig:
    """Broker, database and `lifeline up`, each of which can be killed and started again.

    Ports stay the same over restarts, as a utility's do. `database` is the URL of a
    server to use instead of the embedded one, which then cannot be killed. Checkpoints come
    more often than by default, so that a short run that breaks things has some.
    """

    def __init__(
        self,
        folder: Path,
        database: str | None = None,
        clock: Clock = WALL,
        topics: Sequence[dict[str, str]] = TOPICS,
        checkpoint_every: str = "PT5S",
    ) -> None:
        self.folder = folder
        self.topics = list(topics)
        self.clock = clock
        self.checkpoint_every = checkpoint_every
        folder.mkdir(parents=True, exist_ok=True)
        self.given = database
        self.mqtt_port, self.http_port, self.database_port = free_port(), free_port(), free_port()
        self.server: embedded_postgres.Server | None = None
        self.broker: Broker | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.senders: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Rig:
        self.start_database()
        self.start_broker()
        return self

    def __exit__(self, *_: object) -> None:
        for sender in self.senders:
            sender.kill()
            sender.wait()
        self.stop_lifeline()
        if self.broker is not None:
            self.broker.stop()
        if self.server is not None:
            self.server.stop()

    # The parts ---------------------------------------------------------------------------

    @property
    def database(self) -> str:
        if self.given is not None:
            return self.given
        assert self.server is not None
        return self.server.url

    def start_database(self) -> None:
        if self.given is None:
            self.server = embedded_postgres.start(self.folder / "postgres", self.database_port)

    def kill_database(self) -> None:
        """`kill -9` the postmaster, then start the server again on the same port."""
        assert self.server is not None, "a server given by URL is not ours to kill"
        postmaster = psutil.Process(self.server.pid)
        postmaster.kill()
        until(lambda: not is_alive(postmaster), "the killed database is gone")
        self.start_database()

    def start_broker(self) -> None:
        self.broker = start_broker(self.folder / "broker", self.mqtt_port)

    def restart_broker(self) -> None:
        assert self.broker is not None
        self.broker.stop()
        self.start_broker()

    def start_lifeline(self) -> None:
        """Start `lifeline up` and wait until it says that it is ready."""
        settings = {
            "data_folder": str(self.folder / "data"),
            "database": self.database,
            "sources": [{"url": self.mqtt, "topics": self.topics}],
            "http_port": self.http_port,
            "checkpoint_every": self.checkpoint_every,
            "clock": asdict(self.clock),
        }
        file = self.folder / "lifeline.yml"
        file.write_text(yaml.safe_dump(settings), encoding="utf-8")
        with (self.folder / "lifeline.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", "--settings", str(file), "-v", "up"],
                stdout=log,
                stderr=log,
            )
        until(self.is_ready, f"lifeline up ready, see {self.folder / 'lifeline.log'}")

    def is_ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            end = (self.folder / "lifeline.log").read_text(errors="replace")[-3000:]
            raise RuntimeError(f"lifeline up ended with {self.process.returncode}:\n{end}")
        try:
            with urlopen(f"{self.http}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def kill_lifeline(self) -> None:
        """`kill -9` the process, then start it again."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.start_lifeline()

    def stop_lifeline(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    # What one does with them -----------------------------------------------------------------

    @cached_property
    def key(self) -> str:
        """One that may do everything; the database has been migrated by then."""
        return own_key(self.database, "bench")

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def mqtt(self) -> str:
        return f"mqtt://127.0.0.1:{self.mqtt_port}"

    def import_assets(self, load: Load) -> None:
        """Make the devices of `load` known."""
        assets = self.folder / f"{load.prefix}.csv"
        write_assets(load, assets)
        self.run("import", "assets", str(assets))

    def run(self, *command: str) -> str:
        """Run a `lifeline` command on the rig's database; return what it printed."""
        line = (sys.executable, "-m", "deploy.cli", "--database", self.database, *command)
        return subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout

    def send(self, load: Load, messages: int, connections: int = 4) -> subprocess.Popen[str]:
        """Publish the first `messages` of `load` from a process of its own."""
        fields = json.dumps(asdict(load))
        sender = subprocess.Popen(
            (
                *(sys.executable, "-m", "simulators.sender", self.mqtt, str(messages), fields),
                f"--connections={connections}",
            ),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.senders.append(sender)
        return sender

    def metrics(self) -> dict[str, float]:
        """Return the metrics of `lifeline up`, labels added up."""
        return scrape(self.http, self.key, timeout=10)

    def stored(self) -> int:
        """Return how many readings are in the store."""
        with connect(self.database) as connection:
            [count] = connection.execute(statements("history")["count"]).fetchone() or [0]
        return int(count)
