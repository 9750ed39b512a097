"""Detectors of members side by side, ready to use, and frames to feed them."""

import numpy as np

from detectors.registry import TOGETHER
from ingest.channel import Channel

START = np.datetime64("2026-03-02", "us")

#: Parameters under which each detector has something to say about `frames()`.
PARAMETERS = {
    "auto_station": {"shift": {"warm_up": 60}, "foretold": {"warm_up": 60}},
    "foretold": {"warm_up": 60, "patience": 200},
    "leak_signature": {"learn": 3, "floor": 0.01},
    "peers": {"over": "PT1H", "habit": "P2D", "learn": "P1D", "limit": 3.0},
    "shift": {"warm_up": 60, "patience": 200},
    "step_along": {"largest_step": 2.0, "learn": "P1D"},
    "subspace": {"warm_up": 60, "patience": 200},
}


def members(count):
    """Return pressures along a pipe, and a flow as the last."""
    quantities = ["pressure"] * (count - 1) + ["flow"]
    return [
        Channel(n, f"c{n}", f"d{n}", "v", quantity, "", attributes={"chainage": 40.0 * n})
        for n, quantity in enumerate(quantities)
    ]


def make(name, count, which=None):
    kind, all_of_them = TOGETHER[name], members(count)
    chosen = all_of_them if which is None else [all_of_them[n] for n in which]
    return kind(kind.Parameters(**PARAMETERS[name]), chosen)


def frames(count, n=1500, seed=7, every=300):
    """Return (n,) times and (n, count) values that move together, with gaps and two faults.

    The first member is a state, the second stands still; one in twenty values and a whole
    stretch of frames are missing. From 900 to 960 one member is off, from 1200 on another
    for good.
    """
    random = np.random.default_rng(seed)
    common = np.convolve(random.normal(size=n + 20), np.ones(20) / 4, "valid")[:n]
    value = common[:, None] * random.uniform(0.5, 2, count) + random.normal(size=(n, count)) / 4
    value[:, 0] = common > 0.5
    value[:, 1] = 4.0
    value[900:960, 2] += 8
    value[1200:, 3] -= 6
    value[random.random((n, count)) < 0.05] = np.nan
    value[700:705] = np.nan
    time = START + np.arange(n) * np.timedelta64(every, "s")
    time[1000:] += np.timedelta64(1, "D")
    return time, value
