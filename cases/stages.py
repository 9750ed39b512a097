"""Whose clock runs: each line of a case's log starts, stops, resumes or ends runs of stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cases.catalogue import Limit
from cases.city import City
from cases.clock import elapsed, length, reach
from cases.words import ENDS, Light, Role, Source, Stage, State, Verb

if TYPE_CHECKING:
    from cases.case import Case, Entry

#: The stage whose clock runs in a state; in the others none does.
STAGE_OF: dict[State, Stage] = {
    State.REPORTED: Stage.INTAKE,
    State.VERIFYING: Stage.VERIFY,
    State.ACCEPTED: Stage.FILING,
    State.FILED: Stage.DISPATCH,
    State.DISPATCHED: Stage.HANDLING,
    State.HANDLING: Stage.HANDLING,
    State.HANDED_OVER: Stage.HANDLING,
    State.FED_BACK: Stage.ORDER,
    State.INSPECTING: Stage.INSPECT,
    State.INSPECTED: Stage.CLOSING,
}

#: Left so, a run stands and may go on; left otherwise, it has ended.
PAUSES = frozenset(
    {
        (Stage.INTAKE, Verb.ASK_VERIFY),
        (Stage.HANDLING, Verb.RETURN),
        (Stage.HANDLING, Verb.SUSPEND),
    }
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a stage's clock. It runs (`since`), stands (neither), or has `ended`."""

    number: int  #: of the case's runs, from 1
    stage: Stage
    allowed: Limit  #: with what was granted on top
    began: datetime
    since: datetime | None
    used: timedelta = timedelta(0)  #: before `since`, in the time of the limit's class
    due: datetime | None = None  #: None while it stands
    yellow: datetime | None = None  #: when little of the limit is left
    ended: datetime | None = None
    owner: str = ""  #: the department, or who it was handed to, whose time it is
    actor: str = ""  #: who ended it
    role: Role | None = None
    in_time: bool | None = None  #: None: not ended, or taken away before the work was done


def running(runs: Sequence[Run]) -> Run | None:
    """Return the run whose clock runs now; there is one at most."""
    return next((run for run in runs if run.since is not None), None)


def handling(runs: Sequence[Run]) -> Run | None:
    """Return the last run of handling."""
    return next((run for run in reversed(runs) if run.stage is Stage.HANDLING), None)


def light(run: Run, at: datetime) -> Light:
    """Return green, yellow when little time is left, red when it is used up."""
    if run.ended is not None:
        return Light.RED if run.in_time is False else Light.GREEN
    if run.used > length(run.allowed) or (run.due is not None and at > run.due):
        return Light.RED
    return Light.YELLOW if run.yellow is not None and at > run.yellow else Light.GREEN


def turn(runs: tuple[Run, ...], case: Case, entry: Entry, city: City) -> tuple[Run, ...]:
    """Return the runs after `entry`, which has brought the case to `case`."""
    at, verb = entry.at, entry.verb
    stage = STAGE_OF.get(entry.after)
    now = running(runs)
    owner = _owner(case, stage)
    stays = now is not None and stage is now.stage and owner == now.owner
    if now is not None and not stays:
        paused = (now.stage, verb) in PAUSES
        runs = _put(runs, _pause(now, at, city) if paused else _end(now, entry, city))
    if stage is not None and not stays:
        runs = _take_up(runs, stage, owner, case, entry, city)
    if entry.after in ENDS:
        runs = tuple(run if run.ended else _end(run, entry, city) for run in runs)
    return _relimit(_wait_for_sensor(runs, case, at, city), case, entry, city)


def _owner(case: Case, stage: Stage | None) -> str:
    if stage is not Stage.HANDLING:
        return ""
    return case.handed_to if case.state is State.HANDED_OVER else case.department


def _take_up(
    runs: tuple[Run, ...], stage: Stage, owner: str, case: Case, entry: Entry, city: City
) -> tuple[Run, ...]:
    """Let the last run of the stage go on, or begin one.

    The same department goes on with its clock, after a return and after a rework; another
    begins anew, and so does everybody once a case was reopened.
    """
    last = next((run for run in reversed(runs) if run.stage is stage), None)
    reopened = case.reopened is not None and last is not None and last.began < case.reopened
    if last is not None and last.owner == owner and not reopened:
        resumes = last.ended is None or stage is Stage.HANDLING
        if resumes:
            again = replace(last, ended=None, in_time=None, actor="", role=None)
            return _put(runs, _resume(again, entry.at, city))
    # A run that stands and is another's now has ended without having been judged.
    runs = tuple(
        replace(run, ended=entry.at, actor=entry.actor, role=entry.role)
        if run.stage is stage and run.ended is None
        else run
        for run in runs
    )
    limit = case.limit if stage is Stage.HANDLING else city.policy.stages[stage]
    if limit is None:
        return runs
    fresh = Run(len(runs) + 1, stage, limit, entry.at, None, owner=owner)
    return (*runs, _resume(fresh, entry.at, city))


def _wait_for_sensor(
    runs: tuple[Run, ...], case: Case, at: datetime, city: City
) -> tuple[Run, ...]:
    """Nobody's time runs while a case that people have passed waits for its sensor."""
    last = runs[-1] if runs else None
    if last is None or last.stage is not Stage.CLOSING or last.ended is not None:
        return runs
    waits = case.source is Source.SENSOR and case.passed is True and not case.confirmed
    if waits and last.since is not None:
        return _put(runs, _pause(last, at, city))
    if not waits and last.since is None:
        return _put(runs, _resume(last, at, city))
    return runs


def _relimit(runs: tuple[Run, ...], case: Case, entry: Entry, city: City) -> tuple[Run, ...]:
    """Let the open run of handling have the limit that the case has by now.

    Time that was granted comes on top. Another condition has another clock, which begins when
    it turns out to be the one that is met: nobody is late by what they could not know.
    """
    run = handling(runs)
    if run is None or run.ended or case.limit is None or run.allowed == case.limit:
        return runs
    if entry.verb is Verb.AMEND:
        run = replace(run, used=timedelta(0), since=run.since and entry.at)
    run = replace(run, allowed=case.limit)
    return _put(runs, _foresee(run, city) if run.since else run)


def _resume(run: Run, at: datetime, city: City) -> Run:
    return _foresee(replace(run, since=at), city)


def _foresee(run: Run, city: City) -> Run:
    """Fill in when the time of a running run will be used up, and when most of it."""
    assert run.since is not None
    allowed = length(run.allowed)
    early = allowed * (1 - city.policy.yellow)
    due, yellow = (
        reach(run.since, whole - run.used, run.allowed.time_class, city.calendar, city.zone)
        for whole in (allowed, early)
    )
    return replace(run, due=due, yellow=yellow)


def _used(run: Run, at: datetime, city: City) -> timedelta:
    if run.since is None:
        return run.used
    return run.used + elapsed(run.since, at, run.allowed.time_class, city.calendar, city.zone)


def _pause(run: Run, at: datetime, city: City) -> Run:
    return replace(run, used=_used(run, at, city), since=None, due=None, yellow=None)


def _end(run: Run, entry: Entry, city: City) -> Run:
    used = _used(run, entry.at, city)
    due = run.due
    return replace(
        run,
        used=used,
        since=None,
        yellow=None,
        due=due,
        ended=entry.at,
        actor=entry.actor,
        role=entry.role,
        in_time=None if _taken_away(run, entry) else used <= length(run.allowed),
    )


def _taken_away(run: Run, entry: Entry) -> bool:
    """Tell whether the work was not done but needed no more."""
    if run.stage is Stage.HANDLING:
        return entry.verb is not Verb.FEED_BACK
    return entry.verb in (Verb.MERGE, Verb.VOID)


def _put(runs: tuple[Run, ...], run: Run) -> tuple[Run, ...]:
    return tuple(run if each.number == run.number else each for each in runs)
