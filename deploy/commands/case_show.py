"""`lifeline cases show`: one case whole: what, where, its clocks, its log, and what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from cases.case import Case
from cases.choices import Choice, choices, missing
from cases.stages import light
from cases.words import Verb
from deploy.commands.case_found import (
    AS_JSON,
    find,
    held,
    left,
    local,
    now_of,
    print_json,
    rows,
    shown,
    stage_of,
)
from deploy.commands.cities import city_now
from deploy.commands.database import opened, settings_of
from deploy.commands.printed import minute, print_table, zone_of

#: What may be said of nearly any case; named at the end, so that what moves it is seen.
ASIDE = (Verb.NOTE, Verb.URGE, Verb.SUPERVISE, Verb.JOIN, Verb.AMEND)


@click.command("show")
@click.argument("case")
@AS_JSON
@click.pass_context
def show_command(ctx: click.Context, case: str, as_json: bool) -> None:
    """Print one case: its clocks and log, what is missing to close it, what may be done now.

    \b
    Example:
      lifeline cases show 20261122-000012
    """
    now, zone = now_of(ctx), zone_of(ctx)
    actor = settings_of(ctx).actor
    with opened(ctx) as connection:
        found = find(connection, case)
        number = found["id"]
        city = city_now(ctx, connection)
        kept = held(connection, number, city)
        names = ("case_runs", "case_log_lines", "case_verification", "case_evidence")
        parts = {name: rows(connection, name, case_id=number) for name in names}
    steps = choices(kept.case, now, city, actor)
    lacks = missing(kept.case, now, city)
    if as_json:
        told = [step._asdict() for step in steps]
        print_json({"case": found, **parts, "missing": lacks, "choices": told})
        return
    for field, value in local(found, zone).items():
        click.echo(f"{field:16} {value}")
    _clocks(parts["case_runs"], kept.case, now, zone)
    _log(parts["case_log_lines"], zone)
    _asked(parts["case_verification"], zone)
    _outlook(kept.case, lacks, steps)
    for piece in parts["case_evidence"]:
        click.echo(
            f"\nevidence, event {piece['event_id']}, frozen {minute(piece['frozen_at'], zone)}"
        )
        Console().print_json(data={k: v for k, v in piece["body"].items() if k != "curves"})


def _clocks(runs: list[dict[str, Any]], case: Case, now: datetime, zone: ZoneInfo) -> None:
    click.echo("\nclocks")
    table = Table("stage", "whose", "limit", "began", "due", "light", "left", "ended", "in time")
    for run in runs:
        runs_now = run["since"] is not None
        judged = {True: "yes", False: "no", None: ""}[run["in_time"]]
        standing = "" if runs_now or run["ended"] else "stands"
        table.add_row(
            stage_of(run["stage"]),
            run["owner_zh"] or run["owner"],
            f"{run['limit_amount']:g} {run['limit_class']}",
            minute(run["began"], zone),
            minute(run["due"], zone) if run["due"] else standing,
            shown(light(run["due"], run["yellow"], now)) if runs_now else "",
            left(run["due"], now) if runs_now else "",
            minute(run["ended"], zone) if run["ended"] else "",
            judged,
        )
    print_table(table)


def _log(log: list[dict[str, Any]], zone: ZoneInfo) -> None:
    click.echo("\nlog")
    for line in log:
        said = f": {line['reason']}" if line["reason"] else ""
        at = line["at"].astimezone(zone)
        click.echo(
            f"  {line['version']:3} {at:%Y-%m-%d %H:%M:%S} {line['actor']} {line['verb']}{said}"
        )


def _asked(asked: list[dict[str, Any]], zone: ZoneInfo) -> None:
    for verdict in asked:
        says = "its sensors say that it is solved" if verdict["holds"] else "still missing"
        click.echo(f"\n{says}, looked {minute(verdict['looked'], zone)}")
        click.echo("\n".join(f"  {line}" for line in verdict["missing"] or verdict["said"]))
        if verdict["next_look"]:
            click.echo(f"  next look {minute(verdict['next_look'], zone)}")


def _outlook(case: Case, lacks: list[str], steps: list[Choice]) -> None:
    if asked := case.request:
        approved = ", approved by a dispatcher" if asked.approved else ""
        click.echo(f"\nasked: {asked.verb} {asked.verb.zh} by {asked.by}{approved}")
    if lacks:
        click.echo("\nuntil it is closed")
        click.echo("\n".join(f"  {line}" for line in lacks))
    click.echo("\nwhat may be done now")
    for step in steps:
        if step.verb not in ASIDE:
            needs = f" with {', '.join(step.needs)}" if step.needs else ""
            why_not = f"; not yet: {step.why_not}" if step.why_not else ""
            click.echo(f"  {step.verb} {step.verb.zh} by {' or '.join(step.roles)}{needs}{why_not}")
    aside = [step.verb for step in steps if step.verb in ASIDE]
    if aside:
        click.echo(f"  and {', '.join(aside)}")
