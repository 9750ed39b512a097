"""`lifeline backtest`: what would these rules have done?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

import click
from pydantic import TypeAdapter, ValidationError
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cases.city import load_city
from deploy.backtest.given import from_files, from_store, in_force
from deploy.backtest.outcome import write
from deploy.backtest.run import run
from deploy.commands.database import opened, settings_of
from deploy.settings import Settings
from ingest.asset_rows import Problem
from rules.pack import BadPack, load
from rules.quiet import in_words
from store.reading_files import UnreadableFile

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"])
LAST = timedelta(days=30)
PATH = click.Path(path_type=Path, exists=True)
FOLDER = click.Path(path_type=Path, file_okay=False)
SHOWN = 20  #: problems printed of each file; report.json lists more


@click.command("backtest")
@click.option("--pack", type=PATH, help="Default: the packs of the settings.")
@click.option("--assets", type=FILE, help="CSV, one row a channel.")
@click.option("--readings", type=FILE, help="CSV, Parquet or line protocol.")
@click.option("--labels", type=FILE, help="CSV start,end,channel_or_zone,kind: what happened.")
@click.option("--since", type=TIME, help="Of stored readings; default: 30 days before --until.")
@click.option("--until", type=TIME, help="Of stored readings; default: now.")
@click.option("--against", type=PATH, help="Another pack; default on the store: what is in force.")
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
    assets: Path | None,
    readings: Path | None,
    labels: Path | None,
    since: datetime | None,
    until: datetime | None,
    against: Path | None,
    sweep: bool,
    tolerance: str,
    out: Path,
) -> None:
    """Judge history by a pack, through the engine itself, and say what cases it would have been.

    History is that of the files, or, without them, what is stored. Writes events.csv,
    notes.csv, cases.csv, report.json and index.html. Ctrl-C writes what there is.

    \b
    Example:
      lifeline backtest --pack rules/packs/flood --assets assets.csv --readings 2026.parquet \\
          --labels floods.csv --out result
      lifeline backtest --pack mine.yml --since 2026-10-01 --out result
    """
    settings = settings_of(ctx)
    city = load_city(settings.city, settings.time_zone)
    slack = _duration(tolerance)
    _writable(out)
    with ExitStack() as kept:
        try:
            shipped = load(settings.rules)
            rulesets = [load(pack, shipped) if pack else shipped]
            rulesets += [load(against, shipped)] if against else []
            if assets and readings:
                given = from_files(assets, readings, labels, settings.time_zone)
            elif assets or readings or labels:
                raise click.UsageError("--assets and --readings go together; else both are stored")
            else:
                connection = kept.enter_context(opened(ctx))
                given = from_store(connection, *span(since, until, settings))
                if against is None:
                    rulesets.append(in_force(connection))
            with _bar() as bar:
                task = bar.add_task("judging", total=1.0, readings=0)
                ran = run(
                    given.history,
                    rulesets,
                    sweep,
                    lambda done, count: bar.update(task, completed=done, readings=count),
                )
        except (BadPack, UnreadableFile) as why:
            raise click.ClickException(str(why)) from why
        asked = {"pack": str(pack or settings.rules), **given.asked}
        asked |= {"against": str(against)} if against else {}
        body = write(out, ran, given, slack, city, asked)
    _say(body, out)
    for file, listed in given.problems.items():
        _tell(file, listed)
    if not body["readings"] and given.history.readings.faults.any_row:
        raise click.ClickException("no row of the readings could be used")


def _writable(out: Path) -> None:
    """Refuse a folder that cannot be written to before anything is judged."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=out):
            pass
    except OSError as why:
        what = f"{out} cannot be written to: {why.strerror or why}"
        raise click.BadParameter(what, param_hint="--out") from None


def span(
    since: datetime | None, until: datetime | None, settings: Settings
) -> tuple[datetime, datetime]:
    """Return a stretch of stored time: the last 30 days if not said."""
    zone = ZoneInfo(settings.time_zone)
    now = datetime.fromtimestamp(settings.clock.now() / 1e6, zone)
    until = until.replace(tzinfo=until.tzinfo or zone) if until else now
    since = since.replace(tzinfo=since.tzinfo or zone) if since else until - LAST
    return since, until


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


def _say(body: dict[str, Any], out: Path) -> None:
    cases = body["cases"]
    if body["stopped_early"]:
        click.echo("stopped early: what follows is of the part that was judged")
    click.echo(
        f"{body['readings']:,} readings of {body['channels_with_readings']} channels "
        f"in {body['seconds']:.1f} s: {body['events']} events, {cases['total']} cases, "
        f"{body['notes']['total']} notes"
    )
    if not body["readings"]:
        click.echo("nothing was judged: there are no readings of these channels in that time")
    if alone := body["channels_of_no_rule"]:
        named = ", ".join(alone[:5]) + (", ..." if len(alone) > 5 else "")
        click.echo(f"no rule looks at {len(alone)} of {body['channels']} channels: {named}")
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
            f"median delay {_told(total['median_delay_s'])}"
        )
    click.echo(f"written to {out}")


def _told(seconds: float | None) -> str:
    return "–" if seconds is None else in_words(timedelta(seconds=round(seconds)))


def _tell(file: Path, problems: Sequence[Problem]) -> None:
    for problem in problems[:SHOWN]:
        click.echo(
            f"{file}:{problem.row}: {problem.column}: {problem.what}. {problem.mend}.", err=True
        )
    if len(problems) > SHOWN:
        click.echo(f"and {len(problems) - SHOWN} more, see report.json", err=True)
