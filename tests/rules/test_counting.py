"""The rules of counting events against labels, a row a rule."""

from datetime import timedelta

import numpy as np
import pytest
from one_event import START, an_event, minutes

from ingest.channel import Channel
from rules.counting import Label, count, noisiest, sensor_months, speaker

A = Channel(1, "a/depth", "a", "depth", "depth", "", component="C1", tags={"zone": "east"})
B = Channel(2, "b/depth", "b", "depth", "depth", "", tags={"zone": "west"})
CHANNELS = {1: A, 2: B}
MONTH = np.timedelta64(int(30.44 * 86400), "s")
FIRST = dict.fromkeys(CHANNELS, START - minutes(60))
LAST = dict.fromkeys(CHANNELS, START - minutes(60) + MONTH)


def raised(at, channels=(1,), rule="deep", **more):
    more.setdefault("subject", "C1")
    return an_event(rule=rule, began=START + minutes(at), raised=START + minutes(at),
                    channels=channels, **more)  # fmt: skip


def label(start, end, place="a/depth", kind="flood", sure=True):
    return Label(START + minutes(start), START + minutes(end), place, kind, sure=sure)


@pytest.mark.parametrize(
    ("claim", "events", "labels", "found", "false", "delays"),
    [
        ("an event in a label finds it", [raised(5)], [label(0, 60)], 1, 0, [5]),
        ("at its very start and its very end", [raised(0), raised(60)], [label(0, 60)], 1, 0, [0]),
        ("within the tolerance after its end", [raised(70)], [label(0, 60)], 1, 0, [70]),
        ("past the tolerance it is false", [raised(71)], [label(0, 60)], 0, 1, []),
        ("before the label it is false", [raised(-1)], [label(0, 60)], 0, 1, []),
        ("on another channel it is false", [raised(5, (2,))], [label(0, 60)], 0, 1, []),
        ("a label may name a device", [raised(5)], [label(0, 60, "a")], 1, 0, [5]),
        ("or a component", [raised(5)], [label(0, 60, "C1")], 1, 0, [5]),
        ("or a zone", [raised(5)], [label(0, 60, "east")], 1, 0, [5]),
        ("or what the event is about", [raised(5, subject="C1")], [label(0, 60, "C1")], 1, 0, [5]),
        ("or anywhere", [raised(5, (2,))], [label(0, 60, "*")], 1, 0, [5]),
        ("nothing written is anywhere too", [raised(5, (2,))], [label(0, 60, "")], 1, 0, [5]),
        ("further events in it are not false", [raised(5), raised(9)], [label(0, 60)], 1, 0, [5]),
        (
            "nor are those of another rule",
            [raised(5), raised(9, rule="rising")],
            [label(0, 60)],
            1,
            0,
            [5],
        ),
        ("each outside is one false run", [raised(200), raised(300)], [label(0, 60)], 0, 2, []),
        (
            "one event finds one of two labels: the one that began last",
            [raised(30)],
            [label(0, 60), label(20, 60)],
            1,
            0,
            [10],
        ),
        (
            "a second event finds the other",
            [raised(30), raised(40)],
            [label(0, 60), label(20, 60)],
            2,
            0,
            [10, 40],
        ),
        ("the earliest counts, in any order", [raised(9), raised(5)], [label(0, 60)], 1, 0, [5]),
        ("what nobody has judged is neither", [raised(5)], [label(0, 60, sure=False)], 0, 0, []),
        (
            "a sure label goes before one that is not",
            [raised(30)],
            [label(20, 60, sure=False), label(0, 60)],
            1,
            0,
            [30],
        ),
    ],
)  # fmt: skip
def test_counting(claim, events, labels, found, false, delays):
    counted = count(events, labels, CHANNELS, FIRST, LAST, timedelta(minutes=10))
    assert (counted.total.found, counted.total.false) == (found, false), claim
    assert counted.total.delays == [60.0 * minutes for minutes in delays], claim
    assert counted.total.events == len(events)


def test_a_label_without_readings_is_neither_found_nor_missed():
    later = label(60 * 24 * 60, 60 * 24 * 61)
    nowhere = label(0, 60, "nobody knows")
    missed = label(100, 200)
    labels = [later, nowhere, missed]
    counted = count([], labels, CHANNELS, FIRST, LAST, timedelta(0))
    assert counted.unseen == [0, 1]
    assert counted.missed(labels) == [2]
    assert counted.total.report()["recall"] == 0.0


def test_measures_are_fractions_of_what_they_say():
    events = [raised(5), raised(200), raised(300), raised(30, rule="rising")]
    labels = [label(0, 60), label(20, 60, kind="leak"), label(500, 600)]
    counted = count(events, labels, CHANNELS, FIRST, LAST, timedelta(0))
    total = counted.total.report()
    assert (total["labels"], total["found"], total["false_runs"]) == (3, 2, 2)
    assert total["recall"] == pytest.approx(2 / 3, abs=1e-6)
    assert total["precision"] == 0.5
    assert total["false_runs_per_sensor_month"] == 1.0  # two channels, a month each
    assert (total["median_delay_s"], total["p90_delay_s"]) == (450.0, 600.0)
    assert counted.by_kind["leak"].report()["recall"] == 1.0
    assert counted.by_kind["flood"].report()["recall"] == 0.5
    assert counted.by_rule["rising"].report()["false_runs"] == 0
    assert counted.by_rule["deep"].report()["false_runs"] == 2


def test_a_rule_is_measured_by_itself():
    """Of two rules that find one label, each has found it; all together they found one."""
    counted = count([raised(5), raised(9, rule="rising")], [label(0, 60)], CHANNELS, FIRST, LAST,
                    timedelta(0))  # fmt: skip
    assert counted.total.found == 1
    assert {rule: s.found for rule, s in counted.by_rule.items()} == {"deep": 1, "rising": 1}


def test_without_labels_or_events_nothing_is_divided_by_nothing():
    report = count([], [], {}, {}, {}, timedelta(0)).total.report()
    assert {name for name, value in report.items() if value is None} == {
        "recall", "precision", "false_runs_per_sensor_month", "median_delay_s", "p90_delay_s",
    }  # fmt: skip
    assert sensor_months({}, {}) == 0.0


def test_noise_is_of_the_channel_that_speaks_loudest():
    def member(channel, peak, began):
        return {"channel": channel, "peak": peak, "began": began, "expected": {}}

    both = raised(
        5, (1, 2), why={"members": [member("a/depth", 1.2, "2"), member("b/depth", 3.0, "3")]}
    )
    equal = raised(
        6, (1, 2), why={"members": [member("b/depth", 2.0, "3"), member("a/depth", 2.0, "2")]}
    )
    assert speaker(both, CHANNELS) == B
    assert speaker(equal, CHANNELS) == A  # of equal peaks the one that began first
    assert noisiest([both, equal, raised(90)], [both], CHANNELS) == [
        {"channel": "b/depth", "events": 1, "false": 1},
        {"channel": "a/depth", "events": 2, "false": 0},
    ]
