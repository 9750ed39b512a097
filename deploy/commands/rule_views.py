"""`lifeline rules list, history, diff, compare`: which versions there are, and how they do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from rich.table import Table

from deploy.commands.database import opened, settings_of
from deploy.commands.printed import minute, print_table, zone_of
from rules.pack import BadPack
from rules.version_diff import differences
from store.database import Connection
from store.rule_changes import ChangeRefused, stored
from store.rule_comparison import compare, log_lines, overview
from store.rule_versions import RuleVersion, versions

MONTH = timedelta(days=30)
RULE = click.argument("rule")


@contextmanager
def refusals() -> Iterator[None]:
    try:
        yield
    except (BadPack, ChangeRefused) as why:
        raise click.ClickException(str(why)) from why


@click.command("list")
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """Print every rule: what is in force since when, on trial, and its cases of 30 days.

    A rule follows what the program brings along, until somebody puts another version in force.

    \b
    Example:
      lifeline rules list
    """
    zone, now = zone_of(ctx), settings_of(ctx).clock.now() / 1e6
    with opened(ctx) as connection:
        rules = overview(connection, datetime.fromtimestamp(now, UTC) - MONTH)
    table = Table(
        *("rule", "in force", "since", "on trial", "since", "versions", "brought along"),
        *("events", "cases", "on trial"),
        caption=f"events and cases of the last 30 days; times in {zone}",
    )
    for rule in rules:
        table.add_row(
            rule["rule"],
            rule["version"] or "none",
            minute(rule["in_force_from"], zone) if rule["in_force_from"] else "",
            rule["trial"] or "",
            minute(rule["trial_since"], zone) if rule["trial_since"] else "",
            str(rule["versions"]),
            "the same" if rule["shipped"] == rule["version"] else rule["shipped"] or "none",
            *(str(rule[name]) for name in ("events", "cases", "trial_events")),
        )
    print_table(table)


@click.command("history")
@RULE
@click.pass_context
def history_command(ctx: click.Context, rule: str) -> None:
    """Print all versions of a rule with their times, and who changed it and why.

    \b
    Example:
      lifeline rules history flood.road.standing-water
    """
    zone = zone_of(ctx)
    with opened(ctx) as connection, refusals():
        terms = _known(connection, rule)
        lines = log_lines(connection, rule, 1000)
    table = Table("version", "as", "from", "until", caption=f"times in {zone}")
    for term in terms:
        until = minute(term.in_force_until, zone) if term.in_force_until else ""
        kind = "on trial" if term.shadow else "in force"
        table.add_row(term.version, kind, minute(term.in_force_from, zone), until)
    print_table(table)
    for line in lines:
        came = f"{line['verb']} {line['version'] or 'no version'}"
        said = f"{came} by {line['actor']}: {line['reason']}"
        click.echo(f"{minute(line['at'], zone)} {said}")


@click.command("diff")
@RULE
@click.argument("version", required=False)
@click.pass_context
def diff_command(ctx: click.Context, rule: str, version: str | None) -> None:
    """Print the fields in which a version differs from the one in force.

    Without VERSION: the one on trial, or else the one that was in force before.

    \b
    Example:
      lifeline rules diff flood.road.standing-water 3f2a9c01d4e5b6f7
    """
    with opened(ctx) as connection, refusals():
        terms = _known(connection, rule)
        now = next((t for t in terms if not t.shadow and t.in_force_until is None), None)
        if version is not None:
            other = stored(connection, rule, version)
        else:
            trial = [t for t in terms if t.shadow and t.in_force_until is None]
            former = [t for t in terms if not t.shadow and t is not now]
            if not trial + former:
                raise ChangeRefused(f"{rule}: there is no other version")
            other = (trial + former)[0]
    old, new = (other, now) if not other.shadow else (now, other)
    names = [t.version if t else "no version" for t in (old, new)]
    click.echo(f"{rule}: {names[0]} → {names[1]}")
    for field, before, after in differences(*(t.body if t else {} for t in (old, new))):
        click.echo(f"  {field}: {_short(before)} → {_short(after)}")


@click.command("compare")
@RULE
@click.pass_context
def compare_command(ctx: click.Context, rule: str) -> None:
    """Print what the version on trial finds otherwise than the one in force, since it is on.

    \b
    Example:
      lifeline rules compare flood.road.standing-water
    """
    zone = zone_of(ctx)
    with opened(ctx) as connection, refusals():
        found = compare(connection, rule)
    click.echo(
        f"{rule}: {found.trial} on trial since {minute(found.since, zone)}, "
        f"beside {found.active or 'none'}"
    )
    table = Table("", "both", "only in force", "only on trial")
    for name, count in (("events", found.events), ("cases", found.cases)):
        sums = (count(True, True), count(True, False), count(False, True))
        table.add_row(name, *map(str, sums))
    print_table(table)
    table = Table("where", "in force", "case", "on trial", "would open", caption=f"times in {zone}")
    for row in found.rows:
        spans = []
        for which in ("active", "trial"):
            began, ended = row[f"{which}_began"], row[f"{which}_ended"]
            until = minute(ended, zone) if ended else "now"
            spans.append(
                f"{minute(began, zone)} to {until}, {row[f'{which}_severity']}" if began else ""
            )
        where = f"{row['scope']} {row['subject']}"
        table.add_row(where, spans[0], row["case_number"] or "", spans[1], row["would_open"] or "")
    print_table(table)


def _known(connection: Connection, rule: str) -> list[RuleVersion]:
    terms = versions(connection, rule)
    if not terms:
        raise ChangeRefused(f"there is no rule {rule}; see `lifeline rules list`")
    return terms


def _short(value: Any) -> str:
    return "not written" if value is None else " ".join(str(value).split())
