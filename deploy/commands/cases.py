"""`lifeline cases`: what is open, why, and the next step, for an operator without a page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click
from psycopg.rows import dict_row
from rich.console import Console
from rich.table import Table

from cases.account import account
from cases.city import load_city
from cases.words import Outcome, Role, Verb
from cases.workflow import Refused
from deploy.commands.case_labels import labels_command
from deploy.commands.case_reports import report_command
from deploy.commands.case_workflow import workflow_command
from deploy.commands.database import opened, settings_of
from deploy.commands.printed import minute, print_table, zone_of
from deploy.explaining import reproduce
from store.cases import UnknownCase, apply
from store.database import Connection
from store.statements import statements
from store.told import told_of_case

#: What people may do, by its word: click would offer the names that Python has for them.
VERBS = [verb.value for verb in Verb if verb not in (Verb.REPORT, Verb.JOIN, Verb.AMEND)]
ROLES = [role.value for role in Role if role is not Role.SYSTEM]
OUTCOMES = [outcome.value for outcome in Outcome]
EVERY = ("id", "before", "states", "open", "code", "department", "severity")


def rows(connection: Connection, name: str, **values: Any) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("views")[name], values).fetchall()


def find(connection: Connection, case: str) -> dict[str, Any]:
    """Return the case of this number or id; raise a ClickException where there is none."""
    found = rows(connection, "case_id", case=case)
    if not found:
        raise click.ClickException(f"there is no case {case}; see `lifeline cases list`")
    given = dict.fromkeys(EVERY) | {"id": found[0]["id"], "limit": 1}
    return rows(connection, "cases_page", **given)[0]


@click.group("cases")
def cases_command() -> None:
    """List and show cases, and take their next step."""


cases_command.add_command(labels_command)
cases_command.add_command(report_command)
cases_command.add_command(workflow_command)


@cases_command.command("list")
@click.option("--all", "every", is_flag=True, help="Closed and void ones too.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.pass_context
def list_command(ctx: click.Context, every: bool, limit: int) -> None:
    """Print cases, newest first.

    \b
    Example:
      lifeline cases list
    """
    given = dict.fromkeys(EVERY) | {"open": None if every else True, "limit": limit}
    with opened(ctx) as connection:
        found = rows(connection, "cases_page", **given)
    zone = zone_of(ctx)
    table = Table(
        *("number", "state", "severity", "what", "where", "department", "began", "due"),
        caption=f"times in {zone}",
    )
    for case in found:
        table.add_row(
            case["number"],
            case["state"],
            case["severity"],
            f"{case['title_zh']} {case['title_en']}",
            case["component_name"] or case["component"] or case["grid_cell"] or "",
            case["department_zh"] or case["department"] or "",
            minute(case["began"], zone),
            minute(case["due"], zone),
        )
    print_table(table)


@cases_command.command("show")
@click.argument("case")
@click.pass_context
def show_command(ctx: click.Context, case: str) -> None:
    """Print one case: what, where, until when, its log, and why it was opened.

    \b
    Example:
      lifeline cases show 20261122-000012
    """
    with opened(ctx) as connection:
        found = find(connection, case)
        log = rows(connection, "case_log_lines", case_id=found["id"])
        evidence = rows(connection, "case_evidence", case_id=found["id"])
        asked = rows(connection, "case_verification", case_id=found["id"])
    zone = zone_of(ctx)
    for field, value in found.items():
        if isinstance(value, datetime):
            value = value.astimezone(zone).isoformat(" ", "seconds")
        if value is not None:
            click.echo(f"{field:16} {value}")
    click.echo("\nlog")
    for line in log:
        said = f": {line['reason']}" if line["reason"] else ""
        at = line["at"].astimezone(zone)
        click.echo(
            f"  {line['version']:3} {at:%Y-%m-%d %H:%M:%S} {line['actor']} {line['verb']}{said}"
        )
    for verdict in asked:
        says = "its sensors say that it is solved" if verdict["holds"] else "still missing"
        click.echo(f"\n{says}, looked {minute(verdict['looked'], zone)}")
        click.echo("\n".join(f"  {line}" for line in verdict["missing"] or verdict["said"]))
        if verdict["next_look"]:
            click.echo(f"  next look {minute(verdict['next_look'], zone)}")
    for piece in evidence:
        click.echo(
            f"\nevidence, event {piece['event_id']}, frozen {minute(piece['frozen_at'], zone)}"
        )
        Console().print_json(data={k: v for k, v in piece["body"].items() if k != "curves"})


@cases_command.command("explain")
@click.argument("case")
@click.pass_context
def explain_command(ctx: click.Context, case: str) -> None:
    """Say why each event of a case was raised, and judge the stored readings again to prove it.

    By the rule's version of that time, over all readings of the channels concerned. Ends
    with 1 where something else comes out; then what has changed since is said.

    \b
    Example:
      lifeline cases explain 20261122-000012
    """
    with opened(ctx) as connection:
        found = find(connection, case)
        frozen: dict[UUID, list[Any]] = {}
        for row in rows(connection, "case_evidence", case_id=found["id"]):
            frozen.setdefault(row["event_id"], []).append(row["body"])
        connection.commit()
        differs = 0
        for event in told_of_case(connection, found["id"]):
            evidence = frozen.get(event.id, [])
            click.echo("\n".join(account(event, evidence)))
            again = reproduce(connection, event, evidence)
            differs += bool(again.differs)
            judged = f"({again.readings} readings of {again.channels} channels judged again)"
            click.echo(f"  reproduced  {'otherwise' if again.differs else 'the same'} {judged}")
            for line in again.differs:
                click.echo(f"    differs   {line}")
            for line in again.why:
                click.echo(f"    since     {line}")
            click.echo("")
    if differs:
        raise SystemExit(1)


@cases_command.command("step")
@click.argument("case")
@click.argument("verb", type=click.Choice(VERBS))
@click.option("--actor", required=True, help="Who does it.")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--reason", default="", help="Needed to return, void and reopen.")
@click.option("--department", default="", help="To dispatch to, if not the proposed one.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="What it turned out to be, to close.")
@click.pass_context
def step_command(
    ctx: click.Context,
    case: str,
    verb: str,
    actor: str,
    role: str,
    reason: str,
    department: str,
    outcome: str | None,
) -> None:
    """Take one step of a case; refused with the reason where the workflow does not allow it.

    \b
    Example:
      lifeline cases step 20261122-000012 handle --actor crew-7 --role department
      lifeline cases step 20261122-000012 close --actor lead-1 --role shift-lead --outcome real
    """
    details = {"department": department, "outcome": outcome}
    settings = settings_of(ctx)
    city = load_city(settings.city, settings.time_zone)
    with opened(ctx) as connection:
        found = find(connection, case)
        try:
            after = apply(
                connection,
                found["id"],
                found["version"],
                Verb(verb),
                actor,
                Role(role),
                datetime.now(UTC),
                city,
                reason,
                {name: value for name, value in details.items() if value},
            )
        except (Refused, UnknownCase) as why:
            raise click.ClickException(str(why)) from why
    click.echo(f"case {found['number']} is {after.state}")
