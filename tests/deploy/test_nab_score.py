"""The benchmark's score, on files small enough to reckon by hand."""

from math import exp

import numpy as np
import pytest

from deploy.bench.scores.nab import read
from deploy.bench.scores.nab_score import PROFILES, count, probation, total
from deploy.bench.scores.one_channel import lifeline

ROWS, WINDOW = 1000, (500, 599)
STANDARD, LOW_FP, LOW_FN = PROFILES.values()


def worth(place):
    return 2 / (1 + exp(5 * place)) - 1


def counted(*rows, windows=(WINDOW,), length=ROWS):
    raised = np.zeros(length, dtype=bool)
    raised[list(rows)] = True
    return count(raised, windows)


@pytest.mark.parametrize("profile", PROFILES.values())
def test_nothing_raised_is_zero_and_each_window_at_once_a_hundred(profile):
    assert counted().score(profile) == 0
    assert counted(500).score(profile) == pytest.approx(100)


@pytest.mark.parametrize(
    ("said", "rows", "standard", "low_fp", "low_fn"),
    [
        ("a false alarm long before costs its weight", (200, 500), 94.5, 89.0, 96.3333),
        ("one during the probation costs nothing", (149, 500), 100, 100, 100),
        ("only the first alarm in a window counts", (500, 550, 599), 100, 100, 100),
        ("false alarms alone are worse than nothing", (200, 300), -11.0, -22.0, -7.3333),
    ],
)
def test_what_alarms_are_worth(said, rows, standard, low_fp, low_fn):
    one = counted(*rows)
    scores = [one.score(profile) for profile in (STANDARD, LOW_FP, LOW_FN)]
    assert scores == pytest.approx([standard, low_fp, low_fn], abs=1e-3), said


def test_a_window_found_later_earns_less_by_the_sigmoid():
    assert counted(550).gained == pytest.approx(worth(-0.5) / worth(-1))
    assert counted(599).gained == pytest.approx(worth(-0.01) / worth(-1))


def test_an_alarm_soon_after_a_window_costs_less():
    assert counted(609).lost == pytest.approx(-worth(10 / 99))
    assert counted(599 + 298).lost == 1.0
    assert counted(200).lost == 1.0


def test_the_probation_is_fifteen_percent_of_a_short_file_and_750_rows_of_a_long_one():
    assert (probation(1000), probation(4032), probation(20_000)) == (150, 604, 750)


def test_files_are_weighed_together():
    both = total([counted(500), counted(300)])
    assert (both.windows, both.found, both.false) == (2, 1, 1)
    assert both.score(STANDARD) == pytest.approx(100 * (1 - 1 - 0.11 + 2) / 4)


def test_the_recorded_files_are_read_with_their_windows(shared_data):
    files = list(read(shared_data))
    assert len(files) == 32
    assert sum(len(one.windows) for one in files) == 48
    assert all(first < last < len(one.value) for one in files for first, last in one.windows)


@pytest.mark.parametrize(
    ("said", "name", "found", "false"),
    [
        ("a day without its rise", "art_daily_nojump", 1, 1),
        ("a spike, and a level that ends", "ec2_cpu_utilization_5f5533", 2, 1),
        ("two slow evenings on the road", "speed_t4013", 2, 0),
        ("noise", "art_noisy", 0, 0),
    ],
)
def test_what_nobody_has_tuned_finds_in_recorded_files(shared_data, said, name, found, false):
    (one,) = [one for one in read(shared_data) if one.name.endswith(f"/{name}.csv")]
    counted = count(lifeline("auto")(one.time, one.value) >= 1.0, one.windows)
    assert (counted.found, counted.windows) == (found, len(one.windows)), said
    assert counted.false <= false, said


def test_what_nobody_has_tuned_scores_on_all_recorded_files(shared_data):
    files = list(read(shared_data))
    judge = lifeline("auto")
    all_ = total(count(judge(one.time, one.value) >= 1.0, one.windows) for one in files)
    assert [round(all_.score(profile)) for profile in PROFILES.values()] == [74, 69, 77]
