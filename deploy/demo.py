"""The demo: a simulated district over real MQTT, four days in a minute and a half.

Everything runs as it would at a utility: `lifeline import`, `lifeline up`, a broker, a
database, and devices that publish from a process of their own. The demo only starts these
with a fast clock, watches over the public API, and compares at the end with the truth.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError
from zoneinfo import ZoneInfo

import yaml
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from rich.console import Console
from rich.live import Live

from deploy import embedded_postgres
from deploy.broker import start_broker
from deploy.clock import Clock
from deploy.demo_api import Api
from deploy.demo_verdict import Verdict, compare, moment
from deploy.demo_view import Shown, live, summary
from deploy.settings import Settings
from simulators.district import asset_rows
from simulators.publisher import Progress
from simulators.scenario import Scenario, build_scenario
from simulators.truth import Ledger

SPEED = 3600.0  #: an hour of the district in a second
STARTING = 12.0  #: [s] of wall time that `lifeline up` is given to start
PATIENCE = 90.0  #: [s] it may take to become ready, or to finish what was published
CLIENT = "lifeline-demo"
METRICS = {
    "readings stored": "lifeline_readings_total",
    "duplicates": "lifeline_duplicates_total",
    "dead letters": "lifeline_dead_letters_total",
    "quarantined": "lifeline_quarantined_total",
    "late": "lifeline_late_total",
    "flagged": "lifeline_flagged_total",
}


class DemoFailed(Exception):
    """The demo cannot go on. ``args[0]`` says why, for whoever started it."""


def run(settings: Settings, once: bool, seed: int = 1) -> int:
    """Run the demo; return 0 only if every problem became its one case and nothing was lost.

    Without `once` the console is served until Ctrl-C. Works in `demo` below the data
    folder, made anew each time. A database or brokers named in `settings` are used; the
    database must be empty.
    """
    console = Console()
    folder = (settings.data_folder / "demo").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with ExitStack() as parts, (folder / "lock").open("a") as lock:
            _alone(lock.fileno(), folder)
            return _run(parts, console, settings, folder, once, seed)
    except DemoFailed as why:
        console.print(f"[red]The demo cannot go on:[/] {why}")
        return 1
    except KeyboardInterrupt:
        console.print("stopped")
        return 0 if not once else 130


def _alone(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DemoFailed(f"another demo is running in {folder}; end it first") from None
    for left in folder.iterdir():
        if left.name in ("lock", "broker"):
            continue  # the broker's note says whom to end
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _run(
    parts: ExitStack, console: Console, settings: Settings, folder: Path, once: bool, seed: int
) -> int:
    zone = ZoneInfo(settings.time_zone)
    with console.status("Starting database and broker, simulating the district"):
        scenario = build_scenario(seed)
        scenario.write(folder / "district")
        database = settings.database
        if database is None:
            server = embedded_postgres.start(folder / "postgres")
            parts.callback(server.stop)
            database = server.url
        mqtt = _broker(parts, settings, folder)
    up = _Up(settings, folder, database, mqtt)
    with console.status("Importing devices and three weeks of history"):
        up.set_clock(Clock(scenario.truth.begins - 3_600_000_000, _wall(), 1.0))
        up.command("migrate")
        up.command("import", "assets", str(folder / "district" / "assets.csv"))
        up.command("import", "readings", str(folder / "district" / "history.parquet"))
    clock = Clock(scenario.truth.begins, _wall() + int(STARTING * 1e6), SPEED)
    with console.status("Starting Lifeline"):
        up.set_clock(clock)
        parts.enter_context(up.running())
        api = Api(up.url, _devices(scenario))
        up.wait_until_ready(api)
        if api.cases():
            raise DemoFailed("the database is not empty; give the demo one of its own")
    failures = _simulate(console, scenario, api, up, clock, mqtt, folder, zone)
    verdict = compare(scenario.truth.happenings, api.cases())
    verdict.failures += failures + _lost(api, scenario)
    _report(console, verdict, api, scenario, zone)
    if not once:
        console.print(f"\nThe console: [bold]{up.url}[/]   the broker: {mqtt}   Ctrl-C ends both.")
        up.wait()
    return 1 if verdict.failures else 0


def _wall() -> int:
    return time.time_ns() // 1000


def _broker(parts: ExitStack, settings: Settings, folder: Path) -> str:
    """Return the URL of the broker: the first of the settings, or one of our own."""
    if not settings.sources:
        broker = start_broker(folder / "broker")
        parts.callback(broker.stop)
        return broker.url
    return settings.sources[0].url


def _devices(scenario: Scenario) -> dict[str, str]:
    """Return the device, as it names itself, of each channel id."""
    every = (*scenario.district.devices, scenario.district.stranger)
    return {row["channel"]: row["device"] for device in every for row in asset_rows(device)}


class _Up:
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


class _Publishing:
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


def _simulate(
    console: Console,
    scenario: Scenario,
    api: Api,
    up: _Up,
    clock: Clock,
    mqtt: str,
    folder: Path,
    zone: ZoneInfo,
) -> list[str]:
    """Let the district live through its days, and show it; return what went wrong."""
    truth = scenario.truth
    middle = (truth.begins + truth.ends) // 2
    shown = Shown(moment(truth.begins), len(scenario.parcels))
    failures: list[str] = []
    adopted = False
    publishing = _Publishing(folder, mqtt, clock, len(scenario.parcels))
    quiet_since = 0.0
    before: dict[str, float] = {}
    try:
        with Live(console=console, refresh_per_second=4) as view:
            until = time.monotonic() + (truth.ends - truth.begins) / SPEED / 1e6 + PATIENCE
            while time.monotonic() < until:
                if not up.is_alive():
                    raise DemoFailed(f"lifeline up has ended; see {folder / 'lifeline.log'}")
                progress = publishing.progress
                shown.now = moment(progress.event_time)
                shown.published, shown.acknowledged = progress.published, progress.acknowledged
                try:
                    metrics = api.metrics()
                    shown.cases = api.cases()
                except (URLError, TimeoutError) as why:
                    shown.note = f"the API does not answer: {why}"
                    continue
                shown.counts = {name: int(metrics.get(key, 0)) for name, key in METRICS.items()}
                view.update(live(shown, zone))
                if not adopted and progress.event_time > middle:
                    adopted = True
                    failures += _adopt(api, up, folder, truth.stranger, shown)
                if publishing.is_over():
                    if publishing.process.returncode != 0:
                        raise DemoFailed(f"publishing failed; see {folder / 'publisher.log'}")
                    if (work := _work(metrics)) != before:
                        before, quiet_since = work, time.monotonic()
                    elif time.monotonic() - quiet_since > 2.0 and _is_done(metrics):
                        return failures
                time.sleep(0.5)
    finally:
        publishing.stop()
    return [*failures, f"after {PATIENCE:g} s Lifeline had not finished what was published"]


def _work(metrics: dict[str, float]) -> dict[str, float]:
    """Return the counts that stand still only when all work is done."""
    return {
        name: count
        for name, count in metrics.items()
        if name.startswith("lifeline_") and name.endswith("_total")
    }


def _is_done(metrics: dict[str, float]) -> bool:
    """Return whether nothing waits to be stored or judged."""
    waiting = ("lifeline_inbox_messages", "lifeline_judge_waiting")
    return not any(metrics.get(name, 0) for name in waiting)


def _adopt(api: Api, up: _Up, folder: Path, stranger: str, shown: Shown) -> list[str]:
    """Adopt the device that nobody announced, in one step, out of quarantine."""
    waiting = [row for row in api.every("quarantine") if row["device"] == stranger]
    if not waiting:
        return [f"{stranger} was not in quarantine when it was to be adopted"]
    up.command("import", "assets", str(folder / "district" / "stranger.csv"))
    shown.note = f"Adopted {stranger} with the {waiting[0]['readings']} readings it had sent."
    return []


def _lost(api: Api, scenario: Scenario) -> list[str]:
    """Compare the ledger of every device with what it sent; return what does not agree."""
    truth = scenario.truth.ledger
    failures: list[str] = []
    total = dict.fromkeys(("received", "stored", "duplicate"), 0)
    for device, sent in truth.by_device.items():
        counts = api.ledger(device, days=366)
        if counts["stored"] != sent:
            failures.append(f"{device} sent {sent} readings, {counts['stored']} are stored")
        for name in total:
            total[name] += counts[name]
    if total["received"] < truth.readings_sent:
        failures.append(f"{truth.readings_sent} readings were sent, {total['received']} received")
    if total["received"] != total["stored"] + total["duplicate"]:
        failures.append(f"the ledger does not add up: {total}")
    letters = len(api.every("dead-letters", limit=500))
    if letters != truth.dead_letters:
        failures.append(f"{truth.dead_letters} dead letters were sent, {letters} are kept")
    failures += _stranger_lost(api, scenario, truth)
    return failures


def _stranger_lost(api: Api, scenario: Scenario, truth: Ledger) -> list[str]:
    stranger = scenario.district.stranger
    (measure,) = stranger.measures
    window = {
        "start": moment(scenario.truth.begins).isoformat(),
        "end": moment(scenario.truth.ends).isoformat(),
    }
    rows = api.get(f"channels/{stranger.channel(measure.name)}/readings", **window)["items"]
    if len(rows) != truth.stranger_distinct:
        return [f"{stranger.id} sent {truth.stranger_distinct} readings, {len(rows)} are stored"]
    return []


def _report(
    console: Console, verdict: Verdict, api: Api, scenario: Scenario, zone: ZoneInfo
) -> None:
    console.print(summary(verdict, zone))
    metrics = api.metrics()
    counts = ", ".join(f"{int(metrics.get(key, 0)):,} {name}" for name, key in METRICS.items())
    decoys = len(scenario.truth.of("decoy")) + len(scenario.truth.of("fault"))
    console.print(f"{len(scenario.parcels):,} messages; {counts}.")
    console.print(f"{decoys} decoys and harmless faults; {verdict.void} cases withdrawn by itself.")
    for failure in verdict.failures:
        console.print(f"[red]✗[/] {failure}", highlight=False)
    if not verdict.failures:
        console.print("[green]✓[/] Every problem became its one case, no decoy any; nothing lost.")
