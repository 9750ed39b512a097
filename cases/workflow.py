"""The one workflow every case follows, as a table and a pure function.

Two centres watch each other: the supervision centre (intake, shift lead, inspectors)
decides that there is a problem and whether it is solved, the command centre (dispatcher)
sends it to a department. Nobody judges their own work: the table gives each step to its
roles, and APART keeps one person out of two of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple


class Word(StrEnum):
    """A word of the workflow, and what it is called where it comes from."""

    zh: str

    def __new__(cls, value: str, zh: str = "") -> Word:
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        return member


class State(Word):
    REPORTED = "reported", "已上报"
    ACCEPTED = "accepted", "已受理"
    FILED = "filed", "已立案"
    DISPATCHED = "dispatched", "已派遣"
    HANDLING = "handling", "处置中"
    FED_BACK = "fed-back", "待核查"
    INSPECTED = "inspected", "待结案"
    CLOSED = "closed", "已结案"
    VOID = "void", "已作废"


class Verb(Word):
    REPORT = "report", "上报"
    ACCEPT = "accept", "受理"
    FILE = "file", "立案"
    DISPATCH = "dispatch", "派遣"
    HANDLE = "handle", "处置"
    FEED_BACK = "feed-back", "反馈"
    INSPECT = "inspect", "核查"
    CLOSE = "close", "结案"
    RETURN = "return", "退回"
    VOID = "void", "作废"
    REOPEN = "reopen", "重开"
    JOIN = "join", "并案"  #: another event of the same cause; the state stays
    AMEND = "amend", "更正"  #: what is known of the cause changed; the state stays


class Role(Word):
    SYSTEM = "system", "系统"
    INTAKE = "intake", "受理员"
    SHIFT_LEAD = "shift-lead", "值班长"
    DISPATCHER = "dispatcher", "派遣员"
    DEPARTMENT = "department", "专业部门"
    INSPECTOR = "inspector", "监督员"


class Outcome(Word):
    """What a case turned out to be; labels the rule that found it."""

    REAL = "real", "属实"
    FALSE = "false", "误报"
    DUPLICATE = "duplicate", "重复"
    SENSOR_FAULT = "sensor-fault", "传感器故障"
    PLANNED_WORK = "planned-work", "计划作业"
    EXERCISE = "exercise", "演练"


#: States in which a case is open; `one_open_case_per_cause` in the schema says the same.
OPEN = tuple(state for state in State if state not in (State.CLOSED, State.VOID))


class Move(NamedTuple):
    after: State
    roles: frozenset[Role]


def _by(after: State, *roles: Role) -> Move:
    return Move(after, frozenset(roles))


NEXT: dict[tuple[State, Verb], Move] = {
    (State.REPORTED, Verb.ACCEPT): _by(State.ACCEPTED, Role.SYSTEM, Role.INTAKE),
    (State.ACCEPTED, Verb.FILE): _by(State.FILED, Role.SYSTEM, Role.SHIFT_LEAD),
    (State.FILED, Verb.DISPATCH): _by(State.DISPATCHED, Role.SYSTEM, Role.DISPATCHER),
    (State.FILED, Verb.RETURN): _by(State.ACCEPTED, Role.DISPATCHER),
    (State.DISPATCHED, Verb.DISPATCH): _by(State.DISPATCHED, Role.DISPATCHER),
    (State.DISPATCHED, Verb.HANDLE): _by(State.HANDLING, Role.DEPARTMENT),
    (State.DISPATCHED, Verb.RETURN): _by(State.FILED, Role.DEPARTMENT),
    (State.HANDLING, Verb.FEED_BACK): _by(State.FED_BACK, Role.DEPARTMENT),
    (State.HANDLING, Verb.RETURN): _by(State.FILED, Role.DEPARTMENT),
    (State.FED_BACK, Verb.INSPECT): _by(State.INSPECTED, Role.INSPECTOR),
    (State.FED_BACK, Verb.RETURN): _by(State.DISPATCHED, Role.INSPECTOR),
    (State.INSPECTED, Verb.CLOSE): _by(State.CLOSED, Role.SHIFT_LEAD),
    (State.INSPECTED, Verb.RETURN): _by(State.DISPATCHED, Role.SHIFT_LEAD),
    # Voided before anybody went; once a department has handled it, it must be inspected.
    (State.REPORTED, Verb.VOID): _by(State.VOID, Role.SYSTEM, Role.SHIFT_LEAD),
    (State.ACCEPTED, Verb.VOID): _by(State.VOID, Role.SYSTEM, Role.SHIFT_LEAD),
    (State.FILED, Verb.VOID): _by(State.VOID, Role.SYSTEM, Role.SHIFT_LEAD),
    (State.DISPATCHED, Verb.VOID): _by(State.VOID, Role.SYSTEM, Role.SHIFT_LEAD),
    (State.VOID, Verb.REOPEN): _by(State.REPORTED, Role.SYSTEM, Role.SHIFT_LEAD),
    (State.CLOSED, Verb.REOPEN): _by(State.FILED, Role.SHIFT_LEAD),
    **{(state, Verb.JOIN): _by(state, Role.SYSTEM) for state in OPEN},
    **{(state, Verb.AMEND): _by(state, Role.SYSTEM) for state in OPEN},
}

#: Who did one of these last may not do the step.
APART: dict[Verb, tuple[Verb, ...]] = {
    Verb.INSPECT: (Verb.DISPATCH, Verb.HANDLE, Verb.FEED_BACK),
    Verb.CLOSE: (Verb.DISPATCH, Verb.HANDLE, Verb.FEED_BACK, Verb.INSPECT),
}

NEEDS_REASON = frozenset({Verb.RETURN, Verb.VOID, Verb.REOPEN})


class Refused(Exception):
    """The case does not allow this step. ``args[0]`` says why, for the operator."""


@dataclass(frozen=True, slots=True)
class Case:
    """What the workflow needs to know of a case."""

    id: int
    state: State
    version: int = 0  #: grows by one each step; the store refuses a stale one
    department: str = ""
    outcome: Outcome | None = None
    by: Mapping[Verb, str] = field(default_factory=dict)  #: who last did each step


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the case's log. The log is only ever added to."""

    case_id: int
    version: int
    at: datetime
    actor: str
    role: Role
    verb: Verb
    before: State | None  #: None: the case began with this line
    after: State
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


NOTHING: Mapping[str, Any] = MappingProxyType({})


def step(
    case: Case,
    verb: Verb,
    *,
    actor: str,
    role: Role,
    at: datetime,
    reason: str = "",
    details: Mapping[str, Any] = NOTHING,
) -> tuple[Case, Entry]:
    """Return the case after `verb`, and the log line that records it; raises Refused.

    DISPATCH takes `details["department"]` (without it, the case's own department stays);
    CLOSE needs `details["outcome"]`, VOID may have it.
    """
    if at.utcoffset() is None:
        raise ValueError("`at` must carry a time zone")
    move = NEXT.get((case.state, verb))
    if move is None:
        raise Refused(f"cannot {verb} a case that is {case.state}")
    if role not in move.roles:
        allowed = " or ".join(sorted(move.roles))
        raise Refused(f"{verb} of a case that is {case.state} is for {allowed}, not for {role}")
    if verb in NEEDS_REASON and not reason.strip():
        raise Refused(f"{verb} needs a reason")
    for other in APART.get(verb, ()):
        if case.by.get(other) == actor:
            raise Refused(f"{actor} did {other} in this case and may not {verb} it")
    outcome = _outcome(verb, details)
    department = str(details.get("department") or case.department)
    if verb is Verb.DISPATCH and not department:
        raise Refused("dispatch needs a department")
    after = replace(
        case,
        state=move.after,
        version=case.version + 1,
        department=department if verb is Verb.DISPATCH else case.department,
        outcome=outcome,
        by={**case.by, verb: actor},
    )
    entry = Entry(
        case.id, after.version, at, actor, role, verb, case.state, move.after, reason, dict(details)
    )
    return after, entry


def _outcome(verb: Verb, details: Mapping[str, Any]) -> Outcome | None:
    if verb not in (Verb.CLOSE, Verb.VOID):
        return None
    given = details.get("outcome")
    if given is None and verb is Verb.VOID:
        return None
    if given not in tuple(Outcome):
        instead = "" if given is None else f"; not {given!r}"
        raise Refused(f"{verb} needs an outcome: one of {', '.join(Outcome)}{instead}")
    return Outcome(given)
