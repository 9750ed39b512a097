"""What a step needs beside the table: each guard tells in a sentence why it refuses, or ""."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cases.case import SPEECH, Case
from cases.city import City
from cases.people import person, written
from cases.stages import handling
from cases.transitions import NEEDS_REASON, OF_DRILLS
from cases.words import Role, Source, Verb


@dataclass(frozen=True, slots=True)
class Ask:
    """A step that somebody wants to take."""

    verb: Verb
    actor: str
    role: Role
    at: datetime
    reason: str
    details: Mapping[str, Any]
    city: City


Guard = Callable[[Case, Ask], str]

#: Two centres watch each other, departments mend, evaluators judge what is over: who has acted
#: on one side in a case acts on no other. The system and leaders stand beside them.
SIDES: dict[str, frozenset[Role]] = {
    "supervision": frozenset({Role.INTAKE, Role.SHIFT_LEAD, Role.INSPECTOR}),
    "command": frozenset({Role.DISPATCHER, Role.COMMAND_LEAD}),
    "handling": frozenset({Role.DEPARTMENT, Role.PARTNER}),
    "evaluation": frozenset({Role.EVALUATOR}),
}

#: Whoever did one of these in the case may not take the step: nobody judges their own work.
APART: dict[Verb, tuple[Verb, ...]] = {
    Verb.VERIFY: (Verb.REPORT,),
    Verb.FILE: (Verb.REPORT, Verb.VERIFY),
    Verb.CLOSE: (Verb.INSPECT,),
    Verb.EXTEND: (Verb.APPROVE,),
    Verb.SUSPEND: (Verb.APPROVE,),
}


def side_of(role: Role) -> str:
    return next((side for side, roles in SIDES.items() if role in roles), "")


def one_side(case: Case, ask: Ask) -> str:
    """Who has acted on one side acts on no other."""
    mine = side_of(ask.role)
    if ask.verb in SPEECH or not mine:
        return ""
    for role in sorted(case.sides.get(person(ask.actor), ())):
        if side_of(role) not in ("", mine):
            return f"{ask.actor} acted as {role} in this case and may not act as {ask.role}"
    return ""


def apart(case: Case, ask: Ask) -> str:
    """Nobody judges their own work on the same side."""
    for other in APART.get(ask.verb, ()):
        if ask.role is not Role.SYSTEM and person(ask.actor) in case.did.get(other, ()):
            return f"{ask.actor} did {other} in this case and may not {ask.verb} it"
    return ""


def reason(case: Case, ask: Ask) -> str:
    """What goes against somebody has a reason."""
    if ask.verb in NEEDS_REASON and not written(ask.reason):
        return f"{ask.verb} needs a reason"
    return ""


def verified(case: Case, ask: Ask) -> str:
    """What the public reported was not seen on site, or not found there."""
    if case.source in ask.city.policy.verify and case.found is None:
        return f"a report by {case.source} is verified on site first: ask-verify"
    if case.found is False:
        return "the inspector found no such problem: reject it, or have it verified again"
    return ""


def classified(case: Case, ask: Ask) -> str:
    """No filing condition of the catalogue is named."""
    return "" if "limit" in ask.details else "file names a filing condition of the catalogue"


def has_department(case: Case, ask: Ask) -> str:
    """No department is named, and the case has none."""
    return "" if ask.details.get("department") or case.department else "dispatch needs a department"


def same_department(case: Case, ask: Ask) -> str:
    """It was dispatched to another department before: that is a redirect."""
    to = ask.details.get("department") or case.department
    if ask.role is Role.SYSTEM or not case.dispatched or case.handed_to:
        return ""
    if case.department and to != case.department:
        return f"it was dispatched to {case.department} before: another department is a redirect"
    return ""


def another_department(case: Case, ask: Ask) -> str:
    """It goes to the department that has it, or nobody has dispatched it yet."""
    if not case.dispatched:
        return "nobody has dispatched it yet: dispatch"
    if ask.details.get("department") == case.department:
        return f"a redirect is to another department than {case.department}"
    return ""


def in_time(case: Case, ask: Ask) -> str:
    """The deadline has passed, or the clock stands."""
    if case.due is None or ask.at >= case.due:
        return "an extension is asked before the deadline"
    return ""


def extensible(case: Case, ask: Ask) -> str:
    """It was extended as often as the policy allows, or by more than the original limit."""
    most = ask.city.policy.extensions
    if case.extensions >= most:
        return f"a limit is extended at most {most} times"
    if case.first_limit is None or ask.details["amount"] > case.first_limit.amount:
        limit = case.first_limit
        return "an extension is at most the original limit" + (
            f", {limit.amount:g} {limit.time_class}" if limit else ""
        )
    return ""


def nothing_asked(case: Case, ask: Ask) -> str:
    """Something is asked and not decided."""
    return f"{case.request.verb} is not decided yet" if case.request else ""


def suspendable(case: Case, ask: Ask) -> str:
    """It was suspended before, or until the past or longer than the policy allows."""
    if case.suspended:
        return "a case is suspended once at most"
    until = datetime.fromisoformat(str(ask.details["until"]))
    longest = ask.city.policy.longest_suspension
    if not timedelta(0) < until - ask.at <= longest:
        return f"a suspension ends later than now and within {longest.days} days"
    return ""


def asked(*verbs: Verb) -> Guard:
    def pending(case: Case, ask: Ask) -> str:
        if case.request is None or case.request.verb not in verbs:
            return f"nobody asks: {' or '.join(verbs)} comes first"
        return ""

    pending.__doc__ = f"Nobody has asked: {' or '.join(verbs)} comes first."
    return pending


def first_level(case: Case, ask: Ask) -> str:
    """The first of two levels has not approved."""
    return "" if case.request and case.request.approved else "a dispatcher approves it first"


def not_approved(case: Case, ask: Ask) -> str:
    """The first of two levels has approved already."""
    return "it is approved already" if case.request and case.request.approved else ""


def still_ahead(case: Case, ask: Ask) -> str:
    """The day that was asked for has passed."""
    if case.request and case.request.until and case.request.until <= ask.at:
        return "the day that was asked for has passed: refuse it"
    return ""


def said_early(case: Case, ask: Ask) -> str:
    """The system resumes before the day agreed on, or people do without a reason."""
    if ask.role is Role.SYSTEM and case.until and ask.at < case.until:
        return "the suspension has not ended yet"
    early = case.until is not None and ask.at < case.until
    if early and ask.role is not Role.SYSTEM and not written(ask.reason):
        return "resuming before the day agreed on needs a reason"
    return ""


def overtime(case: Case, ask: Ask) -> str:
    """It was handled in time, or an appeal was made since it was closed."""
    if case.appealed:
        return "there is one appeal a closing"
    run = handling(case.runs)  # what statistics go by; a department that lost the case bears none
    return "" if run and run.in_time is False else "it was handled in time: nothing to appeal"


def passed(case: Case, ask: Ask) -> str:
    """The last inspection did not find the closing condition met."""
    if ask.role is Role.SYSTEM or case.passed:
        return ""
    return "the inspection did not find the closing condition met: rework"


def sensor_normal(case: Case, ask: Ask) -> str:
    """Its sensor was not normal for long enough, and no reason is given."""
    if case.source is not Source.SENSOR or case.confirmed or written(ask.reason):
        return ""
    return "its sensor has not been normal for long enough: wait, or give a reason to close anyway"


def confirmed(case: Case, ask: Ask) -> str:
    """The system closes what no sensor has confirmed, or what people are to inspect."""
    if ask.role is Role.SYSTEM and not case.confirmed:
        return "the system closes only what the sensor has confirmed"
    if ask.role is Role.SYSTEM and not case.trusted:
        return "its class is not trusted to its sensor: people inspect it first"
    return ""


def drill_ends(case: Case, ask: Ask) -> str:
    """People are at it, and it is no drill's: only the end of a drill voids such a case."""
    if case.state in OF_DRILLS and not case.exercise:
        return f"a case that is {case.state} is not voided: people are at it"
    return ""


#: Looked at in this order, after the table and the roles; the first that speaks refuses.
ALWAYS: tuple[Guard, ...] = (reason, one_side, apart)
GUARDS: dict[Verb, tuple[Guard, ...]] = {
    Verb.ACCEPT: (verified,),
    Verb.FILE: (classified,),
    Verb.DISPATCH: (has_department, same_department),
    Verb.REDIRECT: (another_department,),
    Verb.ASK_EXTENSION: (nothing_asked, in_time, extensible),
    Verb.ASK_SUSPENSION: (nothing_asked, suspendable),
    Verb.APPROVE: (asked(Verb.ASK_EXTENSION, Verb.ASK_SUSPENSION), not_approved),
    Verb.EXTEND: (asked(Verb.ASK_EXTENSION), first_level),
    Verb.SUSPEND: (asked(Verb.ASK_SUSPENSION), first_level, still_ahead),
    Verb.REFUSE: (asked(Verb.ASK_EXTENSION, Verb.ASK_SUSPENSION, Verb.APPEAL),),
    Verb.RESUME: (said_early,),
    Verb.APPEAL: (overtime,),
    Verb.EXEMPT: (asked(Verb.APPEAL),),
    Verb.VOID: (drill_ends,),
    Verb.CLOSE: (passed, confirmed, sensor_normal),
}
