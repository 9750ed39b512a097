"""Night flow is judged only where the nights are not as the days."""

import numpy as np
import pytest
from detectors_made import batch, make


def flow(night, days=20, leak=0.5):
    """A day's flow of 1 with `night` of it from 2 to 4, and more by `leak` from day 14 on."""
    hour = np.arange(24 * 4 * days) / 4 % 24
    values = np.where((hour >= 2) & (hour < 4), night, 1.0)
    values[24 * 4 * 14 :] += leak
    return values + 0.01 * np.random.default_rng(1).standard_normal(len(values))


@pytest.mark.parametrize("name", ["night_flow", "night_cusum"])
@pytest.mark.parametrize(
    ("claim", "night", "sleeps", "found"),
    [
        ("a zone sleeps", 0.5, 0.85, True),
        ("a river does not", 1.0, 0.85, False),
        ("unless it is not asked", 1.0, None, True),
    ],
)
def test_a_rise_of_the_night_s_flow_counts_where(name, claim, night, sleeps, found):
    rule = {"nights": 7, "sleeps": sleeps}
    detector = make(name, 1, rule, time_zone="UTC")
    score = detector.update(batch(flow(night)[:, None]))
    assert (score.max() >= 1) == found


def test_a_single_day_on_which_little_flows_does_not_say_that_nobody_sleeps():
    values = flow(0.5)
    hour = np.arange(len(values)) / 4
    values[(hour >= 16 * 24) & (hour < 17 * 24)] = 1.0
    detector = make("night_flow", 1, {"nights": 7, "sleeps": 0.85}, time_zone="UTC")
    score = detector.update(batch(values[:, None]))
    assert score[18 * 96 - 1] >= 1
