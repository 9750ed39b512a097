"""`lifeline cases report`: what somebody tells of a problem becomes a case, or joins one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from pydantic import ValidationError

from cases.pictures import BadPicture, read_picture
from cases.reporting import BY, BadReport, Report
from cases.workflow import Refused
from deploy.commands.cities import city_now
from deploy.commands.database import opened
from store.cases import UnknownCase
from store.database import Connection
from store.photos import put_photo
from store.reports import take
from store.statements import statements


class Point(click.ParamType[tuple[float, float]]):
    name = "lon,lat"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        try:
            lon, lat = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not like 120.155,30.274", param, ctx)
        return lon, lat


@click.command("report")
@click.option("--source", required=True, type=click.Choice([source.value for source in BY]))
@click.option("--actor", required=True, help="Who enters it.")
@click.option("--text", required=True, help="What is told.")
@click.option("--at", type=Point(), help="Where, in degrees.")
@click.option("--component", default="", help="Code of what is broken.")
@click.option("--address", default="", help="Where, in words.")
@click.option("--code-list", default="GB/T 30428.2-2013", show_default=True)
@click.option("--code", default="", help="Class in the list, as far as known.")
@click.option("--condition", default="", help="Filing condition, as far as known.")
@click.option("--kind", type=click.Choice(["component", "event"]), help="Of a code used for both.")
@click.option("--system", default="lifeline", help="That it comes from.")
@click.option("--external-id", default="", help="Its number there; 110 has one.")
@click.option(
    "--photo", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--caller", is_flag=True, help="Ask for name and number: arguments can be read.")
@click.option("--join-to", default="", help="Number of the open case that it belongs to.")
@click.option("--exercise", is_flag=True, help="A drill's: counts nowhere.")
@click.pass_context
def report_command(
    ctx: click.Context,
    /,
    source: str,
    at: tuple[float, float] | None,
    photo: tuple[Path, ...],
    caller: bool,
    join_to: str,
    code: str,
    code_list: str,
    **given: str | bool | None,
) -> None:
    """Take a report; print its case, and the cases that may be the same problem.

    \b
    Example:
      lifeline cases report --source hotline --actor operator-3 --code 0506 --kind event \\
        --at 120.155,30.274 --text "Water stands on the road" --caller
    """
    who = None
    if caller:
        name = click.prompt("name of the caller", default="", show_default=False)
        who = {"name": name, "phone": click.prompt("telephone number")}
    now = datetime.now(UTC)
    lon, lat = at or (None, None)
    with opened(ctx) as connection:
        city = city_now(ctx, connection)
        try:
            pictures = [read_picture(file.read_bytes(), city.zone) for file in photo]
            report = Report.model_validate(
                given
                | {"source": source, "lon": lon, "lat": lat, "photos": [p.id for p in pictures]}
                | {"code": code, "code_list": code_list if code else "", "caller": who}
            )
            for picture in pictures:
                put_photo(connection, picture, report.actor, now)
            joined = _case(connection, join_to) if join_to else None
            taken = take(connection, report, now, city, joined)
        except ValidationError as why:
            raise click.ClickException(
                "; ".join(
                    f"{'.'.join(map(str, fault['loc'])) or 'report'}: {fault['msg']}"
                    for fault in why.errors(include_url=False, include_input=False)
                )
            ) from None  # the fault holds what was given, a telephone number perhaps
        except (BadReport, BadPicture, Refused, UnknownCase) as why:
            raise click.ClickException(str(why)) from why
    done = "opened" if taken.opened else "already had it" if taken.again else "joined"
    click.echo(f"case {taken.number} {done}; report {taken.report}")
    for each in taken.duplicates:
        sure = "" if each.why.same_class else ", of a class not known yet"
        minutes = abs(each.why.apart).total_seconds() / 60
        click.echo(
            f"perhaps the same: case {each.number} {each.state}, {each.title_zh} {each.title_en}, "
            f"{each.why.metres:.0f} m away, {minutes:.0f} min apart{sure}"
        )


def _case(connection: Connection, number: str) -> int:
    row = connection.execute(statements("views")["case_id"], {"case": number}).fetchone()
    if row is None:
        raise UnknownCase(f"there is no case {number}; see `lifeline cases list`")
    return int(row[0])
