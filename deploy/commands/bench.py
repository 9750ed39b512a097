"""`lifeline bench`: what this machine reaches, beside what is asked."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from deploy.bench import (
    api,
    backtest,
    cases,
    curve,
    decode,
    delivery,
    detect,
    pipes,
    search,
    timers,
)
from deploy.bench.casework.typhoon import Broken
from deploy.bench.console.run import NoBrowser
from deploy.bench.console.run import run as in_a_browser
from deploy.bench.ingest import Sustained, sustain
from deploy.bench.latency import measure
from deploy.bench.scores.page import SETS, measured, page, written
from rules.pack import load as load_packs
from simulators.load import Load

OUT = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures as JSON too."
)


@click.group("bench")
def bench_command() -> None:
    """Benchmarks; each starts what it needs on free ports and ends it."""


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lifeline-bench-") as folder:
        yield Path(folder)


def _print(rows: list[dict[str, Any]], out: Path | None) -> None:
    table = Table(title=f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}")
    table.add_column("figure")
    for _ in rows:
        table.add_column(justify="right")
    for name in rows[0]:
        cells = [f"{v:,.3g}" if isinstance(v := row[name], float) and abs(v) < 10 else f"{v:,.0f}"
                 if isinstance(v, float) else str(v) for row in rows]  # fmt: skip
        table.add_row(name.replace("_", " "), *cells)
    Console().print(table)
    if out is not None:
        out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _table(rows: list[dict[str, Any]]) -> None:
    table = Table(*(name.replace("_", " ") for name in rows[0]))
    for row in rows:
        table.add_row(*(f"{v:,.2f}" if isinstance(v, float) else str(v) for v in row.values()))
    Console().print(table)


@bench_command.command("ingest")
@click.option("--seconds", default=600.0, show_default=True, help="Of each run.")
@click.option("--rate", default=5000.0, show_default=True, help="Single messages a second.")
@click.option("--lines", default=120.0, show_default=True, help="Gateway batches a second.")
@click.option("--devices", default=2000, show_default=True)
@click.option("--database-url", help="A server to use; default: the embedded one.")
@OUT
def ingest_command(
    seconds: float,
    rate: float,
    lines: float,
    devices: int,
    database_url: str | None,
    out: Path | None,
) -> None:
    """Sustained ingest at QoS 1, acknowledged after the commit, with all rules on.

    First single JSON messages of three readings, then gateway batches of 500 lines; broker,
    generator and database on this machine. Ends with 1 when a backlog grew.

    \b
    Example:
      lifeline bench ingest --seconds 60
    """
    loads = [
        Load(devices=devices, rate=rate),
        Load(devices=devices, rate=lines, readings=1, form="lines", batch=500),
    ]
    reached: list[Sustained] = []
    for each in loads:
        if each.rate <= 0:
            continue
        with _scratch() as folder:
            reached.append(sustain(folder, each, seconds, database_url, click.echo))
    _print([asdict(one) | {"steady": one.steady} for one in reached], out)
    if not all(one.steady for one in reached):
        raise SystemExit(1)


@bench_command.command("latency")
@click.option("--rate", default=2000.0, show_default=True, help="Messages a second meanwhile.")
@click.option("--probes", default=300, show_default=True, help="Cases opened one by one.")
@click.option("--devices", default=2000, show_default=True)
@OUT
def latency_command(rate: float, probes: int, devices: int, out: Path | None) -> None:
    """From publish to case visible in the API, while a load flows.

    \b
    Example:
      lifeline bench latency --probes 100
    """
    with _scratch() as folder:
        reached = measure(folder, Load(devices=devices, rate=rate), probes)
    _print([asdict(reached)], out)


@bench_command.command("decode")
@click.option("--count", default=20_000, show_default=True, help="Messages of each format.")
@OUT
def decode_command(count: int, out: Path | None) -> None:
    """Messages a second through each decoder, on one core.

    \b
    Example:
      lifeline bench decode
    """
    rows = decode.run(count)
    _table(rows)
    if out is not None:
        out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


@bench_command.command("timers")
@click.option("--count", default=2_000, show_default=True, help="Cases that fall due at once.")
@OUT
def timers_command(count: int, out: Path | None) -> None:
    """Cases opened and timers fired a second, and what a deadline takes to work out.

    \b
    Example:
      lifeline bench timers
    """
    with _scratch() as folder:
        _print(timers.run(folder, count), out)


@bench_command.command("delivery")
@click.option("--count", default=2_000, show_default=True, help="Cases, of four lines each.")
@OUT
def delivery_command(count: int, out: Path | None) -> None:
    """What a step's event costs, and events delivered a second to a receiver on this machine.

    \b
    Example:
      lifeline bench delivery
    """
    with _scratch() as folder:
        _print(delivery.run(folder, count), out)


@bench_command.command("detect")
@click.option("--channels", default=10_000, show_default=True, help="Live, one reading of each.")
@click.option("--steps", default=2 * detect.WEEK, show_default=True, help="Of 1,000 in history.")
@OUT
def detect_command(channels: int, steps: int, out: Path | None) -> None:
    """What the default rules cost in time and memory, and each detector beside river's.

    In seconds of one core: live batches, history by weeks, a year of 37 channels, and every
    detector of the packs beside one object of river a channel.

    \b
    Example:
      lifeline bench detect --channels 100000
    """
    everything = load_packs(detect.PACKS)
    rows = {
        "live": [detect.live(channels)],
        "history": [
            detect.history("ten rules", detect.ten_rules(), 1_000, steps),
            detect.history("all default rules", everything, 1_000, steps),
            detect.history("all default rules", everything, 37, detect.YEAR),
        ],
        "detectors": detect.each_detector(),
        "river": detect.river(),
    }
    for part in ("live", "history"):
        _print(rows[part], None)
    for part in ("detectors", "river"):
        _table(rows[part])
    if out is not None:
        out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


@bench_command.command("backtest")
@click.option("--days", default=30, show_default=True, help="Of 1,000 channels.")
@OUT
def backtest_command(days: int, out: Path | None) -> None:
    """What a backtest costs, from a Parquet file to the page.

    Ten rules on 1,000 channels, and all default rules on a year of 37 channels, each with one
    reading in five minutes; without and with other limits tried too.

    \b
    Example:
      lifeline bench backtest --days 10
    """
    ten, everything = detect.ten_rules(), load_packs(detect.PACKS)
    rows: list[dict[str, Any]] = []
    for name, rules, channels, span in (
        ("ten", ten, 1_000, days),
        ("all default", everything, 37, 365),
    ):
        for sweep in (False, True):
            with _scratch() as folder:
                rows.append(backtest.backtest(folder, name, rules, channels, span, sweep))
    _print(rows, out)


@bench_command.command("cases")
@click.option("--cases", "count", default=200_000, show_default=True, help="Beijing had 7660000.")
@click.option(
    "--data-folder", type=click.Path(path_type=Path, file_okay=False),
    help="Where the year is kept and found again; none: made for this once.",
)  # fmt: skip
@click.option("--times", default=200, show_default=True, help="That each thing is asked.")
@OUT
def cases_command(count: int, data_folder: Path | None, times: int, out: Path | None) -> None:
    """A year of a large city's casework in one database, and how long what is asked of it takes.

    The cases are lived through the real workflow and copied; a thousand are compared with
    their logs. Interrupted, it goes on where it was. A year of 7,660,000 cases takes 37 GB.

    \b
    Example:
      lifeline bench cases --cases 7660000 --data-folder /var/tmp/year
    """
    with _scratch() as scratch:
        figures = cases.run(data_folder or scratch, count, times, click.echo)
    for part in figures.values():
        _table(part)
    if out is not None:
        out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


@bench_command.command("typhoon")
@click.option("--cases", "count", default=2_000, show_default=True)
@click.option("--seconds", default=60.0, show_default=True, help="In which they come.")
@click.option("--year", default=20_000, show_default=True, help="Cases that are there before.")
@click.option(
    "--data-folder", type=click.Path(path_type=Path, file_okay=False),
    help="Of a year that `bench cases` has made; none: made for this once.",
)  # fmt: skip
@OUT
def typhoon_command(
    count: int, seconds: float, year: int, data_folder: Path | None, out: Path | None
) -> None:
    """2,000 cases in a minute, found by sensors and reported over HTTP, while people look at lists.

    Through a running Lifeline, some of it sent twice at once. Ends with 1 when a case is lost
    or double, or a clock is not what the limits say. Answers are timed from when the request
    was due, so that a jam shows.

    \b
    Example:
      lifeline bench typhoon --data-folder /var/tmp/year
    """
    with _scratch() as scratch:
        try:
            figures = cases.storm(data_folder or scratch, year, count, seconds, click.echo)
        except Broken as why:
            raise click.ClickException(str(why)) from why
    for part in figures.values():
        _table(part)
    if out is not None:
        out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


@bench_command.command("api")
@click.option("--rate", default=200.0, show_default=True, help="Questions a second.")
@click.option("--messages", default=5000.0, show_default=True, help="Messages a second meanwhile.")
@click.option("--seconds", default=60.0, show_default=True)
@OUT
def api_command(rate: float, messages: float, seconds: float, out: Path | None) -> None:
    """How fast people are answered while readings come in, beside a year of casework.

    \b
    Example:
      lifeline bench api --rate 200 --messages 5000
    """
    with _scratch() as folder, Console(stderr=True).status("Making the city") as status:
        found = api.run(folder, rate, messages, seconds, status.update)
    for rows in found.values():
        _table(rows)
    if out is not None:
        out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


@bench_command.command("console")
@click.option("--sensors", default=20_000, show_default=True)
@click.option("--cases", "count", default=2_000, show_default=True, help="Open ones.")
@click.option("--rate", default=1_000, show_default=True, help="Sensors that change a second.")
@click.option("--seconds", default=8.0, show_default=True, help="Of each part.")
@OUT
def console_command(sensors: int, count: int, rate: int, seconds: float, out: Path | None) -> None:
    """The map of a large city in Chromium: first picture, panning, zooming, news; a year's curve.

    WebGL is worked out by the processor, which database, server and browser share. Ends with 1
    when something asked is not reached. Needs Playwright and /usr/bin/chromium.

    \b
    Example:
      lifeline bench console --seconds 5
    """
    with _scratch() as folder:
        try:
            rows = in_a_browser(folder, sensors, count, rate, seconds, click.echo)
        except NoBrowser as why:
            raise click.ClickException(str(why)) from why
    _table(rows)
    if out is not None:
        out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    if not all(row["met"] for row in rows):
        raise SystemExit(1)


@bench_command.command("curve")
@click.option("--times", default=9, show_default=True, help="That each zoom is asked.")
@OUT
def curve_command(times: int, out: Path | None) -> None:
    """A channel's curve at every zoom, of a year of minutes (525,600 readings) and of seconds.

    From the question until the columns are there; `bench console` draws it in a browser.

    \b
    Example:
      lifeline bench curve
    """
    with _scratch() as folder:
        rows = curve.run(folder, times)
    _table(rows)
    if out is not None:
        out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


@bench_command.command("search")
@click.option("--devices", default=100_000, show_default=True, help="With ten channels each.")
@click.option("--times", default=5, show_default=True, help="That each thing is asked.")
@OUT
def search_command(devices: int, times: int, out: Path | None) -> None:
    """Finding devices and channels by any part of their words, sorted, in a large city.

    \b
    Example:
      lifeline bench search --devices 20000
    """
    with _scratch() as folder:
        rows = search.run(folder, devices, times, click.echo)
    _table(rows)
    if out is not None:
        out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


@bench_command.command("pipes")
@click.option("--pipes", "count", default=200_000, show_default=True, help="In the city.")
@click.option("--times", default=9, show_default=True, help="That each view is asked for.")
@OUT
def pipes_command(count: int, times: int, out: Path | None) -> None:
    """Importing the pipes of a large city, and a map's look at the city and at a street.

    \b
    Example:
      lifeline bench pipes --pipes 50000
    """
    with _scratch() as folder:
        rows = pipes.run(folder, count, times, click.echo)
    _table(rows)
    if out is not None:
        out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


@bench_command.command("scores")
@click.option(
    "--data", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the sets.",
)  # fmt: skip
@click.option("--only", multiple=True, type=click.Choice(SETS), help="These sets; repeatable.")
@click.option(
    "--figures", default="detectors/measured.json", show_default=True,
    type=click.Path(path_type=Path, dir_okay=False), help="Figures of all sets.",
)  # fmt: skip
@click.option(
    "--page", "page_file", default="detectors/MEASURED.md", show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
)  # fmt: skip
def scores_command(data: Path, only: tuple[str, ...], figures: Path, page_file: Path) -> None:
    """Measure detection on recorded sets, and write the page of it.

    Sets not asked for keep the figures they have.

    \b
    Example:
      lifeline bench scores --data ../shared/data --only hanoi
    """
    known = json.loads(figures.read_text(encoding="utf-8")) if figures.exists() else {}
    for name in track(only or SETS, description="measuring"):
        known[name] = measured(name, data)
        known = {each: known[each] for each in SETS if each in known}
        figures.write_text(written(known), encoding="utf-8")
        page_file.write_text(page(known), encoding="utf-8")
        click.echo(f"{name}: {len(known[name]['results'])} results")
