"""Time to limit: what it tells is right, and the interval it tells holds."""

import numpy as np
import pytest
from detectors_made import batch, make


def told(values, limit=3.0):
    detector = make("time_to_limit", 1, {"limit": limit, "within": "PT30M", "over": "PT20M"})
    score = detector.update(batch(np.array(values)[:, None], every=60))
    return score, detector.expected(0)


def test_a_steady_rise_of_a_decimetre_in_ten_minutes_is_told_to_the_second():
    score, expected = told(np.linspace(2.0, 2.5, 51))
    assert expected["reached_in_s"] == pytest.approx(50 * 60, rel=1e-4)
    assert score[-1] == pytest.approx(30 / 50, rel=1e-4)


def test_four_intervals_in_five_hold_the_slope_they_stand_for_nine_in_ten_at_either_end():
    rng, least, most = np.random.default_rng(2), [], []
    for _ in range(400):
        _, expected = told(np.linspace(2.0, 2.5, 51) + 0.02 * rng.standard_normal(51))
        least.append(expected["reached_in_least_s"] <= 3000)
        most.append(expected["reached_in_most_s"] >= 3000)
    assert 0.7 < np.mean(np.array(least) & np.array(most)) < 0.9
    assert 0.85 < np.mean(least) < 0.95
    assert 0.85 < np.mean(most) < 0.95


@pytest.mark.parametrize(
    ("claim", "values"),
    [
        ("water that stands", np.full(60, 2.9)),
        ("water that falls", np.linspace(2.99, 2.0, 60)),
        ("two echoes too high", np.where(np.isin(np.arange(60), (50, 51)), 2.9, 1.0)),
        ("rising, but hours away", np.linspace(0.0, 0.3, 60)),
    ],
)
def test_nothing_is_told_of(claim, values):
    assert told(values)[0].max() < 1


def test_what_is_over_the_limit_has_reached_it():
    assert told([1.0, 1.0, 3.2])[0][-1] == 10
