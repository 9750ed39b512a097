"""`lifeline cases labels`: what cases turned out to be, for backtests."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from deploy.backtest.labels import write_labels
from deploy.commands.backtest import TIME, span
from deploy.commands.database import opened, settings_of
from store.past import past_cases


@click.command("labels")
@click.option("--since", type=TIME, help="Default: 30 days before --until.")
@click.option("--until", type=TIME, help="Default: now.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="CSV to write."
)
@click.pass_context
def labels_command(
    ctx: click.Context, since: datetime | None, until: datetime | None, out: Path
) -> None:
    """Write what cases turned out to be, as `lifeline backtest --labels` reads it.

    A case closed as real is a label; one that nobody has closed yet counts neither way; where
    one was closed as false, as a sensor's fault or as planned work there is none, so that an
    event there is a false one. Drills are left out.

    \b
    Example:
      lifeline cases labels --since 2026-10-01 --out labels.csv
    """
    began, end = span(since, until, settings_of(ctx))
    with opened(ctx) as connection:
        labels = past_cases(connection, began, end)
    write_labels(out, labels)
    sure = sum(label.sure for label in labels)
    click.echo(f"{sure} labels, and {len(labels) - sure} that are not sure, in {out}")
