"""`lifeline backtest`: what would these rules have done?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cases.city import load_city
from deploy.backtest.labels import read_labels
from deploy.backtest.page_out import write_page
from deploy.backtest.pictures import choose, draw
from deploy.backtest.report import found, report
from deploy.backtest.run import History, placed_by, run
from deploy.backtest.sources import FileReadings
from deploy.backtest.tables_out import write_cases, write_events
from deploy.commands.database import settings_of
from ingest.asset_files import read_assets
from ingest.asset_rows import Problem
from rules.counting import places
from rules.pack import BadPack, load
from store.reading_files import UnreadableFile

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
PATH = click.Path(path_type=Path, exists=True)
FOLDER = click.Path(path_type=Path, file_okay=False)
SHOWN = 20  #: problems printed of each file; report.json lists more


@click.command("backtest")
@click.option("--pack", type=PATH, help="Default: the packs of the settings.")
@click.option("--assets", type=FILE, required=True, help="CSV, one row a channel.")
@click.option("--readings", type=FILE, required=True, help="CSV, Parquet or line protocol.")
@click.option("--labels", type=FILE, help="CSV start,end,channel_or_zone,kind: what happened.")
@click.option("--against", type=PATH, help="Another pack: cases gained and lost.")
@click.option("--sweep/--no-sweep", default=True, help="Other limits too.", show_default=True)
@click.option(
    "--tolerance",
    default="PT1H",
    show_default=True,
    help="An event may be raised so long after its label's end.",
)
@click.option("--out", type=FOLDER, required=True, help="Folder to write to.")
@click.pass_context
def backtest_command(
    ctx: click.Context,
    pack: Path | None,
    assets: Path,
    readings: Path,
    labels: Path | None,
    against: Path | None,
    sweep: bool,
    tolerance: str,
    out: Path,
) -> None:
    """Judge history by a pack, through the engine itself, and say what cases it would have been.

    Writes events.csv, cases.csv, report.json and index.html. Ctrl-C writes what there is.

    \b
    Example:
      lifeline backtest --pack rules/packs/flood --assets assets.csv --readings 2026.parquet \\
          --labels floods.csv --out result
    """
    settings = settings_of(ctx)
    city = load_city(settings.city, settings.time_zone)
    slack = _duration(tolerance)
    read = read_assets(assets, settings.time_zone)
    problems = {assets: read.problems}
    known = {name for channel in read.channels for name in places(channel)}
    told, problems[Path(labels or "")] = read_labels(labels, known) if labels else ([], [])
    try:
        rulesets = [load(pack or settings.rules), *([load(against)] if against else [])]
        source = FileReadings(readings, read.channels)
        channels = source.learn_intervals(read.channels, read.learn)
        history = History(channels, source, placed_by(read))
        with _bar() as bar:
            task = bar.add_task("judging", total=1.0, readings=0)
            ran = run(
                history,
                rulesets,
                sweep,
                lambda done, count: bar.update(task, completed=done, readings=count),
            )
    except (BadPack, UnreadableFile) as why:
        raise click.ClickException(str(why)) from why
    problems[readings] = source.faults.listed
    ours = found(ran.trials[0], history, told, slack, city)
    others = None
    if against:
        others = found(ran.trials[1], history, told, slack, city)
    asked = {"pack": str(pack or settings.rules), "assets": str(assets), "readings": str(readings)}
    asked |= {"against": str(against)} if against else {}
    body = report(ran, ours, others, told, slack, city, asked)
    body["problems"] = _problems(problems, source)
    out.mkdir(parents=True, exist_ok=True)
    write_events(out / "events.csv", ours)
    write_cases(out / "cases.csv", ours)
    (out / "report.json").write_text(
        json.dumps(body, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )
    write_page(out / "index.html", body, draw(choose(ours, told), source, ours))
    _say(body, out)
    for file, listed in problems.items():
        _tell(file, listed)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} % {task.fields[readings]:,} readings"),
        TimeElapsedColumn(),
    )


def _duration(text: str) -> timedelta:
    try:
        return TypeAdapter(timedelta).validate_python(text)
    except ValidationError:
        what = f"{text!r} is no duration such as PT1H"
        raise click.BadParameter(what, param_hint="--tolerance") from None


def _problems(problems: dict[Path, list[Problem]], source: FileReadings) -> dict[str, Any]:
    faults = source.faults
    return {
        "bad_rows": faults.bad_rows,
        "duplicates": faults.duplicates,
        "readings_of_no_channel": faults.of_no_channel,
        "listed": [
            {"file": str(file), **problem._asdict()}
            for file, listed in problems.items()
            for problem in listed
        ],
    }


def _say(body: dict[str, Any], out: Path) -> None:
    cases = body["cases"]
    if body["stopped_early"]:
        click.echo("stopped early: what follows is of the part that was judged")
    click.echo(
        f"{body['readings']:,} readings of {body['channels_with_readings']} channels "
        f"in {body['seconds']:.1f} s: {body['events']} events, {cases['total']} cases"
    )
    if cases["total"]:
        day, shift = cases["per_day"], cases["per_shift"]
        click.echo(
            f"cases a day: p50 {day['p50']}, p95 {day['p95']}, max {day['max']}; "
            f"a shift: p50 {shift['p50']}, p95 {shift['p95']}, max {shift['max']}"
        )
    if "labels" in body:
        total = body["labels"]["total"]
        click.echo(
            f"labels: {total['found']} of {total['labels']} found; {total['false_runs']} false "
            f"runs, {total['false_runs_per_sensor_month']} a sensor-month; "
            f"median delay {total['median_delay_s']} s"
        )
    click.echo(f"written to {out}")


def _tell(file: Path, problems: Sequence[Problem]) -> None:
    for problem in problems[:SHOWN]:
        click.echo(
            f"{file}:{problem.row}: {problem.column}: {problem.what}. {problem.mend}.", err=True
        )
    if len(problems) > SHOWN:
        click.echo(f"and {len(problems) - SHOWN} more, see report.json", err=True)
