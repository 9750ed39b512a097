"""`lifeline import`: files into the store; dry run, errors by row, safe to repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cases.city import City
from cases.data import BadCatalogue
from cases.networks import Network
from deploy.commands.cities import city_now, city_of_files, now
from deploy.commands.database import opened, settings_of
from ingest.asset_rows import Problem
from rules.pack import BadPack, load
from store.areas import AreaReport, import_areas
from store.catalogue import Term, VersionRefused
from store.import_assets import import_assets_file
from store.import_city import Told, import_calendar, import_catalogue, import_departments
from store.import_pipes import import_pipes
from store.import_readings import Imported, import_readings
from store.import_tables import UnreadableTable
from store.reading_files import UnreadableFile

PATH = click.Path(path_type=Path, exists=True, dir_okay=False)
FILE = click.argument("file", type=PATH)
DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
VERSION = click.option("--version", required=True, help="Name of the version, as 2026.2.")
FROM = click.option(
    "--in-force-from",
    "since",
    required=True,
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="Day, or time, in the city's zone; what was in force ends there.",
)
GEOJSON = (".geojson", ".json")
SHOWN = 50  #: problems printed


@click.group("import")
def import_command() -> None:
    """Import assets, readings, and the city's own tables from files."""


@import_command.command("assets")
@FILE
@DRY_RUN
@click.pass_context
def assets_command(ctx: click.Context, file: Path, dry_run: bool) -> None:
    """Import channels, a row each, with their devices and places (CSV), or areas (GeoJSON).

    Rows with a problem are left out and named. Ends with 1 when there were some.

    \b
    Example:
      lifeline import assets assets.csv --dry-run
    """
    if file.suffix.lower() in GEOJSON:
        ctx.invoke(areas_command, file=file, dry_run=dry_run)
        return
    with opened(ctx) as connection:
        catalogue = city_now(ctx, connection).catalogue
        report = import_assets_file(connection, file, dry_run, catalogue)
    _count(report.rows, report.added, report.changed, report.unchanged, dry_run)
    _tell(file, report.problems)


@import_command.command("areas")
@FILE
@DRY_RUN
@click.pass_context
def areas_command(ctx: click.Context, file: Path, dry_run: bool) -> None:
    """Import cities, districts, streets, communities and grid cells (GeoJSON), told by their codes.

    Features with a problem are left out and named by their place. A code that is no longer valid
    is not used again. Ends with 1 when there was a problem.

    \b
    Example:
      lifeline import areas cells.geojson --dry-run
    """
    zone = city_of_files(ctx).zone
    with opened(ctx) as connection:
        report: AreaReport = import_areas(connection, file.read_bytes(), now(ctx), zone, dry_run)
    _count(report.rows, report.added, report.changed, report.unchanged, dry_run)
    _tell(file, report.warnings, "warning: ", ends=False)
    _tell(file, report.problems)


@import_command.command("pipes")
@FILE
@click.option(
    "--network",
    type=click.Choice([each.value for each in Network]),
    help="Of pipes whose features do not say which.",
)
@DRY_RUN
@click.pass_context
def pipes_command(ctx: click.Context, file: Path, network: str | None, dry_run: bool) -> None:
    """Import the course of pipes, drains and feeders (GeoJSON), told by network and id.

    A pipe takes the place of the one of its id; those that the file does not name stay. With a
    problem in any feature nothing is imported, and it ends with 1.

    \b
    Example:
      lifeline import pipes gas.geojson --network gas --dry-run
    """
    with opened(ctx) as connection:
        of = Network(network) if network else None
        report = import_pipes(connection, file.read_bytes(), of, dry_run)
    _tell(file, report.warnings, "warning: ", ends=False)
    if report.problems:
        click.echo(f"{report.rows} pipes: nothing is imported; mend them first")
    _tell(file, report.problems)
    _count(report.rows, report.added, report.changed, report.unchanged, dry_run)
    if report.gone:
        click.echo(f"{report.gone} {'would be ' if dry_run else ''}removed")


@import_command.command("catalogue")
@FILE
@click.option("--code-list", required=True, help="The list that it is a version of.")
@VERSION
@FROM
@DRY_RUN
@click.pass_context
def catalogue_command(
    ctx: click.Context, file: Path, code_list: str, version: str, since: datetime, dry_run: bool
) -> None:
    """Import the city's table of filing conditions (CSV or Excel), one a row, as a version.

    A table with a fault in any row is not imported at all: half a catalogue would file wrongly.
    The same content again is no new version.

    \b
    Example:
      lifeline import catalogue 立案标准.xlsx --code-list "GB/T 30428.2-2013" \\
          --version 2026.2 --in-force-from 2026-12-01 --dry-run
    """
    city, at = city_of_files(ctx), now(ctx)
    try:
        rules = load(settings_of(ctx).rules)
    except BadPack as why:
        raise click.ClickException(str(why)) from why
    term = Term(version, _moment(since, city))
    with opened(ctx) as connection, _refusals():
        told = import_catalogue(connection, file, city, code_list, term, at, rules, dry_run)
    _say(told, "filing conditions", dry_run)


@import_command.command("departments")
@click.argument("files", nargs=-1, required=True, type=PATH)
@VERSION
@FROM
@DRY_RUN
@click.pass_context
def departments_command(
    ctx: click.Context, files: tuple[Path, ...], version: str, since: datetime, dry_run: bool
) -> None:
    """Import departments and the responsibility matrix (CSV or Excel) as a version.

    What the tables lack of the two stays as it was. A table with a fault is not imported at all.

    \b
    Example:
      lifeline import departments departments.csv matrix.csv \\
          --version 2026.2 --in-force-from 2026-12-01 --dry-run
    """
    city, at = city_of_files(ctx), now(ctx)
    term = Term(version, _moment(since, city))
    with opened(ctx) as connection, _refusals():
        told = import_departments(connection, files, city, term, at, dry_run)
    _say(told, "departments and rows of the matrix", dry_run)


@import_command.command("calendars")
@FILE
@click.option("--source", required=True, help="Who published it, and when.")
@DRY_RUN
@click.pass_context
def calendars_command(ctx: click.Context, file: Path, source: str, dry_run: bool) -> None:
    """Import public holidays and days worked in exchange (调休), a day a row; years are replaced.

    \b
    Example:
      lifeline import calendars 2027.csv --source "State Council notice on 2027" --dry-run
    """
    city, at = city_of_files(ctx), now(ctx)
    with opened(ctx) as connection, _refusals():
        told = import_calendar(connection, file, city, source, at, dry_run)
    _say(told, "years", dry_run)


@import_command.command("readings")
@FILE
@DRY_RUN
@click.option("--no-rejudge", is_flag=True, help="Store only; rules do not look at them.")
@click.pass_context
def readings_command(ctx: click.Context, file: Path, dry_run: bool, no_rejudge: bool) -> None:
    """Import history: CSV (long or wide), Parquet, or line protocol.

    \b
    Example:
      lifeline import readings history.parquet
    """
    bar = Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with opened(ctx) as connection, bar:
        task = bar.add_task(f"reading {file.name}", total=None)

        def show(imported: Imported) -> None:
            bar.update(task, description=f"{imported.rows:,} readings read")

        try:
            imported = import_readings(
                connection, file, settings_of(ctx).clock.now(), not no_rejudge, dry_run, show
            )
        except UnreadableFile as why:
            raise click.ClickException(f"{file}: {why}") from why
    click.echo(
        f"{imported.rows:,} rows: {imported.stored:,} readings {'would be ' if dry_run else ''}"
        f"stored, {imported.duplicate:,} were there, {imported.faulty:,} with a problem"
    )
    _tell(file, imported.problems)


@contextmanager
def _refusals() -> Iterator[None]:
    """What an import cannot do is said to the operator."""
    try:
        yield
    except (UnreadableTable, VersionRefused, BadCatalogue) as why:
        raise click.ClickException(str(why)) from why


def _moment(since: datetime, city: City) -> datetime:
    return since.replace(tzinfo=city.zone)


def _count(rows: int, added: int, changed: int, unchanged: int, dry_run: bool) -> None:
    said = "would be " if dry_run else ""
    click.echo(
        f"{rows} rows: {added} {said}added, {changed} {said}changed, {unchanged} as they were"
    )


def _say(told: Told, what: str, dry_run: bool) -> None:
    for fault in told.warnings[:SHOWN]:
        click.echo(f"warning: {fault}", err=True)
    for fault in told.faults[:SHOWN]:
        click.echo(str(fault), err=True)
    if len(told.faults) > SHOWN:
        click.echo(f"and {len(told.faults) - SHOWN} more faults", err=True)
    for word, names in (("new", told.added), ("changed", told.changed), ("gone", told.gone)):
        for name in names[:SHOWN]:
            click.echo(f"  {word}: {name}")
    if told.faults:
        click.echo(f"{told.rows} rows: nothing is imported; mend them first")
        raise SystemExit(1)
    said = "would be " if dry_run else ""
    for name, outcome in told.outcomes.items():
        done = "as it was: no new version" if outcome == "unchanged" else f"{said}{outcome}"
        click.echo(f"{name or 'departments'}: {done}")
    click.echo(
        f"{told.rows} rows: {len(told.added)} {what} new, {len(told.changed)} changed, "
        f"{len(told.gone)} gone"
    )


def _tell(file: Path, problems: Sequence[Problem], word: str = "", ends: bool = True) -> None:
    for problem in problems[:SHOWN]:
        click.echo(
            f"{word}{file}:{problem.row}: {problem.column}: {problem.what}. {problem.mend}.",
            err=True,
        )
    if len(problems) > SHOWN:
        click.echo(f"and {len(problems) - SHOWN} more problems", err=True)
    if problems and ends:
        raise SystemExit(1)
