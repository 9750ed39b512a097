"""`lifeline rules save, shadow, promote, ...`: putting versions in force; each says who and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from cases.city import City
from deploy.backtest.given import from_store, in_force
from deploy.backtest.show import changed, show
from deploy.commands.cities import city_now
from deploy.commands.database import opened, settings_of
from deploy.commands.rule_views import RULE, refusals
from rules.pack import RuleSet, load
from rules.testing import files_of_tests, run
from store.database import Connection
from store.rule_changes import (
    By,
    Changed,
    ChangeRefused,
    discard,
    promote,
    put_on_trial,
    roll_back,
    save,
)

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.argument("file", type=click.Path(path_type=Path, exists=True))


BACKTEST = click.option(
    "--days", default=30, show_default=True, help="Of stored history to try it on; 0: none."
)


def audited(command: F) -> F:
    """Add who does it and why: nothing about rules is changed without."""
    command = click.option("--reason", required=True, help="Why; kept in the log.")(command)
    return click.option("--actor", required=True, help="Who does it.")(command)


@click.command("save")
@FILE
@BACKTEST
@audited
@click.pass_context
def save_command(ctx: click.Context, file: Path, days: int, actor: str, reason: str) -> None:
    """Check a pack, run its tests, and put its rules in force from now on.

    Says what they would have done on the last days, next to what is in force. A running
    `lifeline up` takes them up without a restart. A rule with status: retired goes.

    \b
    Example:
      lifeline rules save my/road.yml --actor chen --reason "snow on the gauge"
    """
    with refusals():
        rules = _tested(file)
        with opened(ctx) as connection:
            city = city_now(ctx, connection)
            _show(ctx, connection, rules, city, days)
            _say(save(connection, rules, _by(ctx, actor, reason), city.catalogue))


@click.command("shadow")
@FILE
@audited
@click.pass_context
def shadow_command(ctx: click.Context, file: Path, actor: str, reason: str) -> None:
    """Put the rules of a pack on trial: they judge the live stream and open no cases.

    \b
    Example:
      lifeline rules shadow my/road.yml --actor chen --reason "try 12 cm for a week"
    """
    with refusals():
        rules = load(file)
        with opened(ctx) as connection:
            city = city_now(ctx, connection)
            _say(put_on_trial(connection, rules, _by(ctx, actor, reason), city.catalogue))


@click.command("promote")
@RULE
@audited
@click.pass_context
def promote_command(ctx: click.Context, rule: str, actor: str, reason: str) -> None:
    """Put the version on trial in force from now on.

    \b
    Example:
      lifeline rules promote flood.road.standing-water --actor chen --reason "a week, none false"
    """
    with opened(ctx) as connection, refusals():
        _say([promote(connection, rule, _by(ctx, actor, reason))])


@click.command("discard")
@RULE
@audited
@click.pass_context
def discard_command(ctx: click.Context, rule: str, actor: str, reason: str) -> None:
    """End a trial; what it found stays on record.

    \b
    Example:
      lifeline rules discard flood.road.standing-water --actor chen --reason "too loud"
    """
    with opened(ctx) as connection, refusals():
        _say([discard(connection, rule, _by(ctx, actor, reason))])


@click.command("rollback")
@RULE
@audited
@click.pass_context
def rollback_command(ctx: click.Context, rule: str, actor: str, reason: str) -> None:
    """Put the version in force again that was before the present one.

    \b
    Example:
      lifeline rules rollback flood.road.standing-water --actor chen --reason "misses the tunnel"
    """
    with opened(ctx) as connection, refusals():
        _say([roll_back(connection, rule, _by(ctx, actor, reason))])


def _tested(file: Path) -> RuleSet:
    """Return the rules of a pack whose tests pass; refuse them otherwise."""
    rules = load(file)
    if files_of_tests(file):
        report = run(file)
        click.echo("\n".join(report.lines()))
        if not report.passed:
            raise ChangeRefused(f"{file}: its tests fail; nothing was changed")
    else:
        click.echo(f"{file}: no tests stand beside it")
    return rules


def _show(
    ctx: click.Context, connection: Connection, rules: RuleSet, city: City, days: int
) -> None:
    """Say what the rules would have done on the last days, next to what is in force."""
    if days <= 0:
        return
    until = datetime.fromtimestamp(settings_of(ctx).clock.now() / 1e6, UTC)
    change = changed(in_force(connection), rules)
    since = until - timedelta(days=days)
    click.echo(show(change, from_store(connection, since, until, change.concerns), city)[0])


def _by(ctx: click.Context, actor: str, reason: str) -> By:
    return By(actor, reason, datetime.fromtimestamp(settings_of(ctx).clock.now() / 1e6, UTC))


def _say(changes: list[Changed]) -> None:
    for change in changes:
        gone = f", for {change.former}" if change.former else ""
        click.echo(f"{change.rule}: {change.verb} {change.version or 'no version'}{gone}")
