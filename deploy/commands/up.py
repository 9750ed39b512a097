"""`lifeline up`: everything in one process."""

from __future__ import annotations

import gc
import logging
import signal
from datetime import UTC, datetime
from threading import Event
from types import FrameType

import click
import psycopg

from deploy.broker import BrokerFailed
from deploy.commands.database import settings_of
from deploy.embedded_postgres import EmbeddedPostgresError
from deploy.first_start import first_link
from deploy.wiring import build
from rules.pack import BadPack
from store.database import MigrationError

log = logging.getLogger(__name__)

#: What the parts say when they cannot start; each names the mend.
CANNOT_START = (
    BadPack,
    BrokerFailed,
    EmbeddedPostgresError,
    MigrationError,
    psycopg.OperationalError,
)


def _until_asked_to_stop() -> None:
    asked = Event()

    def ask(_: int, __: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    asked.wait()


@click.command("up")
@click.pass_context
def up_command(ctx: click.Context) -> None:
    """Receive, store, judge, open cases and answer over HTTP, until SIGTERM or Ctrl-C.

    A stop takes nothing more in, stores and judges what was received, and acknowledges it.

    \b
    Example:
      lifeline up
      lifeline --settings lifeline.yml --database postgresql://lifeline@db/lifeline up
    """
    settings = settings_of(ctx)
    try:
        app = build(settings)
    except CANNOT_START as why:
        raise click.ClickException(str(why)) from why
    # What was made so far stays for ever; looking through it again and again for garbage
    # makes every sixth drain take twice as long.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    app.start()
    click.echo(f"the console: {app.url}   listening to: {', '.join(app.sources)}")
    if link := first_link(app.database, settings.public_url or app.url, datetime.now(UTC)):
        click.echo(f"there is no administrator yet; this lets the first one in, once: {link}")
    _until_asked_to_stop()
    click.echo("stopping")
    app.stop()
