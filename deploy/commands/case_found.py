"""Cases as commands find and print them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
import orjson
from psycopg.rows import dict_row

from cases.city import City
from cases.words import Light, Stage, State
from deploy.commands.database import settings_of
from store.cases import Held, hold
from store.database import Connection
from store.statements import statements
from store.views import OF_CASES

COLOURS = {Light.RED: "red", Light.YELLOW: "yellow", Light.GREEN: "green"}
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")


def rows(connection: Connection, name: str, **values: Any) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("views")[name], values).fetchall()


def find(connection: Connection, case: str) -> dict[str, Any]:
    """Return the case of this number or id; raise a ClickException where there is none."""
    found = rows(connection, "case_id", case=case)
    if not found:
        raise click.ClickException(f"there is no case {case}; see `lifeline cases list`")
    given = dict.fromkeys(OF_CASES) | {"id": found[0]["id"], "limit": 1}
    return rows(connection, "cases_page", **given)[0]


def held(connection: Connection, case_id: int, city: City) -> Held:
    """Return a case with its clocks, as its log has it now."""
    with connection.transaction():
        return hold(connection, case_id, city)


def now_of(ctx: click.Context) -> datetime:
    """Return the time of the clock that the settings have: in a drill it is another than ours."""
    return datetime.fromtimestamp(settings_of(ctx).clock.now() / 1e6, UTC)


def shown(light: Light | None) -> str:
    """Return a light as people see it; the word stands where there are no colours."""
    return f"[{COLOURS[light]}]{light}[/] {light.zh}" if light else ""


def state_of(state: str) -> str:
    return f"{state} {State(state).zh}"


def stage_of(stage: str) -> str:
    return f"{stage} {Stage(stage).zh}"


def left(due: datetime | None, now: datetime) -> str:
    """Return how long until `due`, or since: `1 d 03:20`, `-00:12`."""
    if due is None:
        return ""
    minutes = round((due - now).total_seconds() / 60)
    sign, minutes = "-" if minutes < 0 else "", abs(minutes)
    days, minutes = divmod(minutes, 1440)
    return f"{sign}{f'{days} d ' if days else ''}{minutes // 60:02}:{minutes % 60:02}"


def print_json(data: object) -> None:
    click.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2, default=str).decode())


def local(row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Return the fields of a row that say anything, times in `zone`."""
    return {
        name: value.astimezone(zone).isoformat(" ", "seconds")
        if isinstance(value, datetime)
        else value
        for name, value in row.items()
        if value not in (None, "")
    }
