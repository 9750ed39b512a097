"""The cases that events would have opened, and what they are by day and shift."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from one_event import START, an_event, minutes

from cases.caseload import compare, local, per_day, percentile, spread, would_open
from cases.placing import Place
from rules.event import Standing
from rules.pack import read_pack

RULE = """
pack: test
rules:
  - id: flood.road.standing-water
    title: {en: water, zh: 水}
    status: active
    why: deep
    source: us
    signals: {deep: {select: {quantity: depth}, detect: [{with: level, high: 15 cm}]}}
    per: component
    rejoin: PT10M
    severity: [{at: 1, level: yellow}]
    event: {code_list: L, code: "0506", condition: standing-water}
    case: {one_per: component}
"""
RULES = read_pack(RULE).rules


def event(raised, ended=None, key="k", **more):
    at = START + minutes(raised)
    over = None if ended is None else START + minutes(ended)
    standing = Standing.STANDING if over is None else Standing.OVER
    return an_event(**{"began": at, "raised": at, "found": at, "ended": over, "standing": standing,
                       "case_key": key} | more)  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "events", "sizes"),
    [
        ("an event opens a case", [event(0, 5)], [1]),
        ("another of its key while it stands joins", [event(0, 30), event(10, 20)], [2]),
        ("one within the rejoin after its end joins", [event(0, 30), event(40, 50)], [2]),
        ("one later opens another", [event(0, 30), event(41, 50)], [1, 1]),
        ("one that never ends takes all that follow", [event(0), event(9000, 9001)], [2]),
        ("the end is that of the last to end", [event(0, 90), event(10, 20), event(95, 99)], [3]),
        ("another key is another case", [event(0, 30), event(10, 20, key="other")], [1, 1]),
        ("an event without a key opens none", [event(0, 5, key="")], []),
        ("an explained one opens none", [event(0, 5, standing=Standing.EXPLAINED)], []),
        ("in whatever order they are given", [event(41, 50), event(0, 30)], [1, 1]),
    ],
)
def test_cases_open_as_they_do_live(claim, events, sizes):
    assert [len(case.events) for case in would_open(events, RULES)] == sizes, claim


def test_findings_of_one_cause_are_one_case():
    """Close together and of one class, by what the rule says of grouping."""
    group = {"group": {"near": 50.0, "paths": []}}
    near = [event(n, n + 5, key=f"k{n}", subject=f"C{n}", why=group) for n in (0, 10)]
    far = event(20, 25, key="k20", subject="C20", why=group)
    where = {"C0": 31.8, "C10": 31.8003, "C20": 31.9}
    cases = would_open([*near, far], RULES, lambda e: Place(lon=117.2, lat=where[e.subject]))
    assert [case.keys for case in cases] == [{"k0", "k10"}, {"k20"}]


def test_a_case_is_as_severe_as_the_worst_of_its_events():
    worse = event(5, 10, severity="red")
    (case,) = would_open([event(0, 20), worse, event(6, 8)], RULES)
    assert case.severity == "red"
    assert case.opened == START
    assert case.ended == START + minutes(20)


def test_cases_gained_lost_and_the_same():
    ours = would_open([event(5, 30), event(0, 9, key="new"), event(500, 501)], RULES)
    others = would_open([event(0, 20), event(0, 9, key="gone"), event(900, 901)], RULES)
    gained, lost, same = compare(ours, others)
    assert [(case.key, case.opened) for case in gained] == [
        ("new", START),
        ("k", START + minutes(500)),
    ]
    assert [case.key for case in lost] == ["gone", "k"]
    assert [(a.opened, b.opened) for a, b in same] == [(START + minutes(5), START)]
    assert compare(ours, ours)[:2] == ([], [])


def test_days_and_shifts_are_local_and_empty_ones_count():
    zone = ZoneInfo("Asia/Shanghai")
    times = ["2026-03-01T15:59", "2026-03-01T16:00", "2026-03-02T00:30", "2026-03-03T15:00"]
    opened = [local(np.datetime64(text, "us"), zone) for text in times]
    days = per_day(opened, date(2026, 3, 1), date(2026, 3, 3))
    assert days == {
        date(2026, 3, 1): {"00-08": 0, "08-16": 0, "16-24": 1},
        date(2026, 3, 2): {"00-08": 1, "08-16": 1, "16-24": 0},
        date(2026, 3, 3): {"00-08": 0, "08-16": 0, "16-24": 1},
    }


@pytest.mark.parametrize(
    ("counts", "p50", "p95"),
    [([0], 0, 0), ([0, 1], 0, 1), ([3, 1, 2], 2, 3), ([0] * 19 + [9], 0, 0), ([0] * 9 + [9], 0, 9)],
)
def test_percentiles_are_counts_that_occurred(counts, p50, p95):
    assert (percentile(counts, 0.5), percentile(counts, 0.95)) == (p50, p95)
    assert spread(counts)["max"] == max(counts)


def test_of_nothing_there_is_no_percentile():
    assert spread([]) == {"mean": None, "p50": None, "p95": None, "max": None}
