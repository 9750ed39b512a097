"""A case as its log tells it: every line changes it by one function, so that the log is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cases.catalogue import Limit
from cases.city import City
from cases.closing import Inspection
from cases.people import person
from cases.stages import Run, begins_anew, handling, running, sends_back, turn
from cases.words import Outcome, Role, Satisfaction, Source, State, Verb


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


@dataclass(frozen=True, slots=True)
class Request:
    """What a department has asked for and nobody has decided yet."""

    verb: Verb
    by: str
    amount: float = 0.0  #: of an extension, in hours or days as the limit counts
    until: datetime | None = None  #: of a suspension
    approved: bool = False  #: by the first of the two levels


@dataclass(frozen=True, slots=True)
class Case:
    """What the workflow knows of a case: nothing but what its log says."""

    id: int
    state: State
    version: int = 0  #: grows by one each step; the store refuses a stale one
    source: Source = Source.SENSOR
    exercise: bool = False
    department: str = ""
    handed_to: str = ""  #: name of the instance, or `110`, that has it, or had it last
    outcome: Outcome | None = None
    limit: Limit | None = None  #: of the filing condition, with what was granted on top
    first_limit: Limit | None = None  #: as filed
    level: int = 1  #: 1 community grid, 2 street, 3 district, 4 city
    #: Everybody who ever did, and in which roles each acted, by `cases.people.person`.
    did: Mapping[Verb, frozenset[str]] = field(default_factory=dict)
    sides: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    found: bool | None = None  #: what the verification on site said
    passed: bool | None = None  #: what the last inspection said
    trusted: bool = False  #: its class is closed by its sensors alone
    confirmed: datetime | None = None  #: when its sensors confirmed that it is solved
    returned: bool = False  #: the department gave it back and has not taken it up since
    request: Request | None = None
    until: datetime | None = None  #: of a suspension, when the clock runs on
    extensions: int = 0  #: granted
    suspended: bool = False  #: ever
    appealed: bool = False  #: since it was closed the last time, as is the next
    exempt: bool = False  #: an appeal was granted: in no statistic of overtime
    supervised: bool = False
    urges: int = 0
    returns: int = 0  #: by departments
    redirects: int = 0
    reworks: int = 0
    filed: datetime | None = None  #: the first time, as are the next two
    dispatched: datetime | None = None
    verified: datetime | None = None
    fed_back: datetime | None = None  #: the last time, as are the next three
    inspected: datetime | None = None
    closed: datetime | None = None  #: or rejected, or void
    reopened: datetime | None = None
    satisfaction: Satisfaction | None = None
    runs: tuple[Run, ...] = ()

    @property
    def due(self) -> datetime | None:
        """When handling must be done, None while its clock stands or has not begun."""
        run = handling(self.runs)
        return run.due if run else None

    @property
    def running(self) -> Run | None:
        return running(self.runs)


def replay(entries: Iterable[Entry], city: City, version: int | None = None) -> Case:
    """Return the case that a log tells of, oldest line first.

    `version` is that of the last line, where remarks that change nothing were left out.
    """
    case: Case | None = None
    for entry in entries:
        case = advance(case, entry, city)
    if case is None:
        raise ValueError("a case has at least the line that it began with")
    return case if version is None else replace(case, version=version)


def advance(case: Case | None, entry: Entry, city: City) -> Case:
    """Return the case after `entry`, which is believed."""
    before = case or Case(entry.case_id, entry.after)
    changes = EFFECTS[entry.verb](before, entry) if entry.verb in EFFECTS else {}
    if entry.verb not in SPEECH:
        who = person(entry.actor)
        changes["did"] = {
            **before.did,
            entry.verb: before.did.get(entry.verb, frozenset()) | {who},
        }
        changes["sides"] = {
            **before.sides,
            who: before.sides.get(who, frozenset()) | {entry.role},
        }
    after = replace(before, state=entry.after, version=entry.version, **changes)
    if begins_anew(after, entry):  # what was granted to one department is not for the next
        after = replace(after, limit=after.first_limit)
    return replace(after, runs=turn(after.runs, after, entry, city))


#: What anybody may say without having taken part in the case.
SPEECH = frozenset({Verb.NOTE, Verb.URGE, Verb.SUPERVISE, Verb.CALL_BACK, Verb.JOIN})

Changes = dict[str, Any]


def _reported(case: Case, entry: Entry) -> Changes:
    told = entry.details
    return {
        "source": Source(told.get("source", Source.SENSOR)),
        "exercise": bool(told.get("exercise")),
    }


def _filed(case: Case, entry: Entry) -> Changes:
    limit = _limit(entry.details) or case.first_limit
    return {"filed": case.filed or entry.at, "limit": limit, "first_limit": limit}


def _amended(case: Case, entry: Entry) -> Changes:
    changes: Changes = {}
    if limit := _limit(entry.details):
        changes |= {"limit": limit, "first_limit": limit}
        # What was asked for was asked of another limit, and perhaps in other units.
        if case.request and case.request.verb is Verb.ASK_EXTENSION:
            changes["request"] = None
    if "department" in entry.details:
        changes["department"] = entry.details["department"][1] or ""
    return changes


def _limit(details: Mapping[str, Any]) -> Limit | None:
    return Limit.model_validate(details["limit"]) if "limit" in details else None


def _sent(case: Case, entry: Entry) -> Changes:
    department = str(entry.details.get("department") or case.department)
    # Once a dispatcher could dispatch a case again; today the workflow asks for a redirect.
    to_another = case.dispatched and department != case.department and not case.handed_to
    redirected = entry.verb is Verb.REDIRECT or (to_another and entry.role is not Role.SYSTEM)
    return {
        "department": department,
        "handed_to": "",
        "dispatched": case.dispatched or entry.at,
        "redirects": case.redirects + bool(redirected),
        "request": None,
    }


def _handed_over(case: Case, entry: Entry) -> Changes:
    return {
        "handed_to": str(entry.details["to"]),
        "dispatched": case.dispatched or entry.at,
        "request": None,
    }


def _returned(case: Case, entry: Entry) -> Changes:
    if sends_back(entry):
        return _rework(case, entry)
    if entry.role not in (Role.DEPARTMENT, Role.PARTNER):
        return {}
    return {"returned": True, "returns": case.returns + 1, "request": None}


def _fed_back(case: Case, entry: Entry) -> Changes:
    trusted = entry.details.get("inspection") == Inspection.TRUSTED
    return {
        "fed_back": entry.at, "trusted": trusted, "passed": None, "confirmed": None,
        "request": None,
    }  # fmt: skip


def _rework(case: Case, entry: Entry) -> Changes:
    return {"reworks": case.reworks + 1, "passed": None, "confirmed": None}


#: With these words the system voided a case that went to another, before there was MERGE.
ONE_CAUSE = "one cause with case "


def _ended(case: Case, entry: Entry) -> Changes:
    outcome = entry.details.get("outcome")
    if entry.role is Role.SYSTEM and entry.reason.startswith(ONE_CAUSE):
        outcome = Outcome.DUPLICATE
    return {
        "outcome": Outcome(outcome) if outcome else None, "request": None, "closed": entry.at,
    }  # fmt: skip


def _reopened(case: Case, entry: Entry) -> Changes:
    return {
        "reopened": entry.at, "closed": None, "outcome": None, "fed_back": None, "passed": None,
        "confirmed": None, "returned": False, "request": None, "appealed": False, "exempt": False,
        "level": 1,
    }  # fmt: skip


def _asked(case: Case, entry: Entry) -> Changes:
    until = entry.details.get("until")
    amount = float(entry.details.get("amount", 0))
    asked = Request(
        entry.verb, entry.actor, amount, datetime.fromisoformat(until) if until else None
    )
    return {"request": asked, "appealed": case.appealed or entry.verb is Verb.APPEAL}


def _approved(case: Case, entry: Entry) -> Changes:
    return {"request": replace(case.request, approved=True) if case.request else None}


def _extended(case: Case, entry: Entry) -> Changes:
    if case.limit is None or case.request is None:
        return {"request": None}
    more = case.limit.amount + case.request.amount
    limit = case.limit.model_copy(update={"amount": more})
    return {"limit": limit, "extensions": case.extensions + 1, "request": None}


def _suspended(case: Case, entry: Entry) -> Changes:
    until = case.request.until if case.request else None
    return {"suspended": True, "until": until, "request": None}


EFFECTS: dict[Verb, Callable[[Case, Entry], Changes]] = {
    Verb.REPORT: _reported,
    Verb.VERIFY: lambda c, e: {"found": bool(e.details.get("found")), "verified": e.at},
    Verb.FILE: _filed,
    Verb.AMEND: _amended,
    Verb.DISPATCH: _sent,
    Verb.REDIRECT: _sent,
    Verb.HAND_OVER: _handed_over,
    Verb.RETURN: _returned,
    Verb.HANDLE: lambda c, e: {"returned": False},
    Verb.FEED_BACK: _fed_back,
    # Once an inspector who was not content returned the case, and an inspection said nothing.
    Verb.INSPECT: lambda c, e: {"passed": bool(e.details.get("passed", True)), "inspected": e.at},
    Verb.CONFIRM: lambda c, e: {"confirmed": e.at if e.details.get("holds", True) else None},
    Verb.REWORK: _rework,
    Verb.CLOSE: _ended,
    Verb.REJECT: _ended,
    Verb.VOID: _ended,
    Verb.MERGE: lambda c, e: {"outcome": Outcome.DUPLICATE, "request": None, "closed": e.at},
    Verb.REOPEN: _reopened,
    Verb.ASK_EXTENSION: _asked,
    Verb.ASK_SUSPENSION: _asked,
    Verb.APPEAL: _asked,
    Verb.APPROVE: _approved,
    Verb.EXTEND: _extended,
    Verb.SUSPEND: _suspended,
    Verb.RESUME: lambda c, e: {"until": None},
    Verb.EXEMPT: lambda c, e: {"exempt": True, "request": None},
    Verb.REFUSE: lambda c, e: {"request": None},
    Verb.SUPERVISE: lambda c, e: {"supervised": True},
    Verb.URGE: lambda c, e: {"urges": c.urges + 1},
    Verb.ESCALATE: lambda c, e: {"level": min(c.level + 1, 4)},
    Verb.CALL_BACK: lambda c, e: {"satisfaction": Satisfaction(e.details["satisfaction"])},
}
