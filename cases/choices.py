"""What may be done with a case now, by whom, and what still stands between it and its closing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from cases import guards
from cases.case import Case
from cases.city import City
from cases.details import DETAILS, Details
from cases.guards import ALWAYS, GUARDS, Ask
from cases.transitions import NEEDS_REASON, NEXT
from cases.words import ENDS, Role, State, Verb

#: These look at what the step says; without it they have nothing to look at.
OF_DETAILS = frozenset(
    {
        guards.reason, guards.classified, guards.has_department, guards.same_department,
        guards.another_department, guards.extensible, guards.suspendable,
    }
)  # fmt: skip

#: What each state on the way waits for, first to last.
WAITS: dict[State, str] = {
    State.REPORTED: "intake takes the report up",
    State.VERIFYING: "an inspector says whether there is such a problem",
    State.ACCEPTED: "a shift lead files it under a condition of the catalogue",
    State.FILED: "a dispatcher sends it to a department",
    State.DISPATCHED: "the department takes it up",
    State.HANDLING: "the department says that it is done",
    State.FED_BACK: "an inspection is ordered",
    State.INSPECTING: "an inspector says whether the closing condition holds",
    State.INSPECTED: "a shift lead closes it",
}
_ASIDE = {State.SUSPENDED: State.HANDLING, State.HANDED_OVER: State.HANDLING}


class Choice(NamedTuple):
    """A step from where the case is. `why_not` is empty when nothing but its details is open."""

    verb: Verb
    after: State
    roles: tuple[Role, ...]  #: that may take it, or that the refusal was told
    needs: tuple[str, ...]  #: fields of its details that must be given, and `reason`
    why_not: str
    #: Whoever gives a reason may take it in spite of `why_not`.
    reason_helps: bool = False


def choices(
    case: Case,
    at: datetime,
    city: City,
    actor: str = "",
    roles: Collection[Role] | None = None,
) -> list[Choice]:
    """Return the steps that people may take now; with `actor`, as far as that one may.

    With `roles` only those steps that are for one of them.
    """
    found = []
    for (state, verb), move in NEXT.items():
        mine = tuple(
            role for role in sorted(move.roles - {Role.SYSTEM}) if roles is None or role in roles
        )
        if state is not case.state or not mine:
            continue
        said = {role: _refusal(case, verb, role, at, city, actor) for role in mine}
        free = tuple(role for role in mine if not said[role])
        why_not = "" if free else said[mine[0]]
        helps = bool(why_not) and not _refusal(case, verb, mine[0], at, city, actor, "a reason")
        found.append(Choice(verb, move.after, free or mine, needs(verb), why_not, helps))
    return found


def needs(verb: Verb) -> tuple[str, ...]:
    """Return what a step must say beside who takes it."""
    fields = DETAILS.get(verb, Details).model_fields
    required = tuple(name for name, field in fields.items() if field.is_required())
    return required + (("reason",) if verb in NEEDS_REASON else ())


def _refusal(
    case: Case, verb: Verb, role: Role, at: datetime, city: City, actor: str, reason: str = ""
) -> str:
    ask = Ask(verb, actor, role, at, reason, {}, city)
    for guard in (*ALWAYS, *GUARDS.get(verb, ())):
        if guard not in OF_DETAILS and (why_not := guard(case, ask)):
            return why_not
    return ""


def missing(case: Case, at: datetime, city: City) -> list[str]:
    """Return what must still happen before the case may be closed, first to last."""
    if case.state in ENDS:
        return []
    order = list(WAITS)
    here = order.index(_ASIDE.get(case.state, case.state))
    found = [WAITS[state] for state in order[here:-1] if state is not State.VERIFYING or here == 1]
    if case.state is State.SUSPENDED and case.until:
        found.insert(0, f"its suspension ends at {case.until.isoformat()}")
    if case.state is State.HANDED_OVER:
        found[0] = f"{case.handed_to} says that it is done"
    closing = Ask(Verb.CLOSE, "", Role.SHIFT_LEAD, at, "", {}, city)
    said = (guard(case, closing) for guard in GUARDS[Verb.CLOSE])
    if case.state is State.INSPECTED:
        found += [why_not for why_not in said if why_not]
    elif why_not := guards.sensor_normal(case, closing):
        found.append(why_not)
    return [*found, WAITS[State.INSPECTED]]
