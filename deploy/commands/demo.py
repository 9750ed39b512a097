"""`lifeline demo`: a simulated district becomes cases."""

from __future__ import annotations

import click

from deploy.commands.database import settings_of
from deploy.demo.run import run


@click.command("demo")
@click.option("--once", is_flag=True, help="Check what was found and exit: 0 only if all is right.")
@click.option("--seed", default=1, show_default=True, type=int)
@click.pass_context
def demo_command(ctx: click.Context, once: bool, seed: int) -> None:
    """Let a district of 300 devices live through four days in two minutes.

    \b
    Example:
      lifeline demo
      lifeline --database postgresql://lifeline@db/empty demo --once
    """
    raise SystemExit(run(settings_of(ctx), once, seed))
