"""The after-action report: what was found, missed and false, held against a naive reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.drill_report import AFTER, EARLY, STEPS, Expected, Happened, Line, Opened, report

AT = datetime(2026, 7, 1, 8, tzinfo=UTC)
LIST = "GB/T 30428.2-2013"
VERBS = {"file": "filed", "dispatch": "dispatched", "handle": "handled", "feed-back": "fed-back"}


def after(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


def flood(role="problem", device="road-17", began=0.0, ended=120.0):
    conditions = frozenset({"standing-water"})
    return Happened(
        f"flood-{device}", role, after(began), after(ended), frozenset({device}), LIST, "0506",
        conditions,
    )  # fmt: skip


def case(number="1", device="road-17", began=1.0, ended=None, code="0506", outcome=None, lines=()):
    log = tuple(Line(after(at), verb, role, "li") for at, verb, role in lines)
    end = None if ended is None else after(ended)
    return Opened(
        number, LIST, code, "standing-water", after(began), after(began + 4), end, outcome,
        frozenset({device}), log,
    )  # fmt: skip


WORK = (
    (5, "file", "system"), (5, "dispatch", "system"), (20, "handle", "department"),
    (90, "feed-back", "department"), (100, "close", "shift-lead"), (130, "close", "shift-lead"),
)  # fmt: skip


def test_a_problem_is_told_with_the_first_time_of_each_step_and_its_last_closing():
    [told] = report([flood()], [], [case(lines=WORK)], after(200)).told
    assert (told.fate, told.cases) == ("found", ["1"])
    reached = {step: (at - AT) / timedelta(minutes=1) for step, at in told.at.items()}
    assert reached == {
        "found": 5, "filed": 5, "dispatched": 5, "handled": 20, "fed-back": 90, "closed": 130,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("happened", "cases", "until", "fate", "false"),
    [
        (flood(), [], 60, "waiting", []),  # it may still be found
        (flood(), [], 400, "missed", []),  # not any more
        (flood(began=100), [], 60, "ahead", []),  # it has not begun
        (flood(), [case(device="road-18")], 60, "waiting", ["1"]),  # another place
        (flood(), [case(code="0501")], 60, "waiting", ["1"]),  # another class
        (flood(), [case(began=400)], 500, "missed", ["1"]),  # another time
        (flood(role="decoy"), [], 60, "quiet", []),  # nobody was taken in
        (flood(role="decoy"), [case()], 60, "false", ["1"]),  # somebody was
        (flood(role="decoy"), [case(code="0501")], 60, "false", ["1"]),  # whatever it was called
        # The system took it back by itself, which is as if it had never been; the drill's end
        # takes nothing back.
        (flood(), [case(outcome="false", lines=[(9, "void", "system")])], 60, "waiting", []),
        (flood(), [case(outcome="exercise", lines=[(9, "void", "system")])], 60, "found", []),
        (flood(), [case(outcome="duplicate", lines=[(9, "merge", "intake")])], 60, "waiting", []),
    ],
)
def test_what_became_of_it(happened, cases, until, fate, false):
    found = report([happened], [], cases, after(until))
    assert (found.told[0].fate, found.false) == (fate, false)


@pytest.mark.parametrize(
    ("step", "within", "until", "met"),
    [
        ("handled", 20, 200, "met"),
        ("handled", 19, 200, "late"),
        ("handled", 30, 10, "waiting"),  # it is done only later
        ("handled", 5, 10, "missed"),
        ("closed", 300, 200, "met"),
    ],
)
def test_what_was_expected(step, within, until, met):
    expected = Expected(0, step, timedelta(minutes=within), "department")
    [judged] = report([flood()], [expected], [case(lines=WORK)], after(until)).judged
    assert judged.met == met


MINUTES = st.integers(-200, 400)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["problem", "decoy", "fault"]), st.sampled_from("abc"), MINUTES,
            st.integers(0, 200),
        ), max_size=4,
    ),
    st.lists(
        st.tuples(
            st.sampled_from("abcd"), MINUTES, st.none() | st.integers(0, 200),
            st.sampled_from(["0506", "0501"]), st.sampled_from([None, "real", "exercise"]),
            st.lists(
                st.tuples(MINUTES, st.sampled_from([*VERBS, "close", "void"]),
                          st.sampled_from(["system", "department"])),
                max_size=4,
            ),
        ), max_size=4,
    ),
    MINUTES,
)  # fmt: skip
def test_it_is_what_a_naive_reading_says(happened, cases, until):
    truth = [flood(role, device, began, began + lasts) for role, device, began, lasts in happened]
    opened = [
        case(str(n), device, began, None if lasts is None else began + lasts, code, outcome,
             sorted(lines))
        for n, (device, began, lasts, code, outcome, lines) in enumerate(cases)
    ]  # fmt: skip
    now = after(until)
    found = report(truth, [], opened, now)
    right = set()
    gone = set()
    for one in opened:
        taken_back = one.log and (one.log[-1].verb, one.log[-1].role) == ("void", "system")
        if taken_back and one.outcome != "exercise":
            gone.add(one.number)
    for told, real in zip(found.told, truth, strict=True):
        mine = []
        for one in opened:
            if one.number in gone or one.devices != real.devices:
                continue
            if one.began > real.ended + AFTER:
                continue
            if one.ended is not None and one.ended < real.began - EARLY:
                continue
            if real.role == "problem" and one.code != "0506":
                continue
            mine.append(one)
        assert set(told.cases) == {one.number for one in mine}
        if real.role == "problem":
            right |= set(told.cases)
            for step in STEPS[1:-1]:
                times = [
                    line.at for one in mine for line in one.log
                    if VERBS.get(line.verb) == step and line.at <= now
                ]  # fmt: skip
                assert told.at.get(step) == (min(times) if times else None)
    assert set(found.false) == {one.number for one in opened} - gone - right
    assert set(found.withdrawn) == gone
