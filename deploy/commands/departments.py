"""`lifeline departments`: who answers for what, where, and why."""

from __future__ import annotations

import click
from rich.table import Table

from cases.areas import read_area_code
from cases.codes import BadCode
from cases.departments import SIDES
from deploy.commands.cities import city_now
from deploy.commands.database import opened
from deploy.commands.printed import print_table


@click.group("departments")
def departments_command() -> None:
    """Say which departments there are, and who answers for a class of problems in an area."""


@departments_command.command("list")
@click.pass_context
def list_command(ctx: click.Context) -> None:
    """List the departments in force; the one marked * takes what nobody else owns.

    \b
    Example:
      lifeline departments list
    """
    with opened(ctx) as connection:
        found = city_now(ctx, connection).departments
    table = Table("code", "name", "roles", "areas", caption=f"version {found.version}")
    for each in found.departments:
        mark = "*" if each.code == found.fallback else ""
        areas = ", ".join(area or "the city" for area in each.areas)
        table.add_row(each.code + mark, str(each.name), ", ".join(each.roles), areas)
    print_table(table)


@departments_command.command("who")
@click.option("--class", "problem_class", required=True, help="Major and minor class, as 0506.")
@click.option("--area", default="", help="Beginning of a grid cell code; left out: the city.")
@click.option("--code-list", help="Left out: every list that has the class.")
@click.pass_context
def who_command(ctx: click.Context, problem_class: str, area: str, code_list: str | None) -> None:
    """Say who is responsible for a class in an area, who owns and who maintains it, and why.

    \b
    Example:
      lifeline departments who --class 0506 --area 110101001
    """
    try:
        area = read_area_code(area).code if area else ""
    except BadCode as why:
        raise click.ClickException(f"--area: {why}") from why
    with opened(ctx) as connection:
        city = city_now(ctx, connection)
    found = city.catalogue.classes(problem_class, code_list)
    if not found:
        lists = ", ".join(sorted({each.code_list for each in city.catalogue.lists}))
        raise click.ClickException(f"no class {problem_class} in {code_list or lists}")
    for listed, problem in found:
        click.echo(f"{listed}: {problem.kind} {problem.code} {problem.name}")
        named = city.departments.who(problem, listed, area)
        for side, zh in SIDES.items():
            said = f"{named[side].code} {named[side].why}" if side in named else "nobody is named"
            click.echo(f"  {zh} {side}: {said}")
