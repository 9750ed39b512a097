"""`lifeline cases file`, `dispatch`, `handle`, `inspect`, `close` and `step`: people's steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
import orjson

from cases.case import Case
from cases.choices import choices
from cases.city import City
from cases.stages import light
from cases.transitions import NEXT
from cases.words import Outcome, Role, State, Verb
from cases.workflow import Refused
from deploy.commands.case_found import AS_JSON, find, left, now_of, print_json
from deploy.commands.cities import city_now
from deploy.commands.database import opened, settings_of
from store.cases import UnknownCase, apply

#: What people may do, by its word: click would offer the names that Python has for them.
VERBS = [verb.value for verb in Verb if verb not in (Verb.REPORT, Verb.JOIN, Verb.AMEND)]
ROLES = [role.value for role in Role if role is not Role.SYSTEM]
OUTCOMES = [outcome.value for outcome in Outcome]


def who(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that every step has."""
    for option in (
        AS_JSON,
        click.option("--version", "seen", type=int, help="Seen by you; another is refused."),
        click.option("--photo", "-p", "photos", multiple=True, help="Id of a stored picture."),
        click.option("--reason", "-m", default="", help="Why."),
        click.option("--role", "-r", default="", help="Default: LIFELINE_ROLE, or the step's own."),
        click.option("--actor", "-a", default="", help="Who does it; default: LIFELINE_ACTOR."),
    ):
        command = option(command)
    return command


@click.command("file")
@click.argument("case")
@click.option("--code-list", default="", help="Another than the case has.")
@click.option("--code", default="", help="Class in the list.")
@click.option("--condition", "-c", default="", help="Filing condition; says how long it may take.")
@who
@click.pass_context
def file_command(
    ctx: click.Context, /, case: str, code_list: str, code: str, condition: str, **given: Any
) -> None:
    """File a case 立案: there is a problem of this class, under this condition.

    \b
    Example:
      lifeline cases file 20261122-000012 --actor lead-1 --condition cover-missing
    """
    details = {"code_list": code_list, "code": code, "condition": condition}
    take(ctx, case, Verb.FILE, details, **given)


@click.command("dispatch")
@click.argument("case")
@click.option("--department", "-d", default="", help="Its code; default: who is responsible.")
@who
@click.pass_context
def dispatch_command(ctx: click.Context, /, case: str, department: str, **given: Any) -> None:
    """Dispatch a case 派遣 to its department; to another than before it is a step redirect.

    \b
    Example:
      lifeline cases dispatch 20261122-000012 --actor desk-3
    """
    take(ctx, case, Verb.DISPATCH, {"department": department}, **given)


@click.command("handle")
@click.argument("case")
@click.option("--done", is_flag=True, help="Say that it is done 反馈, not only taken up.")
@who
@click.pass_context
def handle_command(ctx: click.Context, /, case: str, done: bool, **given: Any) -> None:
    """Take a case up 处置, or say that it is done 反馈.

    \b
    Example:
      lifeline cases handle 20261122-000012 --actor crew-7
      lifeline cases handle 20261122-000012 --actor crew-7 --done
    """
    take(ctx, case, Verb.FEED_BACK if done else Verb.HANDLE, {}, **given, usual=Role.DEPARTMENT)


@click.command("inspect")
@click.argument("case")
@click.option("--passed/--failed", required=True, default=None, help="Does the condition hold?")
@who
@click.pass_context
def inspect_command(ctx: click.Context, /, case: str, passed: bool, **given: Any) -> None:
    """Say what an inspection 核查 found: whether the closing condition holds on site.

    \b
    Example:
      lifeline cases inspect 20261122-000012 --actor inspector-12 --passed
    """
    take(ctx, case, Verb.INSPECT, {"passed": passed}, **given)


@click.command("close")
@click.argument("case")
@click.option("--outcome", "-o", required=True, type=click.Choice(OUTCOMES),
              help="What it turned out to be; labels the rule that found it.")  # fmt: skip
@who
@click.pass_context
def close_command(ctx: click.Context, /, case: str, outcome: str, **given: Any) -> None:
    """Close a case 结案 that was inspected.

    \b
    Example:
      lifeline cases close 20261122-000012 --actor lead-1 --outcome real
    """
    take(ctx, case, Verb.CLOSE, {"outcome": outcome}, **given)


@click.command("step")
@click.argument("case")
@click.argument("verb", type=click.Choice(VERBS))
@click.option("--details", "said", multiple=True, metavar="NAME=VALUE", help="Repeatable.")
@click.option("--department", default="", help="Short for --details department=...")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Short for --details outcome=...")
@who
@click.pass_context
def step_command(
    ctx: click.Context,
    /,
    case: str,
    verb: str,
    said: tuple[str, ...],
    department: str,
    outcome: str | None,
    **given: Any,
) -> None:
    """Take any step of a case; refused with the reason where the workflow does not allow it.

    What each step must say is in `lifeline cases show` and `lifeline cases workflow`.

    \b
    Example:
      lifeline cases step 20261122-000012 handle --actor crew-7 --role department
      lifeline cases step 20261122-000012 close --actor lead-1 --role shift-lead --outcome real
      lifeline cases step 20261122-000012 verify --actor inspector-12 --details found=true
    """
    details = dict(map(_pair, said)) | {"department": department, "outcome": outcome}
    take(ctx, case, Verb(verb), details, **given)


def _pair(said: str) -> tuple[str, Any]:
    name, equals, value = said.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{said!r} is not like found=true", param_hint="--details")
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value  # words need no quotes


def take(
    ctx: click.Context,
    case: str,
    verb: Verb,
    details: dict[str, Any],
    actor: str,
    role: str,
    reason: str,
    photos: tuple[str, ...],
    seen: int | None,
    as_json: bool,
    usual: str = "",
) -> None:
    """Take a step of a case, in the `usual` role where none is named, and say where it is then."""
    settings, now = settings_of(ctx), now_of(ctx)
    doer = actor or settings.actor
    if not doer:
        raise click.UsageError("say who does it: --actor, or LIFELINE_ACTOR in the environment")
    with opened(ctx) as connection:
        city = city_now(ctx, connection)
        found = find(connection, case)
        version = found["version"] if seen is None else seen
        told = {name: value for name, value in details.items() if value not in ("", None)}
        told |= {"photos": list(photos)} if photos else {}
        as_role = _role(State(found["state"]), verb, role or settings.role or usual)
        try:
            after = apply(
                connection, found["id"], version, verb, doer, as_role, now, city, reason, told
            )
        except (Refused, UnknownCase) as why:
            raise click.ClickException(_with_hint(str(why), found, verb)) from why
        found = find(connection, str(found["id"]))
    if as_json:
        print_json(found)
    else:
        click.echo(_where(found["number"], after, now, city))


def _role(state: State, verb: Verb, asked: str) -> Role:
    """Return the role that was asked for, or the only one that people take this step in."""
    move = NEXT.get((state, verb))
    people = sorted(move.roles - {Role.SYSTEM}) if move else []
    if asked:
        if asked not in ROLES:
            raise click.UsageError(f"{asked} is no role: {', '.join(ROLES)}")
        return Role(asked)
    if len(people) > 1:
        raise click.UsageError(f"say in which role: {', '.join(people)}")
    return people[0] if people else Role.INTAKE


def _with_hint(why: str, found: dict[str, Any], verb: Verb) -> str:
    """Return why a step was refused, with the steps that would bring the case there."""
    state = State(found["state"])
    if (state, verb) in NEXT:
        return why
    ahead = sorted({str(v) for (s, v), m in NEXT.items() if s is state and m.after is not state})
    return f"{why}; from there: {', '.join(ahead)}. See `lifeline cases show {found['number']}`"


def _where(number: str, case: Case, now: datetime, city: City) -> str:
    said = f"case {number} is {case.state} {case.state.zh}"
    run = case.running
    if run is not None and run.due is not None:
        colour = light(run.due, run.yellow, now)
        said += f"; {run.stage} {run.stage.zh} {colour}, {left(run.due, now)} left"
    moves = [c for c in choices(case, now, city) if c.after is not case.state and not c.why_not]
    if moves:
        said += "; next: " + ", ".join(f"{c.verb} ({' or '.join(c.roles)})" for c in moves)
    return said
