"""The alarm measures, each on a stream made to have it."""

import numpy as np
import pytest

from rules.hygiene import Alarms, hygiene

MONDAY = np.datetime64("2026-03-02", "us")
DAY = np.timedelta64(1, "D")
TUESDAY = MONDAY + DAY


def alarms(*rows):
    """(name, minutes after midnight, minutes it stands or None, severity, held)"""
    padded = [(*row, *("yellow", False)[len(row) - 3 :]) for row in rows]
    names, raised, lasted, severity, held = (list(c) for c in zip(*padded, strict=True))
    raised = MONDAY + np.array([int(m * 60) for m in raised]).astype("m8[s]")
    stands = [
        np.timedelta64("NaT") if m is None else np.timedelta64(int(m * 60), "s") for m in lasted
    ]
    return Alarms(
        np.array(names),
        np.array(severity),
        raised.astype("M8[us]"),
        (raised + np.array(stands, dtype="m8[us]")).astype("M8[us]"),
        np.array(held),
    )


def measure(report, name):
    return next(m for m in report.measures if m.name.startswith(name))


def test_a_quiet_day_meets_every_measure():
    rows = [(f"rule on {n}", 10 + 100 * n, 30) for n in range(12)]
    report = hygiene(alarms(*rows), MONDAY, TUESDAY)
    missed = {m.name for m in report.measures if m.met is False}
    assert missed == {"share of the ten most frequent [%]"}  # of so few each is frequent
    assert report.alarms == 12
    assert report.per_ten_minutes.shape == (144,)


@pytest.mark.parametrize(
    ("claim", "rows", "name", "value"),
    [
        ("a day's alarms are counted", [("a", 1, 5), ("b", 2, 5)], "alarms per day", 2),
        (
            "raised thrice in an hour chatters",
            [("a", 0, 5), ("a", 20, 5), ("a", 59, 5)],
            "chattering",
            1,
        ),
        (
            "thrice in more than an hour does not",
            [("a", 0, 5), ("a", 20, 5), ("a", 61, 5)],
            "chattering",
            0,
        ),
        ("three of three do not", [("a", 0, 5), ("b", 20, 5), ("c", 59, 5)], "chattering", 0),
        ("gone within a minute is fleeting", [("a", 0, 0.5), ("b", 5, 2)], "fleeting", 1),
        (
            "standing for over a day is stale, whenever it was raised",
            [("a", -24 * 60 + 5, None), ("b", -9000, 9005), ("c", -9000, 8990)],
            "stale",
            2,
        ),
        (
            "what was raised before counts as nothing else",
            [("a", -9000, None)],
            "alarms per day",
            0,
        ),
        ("what nobody was told of is not", [("a", -9000, None, "red", True)], "stale", 0),
        ("what stands since this morning is not", [("a", 5, None)], "stale", 0),
        (
            "the highest severity is rare",
            [("a", 5, 1, "red"), ("b", 5, 1)],
            "share of the highest",
            50,
        ),
        ("held back is not told", [("a", 5, 1, "red", True), ("b", 5, 1)], "alarms per day", 1),
        (
            "the most in ten minutes",
            [(str(n), n / 10, 5) for n in range(30)],
            "alarms per 10 min, most",
            30,
        ),
    ],
)
def test_a_measure(claim, rows, name, value):
    report = hygiene(alarms(*rows), MONDAY, TUESDAY)
    assert measure(report, name).value == pytest.approx(value), claim


def test_stale_alarms_are_those_of_the_worst_day():
    """The standards ask for fewer than five on any day, not for so few in a month."""
    rows = [(str(n), n * 2 * 24 * 60, 3 * 24 * 60) for n in range(10)]
    report = hygiene(alarms(*rows), MONDAY, MONDAY + np.timedelta64(30, "D"))
    assert (len(report.stale), measure(report, "stale").value) == (10, 1)
    assert measure(report, "stale").met
    five = hygiene(alarms(*((str(n), 0, None) for n in range(5))), MONDAY, TUESDAY + DAY)
    assert measure(five, "stale").met is False


def test_what_was_over_before_the_stretch_is_not_stale_in_it():
    report = hygiene(alarms(("a", -9000, 8990), ("b", -9000, 9005)), MONDAY, TUESDAY)
    assert report.stale == ("b",)


def test_a_flood_lasts_until_alarms_are_fewer_than_five_in_ten_minutes():
    minutes = [*np.linspace(60, 69, 12), *np.linspace(70, 79, 6), *np.linspace(80, 89, 4)]
    report = hygiene(alarms(*((str(m), m, 5) for m in minutes)), MONDAY, TUESDAY)
    [flood] = report.floods
    assert flood.began == MONDAY + np.timedelta64(60, "m")
    assert flood.ended == MONDAY + np.timedelta64(80, "m")
    assert flood.alarms == 18
    assert measure(report, "time in flood").value == pytest.approx(100 * 2 / 144)


def test_two_operators_share_what_would_flood_one():
    rows = [(str(n), 60 + n / 2, 5) for n in range(16)]
    assert hygiene(alarms(*rows), MONDAY, TUESDAY).floods
    assert not hygiene(alarms(*rows), MONDAY, TUESDAY, operators=2).floods


def test_the_most_frequent_come_first_with_their_share():
    rows = [("often on a", 10 * n, 5) for n in range(3)] + [("once on b", 5, 5)]
    top = hygiene(alarms(*rows), MONDAY, TUESDAY).top
    assert [(o.name, o.times, o.share) for o in top] == [
        ("often on a", 3, 0.75),
        ("once on b", 1, 0.25),
    ]


def test_a_day_without_alarms_is_a_report_too():
    nothing = np.zeros(0, dtype="U1")
    none = Alarms(nothing, nothing, MONDAY[None][:0], MONDAY[None][:0], np.zeros(0, dtype=bool))
    report = hygiene(none, MONDAY, TUESDAY)
    assert report.alarms == 0
    assert all(m.met is not False for m in report.measures)


def test_a_report_of_no_time_is_refused():
    with pytest.raises(ValueError, match="a stretch of time"):
        hygiene(alarms(("a", 1, 1)), MONDAY, MONDAY)
