"""Timers that have come due: each is fired once, together with the step that it is there for.

Whoever fires a case's timers has locked the case, as whoever else writes it has. So two
schedulers never fire one twice, and a step and the mark of its timer are committed together or
not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import NamedTuple

from cases.city import City
from cases.timers import AGAIN, LOOK, OVERDUE, RESUME, YELLOW, Timer, timers
from cases.words import LEVELS, Verb
from store.cases import Held, hold, system_step, tell
from store.database import Connection
from store.statements import statements
from store.timers import set_timers
from store.verification import fire_look

#: Does what a timer is there for, at the time of the timer; called with the time of now too.
#: One of a kind in `AGAIN` returns when it is to fire next, None: not before the case moves.
Firing = Callable[[Connection, Held, Timer, datetime, City], datetime | None]


class Fired(NamedTuple):
    case_id: int
    run: int
    kind: str
    at: datetime


def fire(connection: Connection, now: datetime, city: City, at_most: int = 100) -> list[Fired]:
    """Fire timers that are due before `now`, oldest first; commits after each case.

    `connection` is in no transaction. What others are writing meanwhile is left for next time.
    """
    found = due_cases(connection, now, at_most)
    return [fired for case_id in found for fired in fire_case(connection, case_id, now, city)]


def due_cases(
    connection: Connection, now: datetime, at_most: int, but: Collection[int] = ()
) -> list[int]:
    """Return cases that have the oldest due timers."""
    values = {"now": now, "at_most": at_most, "but": list(but)}
    with connection.transaction():
        return [row[0] for row in connection.execute(statements("timers")["due_cases"], values)]


def fire_case(connection: Connection, case_id: int, now: datetime, city: City) -> list[Fired]:
    """Fire the due timers of one case in the order of their times, all of them or none."""
    sql = statements("timers")
    fired = []
    with connection.transaction():
        if connection.execute(sql["lock_case"], {"case_id": case_id}).fetchone() is None:
            return []
        # Only now: what was read before the lock another scheduler may have fired.
        due = connection.execute(sql["due_timers"], {"case_id": case_id, "now": now}).fetchall()
        for timer in (Timer(*row) for row in due):
            held = hold(connection, case_id, city)
            if timer.kind not in AGAIN and timer not in timers(held.case, city):
                set_timers(connection, held.case, city)  # the case has moved on
                continue
            again = FIRING[timer.kind](connection, held, timer, now, city)
            if again is not None and again <= now:
                raise ValueError(f"timer {timer.kind} must fire again after {now}, not {again}")
            once = timer.kind not in AGAIN
            marked = {"fired": now if once else None, "at": timer.at if once else again}
            connection.execute(
                sql["mark"],
                {"case_id": case_id, "run": timer.run, "kind": timer.kind, **marked},
            )
            fired.append(Fired(case_id, *timer))
    return fired


def waiting_since(connection: Connection) -> datetime | None:
    """Return when the first timer that has not fired is or was due."""
    with connection.transaction():
        row = connection.execute(statements("timers")["waiting_since"]).fetchone()
    return row[0] if row else None


def _turn_yellow(
    connection: Connection, held: Held, timer: Timer, now: datetime, city: City
) -> None:
    """Pages look at the case again; nothing of it changes but its light."""
    tell(connection, "case", held.case.id)


def _escalate(connection: Connection, held: Held, timer: Timer, now: datetime, city: City) -> None:
    run = held.case.running
    assert run is not None
    assert run.due is not None
    level = min(held.case.level + 1, len(LEVELS))
    name, name_zh = LEVELS[level - 1]
    details = {
        "stage": run.stage,
        "run": run.number,
        "owner": run.owner,
        "due": run.due.isoformat(),
        "level": level,
    }
    zh, en = ("升级至", "goes up to") if level > held.case.level else ("仍在", "stays with")
    reason = f"{run.stage.zh}超时，{zh}{name_zh} {run.stage} is overdue: {en} the {name}"
    system_step(connection, held, Verb.ESCALATE, timer.at, city, reason, details)


def _resume(connection: Connection, held: Held, timer: Timer, now: datetime, city: City) -> None:
    reason = "挂账期满 the suspension has ended"
    system_step(connection, held, Verb.RESUME, timer.at, city, reason)


FIRING: dict[str, Firing] = {
    YELLOW: _turn_yellow,
    **dict.fromkeys(OVERDUE, _escalate),
    RESUME: _resume,
    LOOK: fire_look,
}
