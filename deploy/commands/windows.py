"""`lifeline windows`: maintenance, planned work, calibration and shelving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
from psycopg.rows import dict_row
from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from deploy.commands.database import opened
from deploy.commands.printed import minute, print_table, zone_of
from rules.duration import Duration
from rules.windows import Reason
from store.statements import statements
from store.windows import BadWindow, add_window, end_window

ACTOR = click.option("--actor", required=True, help="Who does it.")
WHY = click.option("--why", required=True, help="For the log.")
DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


@click.group("windows")
def windows_command() -> None:
    """Hold back what is found where people work; judging goes on, and windows end by themselves."""


@windows_command.command("set")
@click.argument("scope")
@click.argument("subject")
@click.option("--reason", required=True, type=click.Choice([reason.value for reason in Reason]))
@click.option("--for", "lasting", default="PT8H", show_default=True, help="How long, as PT8H.")
@click.option(
    "--from", "began", type=click.DateTime(), help="In the city's time; left out: from now."
)
@click.option("--rule", "rules", multiple=True, help="Only findings of this rule; repeatable.")
@ACTOR
@WHY
@click.pass_context
def set_command(
    ctx: click.Context,
    scope: str,
    subject: str,
    reason: str,
    lasting: str,
    began: datetime | None,
    rules: tuple[str, ...],
    actor: str,
    why: str,
) -> None:
    """Set a window on a channel, device, component, tag (zone, pipe, ...) or on city city.

    \b
    Example:
      lifeline windows set zone east --reason planned_work --for PT8H \\
          --actor "control room" --why "valves of the trunk main are exchanged"
    """
    now = datetime.now(UTC)
    begins = now if began is None else began.replace(tzinfo=zone_of(ctx)).astimezone(UTC)
    try:
        ends = begins + DURATION.validate_python(lasting)
        with opened(ctx) as connection:
            number = add_window(
                connection, Reason(reason), scope, subject, begins, ends, actor, why, now, rules
            )
    except ValidationError as refused:
        words = refused.errors()[0]["msg"].removeprefix("Value error, ")
        raise click.ClickException(f"--for: {words}") from None
    except OverflowError:
        raise click.ClickException(f"--for: {lasting} is longer than any calendar") from None
    except BadWindow as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(f"window {number} until {minute(ends, zone_of(ctx))}")


@windows_command.command("end")
@click.argument("number", type=int)
@ACTOR
@WHY
@click.pass_context
def end_command(ctx: click.Context, number: int, actor: str, why: str) -> None:
    """End a window early: what still stands there opens its case now.

    \b
    Example:
      lifeline windows end 3 --actor "control room" --why "the crew is back"
    """
    try:
        with opened(ctx) as connection:
            end_window(connection, number, actor, why, datetime.now(UTC))
    except BadWindow as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(f"window {number} has ended")


@windows_command.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that are over.")
@click.pass_context
def list_command(ctx: click.Context, every: bool) -> None:
    """Print windows, newest first, with the findings they held back.

    \b
    Example:
      lifeline windows list --all
    """
    zone, now = zone_of(ctx), datetime.now(UTC)
    table = Table("id", "reason", "where", "rules", "from", "until", "held back", "who", "why")
    table.caption = f"times in {zone}"
    values = {"id": None, "before": None, "at": None, "limit": 1000}
    with opened(ctx) as connection, connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(statements("views")["windows_page"], values):
            if every or row["until"] > now:
                table.add_row(
                    str(row["id"]),
                    row["reason"],
                    f"{row['scope']} {row['subject']}",
                    ", ".join(row["rules"]) or "all",
                    minute(row["began"], zone),
                    minute(row["until"], zone) + ("" if row["ended_by"] is None else " (ended)"),
                    str(row["held_back"]),
                    row["actor"],
                    row["why"],
                )
    print_table(table)
