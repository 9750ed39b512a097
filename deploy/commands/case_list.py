"""`lifeline cases list`: what is open, or what a post has to do."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import click
from rich.table import Table

from cases.stages import light
from cases.words import OPEN, Role, State
from cases.worklists import RAISED, WORK_LISTS, lists_of
from deploy.commands.case_found import (
    AS_JSON,
    left,
    now_of,
    print_json,
    rows,
    shown,
    state_of,
)
from deploy.commands.database import opened
from deploy.commands.printed import minute, print_table, zone_of
from store.views import OF_CASES
from store.worklists import MOST, Scope, counts, page

AREA = re.compile(r"(\d{6}|\d{9}|\d{12}|\d{14,15})?")
POSTS = [role.value for role in Role if role is not Role.SYSTEM]
LISTS = sorted({work_list.name for work_list in WORK_LISTS})


def _area(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if AREA.fullmatch(value):
        return value
    raise click.BadParameter("a district has 6 digits, a street 9, a community 12, a cell 14 or 15")


@click.command("list")
@click.option("--role", "-r", type=click.Choice(POSTS), help="The work lists of this post.")
@click.option("--list", "only", type=click.Choice(LISTS), help="Of these lists this one alone.")
@click.option("--department", "-d", default="", help="Its code.")
@click.option("--area", "-a", default="", callback=_area, help="District, street, ... by digits.")
@click.option("--level", type=click.IntRange(1, RAISED[-1]), help="Of responsibility.")
@click.option("--state", "-s", "states", multiple=True,
              type=click.Choice([state.value for state in State]), help="Repeatable.")  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Closed, rejected and void ones too.")
@click.option("--limit", "-n", default=50, show_default=True, type=click.IntRange(1, 10_000))
@AS_JSON
@click.pass_context
def list_command(
    ctx: click.Context,
    role: str | None,
    only: str | None,
    department: str,
    area: str,
    level: int | None,
    states: tuple[str, ...],
    every: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Print open cases, newest first; or what a post has to do, what is red first.

    \b
    Example:
      lifeline cases list
      lifeline cases list --role dispatcher --area 110105
      lifeline cases list --role department --department 91000000000000027B --list in-work
    """
    if role is None:
        if only or area or level:
            raise click.UsageError("--list, --area and --level narrow the lists of a --role")
        _newest(ctx, department, states, every, limit, as_json)
        return
    chosen = [each for each in lists_of(Role(role)) if only in (None, each.name)]
    if not chosen:
        names = ", ".join(each.name for each in lists_of(Role(role)))
        raise click.UsageError(f"the lists of {role} are {names}")
    now, scope = now_of(ctx), Scope(department, area, level)
    with opened(ctx) as connection:
        found = [
            (each, counts(connection, each, scope, now), page(connection, each, scope, now, limit))
            for each in chosen
        ]
    if as_json:
        print_json(
            [{"list": each.name, "counts": counted, "cases": cases}
             for each, counted, cases in found]
        )  # fmt: skip
        return
    for work_list, counted, cases in found:
        said = ", ".join(
            f"{n}{'+' if n == MOST else ''} {name}" for name, n in counted.items() if n
        )
        click.echo(f"\n{work_list.name} {work_list.zh}, {work_list.en}: {said or 'none'}")
        if cases:
            _print(ctx, cases, now)


def _newest(
    ctx: click.Context,
    department: str,
    states: tuple[str, ...],
    every: bool,
    limit: int,
    as_json: bool,
) -> None:
    is_open = None if every or set(states) - set(OPEN) else True
    given = dict.fromkeys(OF_CASES) | {
        "open": is_open,
        "states": list(states) or None,
        "department": department or None,
        "limit": limit,
    }
    with opened(ctx) as connection:
        found = rows(connection, "cases_page", **given)
    if as_json:
        print_json(found)
        return
    now = now_of(ctx)
    for row in found:
        runs = row["stage_due"] is not None
        row["light"] = light(row["stage_due"], row["stage_yellow"], now) if runs else None
    _print(ctx, found, now)


def _print(ctx: click.Context, cases: list[dict[str, Any]], now: datetime) -> None:
    zone = zone_of(ctx)
    table = Table(
        *("number", "light", "left", "state", "level", "severity", "what", "where", "department"),
        "opened",
        caption=f"times in {zone}",
    )
    for case in cases:
        table.add_row(
            case["number"],
            shown(case["light"]),
            left(case["stage_due"], now),
            state_of(case["state"]),
            str(case["level"]),
            case["severity"],
            f"{case['title_zh']} {case['title_en']}",
            case["component_name"] or case["component"] or case["grid_cell"] or "",
            case["department_zh"] or case["department"] or "",
            minute(case["opened"], zone),
        )
    print_table(table)
