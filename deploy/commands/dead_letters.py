"""`lifeline dead-letters`: what could not be used, why, and sending it through again."""

from __future__ import annotations

import os
import sys
from getpass import getuser
from pathlib import Path

import click
from rich.progress import track
from rich.table import Table

from deploy.commands.database import opened, settings_of
from deploy.commands.printed import print_table, zone_of
from ingest.formats import FORMATS
from store.dead_letters import AS_IT_WAS, By, Letter, Mended, letters
from store.replay import Replay


@click.group("dead-letters")
def dead_letters_command() -> None:
    """List, show and replay messages that did not become readings."""


def excerpt(payload: bytes, most: int = 60) -> str:
    text = payload[:most].decode("utf-8", "backslashreplace")
    return text + ("…" if len(payload) > most else "")


@dead_letters_command.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@click.pass_context
def list_command(ctx: click.Context, limit: int) -> None:
    """Print the letters that wait to be replayed, oldest first.

    \b
    Example:
      lifeline dead-letters list --limit 20
    """
    zone = zone_of(ctx)
    table = Table("id", "received", "device or topic", "format", "reason", "payload")
    table.caption = f"times in {zone}"
    with opened(ctx) as connection:
        for place, letter in enumerate(letters(connection, page=min(limit, 500))):
            if place == limit:
                table.caption = f"the oldest {limit}; there are more, see --limit; times in {zone}"
                break
            table.add_row(
                str(letter.id),
                f"{letter.received.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                letter.device or letter.topic,
                letter.format,
                letter.reason,
                excerpt(letter.payload),
            )
    print_table(table)


@dead_letters_command.command("show")
@click.argument("number", type=int)
@click.option(
    "--payload", "raw", is_flag=True, help="Only the payload's bytes, to mend them in a file."
)
@click.pass_context
def show_command(ctx: click.Context, number: int, raw: bool) -> None:
    """Print one letter.

    \b
    Example:
      lifeline dead-letters show 17
      lifeline dead-letters show 17 --payload > mended.json
    """
    with opened(ctx) as connection:
        letter = _letter(list(letters(connection, [number])), number)
    if raw:
        sys.stdout.buffer.write(letter.payload)
        return
    for field, value in letter._asdict().items():
        if field != "payload" and value is not None:
            click.echo(f"{field:12} {value}")
    click.echo(f"payload      {excerpt(letter.payload, 100_000)}")


@dead_letters_command.command("replay")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that wait, as they are.")
@click.option(
    "--payload",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The mended payload, for one letter.",
)
@click.option("--format", type=click.Choice(FORMATS), help="The mended format, for one letter.")
@click.option("--device", help="The mended device, for one letter.")
@click.option(
    "--actor", "-a", default="", help="Who does it; default: LIFELINE_ACTOR, or your account."
)
@click.pass_context
def replay_command(
    ctx: click.Context,
    numbers: tuple[int, ...],
    every: bool,
    payload: Path | None,
    format: str | None,
    device: str | None,
    actor: str,
) -> None:
    """Take letters in again, after a decoder, a device or the payload was mended.

    Safe to repeat: readings are stored once. Letters stay as they came; who mended what is noted
    beside them. Ends with 1 when one is still unusable.

    \b
    Example:
      lifeline dead-letters replay 17 --payload mended.json
      lifeline dead-letters replay --all
    """
    if every == bool(numbers):
        raise click.UsageError("give the numbers of letters, or --all")
    mended = Mended(None if payload is None else payload.read_bytes(), format, device)
    if mended != AS_IT_WAS and len(numbers) != 1:
        raise click.UsageError("--payload, --format and --device mend one letter")
    clock = settings_of(ctx).clock
    by = By(actor or os.environ.get("LIFELINE_ACTOR", "") or getuser())
    failed = done = 0
    with opened(ctx) as connection:
        found = list(letters(connection, None if every else numbers))
        for number in numbers:
            _letter([letter for letter in found if letter.id == number], number)
        replay = Replay(connection)
        for letter in track(found, "replaying", disable=len(found) < 100):
            good, outcome = replay.replay(letter, clock.now(), by, mended)
            done += good
            failed += not good
            if not every or not good:
                click.echo(f"{letter.id}: {outcome}")
    click.echo(f"{done} replayed, {failed} still unusable")
    if failed:
        raise SystemExit(1)


def _letter(found: list[Letter], number: int) -> Letter:
    if not found:
        raise click.ClickException(f"there is no dead letter {number}")
    return found[0]
