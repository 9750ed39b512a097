"""What a station's usual directions tell of a frame."""

import numpy as np
import pytest
from together_made import START, members

from detectors.subspace import Subspace, SubspaceParams

N, COUNT = 6000, 5
TIME = START + np.arange(N) * np.timedelta64(60, "s")


def judge(value, **parameters):
    return Subspace(SubspaceParams(**parameters), members(value.shape[1])).update(TIME, value)


def moving_together(seed=1, noise=0.3):
    random = np.random.default_rng(seed)
    common = np.cumsum(random.normal(size=N)) * 0.1 + np.sin(np.arange(N) / 200)
    return common[:, None] * [1.0, 2.0, -1.0, 0.5, 3.0] + noise * random.normal(size=(N, COUNT))


@pytest.mark.parametrize("who", range(COUNT))
def test_a_member_that_leaves_its_peers_is_named(who):
    value = moving_together(noise=0.05)
    value[4000:, who] += np.minimum(np.arange(N - 4000) / 500, 1.0) * np.std(value[:, who])
    verdict = judge(value)
    raised = np.flatnonzero(verdict.score >= 1)
    assert raised[0] >= 4000
    assert (verdict.speaks[raised] == who).mean() > 0.9


def test_what_all_do_together_is_nothing():
    value = moving_together()
    value[4000:4100] += 3.0 * np.array([1.0, 2.0, -1.0, 0.5, 3.0])
    assert not (judge(value).score >= 1).any()


def test_what_is_missing_is_filled_in_from_the_others_and_raises_nothing():
    value = moving_together()
    value[4000:4500, :2] = np.nan
    value[np.random.default_rng(2).random(value.shape) < 0.1] = np.nan
    assert not (judge(value).score >= 1).any()


@pytest.mark.parametrize("carried", [0.0, 0.95])
def test_noise_raises_nothing(carried):
    value = np.random.default_rng(3).normal(size=(N, 8))
    for row in range(1, N):
        value[row] += carried * value[row - 1]
    assert not (judge(value).score >= 1).any()


def test_what_stays_is_learnt_as_the_new_normal():
    value = moving_together(noise=0.05)
    value[3000:, 1] *= -1
    score = judge(value, patience=200, memory=1000).score
    assert (score[3000:3100] >= 1).any()
    assert not (score[-500:] >= 1).any()
