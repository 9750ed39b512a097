"""Habits know the public holidays of the place, and the weekend days worked in exchange."""

from datetime import date

import numpy as np
import pytest
from detectors_made import make
from naive import DAY

from detectors.profile import KINDS, Habit, kind_of
from ingest.batch import make_batch
from ingest.days_off import FIRST, Day, days_off

CHINA, ELSEWHERE = "Asia/Shanghai", "America/New_York"


@pytest.mark.parametrize(
    ("said", "zone", "day", "what"),
    [
        ("the first day of Spring Festival", CHINA, date(2025, 1, 28), Day.HOLIDAY),
        ("and its last", CHINA, date(2025, 2, 4), Day.HOLIDAY),
        ("a Sunday worked before it", CHINA, date(2025, 1, 26), Day.WORKED),
        ("a Wednesday like any other", CHINA, date(2025, 2, 5), Day.USUAL),
        ("a year nobody has written down", CHINA, date(2031, 1, 1), Day.USUAL),
        ("a place whose calendar we do not have", ELSEWHERE, date(2025, 1, 28), Day.USUAL),
    ],
)
def test_a_day_is(said, zone, day, what):
    assert days_off(zone)[(day - FIRST).days] == what, said


@pytest.mark.parametrize(
    ("said", "day", "weekend", "holiday", "week"),
    [
        ("a Tuesday that is a holiday", date(2025, 1, 28), 1, 2, 6),
        ("a Sunday worked in exchange", date(2025, 1, 26), 0, 0, 4),
        ("a Saturday", date(2025, 1, 18), 1, 1, 5),
        ("a Tuesday", date(2025, 1, 14), 0, 0, 1),
        ("a Saturday before all calendars", date(1980, 1, 5), 1, 1, 5),
    ],
)
def test_days_are_alike(said, day, weekend, holiday, week):
    number, known = (day - date(1970, 1, 1)).days, days_off(CHINA)
    kinds = {habit: kind_of(number, known, KINDS[habit]) for habit in Habit}
    assert kinds == {
        Habit.DAY: 0, Habit.WEEKEND: weekend, Habit.HOLIDAY: holiday, Habit.WEEK: week,
    }, said  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "surprised"),
    [(CHINA, False), (ELSEWHERE, True)],
)
def test_a_holiday_is_no_surprise_where_it_is_known(zone, surprised):
    """An office uses 10 on working days and 2 on days off, seven weeks to Spring Festival."""
    start = np.datetime64("2024-12-09T12", "us")  # evening and morning of the same date
    time = start + np.arange(0, 58) * np.timedelta64(DAY, "s")
    known = days_off(CHINA)[(time.astype("M8[D]") - np.datetime64(FIRST)).astype(int)]
    weekday = (time.astype("M8[D]").astype(int) + 3) % 7
    off = (known == Day.HOLIDAY) | ((weekday >= 5) & (known != Day.WORKED))
    detector = make("seasonal", 1, {"slot": "P1D", "floor": 0.5}, time_zone=zone)
    score = detector.update(make_batch(np.zeros(58), time, np.where(off, 2.0, 10.0)))
    festival = (time >= np.datetime64("2025-01-27")) & (known == Day.HOLIDAY)
    assert festival.sum() == 8
    assert (score[festival].max() >= 1.0) == surprised


def test_a_habit_tells_its_age_and_is_silent_until_it_is_old_enough():
    detector = make("seasonal", 1, {"slot": "P1D", "habit": "day", "days": 5, "floor": 0.5})
    for day in range(5):
        time = np.array([np.datetime64("2024-12-09T12", "us") + np.timedelta64(day, "D")])
        assert detector.expected(0) == {"days_learnt": day}
        assert detector.update(make_batch([0], time, [10.0 + 4.0 * (day == 4)])) == 0
    assert detector.update(make_batch([0], time + np.timedelta64(1, "D"), [60.0])) > 1


@pytest.mark.parametrize(
    ("said", "zone", "day", "limit"),
    [
        ("a Tuesday that is a holiday", CHINA, "2025-01-28", 5),
        ("the same day where it is none", ELSEWHERE, "2025-01-28", 10),
        ("a Sunday worked in exchange", CHINA, "2025-01-26", 10),
        ("the same Sunday elsewhere", ELSEWHERE, "2025-01-26", 5),
        ("a Saturday", CHINA, "2025-01-18", 5),
        ("a Tuesday", CHINA, "2025-01-14", 10),
    ],
)
def test_a_school_has_the_limits_of_the_night_on_its_days_off(said, zone, day, limit):
    noon = {CHINA: "T04", ELSEWHERE: "T17"}[zone]
    limits = {"high": 10.0, "night_high": 5.0, "days_off": "night"}
    score = make("level", 1, limits, time_zone=zone).update(
        make_batch([0], np.array([day + noon], dtype="M8[us]"), [limit * 1.0])
    )
    assert score == pytest.approx([1.0]), said


def test_days_off_without_limits_of_the_night_are_refused():
    with pytest.raises(ValueError, match="days_off: night needs night_high or night_low"):
        make("level", 1, {"high": 1.0, "days_off": "night"})
