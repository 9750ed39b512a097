"""`lifeline rules`: is a pack well written, does it do what its tests claim, is it in force?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from cases.city import load_city
from cases.coverage import uncovered
from deploy.commands import rule_changes, rule_views
from deploy.commands.database import settings_of
from rules.json_schema import json_schema
from rules.pack import BadPack
from rules.testing import check, run

PACK = click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))


@click.group("rules")
def rules_command() -> None:
    """Check and test rule packs; put versions of rules on trial, in force, and back."""


for command in (
    rule_views.list_command,
    rule_views.history_command,
    rule_views.diff_command,
    rule_views.compare_command,
    rule_changes.save_command,
    rule_changes.shadow_command,
    rule_changes.promote_command,
    rule_changes.discard_command,
    rule_changes.rollback_command,
):
    rules_command.add_command(command)


@rules_command.command("check")
@PACK
@click.pass_context
def check_command(ctx: click.Context, path: Path | None) -> None:
    """Read a pack, or a folder of packs (default: those of the settings).

    \b
    Example:
      lifeline rules check rules/packs/water
    """
    settings = settings_of(ctx)
    try:
        ruleset = check(path or settings.rules)
    except BadPack as why:
        raise click.ClickException(str(why)) from why
    if lacking := uncovered(ruleset, load_city(settings.city).catalogue):
        raise click.ClickException("\n".join(lacking))
    for rule in ruleset:
        click.echo(f"{rule.version}  {rule.status:7}  {rule.id}  {rule.title.zh} {rule.title.en}")
    count = len(list(ruleset))
    click.echo("1 rule is well written" if count == 1 else f"{count} rules are well written")


@rules_command.command("test")
@PACK
@click.pass_context
def test_command(ctx: click.Context, path: Path | None) -> None:
    """Run the tests that stand beside packs through the engine itself.

    \b
    Example:
      lifeline rules test rules/packs/flood
    """
    path = path or settings_of(ctx).rules
    try:
        report = run(path)
    except BadPack as why:
        raise click.ClickException(str(why)) from why
    click.echo("\n".join(report.lines()))
    if not report.passed:
        raise SystemExit(1)


@rules_command.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of rule packs, by which editors complete and check them.

    \b
    Example:
      lifeline rules schema > rules/packs/schema.json
    """
    click.echo(json.dumps(json_schema(), indent=1, ensure_ascii=False))
