"""`lifeline drill`: what can be rehearsed, a drill on a running system, and its report."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import httpx
from rich.progress import Progress
from rich.table import Table

from cases.drill_report import STEPS, Report, as_answer
from deploy.commands.database import opened, settings_of
from deploy.commands.printed import minute, print_table, zone_of
from simulators.story import BadStory, stories
from store.drill_story import happenings, report_of, span
from store.drills import rows

LOOK = 1.0  #: [s] between two looks at how far it is
ON = ("preparing", "running", "paused")


@click.group("drill")
def drill_command() -> None:
    """Rehearse on the live path, apart from all that is live."""


@drill_command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.pass_context
def list_command(ctx: click.Context, limit: int) -> None:
    """Print the scenarios, and the drills that were held.

    \b
    Example:
      lifeline drill list
    """
    try:
        known = stories(settings_of(ctx).scenarios)
    except BadStory as why:
        raise click.ClickException(str(why)) from why
    table = Table("scenario", "lasts", "happens", "title", title="Scenarios")
    for name, story in known.items():
        count = str(len(story.happens) + len(story.faults))
        table.add_row(name, str(story.lasts), count, f"{story.title.en} {story.title.zh}")
    print_table(table)
    zone = zone_of(ctx)
    table = Table("no.", "scenario", "state", "began", "ended", "devices", "cases", "by")
    with opened(ctx) as connection:
        for row in rows(connection, "drills", drill=None, before=None, on=None, limit=limit):
            ended = minute(row["ended"], zone) if row["ended"] else ""
            table.add_row(
                str(row["id"]), row["scenario"], row["state"], minute(row["began"], zone), ended,
                str(row["devices"]), str(row["cases"]), row["started_by"],
            )  # fmt: skip
    print_table(table)


@drill_command.command("run")
@click.argument("scenario")
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Of the system.")
@click.option("--key", envvar="LIFELINE_KEY", help="Of a drill leader; best by LIFELINE_KEY.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**31 - 1))
@click.option("--lon", type=float, help="Where; without, amid the live devices.")
@click.option("--lat", type=float)
@click.option("--grid-cell", help="That its cases are filed in.")
@click.option("--leave", is_flag=True, help="Begin it and return; somebody else ends it.")
def run_command(
    scenario: str,
    url: str,
    key: str | None,
    seed: int,
    lon: float | None,
    lat: float | None,
    grid_cell: str | None,
    leave: bool,
) -> None:
    """Begin a drill on a running system, follow it, end it when its story is over, and report.

    It goes in the clock of that system. Interrupted, it is ended at once.

    \b
    Example:
      lifeline drill run flood-underpass --lon 120.13 --lat 30.28
    """
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    asked = {"scenario": scenario, "seed": seed, "lon": lon, "lat": lat, "grid_cell": grid_cell}
    with httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60) as client:
        drill = _answer(client, "POST", "/drills", json=asked)["number"]
        click.echo(f"drill {drill} began: {url}/#/drills/{drill}")
        if leave:
            return
        try:
            _follow(client, drill)
        finally:
            _answer(client, "POST", f"/drills/{drill}/end")
        _print(_answer(client, "GET", f"/drills/{drill}/report"))


@drill_command.command("report")
@click.argument("drill", type=click.IntRange(1, 2**31 - 1))
@click.option("--json", "as_json", is_flag=True, help="All of it, for programs.")
@click.pass_context
def report_command(ctx: click.Context, drill: int, as_json: bool) -> None:
    """Print what a drill has shown: found, missed, false, how fast, against what was expected.

    \b
    Example:
      lifeline drill report 3
    """
    with opened(ctx) as connection:
        found = rows(connection, "drills", drill=drill, before=None, on=None, limit=1)
        if not found:
            raise click.ClickException(f"there is no drill {drill}")
        [plan] = rows(connection, "plan", drill=drill)
        until = found[0]["ended"] or datetime.fromtimestamp(_now(ctx) / 1e6, UTC)
        told = _told(report_of(connection, drill, plan["plan"], until), plan["plan"])
    if as_json:
        click.echo(json.dumps(told, default=str, ensure_ascii=False, indent=2))
    else:
        _print(told)


def _now(ctx: click.Context) -> int:
    return settings_of(ctx).clock.now()


def _told(found: Report, plan: dict[str, Any]) -> dict[str, Any]:
    answer = as_answer(found)
    for one, real in zip(answer["happenings"], happenings(plan), strict=True):
        one |= {name: real[name] for name in ("what", "title", "devices")}
    return answer


def _follow(client: httpx.Client, drill: int) -> None:
    """Show how far it is until its story is over."""
    with Progress() as progress:
        bar = progress.add_task("drill", total=1.0)
        while True:
            told = _answer(client, "GET", f"/drills/{drill}")
            row = told["drill"]
            began, until, now = map(
                datetime.fromisoformat, (row["began"], row["until"], told["now"])
            )
            share = (now - began) / (until - began)
            words = f"{row['state']}, {row['cases']} cases"
            progress.update(bar, completed=min(max(share, 0.0), 1.0), description=words)
            if row["state"] not in ON:
                return
            time.sleep(LOOK)


def _answer(client: httpx.Client, method: str, path: str, **more: Any) -> Any:
    """Return what the system answers; says what it refuses."""
    try:
        answer = client.request(method, path, **more)
    except httpx.HTTPError as why:
        raise click.ClickException(f"{client.base_url} does not answer: {why}") from why
    if answer.is_error:
        raise click.ClickException(answer.json().get("detail") or answer.text)
    return answer.json()


def _print(told: dict[str, Any]) -> None:
    table = Table("what was true", "kind", "outcome", *STEPS, "cases", title="After-action report")
    for one in told["happenings"]:
        name = one["title"]["en"] if one["title"] else one["what"]
        times = [_after(one["began"], one["at"].get(step)) for step in STEPS]
        table.add_row(name, one["role"], one["fate"], *times, ", ".join(one["cases"]))
    print_table(table)
    table = Table("expected of", "step", "whom", "within", "was", "outcome")
    for each in told["expectations"]:
        of = told["happenings"][each["of"]]
        was = _after(of["began"], each["at"])
        name = of["title"]["en"] if of["title"] else of["what"]
        within = each["within"] if isinstance(each["within"], timedelta) else span(each["within"])
        table.add_row(name, each["step"], each["whom"], str(within), was, each["met"])
    print_table(table)
    click.echo(f"false: {', '.join(told['false']) or 'none'}")
    click.echo(f"withdrawn: {', '.join(told['withdrawn']) or 'none'}")


def _after(began: Any, at: Any) -> str:
    """Return how long after the beginning it was, in minutes."""
    if at is None:
        return ""
    first, last = (
        when if isinstance(when, datetime) else datetime.fromisoformat(when) for when in (began, at)
    )
    return f"{(last - first).total_seconds() / 60:+.1f} min"
