"""`lifeline import`: assets and readings from files; dry run, errors by row, safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.commands.database import opened, settings_of
from ingest.asset_rows import Problem
from store.import_assets import import_assets_file
from store.import_readings import Imported, import_readings
from store.reading_files import UnreadableFile

FILE = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
SHOWN = 50  #: problems printed


@click.group("import")
def import_command() -> None:
    """Import assets or readings from files."""


@import_command.command("assets")
@FILE
@DRY_RUN
@click.pass_context
def assets_command(ctx: click.Context, file: Path, dry_run: bool) -> None:
    """Import channels, a row each, with their devices and places (CSV), or grid cells (GeoJSON).

    Rows with a problem are left out and named. Ends with 1 when there were some.

    \b
    Example:
      lifeline import assets assets.csv --dry-run
    """
    with opened(ctx) as connection:
        report = import_assets_file(connection, file, dry_run)
    said = "would be " if dry_run else ""
    click.echo(
        f"{report.rows} rows: {report.added} {said}added, {report.changed} {said}changed, "
        f"{report.unchanged} as they were"
    )
    _tell(file, report.problems)


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


def _tell(file: Path, problems: Sequence[Problem]) -> None:
    for problem in problems[:SHOWN]:
        click.echo(
            f"{file}:{problem.row}: {problem.column}: {problem.what}. {problem.mend}.", err=True
        )
    if len(problems) > SHOWN:
        click.echo(f"and {len(problems) - SHOWN} more problems", err=True)
    if problems:
        raise SystemExit(1)
