"""The demo: a simulated district over real MQTT, four days in a minute and a half.

Everything runs as it would at a utility, wired as `lifeline up` wires it; devices publish
from a process of their own. Only the clock is fast. The demo watches over the public API
and compares at the end with what really happened.
"""

from __future__ import annotations

import fcntl
import shutil
import signal
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from urllib.error import URLError
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.live import Live

from deploy import embedded_postgres
from deploy.broker import start_broker
from deploy.demo.api import Api
from deploy.demo.clock import DemoClock
from deploy.demo.ledger import lost
from deploy.demo.processes import (
    PATIENCE,
    DemoFailed,
    Publishing,
    import_district,
    lifeline,
    log_to,
    wait_until_ready,
)
from deploy.demo.verdict import Verdict, compare, moment
from deploy.demo.view import COUNTS, Shown, live, summary
from deploy.own_key import own_key
from deploy.settings import Settings
from simulators.assets import asset_rows
from simulators.device import Device
from simulators.scenario import Scenario, build_scenario

SPEED = 3600.0  #: an hour of the district in a second
QUIET = 2.0  #: [s] without any more work after the last message: all is done
WIDTH = 150  #: columns where the output is no terminal
#: Cells of an assets file that a device's channels share.
SHARED = ("component", "component_name", "class", "lon", "lat", "zone", "kind", "grid_cell")


@dataclass
class _Stage:
    """What the parts of a running demo share."""

    console: Console
    zone: ZoneInfo
    folder: Path
    scenario: Scenario
    clock: DemoClock
    api: Api


def run(settings: Settings, once: bool, seed: int = 1) -> int:
    """Run the demo; return 0 only if every problem became its one case and nothing was lost.

    Without `once` the console is served until Ctrl-C. Works in `demo` below the data
    folder, made anew each time. A database or broker named in `settings` is used; the
    database must be empty.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    folder = (settings.data_folder / "demo").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    settings = settings.model_copy(update={"http_port": _port(settings)})
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what we started ends
    try:
        with (folder / "lock").open("a") as lock, ExitStack() as parts:
            _alone(lock.fileno(), folder)
            parts.enter_context(log_to(folder / "lifeline.log"))
            return _run(parts, console, settings, folder, once, seed)
    except DemoFailed as why:
        console.print(f"[red]The demo cannot go on:[/] {why}")
        return 1
    except KeyboardInterrupt:
        console.print("stopped")
        return 130 if once else 0


def _port(settings: Settings) -> int:
    """Return the API's port; where something else has it, any free one: it is only a demo."""
    for port in (settings.http_port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.http_host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoFailed(f"{settings.http_host} has no free port")


def _alone(lock: int, folder: Path) -> None:
    """Make sure that no other demo runs in `folder`, and empty it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DemoFailed(f"another demo is running in {folder}; end it first") from None
    if (folder / "postgres").exists():
        embedded_postgres.start(folder / "postgres").stop()  # one that a killed demo left
    for left in folder.iterdir():
        if left.is_dir() and left.name != "broker":  # its note says which broker to end
            shutil.rmtree(left)


def _run(
    parts: ExitStack, console: Console, settings: Settings, folder: Path, once: bool, seed: int
) -> int:
    with console.status("Simulating the district; starting database and broker"):
        scenario = build_scenario(seed)
        scenario.write(folder / "district")
        clock = DemoClock(scenario.truth.begins)
        database = settings.database
        if database is None:
            server = embedded_postgres.start(folder / "postgres")
            parts.callback(server.stop)
            database = server.url
        if settings.sources:
            mqtt = settings.sources[0].url
        else:
            broker = start_broker(folder / "broker")
            parts.callback(broker.stop)
            mqtt = broker.url
    with console.status("Importing 300 devices and three weeks of history"):
        import_district(database, folder / "district", clock, ZoneInfo(settings.time_zone))
    with console.status("Starting Lifeline: it compiles its detectors, once a machine, and learns"):
        api = Api(
            parts.enter_context(lifeline(settings, database, mqtt, clock)),
            own_key(database, "demo"),
            _devices(scenario),
        )
        wait_until_ready(api)
    stage = _Stage(console, ZoneInfo(settings.time_zone), folder, scenario, clock, api)
    failures = _simulate(stage, mqtt)
    verdict = compare(scenario.truth.happenings, api.cases())
    verdict.failures += failures + lost(api, scenario)
    _report(stage, verdict)
    if not once:
        clock.walk()
        console.print(f"\nThe console: [bold]{api.url}[/]   the broker: {mqtt}   Ctrl-C ends both.")
        Event().wait()
    return 1 if verdict.failures else 0


def _devices(scenario: Scenario) -> dict[str, str]:
    """Return the device, as it names itself, of each channel id."""
    every = (*scenario.district.devices, scenario.district.stranger)
    return {row["channel"]: row["device"] for device in every for row in asset_rows(device)}


def _simulate(stage: _Stage, mqtt: str) -> list[str]:
    """Let the district live through its days, and show it; return what went wrong."""
    scenario, truth = stage.scenario, stage.scenario.truth
    messages = len(scenario.parcels)
    shown = Shown(moment(truth.begins), messages)
    failures: list[str] = []
    adopted, quiet_since = False, 0.0
    before: dict[str, float] = {}
    log = stage.folder / "publisher.log"
    publishing = Publishing(stage.folder / "district" / "parcels.parquet", mqtt, messages, log)
    try:
        publishing.wait_until_connected()
        publishing.begin(stage.clock.run(SPEED))
        until = time.monotonic() + (truth.ends - truth.begins) / SPEED / 1e6 + PATIENCE
        with Live(console=stage.console, refresh_per_second=4) as view:
            while time.monotonic() < until:
                progress = publishing.progress
                shown.now = moment(progress.event_time)
                shown.published, shown.acknowledged = progress.published, progress.acknowledged
                try:
                    metrics = stage.api.metrics()
                    shown.cases = stage.api.cases()
                except (URLError, TimeoutError) as why:
                    shown.note = f"the API does not answer: {why}"
                    view.update(live(shown, stage.zone))
                    time.sleep(0.5)
                    continue
                shown.counts = {name: int(metrics.get(key, 0)) for name, key in COUNTS.items()}
                view.update(live(shown, stage.zone))
                if not adopted and progress.event_time > (truth.begins + truth.ends) // 2:
                    adopted = True
                    shown.note, missing = _adopt(stage.api, scenario.district.stranger)
                    failures += missing
                if publishing.is_over():
                    if (work := _work(metrics)) != before:
                        before, quiet_since = work, time.monotonic()
                    elif time.monotonic() - quiet_since > QUIET and _is_done(metrics):
                        return failures
                time.sleep(0.5)
    finally:
        publishing.stop()
    return [*failures, f"after {PATIENCE:g} s Lifeline had not finished what was published"]


def _work(metrics: dict[str, float]) -> dict[str, float]:
    """Return the counts that stand still only when all work is done; looking on is none."""
    return {
        name: count
        for name, count in metrics.items()
        if name.startswith("lifeline_")
        and name.endswith("_total")
        and not name.startswith("lifeline_http_")
    }


def _is_done(metrics: dict[str, float]) -> bool:
    """Return whether nothing waits to be stored or judged."""
    waiting = ("lifeline_inbox_messages", "lifeline_judge_waiting")
    return not any(metrics.get(name, 0) for name in waiting)


def _adopt(api: Api, stranger: Device) -> tuple[str, list[str]]:
    """Adopt the device that nobody announced, in one step; return what to show, and failures."""
    waiting = [row["device"] for row in api.every("quarantine")]
    if stranger.wire_id not in waiting:
        return "", [f"{stranger.id} was not in quarantine when it was to be adopted"]
    (row,) = asset_rows(stranger)
    cells = {column: cell for column, cell in row.items() if cell}
    place = {column: cells[column] for column in SHARED}
    own = {
        column: cell
        for column, cell in cells.items()
        if column not in (*SHARED, "channel", "device", "name")
    }
    moved = api.adopt(stranger.wire_id, {row["name"]: own}, place)["readings"]
    return f"Adopted {stranger.id} with the {moved} readings it had sent.", []


def _report(stage: _Stage, verdict: Verdict) -> None:
    console = stage.console
    console.print(summary(verdict, stage.zone))
    metrics = stage.api.metrics()
    counts = ", ".join(f"{int(metrics.get(key, 0)):,} {name}" for name, key in COUNTS.items())
    truth = stage.scenario.truth
    harmless = len(truth.of("decoy")) + len(truth.of("fault"))
    console.print(f"{len(stage.scenario.parcels):,} messages; {counts}.")
    console.print(
        f"{harmless} decoys and harmless faults; {verdict.void} cases opened and withdrawn again."
    )
    for failure in verdict.failures:
        console.print(f"[red]✗[/] {failure}", highlight=False)
    if not verdict.failures:
        console.print("[green]✓[/] Every problem became its one case, no decoy any; nothing lost.")
