"""The nominal voltage is told, the country's own, or learnt among the world's."""

import numpy as np
import pytest
from detectors_made import batch, make


def scores(volts, **facts):
    detector = make("mains_voltage", 1, {}, quantity="voltage", unit="V", **facts)
    return detector.update(batch(np.array(volts)[:, None], every=60)), detector


@pytest.mark.parametrize(
    ("claim", "stands_at", "nominal"),
    [
        ("a house in America", 119.9, 120),
        ("a Chinese street above its nominal", 229.5, 220),
        ("a British one", 243.0, 240),
        ("a medium-voltage feeder", 10_300.0, 10_000),
    ],
)
def test_a_day_tells_the_nominal_voltage(claim, stands_at, nominal):
    noise = 1 + 0.005 * np.random.default_rng(1).standard_normal(2000)
    score, detector = scores(stands_at * noise)
    assert detector.expected(0)["nominal"] == nominal
    after, _ = scores([*(stands_at * noise), 0.88 * nominal, 1.09 * nominal, 0.0])
    assert np.nanmax(score) < 1 < after[-3:].min()


def test_what_the_place_says_goes_before_what_was_learnt():
    score, detector = scores(np.full(50, 229.5), attributes={"nominal_voltage": 240.0})
    assert detector.expected(0)["low"] == pytest.approx(216)
    assert score.max() < 1


def test_a_battery_is_no_supply():
    score, _ = scores([3.6] * 50 + [3.0] * 50)
    assert score.max() == 0


def test_an_outage_in_the_first_hour_is_not_learnt():
    score, detector = scores([120.0] * 20 + [0.0] * 300 + [120.0] * 20)
    assert detector.expected(0)["nominal"] == 120
    assert (score[20:320] > 1).all()
    assert score[320:].max() < 1
