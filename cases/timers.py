"""What is to happen to a case when time has passed, read off its clocks."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from cases.case import Case
from cases.city import City
from cases.clock import length
from cases.stages import reached
from cases.transitions import DONE
from cases.words import LEVELS, Source, State

OF_THE_CASE = 0  #: the `run` of a timer that belongs to no run
YELLOW, RESUME, LOOK = "yellow", "resume", "look"
#: One for each level that an overdue case can go up, in their order.
OVERDUE = tuple(f"overdue-{n}" for n in range(1, len(LEVELS)))
#: Kinds that fire again and again, each time saying when next.
AGAIN = frozenset({LOOK})


class Timer(NamedTuple):
    """A case has one timer of a kind for each of its runs, and it fires once for ever."""

    run: int  #: number of the clock; 0: of the case itself
    kind: str
    at: datetime


def timers(case: Case, city: City) -> tuple[Timer, ...]:
    """Return the timers that the case has now, those that have fired among them.

    A clock that runs turns yellow, and what is overdue goes up: at once when its time is used
    up, and again with each further share of its limit. A suspended case goes on at its day. The
    sensors of a case that was fed back are looked at until it is closed.
    """
    if case.state is State.SUSPENDED and case.until is not None:
        return (Timer(OF_THE_CASE, RESUME, case.until),)
    run = case.running
    looks: tuple[Timer, ...] = ()
    if case.source is Source.SENSOR and case.state in DONE and case.fed_back is not None:
        looks = (Timer(OF_THE_CASE, LOOK, case.fed_back),)
    if run is None:
        return looks
    found = [(YELLOW, run.yellow)]
    limit = length(run.allowed, city.calendar)
    for times, kind in enumerate(OVERDUE):
        found.append((kind, reached(run, limit * (1 + times * city.policy.escalate_again), city)))
    return (*looks, *(Timer(run.number, kind, at) for kind, at in found if at is not None))
