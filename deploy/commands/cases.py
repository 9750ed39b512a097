"""`lifeline cases`: casework for an operator without a page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import click

from cases.account import account
from deploy.commands.case_found import find, rows
from deploy.commands.case_labels import labels_command
from deploy.commands.case_list import list_command
from deploy.commands.case_reports import report_command
from deploy.commands.case_show import show_command
from deploy.commands.case_steps import (
    close_command,
    dispatch_command,
    file_command,
    handle_command,
    inspect_command,
    step_command,
)
from deploy.commands.case_workflow import workflow_command
from deploy.commands.database import opened
from deploy.explaining import reproduce
from store.told import told_of_case


@click.group("cases")
def cases_command() -> None:
    """List and show cases, and take their next step."""


for command in (
    list_command, show_command, file_command, dispatch_command, handle_command, inspect_command,
    close_command, step_command, report_command, labels_command, workflow_command,
):  # fmt: skip
    cases_command.add_command(command)


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
