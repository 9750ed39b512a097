"""The cover pack on simulated covers: openings among wheels, heartbeats, frost and floods."""

import numpy as np
import pytest

from deploy.bench.scores.covers import COVERS, DAYS, cases_of, cover, result_of


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(21)
    covers = [cover(rng) for _ in range(COVERS)]
    return result_of("lifeline", "fresh seed", covers, cases_of(covers))


def test_of_over_a_hundred_openings_ninety_eight_in_a_hundred_are_found_within_half_a_minute(found):
    assert found.events > 100
    assert found.found / found.events >= 0.98


def test_twelve_cover_years_of_wheels_and_heartbeats_open_no_case(found):
    assert COVERS * DAYS / 365.25 > 12
    assert found.false_per_sensor_year == 0


def test_half_of_them_are_found_in_less_than_the_makers_tell(found):
    assert found.delay.total_seconds() < 4.81
