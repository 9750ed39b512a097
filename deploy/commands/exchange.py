"""`lifeline exchange`: how it stands with other instances, and what people must look at."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from rich.table import Table

from deploy.commands.cities import city_now
from deploy.commands.database import opened, settings_of
from deploy.commands.printed import minute, print_table, zone_of
from store import exchange as store
from store.exchange import BadMessages

PEER = click.argument("peer")


@click.group("exchange")
def exchange_command() -> None:
    """Cases handed over to and from other instances, named as `peers` in the settings."""


@exchange_command.command("list")
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """Print the peers: messages sent and received, and what could not be followed.

    \b
    Example:
      lifeline exchange list
    """
    names = [peer.name for peer in settings_of(ctx).peers]
    with opened(ctx) as connection:
        store.know(connection, names)
        rows = store.peers(connection, names)
    zone = zone_of(ctx)
    heads = ("peer", "cases", "sent", "it has", "received", "conflicts", "held", "refused", "heard")
    table = Table(*heads, "trouble", caption=f"times in {zone}")
    for row in rows:
        numbers = ("cases", "sent", "acknowledged", "received", "conflicts", "held", "refused")
        heard = minute(row["heard"], zone) if row["heard"] else "never"
        table.add_row(row["name"], *(str(row[n]) for n in numbers), heard, row["trouble"])
    print_table(table)


@exchange_command.command("conflicts")
@PEER
@click.pass_context
def conflicts_command(ctx: click.Context, peer: str) -> None:
    """Print messages that one side could not follow, newest first.

    \b
    Example:
      lifeline exchange conflicts district.example
    """
    with opened(ctx) as connection:
        rows = store.messages(connection, peer, 1000)
    table = Table("direction", "number", "our case", "their case", "step", "outcome", "why")
    for row in rows:
        step = str(row["body"].get("verb") or row["body"].get("kind", ""))
        cells = (row["case"] or "", row["theirs"], step, row["outcome"], row["why"])
        table.add_row(row["direction"], str(row["number"]), *cells)
    print_table(table)


@exchange_command.command("dismiss")
@PEER
@click.argument("number", type=int)
@click.option("--actor", required=True, help="Who does it.")
@click.option("--why", required=True, help="For the record.")
@click.pass_context
def dismiss_command(ctx: click.Context, peer: str, number: int, actor: str, why: str) -> None:
    """Leave a message that could not be followed; those of its case that waited are followed now.

    \b
    Example:
      lifeline exchange dismiss district.example 17 --actor "shift lead" --why "done by telephone"
    """
    try:
        with opened(ctx) as connection:
            city = city_now(ctx, connection)
            now = datetime.now(UTC)
            followed = store.dismiss(connection, peer, number, actor, why, now, city)
    except BadMessages as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(f"dismissed; {followed} messages that waited are followed")
