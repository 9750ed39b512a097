"""What a drill has shown: found, missed, false, and how fast, against what was expected.

A pure function of what happened: the truth of the story, and the cases and their logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from cases.words import Outcome, Role, Verb

#: A case may begin so long before its problem, as a slow rise is seen coming.
EARLY = timedelta(minutes=30)
#: And so long after it was over, where proof takes its time.
AFTER = timedelta(hours=2)

Step = Literal["found", "filed", "dispatched", "handled", "fed-back", "closed"]
STEPS: tuple[Step, ...] = ("found", "filed", "dispatched", "handled", "fed-back", "closed")
#: The line of a case's log that each step after finding is; the first counts, of closing the last.
LINES: dict[str, frozenset[Verb]] = {
    "filed": frozenset({Verb.FILE}),
    "dispatched": frozenset({Verb.DISPATCH, Verb.HAND_OVER}),
    "handled": frozenset({Verb.HANDLE}),
    "fed-back": frozenset({Verb.FEED_BACK}),
    "closed": frozenset({Verb.CLOSE}),
}


class Line(NamedTuple):
    """A line of a case's log, as far as the report goes by it."""

    at: datetime
    verb: str
    role: str
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A case of the drill; `devices` are those whose findings it rests on."""

    number: str
    code_list: str
    code: str
    condition: str
    began: datetime
    found: datetime
    ended: datetime | None  #: when the last of its findings was over; None: one still stands
    outcome: str | None
    devices: frozenset[str]
    log: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Happened:
    """What really happened: a problem that must become a case, or what must become none."""

    id: str
    role: Literal["problem", "decoy", "fault"]
    began: datetime
    ended: datetime
    devices: frozenset[str]
    code_list: str = ""
    code: str = ""
    conditions: frozenset[str] = frozenset()


class Expected(NamedTuple):
    """What was to have been done of one happening, so long after it began."""

    of: int
    step: Step
    within: timedelta
    whom: str


Fate = Literal["found", "missed", "waiting", "false", "quiet", "ahead"]
Met = Literal["met", "late", "missed", "waiting"]


@dataclass(slots=True)
class Told:
    """What became of one happening."""

    of: Happened
    fate: Fate
    cases: list[str] = field(default_factory=list)
    at: dict[Step, datetime] = field(default_factory=dict)


class Judged(NamedTuple):
    """What became of one expectation."""

    of: Expected
    due: datetime
    at: datetime | None
    met: Met


class Report(NamedTuple):
    told: list[Told]
    judged: list[Judged]
    false: list[str]  #: cases of nothing that really was
    withdrawn: list[str]  #: cases that the system itself took back before the end


def report(
    happened: Sequence[Happened],
    expected: Sequence[Expected],
    cases: Sequence[Opened],
    until: datetime,
) -> Report:
    """Return what a drill has shown by `until`, its end or now."""
    withdrawn = [case.number for case in cases if _withdrawn(case)]
    standing = [case for case in cases if case.number not in withdrawn]
    told = [_told(one, standing, until) for one in happened]
    right = {number for one in told if one.of.role == "problem" for number in one.cases}
    return Report(
        told,
        [_judged(one, told[one.of], until) for one in expected],
        [case.number for case in standing if case.number not in right],
        withdrawn,
    )


def _told(one: Happened, cases: Sequence[Opened], until: datetime) -> Told:
    fitting = sorted(
        (case for case in cases if _fits(case, one)), key=lambda case: (case.found, case.number)
    )
    told = Told(one, _fate(one, fitting, until), [case.number for case in fitting])
    if one.role == "problem":
        for step in STEPS:
            reached = [at for case in fitting if (at := moment(case, step)) and at <= until]
            if reached:
                told.at[step] = min(reached)
    return told


def _fate(one: Happened, fitting: Sequence[Opened], until: datetime) -> Fate:
    if one.role != "problem":
        return "ahead" if one.began > until else "false" if fitting else "quiet"
    if fitting:
        return "found"
    if one.began > until:
        return "ahead"
    return "missed" if one.ended + AFTER < until else "waiting"


def moment(case: Opened, step: Step) -> datetime | None:
    """Return when a case came to a step for the first time; to its closing, the last time."""
    if step == "found":
        return case.found
    times = [line.at for line in case.log if line.verb in LINES[step]]
    if step == "closed":
        return max(times, default=None)
    return min(times, default=None)


def _fits(case: Opened, one: Happened) -> bool:
    """Tell whether a case is of what happened: by devices and time, of a problem by class too."""
    if not case.devices & one.devices:
        return False
    if case.began > one.ended + AFTER or (case.ended and case.ended < one.began - EARLY):
        return False
    if one.role != "problem":
        return True
    return (case.code_list, case.code) == (one.code_list, one.code) and (
        case.condition in one.conditions
    )


def _withdrawn(case: Opened) -> bool:
    """Tell whether the system took it back or joined it to another, not the end of the drill."""
    last = case.log[-1] if case.log else None
    if last is None or last.role != Role.SYSTEM:
        return case.outcome == Outcome.DUPLICATE
    return last.verb in (Verb.VOID, Verb.MERGE) and case.outcome != Outcome.EXERCISE


def _judged(one: Expected, told: Told, until: datetime) -> Judged:
    due = told.of.began + one.within
    at = told.at.get(one.step)
    if at is not None:
        return Judged(one, due, at, "met" if at <= due else "late")
    return Judged(one, due, None, "waiting" if until < due else "missed")


def as_answer(found: Report) -> dict[str, Any]:
    """Return the report as plain data, by ids."""
    return {
        "happenings": [
            {
                "id": one.of.id,
                "role": one.of.role,
                "began": one.of.began,
                "ended": one.of.ended,
                "fate": one.fate,
                "cases": one.cases,
                "at": {step: one.at.get(step) for step in STEPS},
            }
            for one in found.told
        ],
        "expectations": [
            {
                "of": each.of.of,
                "step": each.of.step,
                "whom": each.of.whom,
                "within": each.of.within,
                "due": each.due,
                "at": each.at,
                "met": each.met,
            }
            for each in found.judged
        ],
        "false": found.false,
        "withdrawn": found.withdrawn,
    }
