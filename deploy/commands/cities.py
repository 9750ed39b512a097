"""The city that a command works in: the files of its folder, and what was imported over them."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from cases.city import City, load_city
from cases.data import BadCatalogue
from deploy.commands.database import settings_of
from store.catalogue import city_of
from store.database import Connection


def city_of_files(ctx: click.Context) -> City:
    settings = settings_of(ctx)
    try:
        return load_city(settings.city, settings.time_zone)
    except BadCatalogue as why:
        raise click.ClickException(str(why)) from why


def city_now(ctx: click.Context, connection: Connection) -> City:
    """Return the city as it is in force now, by the clock of the settings."""
    return city_of(connection, city_of_files(ctx), now(ctx))


def now(ctx: click.Context) -> datetime:
    return datetime.fromtimestamp(settings_of(ctx).clock.now() / 1e6, UTC)
