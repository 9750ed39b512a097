"""When an episode is raised and when it is cleared."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.policy import MEMORY, Policy, judge, new_memory

START = np.datetime64("2026-07-01T00:00", "us")
MINUTE = np.timedelta64(60_000_000, "us")
POLICY = Policy(on_delay=timedelta(minutes=2), off_delay=timedelta(minutes=3), deadband=0.5)


def marks(policy, slot, minute, score, cuts=()):
    """Return the marks R, C and . of rows judged in pieces, and the peaks of cleared episodes."""
    slot, score = np.array(slot, dtype=np.int32), np.array(score, dtype=np.float64)
    time = START + np.array(minute) * MINUTE
    memory, letters, peaks = new_memory(max(slot, default=0) + 1), ["."] * len(slot), []
    edges = [0, *sorted(cuts), len(slot)]
    for begin, end in pairwise(edges):
        rows = begin + np.argsort(slot[begin:end], kind="stable")
        changes = judge(policy, memory, slot[rows], time[rows], score[rows], score[rows] * 10)
        for row, raised, peak in zip(changes.row, changes.raised, changes.peak, strict=True):
            letters[rows[row]] = "R" if raised else "C"
            if not raised:
                peaks.append((int(rows[row]), float(peak)))
    return "".join(letters), sorted(peaks)


def naive(policy, slot, minute, score):
    """The same, one reading at a time."""
    letters, peaks = [], []
    states = {}
    for row, (one, at, value) in enumerate(zip(slot, minute, score, strict=True)):
        state = states.setdefault(
            one, {"active": False, "kind": None, "since": 0, "count": 0, "last": None, "peak": 0}
        )
        letters.append(".")
        if value != value:
            continue
        kind = "abnormal" if value >= 1 else "normal" if value < 1 - policy.deadband else None
        gap = None if state["last"] is None else timedelta(minutes=at - state["last"])
        too_long = policy.longest_gap is not None and gap is not None and gap > policy.longest_gap
        if kind != state["kind"] or kind is None or too_long:
            state["since"], state["count"] = at, 0
            if not state["active"]:
                state["peak"] = 0
        state["kind"], state["last"], state["count"] = kind, at, state["count"] + 1
        if kind == "abnormal":
            state["peak"] = max(state["peak"], value)
        lasted = timedelta(minutes=at - state["since"])
        enough = lasted >= policy.on_delay and state["count"] >= policy.samples
        if not state["active"] and kind == "abnormal" and enough:
            state["active"], letters[-1] = True, "R"
        elif state["active"] and kind == "normal" and lasted >= policy.off_delay:
            state["active"], letters[-1] = False, "C"
            peaks.append((row, state["peak"]))
    return "".join(letters), peaks


@pytest.mark.parametrize(
    ("claim", "scores", "expected"),
    [
        ("a short excursion is ignored", "9 9 0 9 9 0", "......"),
        ("a lasting one is raised once", "9 9 9 9 9 9", "..R..."),
        ("the middle ground breaks the run", "9 9 .7 9 9 9", ".....R"),
        ("clearing needs a quiet run", "9 9 9 0 0 .7 0 0 0 0", "..R......C"),
        ("a gap proves nothing", "9 9 nan 9 0", "...R."),
        ("what is over can come back", "9 9 9 0 0 0 0 9 9 9", "..R...C..R"),
        ("exactly at the limit is abnormal", "1 1 1", "..R"),
        ("exactly at the deadband is not yet normal", "9 9 9 .5 .5 .5 .5 .5", "..R....."),
    ],
)
def test_when_events_are_raised_and_cleared(claim, scores, expected):
    values = [float(score) for score in scores.split()]
    assert marks(POLICY, [0] * len(values), range(len(values)), values)[0] == expected, claim


def test_a_run_needs_its_number_of_samples_too():
    policy = Policy(on_delay=timedelta(minutes=2), samples=3)
    assert marks(policy, [0] * 3, [0, 10, 11], [2, 2, 2])[0] == "..R"


def test_a_long_gap_breaks_a_run_but_leaves_what_is_active():
    policy = Policy(on_delay=timedelta(minutes=2), longest_gap=timedelta(minutes=5))
    minutes = [0, 10, 11, 12, 60, 61]
    assert marks(policy, [0] * 6, minutes, [2, 2, 2, 2, 2, 0])[0] == "...R.C"


def test_the_peak_is_the_highest_score_from_beginning_to_end():
    assert marks(POLICY, [0] * 9, range(9), [3, 2, 1, 5, 2, 0, 0, 0, 0])[1] == [(8, 5.0)]


def test_a_delay_in_bare_seconds_is_refused_because_yaml_could_have_misread_it():
    with pytest.raises(ValidationError, match="YAML reads 12:30 as 750"):
        Policy.model_validate({"on_delay": 750})


SCORES = st.sampled_from([0.0, 0.4, 0.7, 1.0, 1.5, 9.0, float("nan")])


@st.composite
def streams(draw):
    n = draw(st.integers(0, 40))
    slot = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    steps = draw(st.lists(st.integers(1, 4), min_size=n, max_size=n))
    score = draw(st.lists(SCORES, min_size=n, max_size=n))
    return slot, [int(m) for m in np.cumsum(steps)], score


POLICIES = st.builds(
    Policy,
    on_delay=st.sampled_from([timedelta(0), timedelta(minutes=3)]),
    off_delay=st.sampled_from([timedelta(0), timedelta(minutes=4)]),
    deadband=st.sampled_from([0.0, 0.1, 0.5]),
    samples=st.integers(1, 3),
    longest_gap=st.sampled_from([None, timedelta(minutes=4)]),
)


@settings(max_examples=100)
@given(POLICIES, streams(), st.data())
def test_it_agrees_with_the_naive_version_however_the_rows_are_cut(policy, stream, data):
    n = len(stream[0])
    cuts = data.draw(st.lists(st.integers(0, n), max_size=4))
    assert marks(policy, *stream, cuts) == naive(policy, *stream)


@settings(max_examples=30)
@given(POLICIES, streams())
def test_neighbours_change_nothing(policy, stream):
    slot, minute, score = stream
    mine = [row for row, one in enumerate(slot) if one == 1]
    alone = marks(policy, [0] * len(mine), [minute[r] for r in mine], [score[r] for r in mine])
    among = marks(policy, slot, minute, score)
    assert alone[0] == "".join(among[0][row] for row in mine)


def test_memory_is_small():
    assert np.dtype(MEMORY).itemsize < 100
