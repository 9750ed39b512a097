"""What evaluation counts, told case by case from replayed logs: slow, and little can be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from casework_made import Made

from cases.case import Case, replay
from cases.stages import Run
from cases.words import Outcome, Role, Satisfaction, Source, Stage, State, Verb

GONE = (State.VOID, State.REJECTED)


class Row(NamedTuple):
    """What one case, or one task of somebody in it, adds to the counts of one instant."""

    made: Made
    case: Case
    instant: datetime
    role: str
    person: str
    counts: dict[str, float]


def replayed(made: list[Made]) -> list[tuple[Made, Case]]:
    """Return each case as its log tells it, without the exercises."""
    cases = [(one, replay(one.log, one.city)) for one in made]
    return [(one, case) for one, case in cases if not case.exercise]


def rows(made: list[tuple[Made, Case]], at: datetime, of_people: bool) -> Iterator[Row]:
    for one, case in made:
        yield from _of_case(one, case, at, of_people)


def _of_case(one: Made, case: Case, at: datetime, of_people: bool) -> Iterator[Row]:
    report = one.log[0]
    filing = next((e.at for e in one.log if e.verb is Verb.FILE), None)
    counted = [
        (report.at, _reported(case, at)),
        (filing, _filed(one, case, at)),
        (_fell_due(one, case), _due(one, case, at)),
    ]
    for instant, counts in counted:
        if instant is None or instant >= at:
            continue
        if not of_people:
            yield Row(one, case, instant, "", "", counts)
            continue
        if "reported" in counts:
            mine = {m: counts[m] for m in ("reported", "taken_up", "valid", "duplicate")}
            yield Row(one, case, instant, report.role, report.actor, mine)
        for run in case.runs:
            if run.in_time is None or run.role is None:
                continue
            if mine := _mine(run, one, case, counts):
                yield Row(one, case, instant, run.role, run.actor, mine)


def _reported(case: Case, at: datetime) -> dict[str, float]:
    sensed = case.source is Source.SENSOR
    judged = (Outcome.REAL, Outcome.FALSE, Outcome.SENSOR_FAULT, Outcome.PLANNED_WORK)
    verified = _last(case, Stage.VERIFY)
    filed = case.filed is not None
    filing_late = _late(case, Stage.FILING, at)
    return {
        "reported": 1,
        "taken_up": filed,
        "valid": filed and case.state not in GONE,
        "duplicate": case.outcome is Outcome.DUPLICATE,
        "to_verify": verified is not None or _late(case, Stage.VERIFY, at),
        "verified_in_time": verified is True and not _late(case, Stage.VERIFY, at),
        "to_file": filed or filing_late,
        "filed_in_time": filed and _last(case, Stage.FILING) is True and not filing_late,
        "called_back": case.satisfaction is not None,
        "satisfied": case.satisfaction in (Satisfaction.SATISFIED, Satisfaction.FAIR),
        "sensor_judged": sensed and case.outcome in judged,
        "sensor_real": sensed and case.outcome is Outcome.REAL,
        "sensor_false": sensed and case.outcome in (Outcome.FALSE, Outcome.SENSOR_FAULT),
    }


def _filed(one: Made, case: Case, at: datetime) -> dict[str, float]:
    public, sensed = one.given.get("first_public"), one.given.get("first_sensed")
    told_by_public = case.source in (Source.HOTLINE, Source.POLICE, Source.SYSTEM)
    sensed_before = public is not None and sensed is not None and sensed <= public
    public_before = public is not None and sensed is not None and public < sensed
    sent = case.dispatched is not None
    late = _late(case, Stage.DISPATCH, at)
    verbs = [e.verb for e in one.log]
    given_back = any(
        e.verb is Verb.RETURN and e.role in (Role.DEPARTMENT, Role.PARTNER) for e in one.log
    )
    return {
        "filed": 1,
        "filed_rightly": case.state not in GONE or case.outcome is Outcome.DUPLICATE,
        "public_first": (told_by_public and not sensed_before)
        or (case.source is Source.SENSOR and public_before),
        "to_dispatch": sent or late,
        "dispatched_in_time": _last(case, Stage.DISPATCH) is True and not late,
        "dispatched": sent,
        "dispatched_rightly": sent and Verb.REDIRECT not in verbs,
        "returned": sent and given_back,
        "told_and_sensed": public is not None and sensed is not None,
        "sensed_first": public is not None and sensed is not None and sensed < public,
    }


def _due(one: Made, case: Case, at: datetime) -> dict[str, float]:
    handled, closed = _handled(one, case), case.state is State.CLOSED
    run = _handling(case)
    in_time = handled and run is not None and run.in_time is True
    inspected, late = _last(case, Stage.INSPECT), _late(case, Stage.INSPECT, at)
    reworks = sum(e.verb is Verb.REWORK for e in one.log)
    took = timedelta(0)
    if handled and case.fed_back is not None and case.dispatched is not None:
        took = case.fed_back - case.dispatched
    return {
        "due": 1,
        "handled": handled,
        "handled_in_time": in_time,
        "closed": closed,
        "closed_in_time": closed and in_time,
        "reworked": reworks > 0,
        "to_inspect": inspected is not None or late,
        "inspected_in_time": inspected is True and not late,
        "reworks": reworks,
        "handling_hours": took / timedelta(hours=1),
    }


def _handled(one: Made, case: Case) -> bool:
    """Whether the last word on the work is that it was done, in a case that still counts."""
    words = [e.verb for e in one.log if e.verb in (Verb.FEED_BACK, Verb.REWORK, Verb.REOPEN)]
    return bool(words) and words[-1] is Verb.FEED_BACK and case.state not in GONE


def _fell_due(one: Made, case: Case) -> datetime | None:
    run = _handling(case)
    if run is None or case.filed is None or case.state in GONE:
        return None
    if _handled(one, case):
        done = max(e.at for e in one.log if e.verb is Verb.FEED_BACK)
        return done if run.due is None else min(done, run.due)
    return None if run.ended else run.due


def _mine(run: Run, one: Made, case: Case, counts: dict[str, float]) -> dict[str, float]:
    """What of a case's counts is the doing of who ended this run; a task late counts so."""
    ok = run.in_time is True
    if "reported" in counts:
        if run.stage is Stage.VERIFY and run.role is Role.INSPECTOR:
            return {"to_verify": 1, "verified_in_time": ok}
        if run.stage is Stage.FILING and run.role in (Role.SYSTEM, Role.SHIFT_LEAD):
            filed = case.filed is not None
            return {"to_file": filed, "filed_in_time": filed and ok}
    if "filed" in counts:
        if run.stage is Stage.FILING and run.role in (Role.SYSTEM, Role.SHIFT_LEAD):
            return {"filed": 1, "filed_rightly": counts["filed_rightly"]}
        if run.stage is Stage.DISPATCH and run.role in (Role.SYSTEM, Role.DISPATCHER):
            names = ("dispatched", "dispatched_rightly", "returned")
            sent = case.dispatched is not None
            return {
                "to_dispatch": sent,
                "dispatched_in_time": sent and ok,
                **{name: counts[name] for name in names},
            }
    if "due" in counts:
        if run.stage is Stage.INSPECT and run.role is Role.INSPECTOR:
            return {"to_inspect": 1, "inspected_in_time": ok}
        if run.stage is Stage.HANDLING and _handled(one, case) and run.ended == case.fed_back:
            others = ("to_inspect", "inspected_in_time", "handled_in_time", "closed_in_time")
            return {
                **{name: count for name, count in counts.items() if name not in others},
                "handled_in_time": ok,
                "closed_in_time": ok and counts["closed"],
            }
    return {}


def _handling(case: Case) -> Run | None:
    return next((run for run in reversed(case.runs) if run.stage is Stage.HANDLING), None)


def _last(case: Case, stage: Stage) -> bool | None:
    verdicts = [r.in_time for r in case.runs if r.stage is stage and r.in_time is not None]
    return verdicts[-1] if verdicts else None


def _late(case: Case, stage: Stage, at: datetime) -> bool:
    """Whether the clock of this stage runs now and its time is used up."""
    return any(
        run.stage is stage and run.since is not None and run.due is not None and run.due < at
        for run in case.runs
    )


def key_of(row: Row, by: str, zone: ZoneInfo) -> str:
    cell = row.made.given["grid_cell"] or ""
    return {
        "total": "",
        "district": cell[:6],
        "street": cell[:9],
        "community": cell[:12],
        "cell": cell,
        "department": row.case.department,
        "role": row.role,
        "person": f"{row.role} {row.person}",
        "month": f"{row.instant.astimezone(zone):%Y-%m}",
    }[by]
