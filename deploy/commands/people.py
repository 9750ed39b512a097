"""`lifeline people`: who signs in, for the first set-up and when nobody gets in any more."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta

import click
from rich.table import Table

from api.access.permissions import PERMISSIONS
from api.routes.people import OF_KEYS, said
from deploy.commands.database import opened, settings_of
from deploy.commands.printed import minute, print_table, zone_of
from deploy.commands.trailed import trailed
from store import access_people as store
from store.access import Grant, add_account
from store.access_second_factor import reset
from store.access_sign_in import invite

LASTS = timedelta(days=3)


def read_grant(text: str) -> Grant:
    """Return ROLE, ROLE@AREA, ROLE/DEPARTMENT or ROLE/DEPARTMENT@AREA; raise BadParameter."""
    rest, _, area = text.partition("@")
    role, _, department = rest.partition("/")
    if role not in PERMISSIONS:
        raise click.BadParameter(f"no role is called {role}; there are {', '.join(PERMISSIONS)}")
    if area and not area.isdigit():
        raise click.BadParameter(f"{area} are not the first digits of grid cells")
    return Grant(role, department, area)


def _for_people(text: str) -> Grant:
    grant = read_grant(text)
    if grant.role in OF_KEYS:
        raise click.BadParameter(f"only keys of systems have {grant.role}: see lifeline keys")
    return grant


def _link(ctx: click.Context, token: str, until: datetime) -> None:
    settings = settings_of(ctx)
    address = settings.public_url or f"http://{settings.http_host}:{settings.http_port}"
    click.echo(f"{address}/#/invitations/{token}")
    click.echo(
        f"lets in once, until {minute(until, zone_of(ctx))}; it is shown this once", err=True
    )


@click.group("people")
def people_command() -> None:
    """Who signs in, and in which roles. What is changed here stands in the trail too."""


@people_command.command("list")
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """Print everybody with their roles.

    \b
    Example:
      lifeline people list
    """
    zone = zone_of(ctx)
    table = Table("name", "roles", "signs in by", "last seen", caption=f"times in {zone}")
    with opened(ctx) as connection:
        after: tuple[object, ...] = (None, None)
        for one in store.people(connection, datetime.now(UTC), 100_000, after):
            way = one["provider"] or ("password" if one["has_password"] else "not yet: a link")
            roles = [Grant(g["role"], g["department"], g["area"]) for g in one["grants"]]
            table.add_row(
                one["name"],
                said(roles),
                "disabled" if one["disabled"] else way,
                "" if one["seen"] is None else minute(one["seen"], zone),
            )
    print_table(table)


@people_command.command("invite")
@click.argument("name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE[/DEPARTMENT][@AREA]",
    help="dispatcher, department/12000000000000011F, shift-lead@330106, administrator, ...",
)
@click.pass_context
def invite_command(ctx: click.Context, name: str, roles: tuple[str, ...]) -> None:
    """Make an account and print a one-time link for it; of somebody there is, only a new link.

    \b
    Example:
      lifeline people invite "Li Wei" --role dispatcher@330106
      lifeline people invite "Li Wei"          # has forgotten the password
    """
    grants = [_for_people(text) for text in roles]
    told = f"a one-time link for {name} {said(grants)}".strip()
    with trailed(ctx, told) as (connection, now), connection.transaction():
        try:
            account = store.number_of(connection, name)
        except store.NoSuch:
            account = add_account(connection, name, now)
        for grant in grants:
            store.grant(connection, account, grant)
        token = invite(connection, account, now, getpass.getuser(), LASTS)
    _link(ctx, token, now + LASTS)


@people_command.command("grant")
@click.argument("name")
@click.argument("role")
@click.option("--withdraw", is_flag=True, help="Take it back.")
@click.pass_context
def grant_command(ctx: click.Context, name: str, role: str, withdraw: bool) -> None:
    """Give somebody a role, ROLE[/DEPARTMENT][@AREA], or take it back as it was given.

    \b
    Example:
      lifeline people grant "Li Wei" administrator
      lifeline people grant "Li Wei" dispatcher@330106 --withdraw
    """
    grant = read_grant(role) if withdraw else _for_people(role)
    verb = "took" if withdraw else "gave"
    with trailed(ctx, f"{verb} {said([grant])} {'from' if withdraw else 'to'} {name}") as (
        connection,
        _,
    ):
        account = store.number_of(connection, name)
        (store.withdraw if withdraw else store.grant)(connection, account, grant)
    click.echo(f"{name}: {verb} {said([grant])}")


@people_command.command("disable")
@click.argument("name")
@click.option("--enable", is_flag=True, help="Let in again.")
@click.pass_context
def disable_command(ctx: click.Context, name: str, enable: bool) -> None:
    """Sign somebody out everywhere and let them in no more.

    \b
    Example:
      lifeline people disable "Li Wei"
    """
    with trailed(ctx, f"{'enabled' if enable else 'disabled'} {name}") as (connection, now):
        account = store.number_of(connection, name)
        if enable:
            store.enable(connection, account)
        else:
            store.disable(connection, account, now)
    click.echo(f"{name} is {'let in again' if enable else 'disabled'}")


@people_command.command("reset-second-factor")
@click.argument("name")
@click.pass_context
def reset_command(ctx: click.Context, name: str) -> None:
    """Take the second factor of whoever has lost it away; their sessions end with it.

    \b
    Example:
      lifeline people reset-second-factor "Li Wei"
    """
    with trailed(ctx, f"reset the second factor of {name}") as (connection, now):
        if not reset(connection, store.number_of(connection, name), now):
            raise store.NoSuch(f"{name} has no second factor")
    click.echo(f"{name} signs in by password alone, or enrols anew where it is asked for")
