"""`lifeline score`: how abnormal each row of a recorded table is."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from rich.progress import Progress

from deploy.score.cells import UnreadableTable
from deploy.score.rows import judge, score_rows
from deploy.score.table import ScoreTable, is_parquet, read_table
from deploy.score.written import write_table

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("score")
@click.option("--input", "source", type=FILE, required=True, help="CSV or Parquet.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="CSV or Parquet, a row for each of the input.",
)
@click.option("--history", type=FILE, help="The same columns, earlier; learnt, not written.")
@click.option("--columns", metavar="A,B", help="Columns of values; default: all but labels.")
def score_command(source: Path, output: Path, history: Path | None, columns: str | None) -> None:
    """Score each row of a table before the next one is read.

    The table has a time and one column of numbers (a sensor) or several (one station, whose
    rows also name the column that contributes most). A score is in [0, 1]; at 0.5 or above we
    would raise an event. Rows are taken in the order of the file. Empty cells and NaN are
    missing values; a row without any value scores 0. Columns named as labels (EVENT,
    ATT_FLAG, anomaly, label, ...) are left out.

    \b
    Example:
      lifeline score --input station.csv --history last-year.csv --output scored.csv
    """
    wanted = [name.strip() for name in columns.split(",")] if columns else []
    try:
        is_parquet(output)
        if not output.parent.is_dir():
            raise UnreadableTable(f"{output}: there is no folder {output.parent}. Make it.")
        table = read_table(source, wanted)
        past = read_table(history, table.names) if history else None
    except UnreadableTable as why:
        raise click.ClickException(str(why)) from why
    _tell(table)
    station = judge(table.names)
    with Progress() as bar:
        if past is not None:
            learnt = bar.add_task(f"learning {past.path.name}", total=len(past.time))
            score_rows(station, past.time, past.value, lambda n: bar.update(learnt, completed=n))
        task = bar.add_task(f"scoring {source.name}", total=len(table.time))
        score, speaks = score_rows(
            station, table.time, table.value, lambda n: bar.update(task, completed=n)
        )
    named = [table.names[place] if s > 0 else "" for place, s in zip(speaks, score, strict=True)]
    try:
        write_table(output, table, score, named if len(table.names) > 1 else None)
    except (UnreadableTable, OSError) as why:
        raise click.ClickException(str(why)) from why
    raised = int((score >= 0.5).sum())
    click.echo(f"{len(score):,} rows scored, {raised:,} at or above 0.5: {output}")


def _tell(table: ScoreTable) -> None:
    """Say what is read as values, what is not, and what is odd about the times."""
    click.echo(f"values: {', '.join(table.names)}")
    if table.ignored:
        click.echo(f"left out: {', '.join(table.ignored)}")
    backwards = int((np.diff(table.time) <= np.timedelta64(0)).sum())
    if backwards:
        click.echo(f"{backwards:,} rows are not later than the row before; scored as they stand")
