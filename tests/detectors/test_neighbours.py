"""Peers and steps along a pipe: against their twins, and what they claim."""

import naive_neighbours
import numpy as np
from together_made import START, frames, make, members

from detectors.peers import Peers, PeersParams
from detectors.step_along import StepAlong, StepAlongParams

DAY = 86400.0
TIME, VALUE = frames(6)
FRAMES = list(zip(TIME.astype("M8[us]").astype(np.int64) / 1e6, VALUE.tolist(), strict=True))


def assert_same(verdict, twin):
    assert np.nanmax(verdict.score) >= 1
    judged = ~np.isnan(verdict.score)
    assert judged.tolist() == [told is not None for told in twin]
    told = [one for one in twin if one is not None]
    np.testing.assert_allclose(verdict.score[judged], [score for score, _ in told], atol=1e-9)
    clear = np.array([score > 1e-6 for score, _ in told])
    who = np.array([who for _, who in told])
    np.testing.assert_array_equal(verdict.speaks[judged][clear], who[clear])


def test_peers_score_as_their_twin():
    twin = list(naive_neighbours.peers(FRAMES, 3600.0, 2 * DAY, DAY, 3.0))
    assert_same(make("peers", 6).update(TIME, VALUE), twin)


def test_steps_along_a_pipe_score_as_their_twin():
    twin = list(naive_neighbours.step_along(FRAMES, 2.0, 0.02, 6.0, DAY, 28 * DAY, 2))
    assert_same(make("step_along", 6).update(TIME, VALUE), twin)


def moving_together(days=60, count=6, seed=3, jump=0.0):
    """Return readings of a quarter of an hour that share a day and a weather, each its own way."""
    rng = np.random.default_rng(seed)
    n = days * 96
    time = START + np.arange(n) * np.timedelta64(900, "s")
    weather = np.cumsum(rng.normal(0, 0.05, n))
    common = np.sin(np.arange(n) * 2 * np.pi / 96) + weather
    common[96 * 40 :] += jump
    own = rng.uniform(0.5, 3, count)
    value = 100 * np.arange(count) + common[:, None] * own + rng.normal(0, 0.1, (n, count))
    return time, value


def told(time, value, **parameters):
    score, speaks = Peers(PeersParams(**parameters), members(value.shape[1])).update(time, value)
    return score, {int(who) for who in speaks[score >= 1]}


def test_members_that_move_together_are_quiet_whatever_their_offsets_and_gains():
    for seed in range(4):
        score, _ = told(*moving_together(seed=seed))
        assert np.nanmax(score) < 1


def test_a_slow_drift_is_found_within_days_and_its_member_named():
    for seed in range(4):
        time, value = moving_together(seed=seed)
        value[96 * 40 :, 4] += 0.4 * np.arange(96 * 20) / 96
        score, who = told(time, value)
        assert who == {4}
        first = time[np.flatnonzero(score >= 1)[0]] - time[96 * 40]
        assert first < np.timedelta64(6, "D")


def test_a_member_that_stands_still_is_found():
    time, value = moving_together()
    value[96 * 40 :, 2] = value[96 * 40, 2]
    assert told(time, value)[1] == {2}


def test_what_comes_over_all_of_them_is_no_fault_of_one():
    time, value = moving_together(jump=2.0)
    assert told(time, value)[1] == set()


def test_two_members_have_nobody_to_say_which_is_wrong():
    time, value = moving_together(count=2)
    assert np.isnan(told(time, value)[0]).all()


PIPE = StepAlongParams(largest_step=0.3)


def sewer(days=20, seed=2):
    """Return levels [m] of four wells down a slope of 10 cm from well to well, dry and in rain."""
    rng = np.random.default_rng(seed)
    n = days * 96
    time = START + np.arange(n) * np.timedelta64(900, "s")
    depth = 0.2 + 0.05 * np.sin(np.arange(n) * 2 * np.pi / 96)
    depth[96 * 10 : 96 * 10 + 30] += 1.0  # a storm fills the pipe
    level = 10.0 - 0.1 * np.arange(4) + depth[:, None] + rng.normal(0, 0.01, (n, 4))
    return time, level


def test_a_day_and_a_storm_are_no_step():
    time, level = sewer()
    assert np.nanmax(StepAlong(PIPE, members(4)).update(time, level).score) < 0.5


def test_a_blockage_is_found_and_the_well_above_it_named():
    time, level = sewer()
    level[96 * 15 :, :2] += 0.4
    level[96 * 15 :, 2:] -= 0.1
    score, speaks = StepAlong(PIPE, members(4)).update(time, level)
    assert (score[96 * 15 :] >= 1).mean() > 0.95
    assert set(speaks[score >= 1]) == {1}


def test_what_it_expects_of_the_well_above_is_its_usual_step():
    time, level = sewer()
    detector = StepAlong(PIPE, members(4))
    detector.update(time, level)
    expected = detector.expected(1)
    np.testing.assert_allclose(expected["usual_step"], 0.1, atol=0.01)
    np.testing.assert_allclose(expected["largest_step"], 0.4, atol=0.01)
    assert detector.expected(3) == {}


def test_a_member_without_a_place_on_the_pipe_is_not_on_it():
    time, level = sewer()
    stray = [*members(4)]
    stray[1].attributes.clear()
    level[:, 1] += 50.0
    level[96 * 15 :, 1] += 50.0
    assert np.nanmax(StepAlong(PIPE, stray).update(time, level).score) < 0.5
