"""Whose clock runs: each line of a case's log starts, stops, resumes or ends runs of stages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

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

#: What a stage is there for: a run that ends otherwise was taken away before it was done.
DONE_BY: dict[Stage, frozenset[Verb]] = {
    Stage.INTAKE: frozenset({Verb.ACCEPT, Verb.REJECT}),
    Stage.VERIFY: frozenset({Verb.VERIFY}),
    Stage.FILING: frozenset({Verb.FILE, Verb.REJECT}),
    Stage.DISPATCH: frozenset({Verb.DISPATCH, Verb.REDIRECT, Verb.HAND_OVER, Verb.RETURN}),
    Stage.HANDLING: frozenset({Verb.FEED_BACK}),
    Stage.ORDER: frozenset({Verb.ASK_INSPECT, Verb.REWORK, Verb.CLOSE}),
    Stage.INSPECT: frozenset({Verb.INSPECT}),
    Stage.CLOSING: frozenset({Verb.CLOSE, Verb.REWORK}),
}

#: Left so, a run stands and may go on; left otherwise, it has ended.
PAUSES = frozenset(
    {
        (Stage.INTAKE, Verb.ASK_VERIFY),
        (Stage.HANDLING, Verb.RETURN),
        (Stage.HANDLING, Verb.SUSPEND),
    }
)


class Run(NamedTuple):
    """One run of a stage's clock. It runs (`since`), stands (neither), or has `ended`."""

    number: int  #: of the case's runs, from 1
    stage: Stage
    allowed: Limit  #: with what was granted on top
    began: datetime
    since: datetime | None
    ran: tuple[tuple[datetime, datetime], ...] = ()  #: before `since`, from when to when
    used: timedelta = timedelta(0)  #: in `ran`, in the time of the limit's class
    #: When its time is or was used up. While it stands, and once it has ended, only if that
    #: had passed; a run that ended while it ran keeps the one it had.
    due: datetime | None = None
    yellow: datetime | None = None  #: when little of its time is or was left, likewise
    ended: datetime | None = None
    owner: str = ""  #: the department, or who it was handed to, whose time it is
    actor: str = ""  #: who ended it
    role: Role | None = None
    in_time: bool | None = None  #: None: not ended, or taken away undone before it was due


def running(runs: Sequence[Run]) -> Run | None:
    """Return the run whose clock runs now; there is one at most."""
    return next((run for run in runs if run.since is not None), None)


def turned(runs: Sequence[Run]) -> datetime | None:
    """Return when a clock was last started or stopped."""
    moments = [at for run in runs for at in (run.since, run.ended, *chain(*run.ran[-1:])) if at]
    return max(moments, default=None)


def handling(runs: Sequence[Run]) -> Run | None:
    """Return the last run of handling."""
    return _last(runs, Stage.HANDLING)


def light(due: datetime | None, yellow: datetime | None, at: datetime) -> Light:
    """Return green, yellow when little time is left of what runs, red when it is used up."""
    if due is not None and at > due:
        return Light.RED
    return Light.YELLOW if yellow is not None and at > yellow else Light.GREEN


def turn(runs: tuple[Run, ...], case: Case, entry: Entry, city: City) -> tuple[Run, ...]:
    """Return the runs after `entry`, which has brought the case to `case`."""
    stage = None if _waits_for_sensor(case) else STAGE_OF.get(case.state)
    owner = _owner(case, stage)
    now = running(runs)
    goes_on = now is not None and stage is now.stage and owner == now.owner
    if now is not None and not goes_on:
        stands = (now.stage, entry.verb) in PAUSES
        runs = _put(runs, _stop(now, entry.at, city) if stands else _end(now, entry, city))
    if stage is not None and not goes_on:
        runs = _take_up(runs, stage, owner, case, entry, city)
    if case.state in ENDS:
        runs = tuple(run if run.ended else _end(run, entry, city) for run in runs)
    return _relimit(runs, case, city)


def _waits_for_sensor(case: Case) -> bool:
    """Nobody's time runs while a case waits for its sensor: one that people have passed, or whose
    class is closed by its sensor alone."""
    passed = case.state is State.INSPECTED and case.passed is True
    alone = case.state is State.FED_BACK and case.trusted
    return (passed or alone) and case.source is Source.SENSOR and not case.confirmed


def _owner(case: Case, stage: Stage | None) -> str:
    if stage is not Stage.HANDLING:
        return ""
    return case.handed_to if case.state is State.HANDED_OVER else case.department


def _take_up(
    runs: tuple[Run, ...], stage: Stage, owner: str, case: Case, entry: Entry, city: City
) -> tuple[Run, ...]:
    """Let the last run of the stage go on, or begin one.

    The same department goes on with its clock, after a return and after a rework; another
    begins anew. With its end a case ends all its runs, so that it begins anew when reopened.
    """
    last = _last(runs, stage)
    if last is not None and _may_go_on(last, owner, entry):
        again = last._replace(since=entry.at, ended=None, actor="", role=None, in_time=None)
        return _put(runs, _foresee(again, city))
    # A run that stands has ended when another of its stage begins: it was another's.
    runs = tuple(
        _end(run, entry, city) if run.stage is stage and run.ended is None else run for run in runs
    )
    limit = case.limit if stage is Stage.HANDLING else city.policy.limit(stage, entry.at)
    if limit is None:
        return runs
    fresh = Run(len(runs) + 1, stage, limit, entry.at, entry.at, owner=owner)
    return (*runs, _foresee(fresh, city))


def begins_anew(case: Case, entry: Entry) -> bool:
    """Tell whether handling begins a run of its own with `entry`, which has led to `case`."""
    if STAGE_OF.get(case.state) is not Stage.HANDLING:
        return False
    last = handling(case.runs)
    return last is None or not _may_go_on(last, _owner(case, Stage.HANDLING), entry)


def _may_go_on(last: Run, owner: str, entry: Entry) -> bool:
    reworked = sends_back(entry) and last.stage is Stage.HANDLING
    return last.owner == owner and (last.ended is None or reworked)


def sends_back(entry: Entry) -> bool:
    """Tell whether a department is to do again what it said was done.

    Before there was REWORK, inspectors and shift leads returned such a case.
    """
    returned = entry.verb is Verb.RETURN and entry.after is State.DISPATCHED
    return entry.verb is Verb.REWORK or returned


def _relimit(runs: tuple[Run, ...], case: Case, city: City) -> tuple[Run, ...]:
    """Let the open run of handling have the limit that the case has by now.

    A run that has ended was judged by the limit that it had.
    """
    run = handling(runs)
    if run is None or run.ended or case.limit is None or run.allowed == case.limit:
        return runs
    # Another class counts other time: what has passed is counted anew.
    used = sum((_passed(case.limit, *each, city) for each in run.ran), timedelta(0))
    return _put(runs, _foresee(run._replace(allowed=case.limit, used=used), city))


def reached(run: Run, amount: timedelta, city: City) -> datetime | None:
    """Return when `amount` of a run's time is or was used up; None if it stands before that.

    What was used up to the instant when the run was stopped is only so once it runs on.
    """
    left = amount
    if run.used > amount or (run.used == amount and run.ran):
        for start, stop in run.ran:
            at = reach(start, left, run.allowed.time_class, city.calendar, city.zone)
            if at < stop:
                return at
            left -= _passed(run.allowed, start, stop, city)
    if run.since is None:
        return None
    left = amount - run.used
    return reach(run.since, left, run.allowed.time_class, city.calendar, city.zone)


def _foresee(run: Run, city: City) -> Run:
    """Fill in when the time of a run is or was used up, and when most of it."""
    whole = length(run.allowed, city.calendar)
    early = whole * (1 - city.policy.yellow)
    return run._replace(due=reached(run, whole, city), yellow=reached(run, early, city))


def _passed(limit: Limit, start: datetime, stop: datetime, city: City) -> timedelta:
    return elapsed(start, stop, limit.time_class, city.calendar, city.zone)


def _stop(run: Run, at: datetime, city: City) -> Run:
    """Let a run stand from `at` on."""
    if run.since is None:
        return run
    used = run.used + _passed(run.allowed, run.since, at, city)
    stopped = run._replace(since=None, ran=(*run.ran, (run.since, at)), used=used)
    return _foresee(stopped, city)


def _end(run: Run, entry: Entry, city: City) -> Run:
    """Judge a run and end it: whoever had it was late once its time was used up."""
    done = entry.verb in DONE_BY[run.stage] and run.since is not None
    ended = _stop(run, entry.at, city)
    late = ended.due is not None
    return ended._replace(
        due=run.due,
        yellow=run.yellow,
        ended=entry.at,
        actor=entry.actor,
        role=entry.role,
        in_time=False if late else True if done else None,
    )


def _last(runs: Sequence[Run], stage: Stage) -> Run | None:
    return next((run for run in reversed(runs) if run.stage is stage), None)


def _put(runs: tuple[Run, ...], run: Run) -> tuple[Run, ...]:
    return tuple(run if each.number == run.number else each for each in runs)
