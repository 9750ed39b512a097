"""What detectors claim that know nothing of a channel but its former values."""

import numpy as np
import pytest
from detectors_made import batch, make

MINUTE = 60


def scores(name, parameters, values, every=MINUTE):
    return make(name, 1, parameters).update(batch(np.asarray(values)[:, None], every))


def noise(n, seed=1):
    return np.random.default_rng(seed).standard_normal(n)


def test_an_outlier_moves_a_level_no_more_than_a_modest_deviation_does():
    values = noise(400)
    values[300] = 1e6
    detector = make("ewma", 1, {"floor": 0.1})
    got = detector.update(batch(values[:, None]))
    assert got[300] > 1e4
    assert got[301:].max() < 1
    assert abs(detector.expected(0)["level"]) < 0.3
    assert 0.8 < detector.expected(0)["spread"] < 1.3


def test_a_step_is_learnt_by_and_by():
    got = scores("ewma", {"floor": 0.1, "memory": 100}, np.r_[noise(300), 50 + noise(4000)])
    assert got[300:305].min() >= 1
    assert got[-1000:].max() < 1


def test_a_change_of_the_mean_is_told_once_and_is_the_normal_from_then_on():
    got = scores(
        "page_hinkley", {"floor": 0.1}, np.r_[noise(500), 2 + noise(500, 2), noise(500, 3)]
    )
    told = np.flatnonzero(got >= 1)
    assert len(told) == 2
    assert 500 < told[0] < 530
    assert 1000 < told[1] < 1030


def test_a_forecast_follows_a_wave_and_stumbles_over_a_jump_much_smaller_than_the_wave():
    wave = 10 * np.sin(np.arange(3000) / 10) + 0.1 * noise(3000)
    wave[2500] += 3
    got = scores("autoregressive", {"floor": 0.01}, wave)
    assert got[1000:2500].max() < 1
    assert got[2500] > 1
    assert got[2520:].max() < 1
    assert scores("ewma", {"floor": 0.01}, wave).max() < 1


@pytest.mark.parametrize("draw", ["standard_normal", "standard_exponential", "random"])
def test_a_conformal_p_value_is_what_it_says_whatever_the_distribution(draw):
    values = getattr(np.random.default_rng(4), draw)(30_000)
    rarity = 1e-7
    p = np.exp(
        scores("conformal", {"floor": 1e-6, "rarity": rarity}, values)[2000:] * np.log(rarity)
    )
    for share in (0.8, 0.5, 0.2):
        assert (p <= share).mean() == pytest.approx(share, rel=0.05), "by rank"
    for share in (0.05, 0.01):
        assert (p <= share).mean() < 1.5 * share, "by the tail, which is not always exponential"


def test_one_wild_value_hides_nothing_that_comes_after():
    values = noise(3000)
    values[1000], values[2000] = 1e6, 30
    told = np.flatnonzero(scores("novelty", {}, values) >= 1)
    assert {1000, 2000} <= set(told.tolist())


def test_what_happens_again_and_again_is_soon_known():
    values = noise(20_000)
    values[1000::200] = 100
    told = np.flatnonzero(scores("novelty", {}, values) >= 1)
    assert 1000 in told
    assert len(told) < 15
    assert told[-1] < 6000


def test_a_signal_is_told_when_it_begins_and_not_while_it_lasts():
    values = noise(1000)
    values[500:560] += 20
    told = np.flatnonzero(scores("auto", {}, values) >= 1)
    assert 500 in told
    assert not ((told > 500) & (told < 600)).any()
    assert len(told) <= 4


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("a day without its rise", lambda v: np.where(v > 30, 20 + (v - 80) / 10, v)),
        ("a rise to another height", lambda v: np.where(v > 30, v - 40, v)),
        ("a rise at the wrong time", lambda v: np.roll(v, 100)),
    ],
)
def test_a_day_unlike_the_days_before_is_told_though_no_value_is_new(said, change):
    day = np.where(np.abs(np.arange(288) - 150) < 50, 80.0, 20.0)
    values = np.tile(day, 14) + noise(14 * 288)
    values[10 * 288 : 11 * 288] = change(values[10 * 288 : 11 * 288])
    told = np.flatnonzero(scores("auto", {}, values, every=300) >= 1)
    assert ((told >= 10 * 288) & (told < 11 * 288)).any(), said
    assert (told < 10 * 288).sum() <= 3


def test_a_constant_channel_is_told_when_it_moves():
    assert np.flatnonzero(scores("auto", {}, np.r_[np.full(500, 45.0), 46.0]) >= 1).tolist() == [
        500
    ]


def test_a_value_beyond_all_reason_leaves_numbers():
    values = noise(3000)
    values[[1000, 1001, 1500]] = 1e308, -1e308, 1e39
    got = scores("auto", {}, values, every=300)
    assert np.isfinite(got).all()
    assert got[1000] >= 1
