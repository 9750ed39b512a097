"""Every detector gives what its slow, obvious version in tests/naive.py gives."""

import naive
import numpy as np
import pytest
from detectors_made import START, make, stream

from ingest.batch import make_batch

COUNT = 3
STREAM = stream(COUNT, days=24, seed=8)
HABIT = {"slot": "PT6H", "habit": "day", "days": 2, "memory": 50, "clip": 3.0, "floor": 0.1}
HABIT_NAIVE = HABIT | {"slot": 6 * 3600}
del HABIT_NAIVE["habit"]
NIGHT = {"begins": 2, "ends": 4, "quantile": 0.5, "fewest": 4}

#: Detector, its parameters, its naive version, the parameters of that.
TWINS = [
    ("level", {"high": 11.0, "low": 9.0}, naive.level, {"high": 11, "low": 9, "scale": 1.0}),
    ("level", {"high": 10.0}, naive.level, {"high": 10, "scale": 10.0}),
    (
        "level",
        {"high": 11.0, "night_high": 10.0, "scale": 1.0},
        naive.level,
        {"high": 11, "night_high": 10},
    ),
    (
        "level",
        {"high": 11.0, "night_high": 10.0, "scale": 1.0, "days_off": "night"},
        naive.level,
        {"high": 11, "night_high": 10, "days_off": True},
    ),
    (
        "rate_of_rise",
        {"rise": 1.5, "over": "PT2H", "fewest": 4},
        naive.rate_of_rise,
        {"over": 7200, "rise": 1.5},
    ),
    (
        "rate_of_rise",  # more samples than are kept
        {"rise": 1.5, "over": "PT8H", "fewest": 4},
        naive.rate_of_rise,
        {"over": 8 * 3600, "rise": 1.5},
    ),
    (
        "lasting_step",
        {"fall": 1.2, "over": "PT2H", "longest": "PT6H"},
        naive.lasting_step,
        {"over": 7200, "fall": 1.2, "undone": 0.5, "longest": 6 * 3600},
    ),
    (
        "gradual",
        {"base": 9.5, "leap": 0.8, "travel": 2.0, "longest_step": "PT20M"},
        naive.gradual,
        {"base": 9.5, "leap": 0.8, "travel": 2.0, "longest_step": 1200},
    ),
    (
        "flat_line",
        {"longest": "PT2H", "resolution": 1.0, "fewest": 3},
        naive.flat_line,
        {"longest": 7200, "resolution": 1.0, "fewest": 3},
    ),
    (
        "continuous_flow",
        {"longest": "PT2H", "habit": "PT4H", "step": "PT20M", "still": 9.8, "stills": 3},
        naive.continuous_flow,
        {
            "longest": 7200,
            "times": 1.25,
            "habit": 14_400,
            "step": 1200,
            "still": 9.8,
            "learn": 7 * 86_400,
            "stills": 3,
        },
    ),
    ("state_is", {"equals": 10.0}, naive.state_is, {"equals": 10.0}),
    ("seasonal", {**HABIT, "limit": 5.0}, naive.seasonal, {**HABIT_NAIVE, "limit": 5.0}),
    (
        "cusum",
        {**HABIT, "slack": 0.7, "limit": 9.0},
        naive.cusum,
        {**HABIT_NAIVE, "slack": 0.7, "limit": 9.0},
    ),
    (
        "night_flow",
        {**NIGHT, "running": 1, "spreads": 1.0, "share": 0.02},
        naive.night_flow,
        {**NIGHT, "running": 1, "weeks": 0, "spreads": 1.0, "share": 0.02},
    ),
    (
        "night_flow",
        {**NIGHT, "running": 3, "weeks": 2, "spreads": 1.0, "share": 0.02},
        naive.night_flow,
        {**NIGHT, "running": 3, "weeks": 2, "spreads": 1.0, "share": 0.02},
    ),
    (
        "night_cusum",
        {**NIGHT, "nights": 9, "slack": 0.5, "limit": 4.0, "share": 0.02},
        naive.night_cusum,
        {**NIGHT, "former_nights": 9, "slack": 0.5, "limit": 4.0, "share": 0.02},
    ),
    (
        "energy_mean",
        {"over": "PT4H", "day": 11.0, "night": 11.0, "night_begins": 0, "night_ends": 24},
        naive.energy_mean,
        {"over": 4 * 3600, "limit": 11.0, "needed": 12},
    ),
    (
        "street_flood",
        {"high": 11.0, "base": 9.5, "leap": 0.9, "moves": 0.4, "memory": "PT2H"},
        naive.street_flood,
        {"high": 11.0, "base": 9.5, "leap": 0.9, "moves": 0.4, "memory": 7200},
    ),
    (
        "cover_moved",
        {"limit": 1.0, "lasting": "PT20M"},
        naive.cover_moved,
        {"limit": 1.0, "interval": 900.0, "lasting": 1200},
    ),
    (
        "time_to_limit",
        {"limit": 12.0, "within": "PT2H", "over": "PT3H"},
        naive.time_to_limit,
        {"limit": 12.0, "within": 7200, "over": 3 * 3600},
    ),
    (
        "mains_voltage",
        {"low": 0.93, "high": 1.05, "nominal": 10.0, "dead": 8.0},
        naive.mains_voltage,
        {"low": 0.93, "high": 1.05, "country": 10.0, "nominals": [100, 110], "dead": 8.0},
    ),
    ("spike", {"floor": 0.2, "limit": 4.0}, naive.spike, {"floor": 0.2, "limit": 4.0}),
    (
        "ewma",
        {"memory": 60, "warm_up": 40, "clip": 3.0, "floor": 0.1, "limit": 5.0},
        naive.ewma,
        {"memory": 60, "warm_up": 40, "clip": 3.0, "floor": 0.1, "limit": 5.0},
    ),
    (
        "page_hinkley",
        {"slack": 0.5, "limit": 12.0, "warm_up": 50, "floor": 0.1},
        naive.page_hinkley,
        {"slack": 0.5, "limit": 12.0, "warm_up": 50, "floor": 0.1},
    ),
    (
        "autoregressive",
        {"memory": 99, "warm_up": 40, "clip": 3.0, "floor": 0.1, "limit": 5.0, "rate": 0.05},
        naive.autoregressive,
        {"memory": 99, "warm_up": 40, "clip": 3.0, "floor": 0.1, "limit": 5.0, "rate": 0.05},
    ),
    (
        "conformal",
        {"memory": 60, "clip": 3.0, "floor": 0.1, "rarity": 1e-3},
        naive.conformal,
        {"memory": 60, "clip": 3.0, "floor": 0.1, "rarity": 1e-3},
    ),
    (
        "novelty",
        {"margin": 0.1, "warm_up": 60, "pause": 20},
        naive.novelty,
        {"margin": 0.1, "warm_up": 60, "pause": 20},
    ),
    (
        "auto",
        {"margin": 0.1, "margin_of_others": 0.2, "warm_up": 60, "pause": 20, "days": 2},
        naive.auto,
        {
            "margin": 0.1,
            "margin_of_others": 0.2,
            "warm_up": 60,
            "settle": 3 * 86400,
            "pause": 20,
            "days": 2,
        },
    ),
    (
        "unit_slip",
        {"factors": (3.0, 60.0), "tolerance": 0.05, "warm_up": 20},
        naive.unit_slip,
        {"factors": (3.0, 60.0), "tolerance": 0.05, "warm_up": 20},
    ),
]


def test_a_statistical_level_agrees_with_the_naive_version():
    """Of levels from 20 dB on: the stream that all others share lies below."""
    rule = {"exceeded": 0.9, "over": "PT2H", "day": 55.0, "night": 55.0, "valid": 0.5}
    rule |= {"night_begins": 0, "night_ends": 24}
    loud = STREAM.with_columns(value=STREAM.value * 5)
    score = make("statistical_level", COUNT, rule, time_zone="UTC").update(loud)
    rows = np.flatnonzero((loud.channel == 1) & np.isfinite(loud.value))
    seconds = loud.time[rows].astype(np.int64) // 1_000_000
    samples = list(zip(seconds.tolist(), loud.value[rows].tolist(), strict=True))
    wanted = list(naive.statistical_level(samples, 7200, 55.0, 4, 0.9))
    assert max(wanted) > 0.9
    np.testing.assert_allclose(score[rows], wanted, atol=2e-3)


@pytest.mark.parametrize(("name", "parameters", "twin", "its"), TWINS)
def test_agrees_with_the_naive_version(name, parameters, twin, its):
    score = make(name, COUNT, parameters, time_zone="UTC").update(STREAM)
    assert np.nanmax(score) > 0.5, "the comparison must be about something"
    for channel in range(COUNT):
        rows = np.flatnonzero((STREAM.channel == channel) & np.isfinite(STREAM.value))
        seconds = STREAM.time[rows].astype(np.int64) // 1_000_000
        samples = list(zip(seconds.tolist(), STREAM.value[rows].tolist(), strict=True))
        # Samples of a night and levels of a habit are kept in single precision.
        wanted = list(twin(samples, **its))
        np.testing.assert_allclose(score[rows], wanted, rtol=1e-4, atol=1e-5)


def test_the_clock_agrees_with_the_naive_version():
    rng = np.random.default_rng(4)
    messages, now = [], 0
    for k in range(60):
        now += 3600
        lag = 5400 if k > 20 else int(rng.integers(0, 900))
        messages.append((now, [now - lag - 600 * place for place in (3, 2, 1, 0)]))
    time = START + np.array([t for _, ts in messages for t in ts]).astype("timedelta64[s]")
    received = START + np.repeat([r for r, _ in messages], 4).astype("timedelta64[s]")
    score = make("clock", 1, {"tolerance": "PT30M"}).update(
        make_batch(np.zeros(240), time, np.ones(240), received)
    )
    wanted = list(naive.clock(messages, tolerance=1800, wobble=0.1))
    assert max(wanted) == 3.0
    np.testing.assert_allclose(score, wanted)


def test_a_river_model_scores_as_it_does_by_itself():
    from river.anomaly import GaussianScorer

    score = make("river", COUNT).update(STREAM)
    for channel in range(COUNT):
        model = GaussianScorer()
        rows = np.flatnonzero((STREAM.channel == channel) & np.isfinite(STREAM.value))
        for k, row in enumerate(rows):
            value = float(STREAM.value[row])
            alone = model.score_one({}, value) / 0.999 if k >= 20 else 0.0
            model.learn_one({}, value)
            assert score[row] == pytest.approx(alone)
