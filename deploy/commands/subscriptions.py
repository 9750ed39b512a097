"""`lifeline subscriptions`: who is told of cases by webhook, and how the deliveries stand."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from rich.table import Table

from cases.notices import TYPES
from cases.signature import BadSecret, key_of
from cases.words import Source, Verb
from deploy.commands.database import opened
from deploy.commands.printed import minute, print_table, zone_of
from store import subscriptions as store
from store.subscriptions import BadSubscription, State

NAME = click.argument("name")


@click.group("subscriptions")
def subscriptions_command() -> None:
    """Tell others of cases by webhook: CloudEvents, signed, at least once, each case in order."""


@subscriptions_command.command("add")
@NAME
@click.argument("url")
@click.option("--type", "types", multiple=True, help="Only these types of events; repeatable.")
@click.option("--area", "areas", multiple=True, help="First digits of grid cells; repeatable.")
@click.option("--department", "departments", multiple=True, help="Its code; repeatable.")
@click.option("--severity", "severities", multiple=True, help="Repeatable.")
@click.option(
    "--reported-by",
    multiple=True,
    type=click.Choice([source.value for source in Source]),
    help="Source of the case; repeatable.",
)
@click.option(
    "--exercises", type=click.Choice(["without", "with", "only"]), default="without",
    show_default=True,
)  # fmt: skip
@click.option(
    "--mode", type=click.Choice(["structured", "binary"]), default="structured", show_default=True
)
@click.option("--secret", help="whsec_ and base64; left out: one is made.")
@click.option("--skip-handshake", is_flag=True, help="For a target that does not answer OPTIONS.")
@click.pass_context
def add_command(
    ctx: click.Context,
    name: str,
    url: str,
    types: tuple[str, ...],
    areas: tuple[str, ...],
    departments: tuple[str, ...],
    severities: tuple[str, ...],
    reported_by: tuple[str, ...],
    exercises: str,
    mode: str,
    secret: str | None,
    skip_handshake: bool,
) -> None:
    """Post events of cases to URL from now on, and print the secret that signs them.

    \b
    Example:
      lifeline subscriptions add water-company https://receiver.example/events \\
          --type org.lifeline.case.dispatched.v1 --area 330106
    """
    if strange := sorted(set(types) - set(TYPES.values())):
        raise click.ClickException(f"no events are of type {', '.join(strange)}")
    try:
        if secret is not None:
            key_of(secret)
        with opened(ctx) as connection:
            made = store.subscribe(
                connection,
                datetime.now(UTC),
                name=name,
                url=url,
                secret=secret,
                mode=mode,
                handshake="skipped" if skip_handshake else "required",
                exercises=exercises,
                types=list(types),
                areas=list(areas),
                departments=list(departments),
                severities=list(severities),
                reported_by=list(reported_by),
            )
    except (BadSubscription, BadSecret) as why:
        raise click.ClickException(str(why)) from None
    click.echo(f"{name} hears of what happens from now on; its secret: {made}")


@subscriptions_command.command("list")
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """Print all subscriptions: what waits, what has failed, what was wrong last.

    \b
    Example:
      lifeline subscriptions list
    """
    with opened(ctx) as connection:
        rows = store.subscriptions(connection)
    table = Table("name", "state", "to", "pending", "failed", "last delivered", "trouble")
    for row in rows:
        last = row["last_delivered"]
        table.add_row(
            row["name"],
            row["state"],
            row["url"],
            str(row["pending"]),
            str(row["failed"]),
            minute(last, zone_of(ctx)) if last else "",
            row["trouble"],
        )
    print_table(table)


@subscriptions_command.command("types")
def types_command() -> None:
    """Print the types of events.

    \b
    Example:
      lifeline subscriptions types
    """
    table = Table("type", "step", "步骤")
    for verb in Verb:
        table.add_row(TYPES[verb], verb, verb.zh)
    print_table(table)


@subscriptions_command.command("deliveries")
@NAME
@click.option("--state", type=click.Choice(["pending", "delivered", "failed"]))
@click.option("--case", "subject", help="Only those of the case of this number.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.pass_context
def deliveries_command(
    ctx: click.Context, name: str, state: str | None, subject: str | None, limit: int
) -> None:
    """Print what was or is to be delivered, newest first.

    \b
    Example:
      lifeline subscriptions deliveries water-company --state failed
    """
    with opened(ctx) as connection:
        rows = store.deliveries(connection, name, limit, state, subject)
    zone = zone_of(ctx)
    heads = ("event", "case", "version", "type", "state", "attempts", "last status", "next try")
    table = Table(*heads, "trouble", caption=f"times in {zone}")
    for row in rows:
        table.add_row(
            str(row["event"]),
            row["subject"],
            str(row["sequence"]),
            row["type"],
            row["state"],
            str(row["attempts"]),
            str(row["status"] or ""),
            minute(row["next_try"], zone) if row["next_try"] else "",
            row["trouble"],
        )
    print_table(table)


@subscriptions_command.command("redeliver")
@NAME
@click.option("--event", type=int, help="This one; left out: all that have failed.")
@click.pass_context
def redeliver_command(ctx: click.Context, name: str, event: int | None) -> None:
    """Send events again, as they were.

    \b
    Example:
      lifeline subscriptions redeliver water-company
    """
    with opened(ctx) as connection:
        again = store.send_again(connection, name, datetime.now(UTC), event)
    click.echo(f"{again} events are sent again")


@subscriptions_command.command("pause")
@NAME
@click.pass_context
def pause_command(ctx: click.Context, name: str) -> None:
    """Send nothing for the time being; what happens meanwhile waits.

    \b
    Example:
      lifeline subscriptions pause water-company
    """
    _set_state(ctx, name, "paused")


@subscriptions_command.command("resume")
@NAME
@click.pass_context
def resume_command(ctx: click.Context, name: str) -> None:
    """Go on, after a pause or after the target was gone; it is asked again whether it agrees.

    \b
    Example:
      lifeline subscriptions resume water-company
    """
    _set_state(ctx, name, "active")


@subscriptions_command.command("end")
@NAME
@click.pass_context
def end_command(ctx: click.Context, name: str) -> None:
    """End a subscription for good; what waits is not sent.

    \b
    Example:
      lifeline subscriptions end water-company
    """
    _set_state(ctx, name, "ended")


def _set_state(ctx: click.Context, name: str, state: State) -> None:
    try:
        with opened(ctx) as connection:
            store.set_state(connection, name, state)
    except BadSubscription as why:
        raise click.ClickException(str(why)) from None
    click.echo(f"{name} is {state}")
