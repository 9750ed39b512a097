"""Compares the cases that Lifeline opened with what really happened in the simulated district."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulators.truth import Happening

ROUND = time(9, 0)  #: a daily patrol passes every place at this local time
EARLY = timedelta(hours=2)  #: a case may begin so long before its problem: clocks, slow rises
LATE = timedelta(days=3)  #: and so long after the problem was over, where proof takes nights


@dataclass(frozen=True)
class Opened:
    """A case as the API tells it; `devices` are those whose readings are its evidence."""

    number: str
    state: str
    code_list: str
    code: str
    condition: str
    title: str
    department: str
    began: datetime
    found: datetime
    opened: datetime
    due: datetime
    devices: frozenset[str]
    #: When each of its events began and was found.
    findings: tuple[tuple[datetime, datetime], ...]


@dataclass
class Verdict:
    #: Problem, its case, and when the case first spoke of it.
    found: list[tuple[Happening, Opened, datetime]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  #: one sentence each; none: all is right
    void: int = 0  #: cases that the system itself withdrew


def moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)


def found_of(case: Opened, happening: Happening) -> datetime | None:
    """Return when the first event of `case` from the place and time of `happening` was found."""
    if not case.devices & set(happening.devices):
        return None
    begins, ends = moment(happening.began) - EARLY, moment(happening.ended) + LATE
    return min((found for began, found in case.findings if begins <= began <= ends), default=None)


def has_class_of(case: Opened, happening: Happening) -> bool:
    return (case.code_list, case.code) == (happening.code_list, happening.code) and (
        case.condition in happening.conditions
    )


def compare(happenings: Sequence[Happening], cases: Sequence[Opened]) -> Verdict:
    """Pair each problem with its one case; whatever is left over on either side is a failure.

    Two problems may share a case, two leaks of one zone say, if it speaks of each.
    """
    verdict = Verdict(void=sum(case.state == "void" for case in cases))
    standing = {case.number: case for case in cases if case.state != "void"}
    explained: set[str] = set()
    for problem in (one for one in happenings if one.role == "problem"):
        fitting = [
            case
            for case in standing.values()
            if found_of(case, problem) and has_class_of(case, problem)
        ]
        if not fitting:
            verdict.failures.append(f"{problem.id}: {problem.what} ({problem.place}) has no case")
            continue
        explained |= {case.number for case in fitting}
        found = found_of(fitting[0], problem)
        assert found is not None
        verdict.found.append((problem, fitting[0], found))
        if len(fitting) > 1:
            numbers = ", ".join(case.number for case in fitting)
            verdict.failures.append(f"{problem.id}: {problem.what} became several cases: {numbers}")
    for case in (standing[number] for number in standing.keys() - explained):
        near = [one for one in happenings if found_of(case, one)]
        because = f"; it is {near[0].id}, a {near[0].role}" if near else "; nothing happened there"
        verdict.failures.append(
            f"{case.number}: {case.title} ({case.code_list} {case.code} {case.condition}, "
            f"{', '.join(sorted(case.devices)[:4])}) is a case too many{because}"
        )
    return verdict


def next_round(began: datetime, zone: ZoneInfo) -> datetime:
    """Return when a daily patrol next passes after `began`."""
    local = began.astimezone(zone)
    passes = datetime.combine(local.date(), ROUND, zone)
    return passes if passes > local else passes + timedelta(days=1)


def ahead_of_patrol(problem: Happening, found: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """Return how much sooner than a daily patrol passed it was found, and what that would see."""
    passes = next_round(moment(problem.began), zone)
    minutes = round((passes - found).total_seconds() / 60)
    hours = abs(minutes) // 60
    lead = f"{hours // 24} d" if hours >= 72 else f"{hours} h {abs(minutes) % 60:02d} min"
    lead += " later" if minutes < 0 else ""
    if not problem.visible:
        return lead, "which sees nothing"
    return lead, "over by then" if passes > moment(problem.ended) else ""
