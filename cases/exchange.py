"""Cases between two instances: what is told to the other, and what it makes of it.

A case is handed over with HAND_OVER to the name of a peer. There it is a report, and so a case of
its own; each side then tells the other every step of its case. Both sides follow one table, so a
case may go down from a city to a district, up to the city, and back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from cases.case import Entry
from cases.reporting import Report
from cases.words import ENDS, Role, Source, State, Verb


@dataclass(frozen=True, slots=True)
class Peer:
    """Another instance of this software, with which cases are exchanged."""

    name: str
    secret: str = field(repr=False)  #: shared with it alone
    url: str | None = None  #: of its API; None: it cannot be reached and asks us
    poll_every: timedelta | None = None  #: how often we ask it, where it cannot reach us


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Facts(Told):
    """What is known of a case that is handed over, as far as the other needs it to begin."""

    source: Source
    """Who said it first."""
    exercise: bool
    code_list: str
    code: str
    condition: str
    title_zh: str
    title_en: str
    severity: str
    lon: float | None
    lat: float | None
    component: str
    grid_cell: str
    address: str
    description: str
    began: AwareDatetime


class Step(Told):
    """A line of the log of the sender's case."""

    kind: Literal["step"] = "step"
    case: str
    """Number of the sender's case."""
    yours: str
    """Number of the receiver's case as far as the sender knows it, else ''."""
    version: int
    verb: Verb
    role: Role
    state: State
    """After the step."""
    at: AwareDatetime
    reason: str
    details: dict[str, JsonValue]
    handed_over: Facts | None = None
    """Of the case, where the step hands it to the receiver."""


class Refusal(Told):
    """A message could not be followed; its sender should know, and see to it."""

    kind: Literal["refusal"] = "refusal"
    case: str
    """Number of the case of who sent what is refused."""
    number: int
    """Of that message."""
    verb: Verb | None
    why: str


Message = Annotated[Step | Refusal, Field(discriminator="kind")]
MESSAGE: TypeAdapter[Step | Refusal] = TypeAdapter(Message)

#: Steps that say nothing to the other side: remarks on findings, and talk with a caller.
OURS_ALONE = frozenset({Verb.JOIN, Verb.AMEND, Verb.CALL_BACK})
#: Steps with which a side says that the case is not its own: the other has it again.
GIVEN_BACK = frozenset({Verb.REJECT, Verb.VOID})
#: Steps that hand a case over: at first, and again when it was not done.
HANDS_OVER = frozenset({Verb.HAND_OVER, Verb.REWORK})
#: Where a line says from which message of whom it comes.
FROM = "exchange"


def came_from(entry: Entry) -> str:
    """Return the name of the peer whose message made this line, else ''."""
    told = entry.details.get(FROM)
    return str(told.get("peer", "")) if isinstance(told, Mapping) else ""


def is_told(entry: Entry, peer: str) -> bool:
    """Return whether a line of a case that is linked to one of `peer` is a message for it.

    What its own message made is none, or the two would go on for ever; but that a case was
    opened is, because the number of the case is news.
    """
    if entry.verb in OURS_ALONE:
        return False
    return entry.verb is Verb.REPORT or came_from(entry) != peer


def step_of(entry: Entry, case: str, yours: str, handed_over: Facts | None) -> Step:
    """Return the message of a line. Who acted stays here: the other side answers to this one."""
    details = {name: value for name, value in entry.details.items() if name not in (FROM, "report")}
    return Step(
        case=case,
        yours=yours,
        version=entry.version,
        verb=entry.verb,
        role=entry.role,
        state=entry.after,
        at=entry.at,
        reason=entry.reason,
        details=details,
        handed_over=handed_over,
    )


class Does(StrEnum):
    """What a side does with its case when the other's step comes."""

    TAKE = "takes it as a case of its own"
    REOPEN = "reopens its case"
    RETURN = "has its case back"
    FEED_BACK = "hears that it is done"
    NOTE = "notes it"


def does(state: State | None, with_them: bool, step: Step) -> Does:
    """Return what to do with the own case, which is in `state`; None: there is none yet.

    `with_them`: it is handed over, and to the very peer whose step this is.
    """
    if step.handed_over is not None:
        if with_them:
            return Does.RETURN  # the other does not keep it
        if state is State.CLOSED:
            return Does.REOPEN  # not solved, or there again
        return Does.TAKE if state is None or state in ENDS else Does.NOTE
    if with_them:
        if step.verb is Verb.CLOSE:
            return Does.FEED_BACK
        if step.verb in GIVEN_BACK:
            return Does.RETURN
    return Does.NOTE


class Act(NamedTuple):
    """A step to be taken with the own case."""

    verb: Verb
    role: Role
    reason: str
    details: dict[str, Any]


VERBS = {
    Does.REOPEN: (Verb.REOPEN, Role.SYSTEM),
    Does.RETURN: (Verb.RETURN, Role.PARTNER),
    Does.FEED_BACK: (Verb.FEED_BACK, Role.PARTNER),
    Does.NOTE: (Verb.NOTE, Role.PARTNER),
}


def photos_of(details: Mapping[str, Any]) -> list[str]:
    """Return the ids of the pictures that a step names."""
    photos = details.get("photos", [])
    return [str(each) for each in photos] if isinstance(photos, list) else []


def follow(doing: Does, peer: str, number: int, step: Step, known_photos: frozenset[str]) -> Act:
    """Return the step that follows message `number`; `known_photos` are those that are here."""
    verb, role = VERBS[doing]
    said = f"{peer} {step.case}: {step.verb.zh} {step.verb}"
    reason = f"{said}: {step.reason}" if step.reason else said
    photos = [each for each in photos_of(step.details) if each in known_photos]
    told: dict[str, Any] = {FROM: origin(peer, number, step)}
    return Act(verb, role, reason, told | ({"photos": photos} if photos else {}))


def origin(peer: str, number: int, step: Step) -> dict[str, Any]:
    """Return what the log keeps of the message that made a line."""
    return {
        "peer": peer,
        "number": number,
        "case": step.case,
        "version": step.version,
        "verb": step.verb,
        "state": step.state,
        "at": step.at.isoformat(),
        "details": step.details,
    }


def report_of(peer: str, step: Step, facts: Facts, external_id: str) -> tuple[Report, ...]:
    """Return the report that a hand-over is, then as it is where less of it is known here.

    Instances may have other components, and code lists of their own; the place and the words
    are then what is left to sort it out.
    """
    words = " ".join(text for text in (facts.description, step.reason) if text)
    title = f"{facts.title_zh} {facts.title_en}".strip()
    placed = facts.lon is not None or bool(facts.component or facts.address.strip())
    report = Report(
        source=Source.SYSTEM,
        actor=peer,
        role=Role.PARTNER,
        system=peer,
        external_id=external_id,
        text=f"{title}: {words}" if words else title or external_id,
        happened=facts.began,
        code_list=facts.code_list,
        code=facts.code,
        condition=facts.condition,
        component=facts.component,
        lon=facts.lon,
        lat=facts.lat,
        address=facts.address if placed else facts.grid_cell or title,
        severity=facts.severity or None,
        exercise=facts.exercise,
    )
    where = {"address": facts.address or facts.component or title}
    unplaced = report.model_copy(update={"component": "", **where})
    unnamed = {"code_list": "", "code": "", "condition": ""}
    return report, unplaced, unplaced.model_copy(update=unnamed)


def refusal(step: Step | None, case: str, number: int, why: str) -> Refusal:
    return Refusal(case=case, number=number, verb=step.verb if step else None, why=why)


def after_refusal(state: State, refused: Refusal, peer: str, number: int) -> Act:
    """Return the step of the own case whose message the peer could not follow.

    A case that was not taken is here again; all else is for people to read.
    """
    back = refused.verb in HANDS_OVER and state is State.HANDED_OVER
    said = f"{peer} cannot follow {refused.verb or 'a message'}: {refused.why}"
    told = {"peer": peer, "number": number, "refused": refused.number}
    return Act(Verb.RETURN if back else Verb.NOTE, Role.PARTNER, said, {FROM: told})
