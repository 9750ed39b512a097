"""`lifeline export`: casework as files, for whoever reckons with it elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click
from psycopg import IsolationLevel
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cases.networks import Network
from deploy.commands.database import opened
from deploy.commands.printed import zone_of
from store.export_formats import WRITERS, Format
from store.exports import Extract, Rows, Table, count_cases
from store.pipes import pipes_as_geojson

DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group("export")
def export_command() -> None:
    """Write what the database holds as files."""


@export_command.command("cases")
@click.option("--since", type=DAY, help="Of cases opened at or after, in the city's time.")
@click.option("--until", type=DAY, help="Of cases opened before.")
@click.option(
    "--format",
    type=click.Choice([each.value for each in Format]),
    default=Format.PARQUET.value,
    show_default=True,
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the files.",
)
@click.pass_context
def cases_command(
    ctx: click.Context,
    since: datetime | None,
    until: datetime | None,
    format: str,
    out: Path,
) -> None:
    """Write cases, log, runs and reports, all as they were at one moment; names no caller.

    A file has its name once it is whole; stopped half way, there is none of the table under
    way, and those before it stand. Done again, files are replaced.

    \b
    Example:
      lifeline export cases --since 2026-01-01 --until 2026-02-01 --out january
    """
    zone = zone_of(ctx)
    begin, end = (at and at.replace(tzinfo=zone) for at in (since, until))
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise click.ClickException(f"--out {out}: {why.strerror}") from why
    with opened(ctx) as connection, _progress() as progress:
        connection.commit()
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        total = count_cases(connection, begin, end)
        for table in Table:
            task = progress.add_task(table, total=total if table is Table.CASES else None)
            extract = Extract(connection, table, begin, end)

            def told(rows: Rows, task: int = task) -> Rows:
                progress.advance(task, len(rows))  # type: ignore[arg-type]
                return rows

            path = out / f"{table}.{format}"
            _write(path, WRITERS[Format(format)](extract.schema, map(told, extract)))
            click.echo(f"{path}  {progress.tasks[task].completed:.0f} rows")


@export_command.command("pipes")
@click.option(
    "--network", type=click.Choice([each.value for each in Network]), help="Of this network alone."
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file."
)
@click.pass_context
def pipes_command(ctx: click.Context, network: str | None, out: Path) -> None:
    """Write pipes with their whole course as GeoJSON, as `lifeline import pipes` reads them.

    \b
    Example:
      lifeline export pipes --network gas --out gas.geojson
    """
    with opened(ctx) as connection, _progress() as progress:
        connection.commit()
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        task = progress.add_task("pipes", total=None)

        def told(piece: bytes) -> bytes:
            progress.advance(task, piece.count(b'"Feature"'))
            return piece

        pieces = pipes_as_geojson(connection, Network(network) if network else None)
        _write(out, map(told, pieces))
        click.echo(f"{out}  {progress.tasks[task].completed:.0f} pipes")


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that has its name only once it is whole."""
    half = path.with_name(f".{path.name}.part")
    try:
        with half.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as why:
        raise click.ClickException(f"{path}: {why.strerror}") from why
    finally:
        half.unlink(missing_ok=True)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))
