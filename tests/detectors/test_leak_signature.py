"""A zone of five loggers and one meter, with leaks that come and go."""

from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.head_loss import RIDGE
from detectors.leak_signature import LeakSignature, LeakSignatureParams
from detectors.signatures import multiples
from ingest.channel import Channel

PER_DAY = 96
START = np.datetime64("2026-03-02", "us")
#: Head loss of each logger for demand, and for water lost at two places. [Pa / (m³/s)^1.85]
DEMAND = np.array([2.0, 4.0, 6.0, 8.0, 5.0]) * 1e7
PLACES = {"north": np.array([1, 9, 2, 1, 1]) * 1e7, "south": np.array([1, 1, 2, 12, 2]) * 1e7}


def member(number, name, quantity):
    every = timedelta(minutes=15)
    return Channel(number, name, name, name, quantity, "", interval=every, time_zone="UTC")


MEMBERS = [member(n, f"p{n}", "pressure") for n in range(5)] + [member(9, "inflow", "flow")]


def zone(days, leaks=(), growth=1.0, seed=3):
    """Return times and (n, 6) pressures [Pa] and inflow [m³/s]; leaks: (place, from, to, m³/s)."""
    rng = np.random.default_rng(seed)
    n = days * PER_DAY
    day = np.arange(n) / PER_DAY
    demand = 0.05 + 0.02 * np.cos(2 * np.pi * (day - 0.4)) + 0.002 * rng.standard_normal(n)
    demand *= np.where(day > days / 2, growth, 1.0)
    inflow = demand.copy()
    pressure = np.full((n, 5), 5e5)
    for place, begin, end, size in leaks:
        lost = np.where((day >= begin) & (day < end), size, 0.0)
        inflow += lost
        pressure -= lost[:, None] * PLACES[place] * 0.05**0.85
    pressure -= inflow[:, None] ** 1.85 * DEMAND
    pressure += 150 * rng.standard_normal(pressure.shape)
    time = START + np.arange(n) * np.timedelta64(15, "m")
    return time, np.column_stack([pressure, inflow])


def detector(members=MEMBERS, **parameters):
    return LeakSignature(LeakSignatureParams(**parameters), members)


def days_on(score):
    """Return (first, last) day of each time in which the score says leak."""
    above = np.concatenate([[False], np.nan_to_num(score) >= 1.0, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1]).reshape(-1, 2)
    return [(first / PER_DAY, last / PER_DAY) for first, last in edges.tolist()]


NORTH, SOUTH = ("north", 20, 35, 0.004), ("south", 26, 42, 0.004)


def test_a_leak_is_told_within_a_day_by_the_logger_that_stands_nearest_and_over_when_repaired():
    time, value = zone(50, [NORTH])
    verdict = detector().update(time, value)
    ((first, last),) = days_on(verdict.score)
    assert 20 < first < 21.2
    assert 35 < last < 36.2
    assert set(verdict.speaks[int(22 * PER_DAY) : int(34 * PER_DAY)].tolist()) == {1}


def test_a_leak_that_is_mended_on_the_second_day_is_over_a_day_later():
    ((first, last),) = days_on(detector().update(*zone(50, [("north", 20, 21.5, 0.004)])).score)
    assert 20 < first < 21.2
    assert 21.5 < last < 22.75


def test_a_leak_upon_a_leak_is_another_event_and_the_repair_of_the_first_is_none():
    time, value = zone(60, [NORTH, SOUTH])
    (first, second) = days_on(detector().update(time, value).score)
    assert 20 < first[0] < 21.2
    assert 26 < second[0] < 27.5
    assert second[0] - first[1] == pytest.approx(1 / PER_DAY)  # 0 for one frame
    assert 42 < second[1] < 43.5


def test_the_repair_of_what_leaked_while_it_learnt_stands_for_no_longer_than_a_day():
    """Upon leaks that stand it is none at all: less flows, which no leak brings about."""
    ((first, last),) = days_on(detector().update(*zone(50, [("north", 0, 25, 0.006)])).score)
    assert 25 < first < last < 26.2
    both = [("north", 0, 35, 0.006), ("south", 20, 50, 0.004)]
    ((first, last),) = days_on(detector().update(*zone(50, both)).score)
    assert 20 < first < 21.2
    assert last == 50


def test_a_leak_that_grows_for_weeks_is_one_event():
    steps = [("north", 20 + day, 60, 0.0004) for day in range(15)]
    ((first, last),) = days_on(detector().update(*zone(60, steps)).score)
    assert 20 < first < 26
    assert last == 60


@pytest.mark.parametrize("growth", [0.7, 1.3])
def test_more_or_less_demand_is_no_leak_because_pressures_follow_it(growth):
    verdict = detector().update(*zone(50, growth=growth))
    assert np.nanmax(verdict.score) < 1.0


def test_half_a_year_without_a_leak_is_quiet_and_nothing_is_judged_before_a_week_is_learnt():
    verdict = detector().update(*zone(180))
    assert np.isnan(verdict.score[: 7 * PER_DAY]).all()
    assert np.nanmax(verdict.score) < 1.0


def test_a_logger_silent_for_days_and_a_gap_of_all_are_no_leak():
    time, value = zone(50)
    value[20 * PER_DAY : 24 * PER_DAY, 2] = np.nan
    value[30 * PER_DAY : 31 * PER_DAY + 7] = np.nan
    assert np.nanmax(detector().update(time, value).score) < 1.0


def test_without_a_meter_or_with_a_single_logger_nothing_is_judged():
    time, value = zone(20)
    for members in (MEMBERS[:5], MEMBERS[4:]):
        chosen = [MEMBERS.index(one) for one in members]
        assert np.isnan(detector(members).update(time, value[:, chosen]).score).all()


LONG = zone(45, [("north", 14, 30, 0.004), ("south", 20, 38, 0.004)])
WHOLE = detector().update(*LONG)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, len(LONG[0])), max_size=6))
def test_however_the_stream_is_cut_the_scores_are_the_same_to_the_bit(cuts):
    time, value = LONG
    one, parts = detector(), []
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), len(time)], strict=True):
        another = detector()
        another.state[:] = one.state  # as after a restart
        one = another
        parts.append(one.update(time[first:last], value[first:last]))
    np.testing.assert_array_equal(np.concatenate([p.score for p in parts]), WHOLE.score)
    np.testing.assert_array_equal(np.concatenate([p.speaks for p in parts]), WHOLE.speaks)


def test_members_in_another_order_give_the_same_scores():
    time, value = LONG
    order = [5, 3, 0, 4, 1, 2]
    verdict = detector([MEMBERS[n] for n in order]).update(time, value[:, order])
    np.testing.assert_array_equal(verdict.score, WHOLE.score)
    told = WHOLE.speaks >= 0
    assert [order[n] for n in verdict.speaks[told]] == WHOLE.speaks[told].tolist()


def test_what_the_flows_do_not_explain_is_as_an_obvious_regression_has_it():
    time, value = zone(9)
    it = detector()
    it.update(time, value)
    closed = 9 * 24 - 1  # the last hour is over only when the next begins
    flow, pressure = value[:, 5], value[:, :5]
    drivers = np.column_stack([flow, flow**1.85])
    hourly = np.column_stack([drivers, pressure]).reshape(-1, 4, 7).mean(axis=1)
    off, weight = [], []
    for day in range(8):  # deviations from each day's mean, older days count for less
        of_day = hourly[24 * day : 24 * day + 24]
        off.append(of_day - of_day.mean(axis=0))
        weight += [(1 - 1 / 28) ** (7 - day)] * 24
    off, weight = np.concatenate(off), np.sqrt(np.array(weight) / sum(weight))[:, None]
    x, y = off[:, :2] * weight, off[:, 2:] * weight
    scale = np.linalg.norm(x, axis=0)
    x, y = np.vstack([x / scale, RIDGE**0.5 * np.eye(2)]), np.vstack([y, np.zeros((2, 5))])
    beta = np.linalg.lstsq(x, y, rcond=None)[0] / scale[:, None]
    last = hourly[closed - 24 : closed].mean(axis=0)
    np.testing.assert_allclose(it.model.unexplained(it.state[0]), last[2:] - last[:2] @ beta)


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_multiples_are_the_best_that_are_not_negative(seed, count):
    rng = np.random.default_rng(seed)
    known, whole = rng.normal(size=(count, 6)), rng.normal(size=6)
    found = multiples(known, whole)
    assert (found >= 0).all()
    best = whole @ whole
    for size in range(1, count + 1):
        for some in combinations(range(count), size):
            share, *_ = np.linalg.lstsq(known[list(some)].T, whole, rcond=None)
            if (share >= 0).all():
                left = whole - share @ known[list(some)]
                best = min(best, left @ left)
    left = whole - found @ known
    assert left @ left == pytest.approx(best, abs=0.02)
