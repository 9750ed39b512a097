"""The contract's largest rate, whatever the batches."""

import numpy as np
import pytest

from rules.rate import RateCheck

START = np.datetime64("2026-07-01T00:00", "us")


def flags(values, cuts=(), limit=1.0):
    """Return the flags of readings a second apart, x = too fast, judged in pieces."""
    check = RateCheck()
    check.grow(np.array([limit]))
    value = np.array([float(v) for v in values.split()])
    time = START + np.arange(len(value)) * np.timedelta64(1, "s")
    found = [
        check.judge(np.zeros(len(part), dtype=np.intp), time[part], value[part])
        for part in np.split(np.arange(len(value)), list(cuts))
    ]
    return "".join("x" if flag else "." for flag in np.concatenate(found))


@pytest.mark.parametrize(
    ("claim", "values", "expected"),
    [
        ("what the channel can do is good", "0 1 2 3 2 1 0", "......."),
        ("a spike is flagged, what follows is not", "0 0 9 0 0", "..x.."),
        ("a new level is accepted at its third reading", "0 0 90 90 90 90 90", "..xx..."),
        ("spikes that do not agree are no level", "0 90 -90 90 -90 0", ".xxxx."),
        ("the first reading is believed", "90 90 90", "..."),
        ("a far level is believed once there was time for it", "0 3 3 3 3", ".xx.."),
        ("a missing value says nothing", "0 nan 2 nan nan 9 5", ".....x."),
    ],
)
def test_which_readings_are_too_fast(claim, values, expected):
    assert flags(values) == expected, claim


@pytest.mark.parametrize("seed", range(5))
def test_cutting_the_stream_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    steps = rng.choice([0.0, 0.5, -0.5, 30.0, -30.0], 200, p=[0.5, 0.2, 0.2, 0.05, 0.05])
    values = " ".join(str(v) for v in np.cumsum(steps))
    cuts = sorted(rng.integers(0, 200, 9))
    assert flags(values, cuts) == flags(values) == flags(values, range(1, 200))


def test_a_channel_without_a_largest_rate_is_never_flagged():
    assert flags("0 1e9 -1e9", limit=np.inf) == "..."
