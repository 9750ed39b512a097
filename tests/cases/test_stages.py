"""Whose clock runs when: a table with a sentence a row, and a twin that counts minutes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from naive_clock import NaiveClock
from naive_runs import Told, naive_runs
from pydantic import ValidationError
from story import AT, CITY, GAS, MINUTE, WATER, Story

from cases.case import Case, Entry, advance, replay
from cases.catalogue import Limit, TimeClass
from cases.policy import Policy
from cases.stages import Run, handling, light, running
from cases.transitions import NEXT
from cases.words import ENDS, Light, Role, Source, Stage, State, Verb
from cases.workflow import Refused

V, R, S = Verb, Role, State
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EMERGENCY: dict[str, Any] = {"limit": {"amount": 2, "class": "emergency-hours"}}
POLICY = files("cases").joinpath("policy.yml")
SHANGHAI = NaiveClock(CITY.calendar.is_working_day, CITY.zone)


def told(run: Run) -> Told:
    return Told(
        run.stage, run.owner, run.began, run.since is not None, run.used, run.due, run.yellow,
        run.ended, run.actor, run.in_time,
    )  # fmt: skip


def filed(**limit: Any) -> Story:
    story = Story(Source.INSPECTOR).do(V.ACCEPT).do(V.FILE, **(limit or EMERGENCY))
    return story.do(V.DISPATCH, department=WATER)


def last(story: Story, stage: Stage) -> Run:
    return [run for run in story.case.runs if run.stage is stage][-1]


# A sentence a row: a story, and of the last run of a stage how long it has run and whether it runs.
ROWS: list[tuple[str, Callable[[], Story], Stage, timedelta | None, bool]] = [
    (
        "the intake clock runs from the report on",
        lambda: Story(Source.INSPECTOR).do(V.NOTE, after=4 * MINUTE),
        Stage.INTAKE, timedelta(0), True,
    ),
    (
        "the intake clock pauses while a verify task is out",
        lambda: Story().do(V.ASK_VERIFY, after=4 * MINUTE).do(V.NOTE, after=HOUR),
        Stage.INTAKE, 4 * MINUTE, False,
    ),
    (
        "while it pauses the clock of the verify task runs",
        lambda: Story().do(V.ASK_VERIFY, after=4 * MINUTE).do(V.NOTE, after=HOUR),
        Stage.VERIFY, timedelta(0), True,
    ),
    (
        "the intake clock goes on when the inspector has answered",
        lambda: Story().do(V.ASK_VERIFY, after=4 * MINUTE)
        .do(V.VERIFY, after=HOUR, found=True).do(V.ACCEPT, after=5 * MINUTE),
        Stage.INTAKE, 9 * MINUTE, False,
    ),
    (
        "taking a case up leaves the department's clock running",
        lambda: filed().do(V.HANDLE, after=HOUR),
        Stage.HANDLING, timedelta(0), True,
    ),
    (
        "a return by the department pauses the handling clock",
        lambda: filed().do(V.RETURN, after=HOUR).do(V.NOTE, after=DAY),
        Stage.HANDLING, HOUR, False,
    ),
    (
        "the same department resumes it",
        lambda: filed().do(V.RETURN, after=HOUR).do(V.DISPATCH, after=DAY)
        .do(V.HANDLE).do(V.FEED_BACK, after=29 * MINUTE),
        Stage.HANDLING, HOUR + 30 * MINUTE, False,
    ),
    (
        "another restarts it",
        lambda: filed().do(V.RETURN, after=HOUR).do(V.REDIRECT, after=DAY, department=GAS)
        .do(V.HANDLE).do(V.FEED_BACK, after=29 * MINUTE),
        Stage.HANDLING, 30 * MINUTE, False,
    ),
    (
        "so does the first, when it gets the case back from another",
        lambda: filed().do(V.REDIRECT, after=HOUR, department=GAS)
        .do(V.REDIRECT, after=HOUR, department=WATER).do(V.HANDLE).do(V.FEED_BACK),
        Stage.HANDLING, 2 * MINUTE, False,
    ),
    (
        "whom a case is handed over to has a clock of its own",
        lambda: filed().do(V.HAND_OVER, after=HOUR, to="110").do(V.FEED_BACK, after=9 * MINUTE),
        Stage.HANDLING, 9 * MINUTE, False,
    ),
    (
        "each dispatch is an order of its own with a clock of its own",
        lambda: filed().do(V.RETURN, after=HOUR).do(V.DISPATCH, after=7 * MINUTE),
        Stage.DISPATCH, 7 * MINUTE, False,
    ),
    (
        "suspension stops the handling clock",
        lambda: filed().do(V.HANDLE, after=HOUR)
        .do(V.ASK_SUSPENSION, until=(AT + 9 * DAY).isoformat()).do(V.APPROVE).do(V.SUSPEND)
        .do(V.NOTE, after=5 * DAY),
        Stage.HANDLING, HOUR + 3 * MINUTE, False,
    ),
    (
        "it resumes by itself",
        lambda: filed().do(V.HANDLE, after=HOUR)
        .do(V.ASK_SUSPENSION, until=(AT + 2 * DAY).isoformat()).do(V.APPROVE).do(V.SUSPEND)
        .do(V.RESUME, R.SYSTEM, after=2 * DAY - HOUR - 6 * MINUTE)
        .do(V.FEED_BACK, after=6 * MINUTE),
        Stage.HANDLING, HOUR + 9 * MINUTE, False,
    ),
    (
        "rework goes on with the same clock, which did not run while the work was looked at",
        lambda: filed().do(V.HANDLE, after=HOUR).do(V.FEED_BACK, after=10 * MINUTE)
        .do(V.ASK_INSPECT, after=HOUR).do(V.INSPECT, after=HOUR, passed=False)
        .do(V.REWORK, after=HOUR).do(V.FEED_BACK, after=5 * MINUTE),
        Stage.HANDLING, HOUR + 15 * MINUTE, False,
    ),
    (
        "a case that is reopened begins anew",
        lambda: filed().do(V.HANDLE, after=HOUR).to(S.CLOSED).do(V.REOPEN, after=DAY)
        .do(V.DISPATCH).do(V.HANDLE).do(V.FEED_BACK, after=8 * MINUTE),
        Stage.HANDLING, 9 * MINUTE, False,
    ),
    (
        "the closing clock runs once people have passed what they reported",
        lambda: filed().do(V.HANDLE).to(S.INSPECTED).do(V.NOTE, after=HOUR),
        Stage.CLOSING, timedelta(0), True,
    ),
    (
        "it does not run while the case waits for its sensor",
        lambda: Story(Source.SENSOR).to(S.INSPECTED).do(V.NOTE, after=HOUR),
        Stage.CLOSING, None, False,
    ),
    (
        "it runs from the sensor's word on",
        lambda: Story(Source.SENSOR).to(S.INSPECTED).do(V.CONFIRM, R.SYSTEM, after=HOUR)
        .do(V.CLOSE, after=4 * MINUTE, outcome="real"),
        Stage.CLOSING, 4 * MINUTE, False,
    ),
    (
        "what was inspected and did not pass waits for no sensor",
        lambda: Story(Source.SENSOR).to(S.INSPECTING).do(V.INSPECT, passed=False)
        .do(V.REWORK, R.SHIFT_LEAD, after=3 * MINUTE),
        Stage.CLOSING, 3 * MINUTE, False,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("story", "stage", "used", "runs"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_rule_of_the_clocks(
    story: Callable[[], Story], stage: Stage, used: timedelta | None, runs: bool
) -> None:
    case = story().case
    found = [run for run in case.runs if run.stage is stage][-1:]
    assert [(run.used, run.since is not None) for run in found] == (
        [] if used is None else [(used, runs)]
    )


def test_an_extension_adds_to_the_limit_of_who_has_the_clock() -> None:
    story = filed().do(V.HANDLE)
    due = story.case.due
    assert due is not None
    story.do(V.ASK_EXTENSION, amount=1.5).do(V.APPROVE).do(V.EXTEND)
    assert story.case.due == due + timedelta(hours=1.5)
    story.do(V.REDIRECT, department=GAS)
    assert story.case.due == story.now + 2 * HOUR, "what was granted to one is not for the next"
    assert story.case.extensions == 1


def test_what_was_granted_ends_with_the_case() -> None:
    story = filed().do(V.HANDLE).do(V.ASK_EXTENSION, amount=1.5).do(V.APPROVE).do(V.EXTEND)
    story.to(S.CLOSED).do(V.REOPEN).do(V.DISPATCH)
    assert story.case.due == story.now + 2 * HOUR


def test_a_department_that_returns_too_late_was_late_whoever_has_it_then() -> None:
    story = filed().do(V.RETURN, after=3 * HOUR)
    run = last(story, Stage.HANDLING)
    assert run.due == run.began + 2 * HOUR, "a deadline that has passed is not forgotten"
    assert light(run.due, run.yellow, story.now) is Light.RED
    story.do(V.REDIRECT, department=GAS)
    first, second = [r for r in story.case.runs if r.stage is Stage.HANDLING]
    assert (first.in_time, first.role) == (False, R.DISPATCHER)
    assert (second.in_time, second.due) == (None, story.now + 2 * HOUR)


def test_a_run_taken_away_before_it_was_due_is_not_judged() -> None:
    story = filed().do(V.REDIRECT, after=HOUR, department=GAS)
    assert [r.in_time for r in story.case.runs if r.stage is Stage.HANDLING] == [None, None]
    voided = filed().do(V.VOID, R.SHIFT_LEAD, after=HOUR)
    assert last(voided, Stage.HANDLING).in_time is None


def test_to_return_at_the_very_deadline_is_not_late_and_leaves_no_time() -> None:
    story = filed().do(V.RETURN, after=2 * HOUR)
    run = last(story, Stage.HANDLING)
    assert (run.used, run.due) == (2 * HOUR, None)
    story.do(V.DISPATCH, after=DAY)
    assert story.case.due == story.now
    story.do(V.HANDLE).do(V.FEED_BACK)
    assert last(story, Stage.HANDLING).in_time is False


def test_after_hours_of_the_last_day_it_is_too_late() -> None:
    """What ends with a working day ends at six, not when the next begins."""
    story = filed(limit={"amount": 1, "class": "working-days"}).do(V.HANDLE)
    due = story.case.due
    assert due is not None
    evening = Story(Source.INSPECTOR, datetime(2026, 3, 5, 23, 57, tzinfo=UTC))
    evening.do(V.ACCEPT).do(V.FILE, limit={"amount": 1, "class": "working-days"})
    evening.do(V.DISPATCH, department=WATER).do(V.HANDLE)
    six = datetime(2026, 3, 6, 10, tzinfo=UTC)
    assert evening.case.due == six
    evening.do(V.FEED_BACK, after=six + 2 * HOUR - evening.now)
    assert last(evening, Stage.HANDLING).in_time is False


def test_a_limit_of_another_class_counts_the_time_that_the_clock_ran() -> None:
    """Friday 09:03 to 10:03, returned until Monday, then working hours instead of the clock."""
    story = filed().do(V.RETURN, after=HOUR).do(V.DISPATCH, after=3 * DAY)
    story.do(V.AMEND, R.SHIFT_LEAD, after=HOUR, limit={"amount": 4, "class": "working-hours"})
    run = last(story, Stage.HANDLING)
    assert run.used == HOUR
    assert run.due == datetime(2026, 3, 9, 7, 3, tzinfo=UTC)  # 15:03, after the noon rest


def test_a_run_is_judged_by_the_limit_that_it_had() -> None:
    story = filed().do(V.HANDLE).do(V.FEED_BACK, after=HOUR)
    story.do(V.AMEND, R.SHIFT_LEAD, limit={"amount": 0.5, "class": "emergency-hours"})
    assert last(story, Stage.HANDLING).in_time is True
    story.do(V.REWORK, R.SHIFT_LEAD)
    assert last(story, Stage.HANDLING).allowed.amount == 0.5
    assert story.case.due == AT + timedelta(minutes=3 + 30), "and goes on with the new one"


def test_who_ended_a_run_stands_in_it() -> None:
    story = filed().do(V.HANDLE, actor="crew").do(V.FEED_BACK, R.DEPARTMENT, "foreman")
    run = last(story, Stage.HANDLING)
    assert (run.actor, run.role, run.ended) == ("foreman", R.DEPARTMENT, story.now)


def test_a_desk_is_judged_by_the_limit_of_its_day() -> None:
    """A city that gives its desks less time from noon on does not judge the morning by it."""
    noon = AT + 3 * HOUR
    given = yaml.safe_load(POLICY.read_text(encoding="utf-8"))
    formerly = [{"until": noon.isoformat(), "stages": given["stages"]}]
    quick = {"amount": 0.05, "class": "emergency-hours"}
    policy = Policy.model_validate(
        given | {"stages": dict.fromkeys(given["stages"], quick), "formerly": formerly}
    )
    morning = Story(Source.INSPECTOR).do(V.ACCEPT, after=10 * MINUTE)
    log = [*morning.log, replace(morning.log[-1], version=3, at=noon, verb=V.NOTE)]
    assert replay(log, replace(CITY, policy=policy)).runs == morning.case.runs
    afternoon = Story(Source.INSPECTOR, noon, replace(CITY, policy=policy))
    afternoon.do(V.ACCEPT, after=10 * MINUTE)
    assert [run.in_time for run in afternoon.case.runs] == [False, None]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stages": {}}, "stages has no limit of closing, dispatch, filing"),
        (
            {"formerly": [{"until": f"2026-0{m}-01T00:00Z", "stages": {}} for m in (2, 1)]},
            "from the earliest `until` to the latest",
        ),
    ],
)
def test_a_wrong_policy_is_refused(change: dict[str, Any], message: str) -> None:
    given = yaml.safe_load(POLICY.read_text(encoding="utf-8"))
    with pytest.raises(ValidationError, match=message):
        Policy.model_validate(given | change)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(0, Light.GREEN), (96, Light.GREEN), (97, Light.YELLOW), (120, Light.YELLOW),
     (121, Light.RED)],
)  # fmt: skip
def test_the_light_is_yellow_for_the_last_fifth_and_red_from_the_deadline_on(
    minutes: int, expected: Light
) -> None:
    story = filed()
    run = running(story.case.runs)
    assert run is not None
    assert light(run.due, run.yellow, story.now + minutes * MINUTE) is expected


def test_what_nobody_owes_is_green() -> None:
    assert light(None, None, AT) is Light.GREEN


# Against the twin ---------------------------------------------------------------------------

ZONES = [CITY.zone, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns")]


def entry(number: int, at: datetime, verb: Verb, after: State, **details: Any) -> Entry:
    return Entry(7, number, at, "a", R.DISPATCHER, verb, None, after, "", details)


def test_ten_thousand_deadlines_are_those_of_counted_minutes() -> None:
    """Random starts, classes, pauses and extensions, to the microsecond."""
    rng = random.Random(4)
    clocks = [
        (replace(CITY, zone=zone), NaiveClock(CITY.calendar.is_working_day, zone)) for zone in ZONES
    ]
    seen = Counter[str]()
    for _ in range(10_000):
        city, clock = rng.choice(clocks)
        time_class = rng.choice([*TimeClass])
        amount = rng.choice([0.25, 0.5, 1, 2, 4, 8, 3, 5, 13])
        unit = 8 * HOUR if time_class is TimeClass.WORKING_DAYS else HOUR
        grain = rng.choice([timedelta(minutes=1), timedelta(microseconds=1)])
        now = datetime(2023, 6, 1, tzinfo=UTC) + rng.randrange(5 * 365 * DAY // grain) * grain

        def later(grain: timedelta = grain) -> timedelta:
            longest = rng.choice([HOUR, DAY, 12 * DAY])
            return rng.randrange(longest // grain) * grain

        given = Limit(amount=amount, **{"class": time_class})
        case: Case = Case(7, S.FILED, limit=given, first_limit=given)
        case = advance(case, entry(1, now, V.DISPATCH, S.DISPATCHED, department=WATER), city)
        ran: list[tuple[datetime, datetime | None]] = [(now, None)]
        whole = amount * unit
        for _ in range(rng.randrange(5)):
            now += later()
            running_since = ran[-1][0] if ran[-1][1] is None else None
            if running_since is None:
                again = (
                    (V.DISPATCH, S.DISPATCHED) if case.state is S.FILED else (V.RESUME, S.HANDLING)
                )
                case = advance(case, entry(1, now, *again), city)
                ran.append((now, None))
                seen["resumed"] += 1
            elif rng.random() < 0.3:
                asked = rng.choice([0.5, 1, 1.5])
                case = advance(case, entry(1, now, V.ASK_EXTENSION, case.state, amount=asked), city)
                case = advance(case, entry(1, now, V.EXTEND, case.state), city)
                whole += asked * unit
                seen["extended"] += 1
            else:
                stop = rng.choice([(V.RETURN, S.FILED), (V.SUSPEND, S.SUSPENDED)])
                case = advance(case, entry(1, now, *stop), city)
                ran[-1] = (running_since, now)
                seen["stopped"] += 1
        assert case.due == naive_due(ran, whole, clock, time_class), (ran, whole, time_class)
        seen["overdue" if case.due and case.due < now else "ahead" if case.due else "stands"] += 1
    assert min(seen[kind] for kind in ("resumed", "extended", "stopped", "overdue", "ahead",
                                       "stands")) > 500  # fmt: skip


def naive_due(
    ran: list[tuple[datetime, datetime | None]],
    whole: timedelta,
    clock: NaiveClock,
    time_class: TimeClass,
) -> datetime | None:
    left = whole // timedelta(microseconds=1)
    emergency = time_class is TimeClass.EMERGENCY_HOURS
    for start, stop in ran:
        at = clock.reach(start, left, emergency)
        if stop is None or at < stop:
            return at
        left -= clock.elapsed(start, stop, emergency)
    return None


#: So that stories go far before they end, and are not all talk.
SELDOM = dict.fromkeys(Verb, 1.0) | {
    **dict.fromkeys((V.REJECT, V.VOID, V.MERGE, V.RETURN, V.REDIRECT, V.HAND_OVER), 0.05),
    **dict.fromkeys((V.NOTE, V.JOIN, V.AMEND, V.URGE, V.SUPERVISE, V.ESCALATE), 0.03),
    V.ASK_SUSPENSION: 3.0, V.APPROVE: 9.0, V.SUSPEND: 9.0, V.EXTEND: 9.0, V.REFUSE: 0.5,
    V.FEED_BACK: 0.4, V.EXEMPT: 9.0, V.APPEAL: 3.0,
}  # fmt: skip


def any_story(rng: random.Random, steps: int) -> Story:
    """A valid log: steps that anybody tries, of which the workflow takes some."""
    start = AT + timedelta(minutes=rng.randrange(60 * 24 * 200))
    story = Story(rng.choice([*Source]), start)
    for _ in range(steps):
        here = [(v, r) for (s, v), m in NEXT.items() if s is story.case.state for r in m.roles]
        ways = sorted(here)
        verb, role = rng.choices(ways, [SELDOM[verb] for verb, _ in ways])[0]
        after = rng.choice([0, 1, 7, 20, 60, 300, 3000]) * MINUTE
        amount = rng.choice([0.25, 1.0, 2.0, 8.0])
        limit = {"amount": amount, "class": str(rng.choice([*TimeClass]))}
        department = rng.choice([WATER, GAS])
        details: dict[str, Any] = {
            "found": rng.random() < 0.8, "passed": rng.random() < 0.6, "outcome": "real",
            "amount": rng.choice([0.25, 0.5]), "to": rng.choice(["110", "Another District"]),
            "until": (story.now + after + rng.randrange(1, 9) * DAY).isoformat(),
            "into": "N1", "satisfaction": "fair",
        }  # fmt: skip
        if verb in (V.DISPATCH, V.REDIRECT):
            details["department"] = department
        if verb is V.FILE or (verb is V.AMEND and rng.random() < 0.3):
            details["limit"] = limit
        if verb is V.AMEND and rng.random() < 0.2:
            details["department"] = [story.case.department, department]
        try:
            story.do(verb, role, f"{role} {rng.randrange(9)}", after=after, **details)
        except Refused:
            continue
    return story


def test_the_runs_of_any_log_are_those_that_its_minutes_tell() -> None:
    rng = random.Random(20)
    seen = Counter[str]()
    for _ in range(250):
        log = any_story(rng, 120).log
        log = log[: rng.randrange(1, len(log) + 1)]  # so that many end in the middle
        runs = replay(log, CITY).runs
        assert [told(run) for run in runs] == naive_runs(log, SHANGHAI, CITY), log
        seen.update(entry.verb for entry in log)
        for run in runs:
            seen["overdue"] += run.in_time is False
            seen["undone"] += run.ended is not None and run.in_time is None
            seen["late and standing"] += run.ended is None and run.since is None and bool(run.due)
    assert not {verb for verb in Verb if not seen[verb]}, "stories that have it all"
    assert min(seen[kind] for kind in ("overdue", "undone", "late and standing")) >= 10


def test_one_clock_of_a_case_runs_at_most() -> None:
    rng = random.Random(21)
    for _ in range(50):
        case = any_story(rng, 60).case
        assert sum(run.since is not None for run in case.runs) <= 1
        assert [run.number for run in case.runs] == [*range(1, len(case.runs) + 1)]
        open_ones = [run.stage for run in case.runs if run.ended is None]
        assert len(open_ones) == len(set(open_ones)), "of a stage one run is open at most"
        assert not (open_ones and case.state in ENDS)
        assert handling(case.runs) == next(
            (run for run in reversed(case.runs) if run.stage is Stage.HANDLING), None
        )
