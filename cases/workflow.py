"""The one workflow every case follows, as a table and a pure function.

Two centres watch each other: the supervision centre (intake, shift lead, inspectors)
decides that there is a problem and whether it is solved, the command centre (dispatcher)
sends it to a department. Nobody judges their own work: `transitions` gives each step to its
roles, `guards` say what else must hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from cases.case import Case, Entry, advance
from cases.city import City
from cases.details import BadDetails, read_details
from cases.guards import ALWAYS, GUARDS, Ask
from cases.people import written
from cases.stages import turned
from cases.transitions import NEXT
from cases.words import Role, State, Verb

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Refused(Exception):
    """The case does not allow this step. ``args[0]`` says why, for the operator."""


def begin(
    case_id: int,
    *,
    actor: str,
    role: Role,
    at: datetime,
    city: City,
    reason: str = "",
    details: Mapping[str, Any] = NOTHING,
) -> tuple[Case, Entry]:
    """Return a new case, and the line of its report; `details` name its `source`."""
    entry = Entry(
        case_id,
        1,
        at,
        _named(actor),
        role,
        Verb.REPORT,
        None,
        State.REPORTED,
        reason,
        dict(details),
    )
    return advance(None, entry, city), entry


def step(
    case: Case,
    verb: Verb,
    *,
    actor: str,
    role: Role,
    at: datetime,
    city: City,
    reason: str = "",
    details: Mapping[str, Any] = NOTHING,
) -> tuple[Case, Entry]:
    """Return the case after `verb`, and the log line that records it; raises Refused.

    What `details` must say is in `cases.details`.
    """
    if at.utcoffset() is None:
        raise ValueError("`at` must carry a time zone")
    move = NEXT.get((case.state, verb))
    if move is None:
        raise Refused(f"cannot {verb} a case that is {case.state}")
    if role not in move.roles:
        allowed = " or ".join(sorted(move.roles))
        raise Refused(f"{verb} of a case that is {case.state} is for {allowed}, not for {role}")
    try:
        told = read_details(verb, details)
    except BadDetails as why:
        raise Refused(str(why)) from why
    actor, at = _named(actor), _dated(case, verb, at)
    ask = Ask(verb, actor, role, at, reason, told, city)
    for guard in (*ALWAYS, *GUARDS.get(verb, ())):
        if why_not := guard(case, ask):
            raise Refused(why_not)
    after = move.after
    if verb is Verb.REWORK and case.handed_to:  # back to who said that it was done
        after, told = State.HANDED_OVER, {**told, "to": case.handed_to}
    entry = Entry(case.id, case.version + 1, at, actor, role, verb, case.state, after, reason, told)
    return advance(case, entry, city), entry


def _named(actor: str) -> str:
    if not (name := written(actor)):
        raise Refused("a step names who takes it")
    return name


def _dated(case: Case, verb: Verb, at: datetime) -> datetime:
    """Return when a step counts that is taken `at` a time.

    No clock of a case is turned back when that of the system is: a step is not before the last
    one that started or stopped a clock. A suspension ends on its day, whoever ends it later.
    """
    if verb is Verb.RESUME and case.until is not None:
        at = min(at, case.until)
    last = turned(case.runs)
    return at if last is None else max(at, last)
