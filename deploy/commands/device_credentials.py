"""`lifeline devices credentials`: accounts of devices and gateways at the broker."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.table import Table

from deploy.admission import write_secretly
from deploy.commands.database import opened, settings_of
from deploy.commands.printed import minute, print_table, zone_of
from ingest.broker_access import Holder, UnfitName, access_list, password_file
from ingest.broker_password import hash_of, new_secret
from store.device_credentials import CredentialsRefused, holders, listed, put, remove, without


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (CredentialsRefused, UnfitName) as why:
        raise click.ClickException(str(why)) from why


def _give(ctx: click.Context, devices: tuple[str, ...], certificate: bool, anew: bool) -> None:
    """Give the devices new passwords, shown now and never again; or none, for a certificate."""
    secrets = {device: None if certificate else new_secret() for device in devices}
    hashes = {device: secret and hash_of(secret) for device, secret in secrets.items()}
    with opened(ctx) as connection, _refusals():
        put(connection, hashes, datetime.now(UTC), getpass.getuser(), anew)
    for device, secret in secrets.items():
        click.echo(f"{device}\t{secret or 'comes in by a certificate of this common name'}")


@click.group("credentials")
def credentials_command() -> None:
    """Accounts of devices and gateways at the broker: each may write its own topics only.

    The setting `entrance` has the embedded broker ask for them; for a broker of your own, `export`.

    \b
    Example:
      lifeline devices credentials make meter-7
    """


@credentials_command.command("make")
@click.argument("devices", nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="Every device and gateway without one.")
@click.option("--certificate", is_flag=True, help="A certificate proves the name, no password.")
@click.pass_context
def make_command(
    ctx: click.Context, devices: tuple[str, ...], everyone: bool, certificate: bool
) -> None:
    """Make accounts; print each device and its password, which is shown this once.

    \b
    Example:
      lifeline devices credentials make meter-7 roof-gateway
      lifeline devices credentials make --all > passwords-to-hand-out
    """
    if bool(devices) == everyone:
        raise click.UsageError("Name devices, or say --all.")
    if everyone:
        with opened(ctx) as connection:
            devices = tuple(without(connection))
    _give(ctx, devices, certificate, anew=False)


@credentials_command.command("rotate")
@click.argument("devices", nargs=-1, required=True)
@click.option("--certificate", is_flag=True, help="A certificate proves the name from now on.")
@click.pass_context
def rotate_command(ctx: click.Context, devices: tuple[str, ...], certificate: bool) -> None:
    """Give new passwords; with the former one nobody comes in any more.

    \b
    Example:
      lifeline devices credentials rotate meter-7
    """
    _give(ctx, devices, certificate, anew=True)


@credentials_command.command("revoke")
@click.argument("device")
@click.pass_context
def revoke_command(ctx: click.Context, device: str) -> None:
    """Take an account away; what the device sent stays.

    \b
    Example:
      lifeline devices credentials revoke meter-7
    """
    with opened(ctx) as connection, _refusals():
        remove(connection, device)
    click.echo(f"{device} has no account any more")


@credentials_command.command("list")
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """Print who has an account, and who has none.

    \b
    Example:
      lifeline devices credentials list
    """
    zone = zone_of(ctx)
    table = Table("device", "proves its name by", "since", "made by", caption=f"times in {zone}")
    with opened(ctx) as connection:
        for one in listed(connection):
            proof = "certificate" if one.by_certificate else "password"
            table.add_row(one.device, proof, minute(one.made_at, zone), one.made_by)
        for device in without(connection):
            table.add_row(device, "no account", "", "")
    print_table(table)


@credentials_command.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--source", "name", help="Which of the settings' sources; default: the first.")
@click.pass_context
def export_command(ctx: click.Context, folder: Path, name: str | None) -> None:
    """Write `passwords` and `acl` for a mosquitto of your own; copy them there, and SIGHUP it.

    Its configuration: allow_anonymous false, password_file, acl_file, and for each listener of
    devices use_username_as_clientid true; with certificates use_identity_as_username true.

    \b
    Example:
      lifeline --settings lifeline.yml devices credentials export for-the-broker
    """
    sources = [one for one in settings_of(ctx).sources if name in (None, one.name)]
    if not sources:
        raise click.ClickException("there is no such source in the settings: name the broker there")
    source = sources[0]
    if source.username is None:
        raise click.ClickException(
            f"the source {source.name} has no username: give us an account of our own there"
        )
    own = source.password and Holder(source.username, hash_of(source.password.get_secret_value()))
    with opened(ctx) as connection:
        accounts = holders(connection)
    if any(one.device == source.username for one in accounts):
        raise click.ClickException(f"{source.username} is a device too: call our account otherwise")
    folder.mkdir(parents=True, exist_ok=True)
    write_secretly(folder / "passwords", password_file([*([own] if own else []), *accounts]))
    write_secretly(folder / "acl", access_list(source.topics, source.username, accounts))
    click.echo(f"{len(accounts)} accounts beside ours in {folder}/passwords and {folder}/acl")
