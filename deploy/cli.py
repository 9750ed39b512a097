"""The command `lifeline`. Commands are loaded when called, so that --help is quick."""

from __future__ import annotations

import importlib
import logging
import sys
from pathlib import Path

import click

from deploy.settings import BadSettings

#: command -> module under deploy.commands; the function there has the command's name.
COMMANDS = {
    "up": "up",
    "migrate": "database",
    "import": "imports",
    "departments": "departments",
    "devices": "devices",
    "dead-letters": "dead_letters",
    "people": "people",
    "keys": "keys",
    "rules": "rules",
    "backtest": "backtest",
    "cases": "cases",
    "subscriptions": "subscriptions",
    "exchange": "exchange",
    "export": "export",
    "score": "score",
    "windows": "windows",
    "report": "report",
    "simulate": "simulate",
    "drill": "drill",
    "demo": "demo",
    "bench": "bench",
}


class Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"deploy.commands.{COMMANDS[name]}")
        found: click.Command = getattr(module, f"{name.replace('-', '_')}_command")
        return found


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--settings",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="LIFELINE_SETTINGS",
    help="YAML file, see README, Settings.",
)
@click.option("--database", metavar="URL", help="PostgreSQL server; none: the embedded one.")
@click.option(
    "--data-folder", type=click.Path(path_type=Path, file_okay=False), help="Default: data."
)
@click.option("-v", "--verbose", is_flag=True, help="Log what happens, not only what is wrong.")
@click.version_option(package_name="lifeline")
@click.pass_context
def lifeline(
    ctx: click.Context,
    settings: Path | None,
    database: str | None,
    data_folder: Path | None,
    verbose: bool,
) -> None:
    """City lifeline (城市生命线): device telemetry over MQTT becomes cases.

    \b
    Example:
      lifeline demo
      lifeline --settings lifeline.yml up
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    ctx.obj = {"file": settings, "database": database, "data_folder": data_folder}


def main() -> None:
    """Run the command; what the operator can mend is said in one line, without a traceback."""
    try:
        lifeline(standalone_mode=False)
    except BadSettings as why:
        click.echo(f"lifeline: {why}", err=True)
        sys.exit(2)
    except click.ClickException as why:
        why.show()
        sys.exit(why.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
