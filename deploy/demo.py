"""The demo: a simulated district over real MQTT, four days in a minute and a half.

Everything runs as it would at a utility: `lifeline import`, `lifeline up`, a broker, a
database, and devices that publish from a process of their own. The demo only starts these
with a fast clock, watches over the public API, and compares at the end with the truth.
"""

from __future__ import annotations

import fcntl
import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.live import Live

from deploy import embedded_postgres
from deploy.broker import start_broker
from deploy.clock import Clock
from deploy.demo_api import Api
from deploy.demo_processes import PATIENCE, DemoFailed, Publishing, Up
from deploy.demo_verdict import Verdict, compare, moment
from deploy.demo_view import Shown, live, summary
from deploy.settings import Settings
from simulators.device import Device
from simulators.district import asset_rows
from simulators.scenario import Scenario, build_scenario
from simulators.truth import Ledger

SPEED = 3600.0  #: an hour of the district in a second
STARTING = 12.0  #: [s] of wall time that `lifeline up` is given to start
#: Cells of an assets file that a device's channels share.
SHARED = ("component", "component_name", "class", "lon", "lat", "zone", "kind", "grid_cell")
METRICS = {
    "readings stored": "lifeline_readings_total",
    "duplicates": "lifeline_duplicates_total",
    "dead letters": "lifeline_dead_letters_total",
    "quarantined": "lifeline_quarantined_total",
    "late": "lifeline_late_total",
    "flagged": "lifeline_flagged_total",
}


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
    up = Up(settings, folder, database, mqtt)
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


def _simulate(
    console: Console,
    scenario: Scenario,
    api: Api,
    up: Up,
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
    publishing = Publishing(folder, mqtt, clock, len(scenario.parcels))
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
                    shown.note, missing = _adopt(api, scenario.district.stranger)
                    failures += missing
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


def _adopt(api: Api, stranger: Device) -> tuple[str, list[str]]:
    """Adopt the device that nobody announced, in one step; return what to show, and failures."""
    waiting = [row["device"] for row in api.every("quarantine")]
    if stranger.wire_id not in waiting:
        return "", [f"{stranger.id} was not in quarantine when it was to be adopted"]
    fields, place = {}, {}
    for row in asset_rows(stranger):
        cells = {column: cell for column, cell in row.items() if cell}
        place = {column: cells.pop(column) for column in SHARED if column in cells}
        fields[cells.pop("name")] = {
            column: cell for column, cell in cells.items() if column not in ("channel", "device")
        }
    moved = api.adopt(stranger.wire_id, fields, place)["readings"]
    return f"Adopted {stranger.id} with the {moved} readings it had sent.", []


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
