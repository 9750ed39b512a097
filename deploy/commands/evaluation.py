"""`lifeline report evaluation`: the ranking of a month, as the page and the PDF have it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.table import Table

from api.ranking_csv import figures, ranking_csv
from api.ranking_pdf import ranking_pdf
from cases.city import load_city
from cases.evaluation_guide import evaluation_guide
from cases.grades import Ranked
from cases.periods import BadPeriod, month_of, period_of
from deploy.commands.database import opened, settings_of
from deploy.commands.printed import minute, print_table
from store.evaluation import By, Scope, sensors
from store.ranking import Ranking, ranking

HEAD = (
    "rank", "name", "due", "closed", "closing [%]", "in time", "on time [%]", "reworked",
    "rework [%]", "reworks", "score", "grade", "exempt", "score with", "on time with [%]",
)  # fmt: skip


@click.command("evaluation")
@click.option("--period", help="2026-10, 2026-Q4 or 2026; none: the last month that is over.")
@click.option("--area", default="", help="Beginning of a grid cell code: district 6 digits.")
@click.option(
    "--level", type=click.Choice(["district", "street", "community"]), default="street",
    show_default=True, help="Areas that are ranked.",
)  # fmt: skip
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--pdf", "pdf_file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def evaluation_command(
    ctx: click.Context,
    period: str | None,
    area: str,
    level: str,
    csv_file: Path | None,
    pdf_file: Path | None,
) -> None:
    """Print the ranking of departments and streets, and what the sensors are worth.

    \b
    Example:
      lifeline report evaluation --period 2026-10 --pdf 2026-10.pdf
    """
    settings = settings_of(ctx)
    city = load_city(settings.city, settings.time_zone)
    now = datetime.now(UTC)
    try:
        asked = period_of(period, city.zone) if period else month_of(now, city.zone, back=1)
    except BadPeriod as why:
        raise click.ClickException(str(why)) from why
    with opened(ctx) as connection:
        made = ranking(connection, asked, now, city, area, By(level))
        sensed = sensors(connection, Scope(asked, now, city.zone, area))
    place = made.place
    click.echo(f"{place.zh} {place.en}, {asked.name}, as of {minute(now, city.zone)}")
    for title, rows in (("departments", made.departments), (level, made.areas)):
        print_table(_table(made, title, rows))
    for name, value in (
        ("sensors", sensed.sensors),
        ("precision [%]", sensed.precision),
        ("missed", sensed.missed),
        ("median lead over the public [h]", sensed.lead_hours),
        ("false cases per 1,000 sensors and month", sensed.false_per_1000),
        ("availability [%]", sensed.availability),
    ):
        click.echo(f"{name:40} {'-' if value is None else f'{value:.4g}'}")
    for file, body in ((csv_file, ranking_csv), (pdf_file, lambda m: ranking_pdf(m, city.zone))):
        if file is not None:
            file.write_bytes(body(made))
            click.echo(f"written: {file}")


@click.command("definitions")
@click.pass_context
def definitions_command(ctx: click.Context) -> None:
    """Print what each indicator counts, in which period, and how scores become grades.

    \b
    Example:
      lifeline report definitions > EVALUATION.md
    """
    settings = settings_of(ctx)
    policy = load_city(settings.city, settings.time_zone).policy
    click.echo(evaluation_guide(policy.evaluation), nl=False)


def _table(made: Ranking, title: str, rows: list[Ranked]) -> Table:
    table = Table(*HEAD, title=title)
    for row in rows:
        name = made.name(row.key)
        both = name.zh if name.zh == name.en else f"{name.zh} {name.en}"
        table.add_row("-" if row.rank is None else str(row.rank), both, *figures(row))
    return table
