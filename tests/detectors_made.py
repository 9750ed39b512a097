"""Detectors ready to use, and streams to feed them, for the tests of this folder."""

from datetime import timedelta

import numpy as np

from detectors.registry import REGISTRY
from ingest.batch import make_batch
from ingest.channel import Channel

START = np.datetime64("2026-03-02", "us")  # a Monday

#: Parameters under which each detector has something to say about `stream()`.
PARAMETERS = {
    "auto": {"warm_up": 50, "pause": 10},
    "autoregressive": {"floor": 0.1, "limit": 5.0},
    "clock": {"tolerance": "PT1M", "wobble": 3.0},
    "cover_moved": {"limit": 1.0, "lasting": "PT20M"},
    "conformal": {"floor": 0.1, "rarity": 1e-3},
    "continuous_flow": {"longest": "PT2H", "still": 10.0, "learn": "P1D", "stills": 1},
    "cusum": {"floor": 0.1, "days": 1, "slot": "PT6H"},
    "energy_mean": {"over": "PT1H", "day": 10.0, "night": 9.0, "valid": 0.3},
    "ewma": {"floor": 0.1},
    "flat_line": {"longest": "PT2H", "resolution": 1.5, "fewest": 3},
    "gradual": {"base": 9.0, "leap": 1.0, "travel": 3.0},
    "lasting_step": {"fall": 1.5, "over": "PT3H"},
    "level": {"high": 11.0, "low": 9.0, "night_high": 10.5},
    "mains_voltage": {"low": 0.95, "high": 1.02, "nominal": 10.0, "dead": 1.0},
    "night_cusum": {"nights": 7, "limit": 2.0},
    "night_flow": {"running": 1, "spreads": 0.5, "share": 0.01},
    "novelty": {"warm_up": 50, "pause": 10},
    "page_hinkley": {"floor": 0.1},
    "rate_of_rise": {"rise": 1.0, "fall": 2.0, "rise_share": 0.2, "over": "PT3H"},
    "river": {"model": "river.anomaly.GaussianScorer", "warm_up": 20},
    "seasonal": {"floor": 0.1, "days": 1, "slot": "PT6H"},
    "spike": {"floor": 0.1},
    "state_is": {"equals": 10.0},
    "statistical_level": {"over": "PT2H", "day": 15.0, "night": 14.0, "valid": 0.3},
    "street_flood": {"high": 11.0, "base": 9.5, "leap": 2.0, "moves": 0.3},
    "time_to_limit": {"limit": 12.0, "within": "PT2H", "over": "PT3H"},
    "unit_slip": {"warm_up": 20},
}


def channels(count, **facts):
    """Return channels in two time zones, one reading each quarter of an hour."""
    zones = ("Asia/Shanghai", "America/New_York")
    usual = {"quantity": "flow", "unit": "", "interval": timedelta(minutes=15)}
    return [
        Channel(
            number, f"c{number}", f"d{number}", "v",
            **{**usual, "time_zone": zones[number % 2], **facts},
        )
        for number in range(count)
    ]  # fmt: skip


def make(name, count=1, parameters=None, **facts):
    kind = REGISTRY[name]
    written = PARAMETERS[name] if parameters is None else parameters
    return kind(kind.Parameters(**written), channels(count, **facts))


def batch(values, every=900, start=START, received=None):
    """Turn (n_times, n_channels) values into a Batch, one row a channel at each time."""
    values = np.asarray(values, dtype=np.float64)
    n, count = values.shape
    time = start + np.repeat(np.arange(n), count) * np.timedelta64(int(every * 1e6), "us")
    return make_batch(np.tile(np.arange(count), n), time, values.ravel(), received)


def stream(count, days=12, seed=5, per_day=96):
    """A wavering daily cycle, with holes, exact tens, a spike and a step."""
    rng = np.random.default_rng(seed)
    n = per_day * days
    turn = 2 * np.pi * np.arange(n)[:, None] / per_day
    values = 10 + 0.6 * np.cos(turn) + 0.5 * rng.standard_normal((n, count))
    values[values.round(1) == 10] = 10
    values[rng.random((n, count)) < 0.03] = np.nan
    values[n // 3] *= 3
    values[2 * n // 3 :] += 1.5
    whole = batch(values, 86_400 // per_day)
    late = rng.integers(60, 180, len(whole)).astype("timedelta64[s]")
    return whole.with_columns(received=whole.time + late)
