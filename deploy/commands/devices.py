"""`lifeline devices`: who is heard, who waits in quarantine, adoption in one step, accounts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import click
from rich.table import Table

from deploy.commands.database import opened, settings_of
from deploy.commands.device_credentials import credentials_command
from deploy.commands.printed import minute, print_table, zone_of
from store.adoption import AdoptionRefused, adopt
from store.ledger import accounts, missing
from store.quarantine import waiting


@click.group("devices")
def devices_command() -> None:
    """The ledger of every device, the quarantine and adopting from it, accounts at the broker."""


devices_command.add_command(credentials_command)


@devices_command.command("ledger")
@click.argument("device", required=False)
@click.option("--days", default=7, show_default=True, type=click.IntRange(1))
@click.pass_context
def ledger_command(ctx: click.Context, device: str | None, days: int) -> None:
    """Print what devices sent in the last days and what became of it.

    Of one device also how many readings each channel left out, by its interval.

    \b
    Example:
      lifeline devices ledger meter-7
    """
    zone = zone_of(ctx)
    now = datetime.fromtimestamp(settings_of(ctx).clock.now() / 1e6, UTC)
    since: date = now.astimezone(zone).date() - timedelta(days=days - 1)
    table = Table(
        *("device", "received", "stored", "duplicate", "rejected", "quarantined"),
        *("late", "flagged", "last received"),
        caption=f"times in {zone}",
    )
    with opened(ctx) as connection:
        for account in accounts(connection, since, device):
            name, *counts, last = account[:9]
            heard = "" if last is None else minute(last, zone)
            table.add_row(name or "(not named)", *map(str, counts), heard)
        begin = datetime.combine(since, time.min, zone)
        left_out = missing(connection, device, begin, now) if device else {}
    print_table(table)
    for channel, count in left_out.items():
        click.echo(f"{channel}: {count} missing between its first and last")


@devices_command.command("quarantine")
@click.pass_context
def quarantine_command(ctx: click.Context) -> None:
    """Print the fields of unknown devices that wait for adoption.

    \b
    Example:
      lifeline devices quarantine
    """
    zone = zone_of(ctx)
    table = Table(
        *("device", "field", "readings", "first", "last", "example", "units", "topic"),
        caption=f"times in {zone}",
    )
    with opened(ctx) as connection:
        for field in waiting(connection):
            table.add_row(
                field.device,
                field.name,
                str(field.readings),
                minute(field.first_time, zone),
                minute(field.last_time, zone),
                field.example or "",
                " ".join(field.units),
                field.topic,
            )
    print_table(table)


@devices_command.command("adopt")
@click.argument("device")
@click.option(
    "--field",
    "fields",
    multiple=True,
    required=True,
    metavar="NAME=QUANTITY[:UNIT]",
    help="A field on the wire, what it measures, and its unit where payloads declare none.",
)
@click.option(
    "--set",
    "places",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Any column of an assets file: component, lon, lat, zone, kind, role, interval, ...",
)
@click.pass_context
def adopt_command(
    ctx: click.Context, device: str, fields: tuple[str, ...], places: tuple[str, ...]
) -> None:
    """Make an unknown device known; its readings since then are moved and judged.

    \b
    Example:
      lifeline devices adopt probe-9 --field depth=depth:cm --set lon=117.2 --set lat=31.8 \\
          --set component=3401020103000042 --set zone=A3 --set kind=flood --set role=road
    """
    columns: dict[str, dict[str, str]] = {}
    for field in fields:
        name, _, rest = field.partition("=")
        quantity, _, unit = rest.partition(":")
        columns[name] = {"quantity": quantity} | ({"unit": unit} if unit else {})
    place = {column: value for column, _, value in (text.partition("=") for text in places)}
    with opened(ctx) as connection:
        heard = {field.name for field in waiting(connection, device)}
        try:
            report = adopt(connection, device, columns, place)
        except AdoptionRefused as why:
            raise click.ClickException(str(why)) from why
    channels = "1 channel" if report.rows == 1 else f"{report.rows} channels"
    click.echo(f"{device} is adopted with {channels}")
    for name in sorted(columns.keys() - heard):
        click.echo(f"no reading of {name!r} was waiting: mind the spelling of device and field")
