"""How commands print tables and times: whole on a pipe, and in the city's own time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from deploy.commands.database import settings_of

WIDTH = 240  #: columns where the output is no terminal: what reads it must not find cut names


def print_table(table: Table) -> None:
    console = Console()
    (console if console.is_terminal else Console(width=WIDTH)).print(table)


def zone_of(ctx: click.Context) -> ZoneInfo:
    """Return the time zone that times are printed in, as the settings have it."""
    return ZoneInfo(settings_of(ctx).time_zone)


def minute(time: datetime, zone: ZoneInfo) -> str:
    """Return the year, day and minute of `time` in `zone`."""
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M}"
