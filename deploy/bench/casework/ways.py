"""What becomes of a case: the ways through the loop, each as often as a city sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cases.stages import handling
from cases.words import ENDS, Outcome, Role, Satisfaction, Source, State, Verb
from deploy.bench.casework.lives import Life

V, R = Verb, Role
Way = Callable[[Life], None]


def live(life: Life) -> None:
    """Let the case go its way from its report to its end, or to where it is stuck."""
    if taken_up(life):
        draw(life, WAYS)(life)
    if life.case.state in ENDS and life.source is Source.HOTLINE:
        called_back(life)


def draw(life: Life, ways: dict[Way, float]) -> Way:
    [way] = life.random.choices(list(ways), list(ways.values()))
    return way


def taken_up(life: Life) -> bool:
    """Take a report up and file it; tell whether it was filed."""
    if life.source is Source.SENSOR:
        life.do(V.ACCEPT, R.SYSTEM, 0)
        life.file(R.SYSTEM)
        return True
    found = True
    if life.source in life.city.policy.verify:
        life.do(V.ASK_VERIFY, R.INTAKE, 4)
        found = life.random.random() > 0.06
        life.do(V.VERIFY, R.INSPECTOR, 14, found=found)
    if not found:
        life.do(V.REJECT, R.INTAKE, 3, reason="nothing found on site", outcome=str(Outcome.FALSE))
        return False
    life.do(V.ACCEPT, R.INTAKE, 4)
    if life.random.random() < 0.015:
        life.do(V.MERGE, R.INTAKE, 5, into="1")
        return False
    if life.random.random() < 0.02:
        life.do(V.REJECT, R.SHIFT_LEAD, 5, reason="no filing condition is met")
        return False
    life.file(R.SHIFT_LEAD)
    return True


def dispatched(life: Life) -> None:
    role = R.SYSTEM if life.source is Source.SENSOR else R.DISPATCHER
    life.do(V.DISPATCH, role, 5, department=life.department)


def handled(life: Life) -> None:
    life.do(V.HANDLE, R.DEPARTMENT, at=life.into_limit(0.04))
    share = 0.42 * life.random.lognormvariate(0, 0.6)
    life.do(V.FEED_BACK, R.DEPARTMENT, at=life.into_limit(share))


def inspected(life: Life, passed: bool = True) -> None:
    if life.source is Source.SENSOR and passed:
        life.do(V.CONFIRM, R.SYSTEM, 30)
    life.do(V.ASK_INSPECT, R.INTAKE, 4)
    life.do(V.INSPECT, R.INSPECTOR, 16, passed=passed)


def closed(life: Life) -> None:
    outcome = Outcome.REAL if life.random.random() < 0.96 else Outcome.PLANNED_WORK
    life.do(V.CLOSE, R.SHIFT_LEAD, 5, outcome=str(outcome))
    last = handling(life.case.runs)
    if last and last.in_time is False and not life.case.appealed and life.random.random() < 0.2:
        life.do(V.APPEAL, R.DEPARTMENT, 900, reason="the site was not open to us")
        if life.random.random() < 0.6:
            verdict = V.EXEMPT if life.random.random() < 0.5 else V.REFUSE
            life.do(verdict, R.EVALUATOR, 2000, reason="looked at the log")


def called_back(life: Life) -> None:
    if life.random.random() < 0.997:
        answer = life.random.choices(list(Satisfaction), [75, 17, 8])[0]
        life.do(V.CALL_BACK, R.INTAKE, 240, satisfaction=str(answer))


# Ways of a filed case ------------------------------------------------------------------------


def plain(life: Life) -> None:
    dispatched(life)
    handled(life)
    inspected(life)
    closed(life)


def returned(life: Life) -> None:
    dispatched(life)
    life.do(V.RETURN, R.DEPARTMENT, 25, reason="not ours")
    home, life.department = life.department, life.city.departments.fallback
    if home == life.department:
        dispatched(life)
    else:
        life.do(V.REDIRECT, R.DISPATCHER, 8, reason="returned", department=life.department)
    handled(life)
    inspected(life)
    closed(life)


def reworked(life: Life) -> None:
    dispatched(life)
    handled(life)
    inspected(life, passed=False)
    life.do(V.REWORK, R.SHIFT_LEAD, 5, reason="still broken")
    life.do(V.FEED_BACK, R.DEPARTMENT, at=life.into_limit(0.2))
    inspected(life)
    closed(life)


def extended(life: Life) -> None:
    dispatched(life)
    life.do(V.HANDLE, R.DEPARTMENT, at=life.into_limit(0.04))
    limit = life.case.first_limit
    amount = limit.amount / 2 if limit else 1.0
    life.do(V.ASK_EXTENSION, R.DEPARTMENT, at=life.into_limit(0.3), reason="parts", amount=amount)
    life.do(V.APPROVE, R.DISPATCHER, 8)
    life.do(V.EXTEND, R.COMMAND_LEAD, 12)
    life.do(V.FEED_BACK, R.DEPARTMENT, at=life.into_limit(0.5))
    inspected(life)
    closed(life)


def suspended(life: Life) -> None:
    """Most are suspended for weeks, and so stand in the lists at the end of the year."""
    dispatched(life)
    life.do(V.HANDLE, R.DEPARTMENT, at=life.into_limit(0.04))
    until = life.at + timedelta(days=life.random.randrange(5, 200))
    asked: dict[str, Any] = {"until": until.isoformat()}
    life.do(V.ASK_SUSPENSION, R.DEPARTMENT, 30, reason="the road is dug up", **asked)
    life.do(V.APPROVE, R.DISPATCHER, 9)
    life.do(V.SUSPEND, R.COMMAND_LEAD, 15)
    life.let_pass(until)
    life.do(V.FEED_BACK, R.DEPARTMENT, at=life.into_limit(0.3))
    inspected(life)
    closed(life)


def voided(life: Life) -> None:
    life.do(V.VOID, R.SHIFT_LEAD, 6, reason="filed by mistake", outcome=str(Outcome.FALSE))


def pressed(life: Life) -> None:
    """A leader asks after it, and it is told to hurry."""
    dispatched(life)
    life.do(V.SUPERVISE, R.LEADER, 20, reason="many complaints")
    life.do(V.URGE, R.DISPATCHER, 15, reason="a leader asks")
    handled(life)
    inspected(life)
    closed(life)


def handed_over(life: Life) -> None:
    dispatched(life)
    life.do(V.HAND_OVER, R.DISPATCHER, 10, reason="theirs", to="110")
    life.do(V.FEED_BACK, R.PARTNER, 60)
    inspected(life)
    closed(life)


def reopened(life: Life) -> None:
    plain(life)
    if life.case.state is State.CLOSED and life.case.request is None:
        life.do(V.REOPEN, R.SHIFT_LEAD, 200, reason="broken again")
        dispatched(life)
        handled(life)
        inspected(life)
        closed(life)


def not_taken_up(life: Life) -> None:
    dispatched(life)
    life.let_pass(life.at + timedelta(days=60))


def not_handled(life: Life) -> None:
    dispatched(life)
    life.do(V.HANDLE, R.DEPARTMENT, at=life.into_limit(0.1))
    life.let_pass(life.at + timedelta(days=60))


def not_sent_again(life: Life) -> None:
    dispatched(life)
    life.do(V.RETURN, R.DEPARTMENT, 25, reason="not ours")


def not_decided(life: Life) -> None:
    dispatched(life)
    life.do(V.HANDLE, R.DEPARTMENT, at=life.into_limit(0.04))
    until = life.at + timedelta(days=60)
    asked: dict[str, Any] = {"until": until.isoformat()}
    life.do(V.ASK_SUSPENSION, R.DEPARTMENT, 30, reason="the road is dug up", **asked)
    if life.random.random() < 0.5:
        life.do(V.APPROVE, R.DISPATCHER, 9)
    life.let_pass(until)


def not_inspected(life: Life) -> None:
    dispatched(life)
    handled(life)
    life.do(V.ASK_INSPECT, R.INTAKE, 4)


def not_closed(life: Life) -> None:
    dispatched(life)
    handled(life)
    life.do(V.ASK_INSPECT, R.INTAKE, 4)
    life.do(V.INSPECT, R.INSPECTOR, 16, passed=life.random.random() < 0.7)


#: Of what was filed; what a year leaves open are the last seven, and whatever its end interrupts.
WAYS: dict[Way, float] = {
    plain: 73.0,
    returned: 3.5,
    reworked: 4.0,
    extended: 2.0,
    suspended: 1.5,
    voided: 2.0,
    pressed: 2.0,
    handed_over: 1.0,
    reopened: 1.5,
    not_taken_up: 2.5,
    not_handled: 4.5,
    not_sent_again: 0.1,
    not_decided: 0.05,
    not_inspected: 0.6,
    not_closed: 0.8,
}
