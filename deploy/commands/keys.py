"""`lifeline keys`: of systems and gateways."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta

import click
from rich.table import Table

from api.access.permissions import Permission
from api.routes.people import said
from deploy.commands.database import opened
from deploy.commands.people import read_grant
from deploy.commands.printed import minute, print_table, zone_of
from deploy.commands.trailed import trailed
from store import access_people as store
from store.access import Grant

DAYS = click.IntRange(1, 731)


@click.group("keys")
def keys_command() -> None:
    """Keys of systems and gateways. What is changed here stands in the trail too."""


@keys_command.command("list")
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """Print every key: what it may do, until when, and when it was used last.

    \b
    Example:
      lifeline keys list
    """
    zone, now = zone_of(ctx), datetime.now(UTC)
    columns = ("name", "roles", "held to", "device", "state", "used last")
    table = Table(*columns, caption=f"times in {zone}")
    with opened(ctx) as connection:
        for one in store.keys(connection, now, 100_000):
            state = f"until {minute(one['expires'], zone)}"
            if one["revoked"] or one["expires"] <= now:
                state = "revoked" if one["revoked"] else "expired"
            roles = [Grant(g["role"], g["department"], g["area"]) for g in one["grants"]]
            used = "never" if one["used"] is None else minute(one["used"], zone)
            table.add_row(
                one["name"], said(roles), " ".join(one["scopes"]), one["device"], state, used
            )
    print_table(table)


@keys_command.command("add")
@click.argument("name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    metavar="ROLE[/DEPARTMENT][@AREA]",
    help="gateway (sends readings), monitor (reads /metrics), integration, observer, ...",
)
@click.option(
    "--only",
    "scopes",
    multiple=True,
    type=click.Choice([str(each) for each in Permission]),
    help="Permissions that it is held to; none: all of its roles.",
)
@click.option("--device", default="", help="Speaks for this device and those behind it alone.")
@click.option("--days", default=365, show_default=True, type=DAYS, help="Until it expires.")
@click.pass_context
def add_command(
    ctx: click.Context,
    name: str,
    roles: tuple[str, ...],
    scopes: tuple[str, ...],
    device: str,
    days: int,
) -> None:
    """Make a key and print its secret, which is shown this once.

    \b
    Example:
      lifeline keys add prometheus --role monitor
      lifeline keys add "roof of the east" --role gateway --device roof-3 --days 90
    """
    grants = [read_grant(role) for role in roles]
    with trailed(ctx, f"made the key {name}: {said(grants)}") as (connection, now):
        _, secret = store.make_key(
            connection, name, now, grants, getpass.getuser(), timedelta(days=days), scopes, device
        )
    click.echo(secret)


@keys_command.command("rotate")
@click.argument("name")
@click.option("--overlap-hours", default=24, show_default=True, type=click.IntRange(0, 720))
@click.option("--days", default=365, show_default=True, type=DAYS, help="Until it expires.")
@click.pass_context
def rotate_command(ctx: click.Context, name: str, overlap_hours: int, days: int) -> None:
    """Print a new secret; the one before is good for the overlap, so that nothing stands still.

    \b
    Example:
      lifeline keys rotate prometheus
    """
    with trailed(ctx, f"rotated the key {name}") as (connection, now):
        key = store.key_number(connection, name)
        overlap, lasts = timedelta(hours=overlap_hours), timedelta(days=days)
        secret = store.rotate_key(connection, key, now, overlap, lasts)
    click.echo(secret)


@keys_command.command("revoke")
@click.argument("name")
@click.pass_context
def revoke_command(ctx: click.Context, name: str) -> None:
    """End a key at once, both its secrets.

    \b
    Example:
      lifeline keys revoke prometheus
    """
    with trailed(ctx, f"revoked the key {name}") as (connection, now):
        store.revoke_key(connection, store.key_number(connection, name), now)
    click.echo(f"{name} opens nothing any more")
