"""`lifeline migrate`, and the database that every other command works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from deploy import embedded_postgres
from deploy.settings import Settings, read_settings
from store.database import Connection, connect, migrate


def settings_of(ctx: click.Context, **given: Any) -> Settings:
    """Return the settings that the options before the command ask for."""
    asked: dict[str, Any] = ctx.obj
    return read_settings(
        asked["file"], database=asked["database"], data_folder=asked["data_folder"], **given
    )


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Yield the database's URL; the embedded server runs as long as somebody uses it."""
    if settings.database is not None:
        yield settings.database
        return
    server = embedded_postgres.start(settings.data_folder / "postgres")
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def opened(ctx: click.Context) -> Iterator[Connection]:
    """Yield a session on the migrated database of the settings."""
    with database(settings_of(ctx)) as url, connect(url) as connection:
        migrate(connection)
        yield connection


@click.command("migrate")
@click.pass_context
def migrate_command(ctx: click.Context) -> None:
    """Bring the database up to date. Safe to repeat.

    \b
    Example:
      lifeline --database postgresql://lifeline@db/lifeline migrate
    """
    with database(settings_of(ctx)) as url, connect(url) as connection:
        applied = migrate(connection)
    for version in applied:
        click.echo(f"applied {version}")
    click.echo("the database is up to date")
