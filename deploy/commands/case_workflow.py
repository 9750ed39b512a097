"""`lifeline cases workflow`: the rules of the loop, as the city has them, to read."""

from __future__ import annotations

import click

from cases.city import load_city
from cases.guide import guide
from deploy.commands.database import settings_of


@click.command("workflow")
@click.pass_context
def workflow_command(ctx: click.Context) -> None:
    """Print who may take which step, what it needs, who stands apart, and the clocks.

    \b
    Example:
      lifeline cases workflow > workflow.md
    """
    settings = settings_of(ctx)
    click.echo(guide(load_city(settings.city, settings.time_zone).policy), nl=False)
