"""`lifeline report`: how well the system serves those who work with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import numpy as np
from rich.table import Table

from cases.opening import as_datetime
from deploy.commands.database import opened
from deploy.commands.evaluation import definitions_command, evaluation_command
from deploy.commands.printed import minute, print_table, zone_of
from rules.hygiene import Hygiene, hygiene
from store.alarms import alarms


@click.group("report")
def report_command() -> None:
    """Reports on what is stored."""


report_command.add_command(evaluation_command)
report_command.add_command(definitions_command)


@report_command.command("hygiene")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366))
@click.option(
    "--operators",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Who share the alarms.",
)
@click.pass_context
def hygiene_command(ctx: click.Context, days: int, operators: int) -> None:
    """Print the alarm measures of EEMUA 191 and ISA-18.2 beside their targets.

    \b
    Example:
      lifeline report hygiene --days 30 --operators 2
    """
    until = datetime.now(UTC)
    since = until - timedelta(days=days)
    with opened(ctx) as connection:
        told = alarms(connection, since, until)
    begin, end = (np.datetime64(t.replace(tzinfo=None), "us") for t in (since, until))
    report = hygiene(told, begin, end, operators)
    zone = zone_of(ctx)
    click.echo(f"{report.alarms} alarms since {minute(since, zone)}, {report.held_back} held back")
    for table in _tables(report):
        print_table(table)
    for flood in report.floods:
        click.echo(f"flood at {minute(as_datetime(flood.began), zone)}: {flood.alarms} alarms")
    for name in report.stale:
        click.echo(f"stale: {name}")


def _tables(report: Hygiene) -> list[Table]:
    measures = Table("measure", "value", "target", "")
    for measure in report.measures:
        verdict = {True: "met", False: "missed", None: ""}[measure.met]
        measures.add_row(measure.name, f"{measure.value:.4g}", measure.target, verdict)
    often = Table("most frequent", "times", "share", "")
    chattering = {o.name for o in report.chattering}
    for one in report.top:
        chatters = "chatters" if one.name in chattering else ""
        often.add_row(one.name, str(one.times), f"{one.share:.0%}", chatters)
    return [measures, often] if report.top else [measures]
