"""How detection on stations is measured, and what the frozen defaults reach."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from deploy.bench.scores import batadal, gecco, skab
from deploy.bench.scores.events import batadal_score, count, runs, together
from deploy.bench.scores.result import Result
from deploy.bench.scores.several_channels import METHODS, lifeline, rolling_gaussian
from deploy.bench.scores.vus import shouldered, vus_pr


def bits(text: str) -> np.ndarray:
    return np.array([letter == "#" for letter in text])


def naive_vus_pr(label: np.ndarray, score: np.ndarray, longest: int) -> float:
    """Each buffer and threshold on its own, as the paper tells it."""
    areas = []
    n = len(label)
    thresholds = -np.sort(-score)[np.linspace(0, n - 1, 250).astype(int)]
    for buffer in range(longest + 1):
        weight = label.astype(float)
        for begin, end in runs(label):
            for distance in range(1, buffer // 2 + 1):
                for row in (begin - distance, end - 1 + distance):
                    if 0 <= row < n:
                        weight[row] += np.sqrt(1 - distance / buffer)
        weight = np.minimum(weight, 1)
        points = [(0.0, 1.0)]
        for threshold in thresholds:
            raised = score >= threshold
            hit = float((weight * raised).sum())
            touched = np.mean([raised[a:b].any() for a, b in runs(weight > 0)])
            recall = min(1.0, hit / ((label.sum() + weight.sum()) / 2)) * touched
            points.append((recall, hit / raised.sum()))
        areas.append(sum((r2 - r1) * (p1 + p2) / 2 for (r1, p1), (r2, p2) in pairwise(points)))
    return float(np.mean(areas))


@pytest.mark.parametrize("seed", range(4))
def test_the_volume_is_that_of_the_paper(seed: int) -> None:
    random = np.random.default_rng(seed)
    label = np.zeros(400, dtype=bool)
    for begin in (0, 90, 100, 250, 396):
        label[begin : begin + int(random.integers(1, 12))] = True
    score = random.normal(size=400) + 2 * label
    score[30:60] = score[30]  # equal scores are raised together
    assert vus_pr(label, score, 20) == pytest.approx(naive_vus_pr(label, score, 20), rel=1e-12)


def test_a_perfect_ranking_without_buffer_has_nearly_all_of_the_area() -> None:
    label = bits("." * 500 + "#" * 500)
    assert vus_pr(label, label.astype(float), 0) == pytest.approx(1.0)
    assert vus_pr(label, 1.0 - label, 0) < 0.51


def test_a_constant_score_is_worth_the_share_of_labels() -> None:
    label = bits("." * 900 + "#" * 100)
    assert vus_pr(label, np.zeros(1000), 0) == pytest.approx((1 + 0.1) / 2)


def test_shoulders_have_half_the_buffer_and_never_pass_one() -> None:
    weight = shouldered(bits("....#...#.."), 4)
    near, far = np.sqrt(3 / 4), np.sqrt(2 / 4)
    np.testing.assert_allclose(
        weight, [0, 0, far, near, 1, near, 1, near, 1, near, far], atol=1e-12
    )


#: Labelled, raised, events, found, false, delays.
COUNTS = [
    ("..###..##..", "...#...#...", 2, 2, 0, (1, 0)),
    ("..###..##..", "#....#.....", 2, 0, 2, ()),
    ("..###..##..", ".##...####.", 2, 2, 0, (0, 0)),
    ("..###......", "..#.#....##", 1, 1, 1, (0,)),
    ("...........", "..#........", 0, 0, 1, ()),
]


@pytest.mark.parametrize(("labelled", "raised", "events", "found", "false", "delays"), COUNTS)
def test_runs_are_counted(
    labelled: str, raised: str, events: int, found: int, false: int, delays: tuple[int, ...]
) -> None:
    counted = count(bits(raised), bits(labelled))
    assert (counted.events, counted.found) == (events, found)
    assert (counted.false, counted.delays) == (false, delays)
    both = together([counted, counted])
    assert (both.found, both.false, both.f1) == (2 * found, 2 * false, counted.f1)


def test_what_stood_before_its_label_is_told() -> None:
    counted = count(bits(".##...####.#"), bits("..###..##..#"))
    assert (counted.found, counted.delays, counted.stood) == (3, (0, 0, 0), 2)
    assert together([counted, counted]).stood == 4


def test_event_f1_is_of_recall_and_of_true_among_all() -> None:
    counted = count(bits("##..#...#"), bits("##..#.#.."))
    recall, precision = 2 / 3, 2 / 3
    assert counted.f1 == pytest.approx(2 * recall * precision / (recall + precision))


def test_batadal_counts_how_soon_and_how_much() -> None:
    label = bits("....####....##")
    attacks = runs(label)
    perfect = batadal_score(label, ~label, attacks)
    assert perfect == {"S": 1.0, "S_TTD": 1.0, "TPR": 1.0, "TNR": 1.0}
    nothing = batadal_score(np.zeros(14, dtype=bool), ~label, attacks)
    assert nothing["S"] == pytest.approx(0.25)  # as published for the submission of silence
    half = batadal_score(bits("......##......"), ~label, attacks)
    assert half["S_TTD"] == pytest.approx(1 - (2 / 4 + 1) / 2)
    assert half["TPR"] == pytest.approx(2 / 6)


@pytest.mark.parametrize("name", METHODS)
def test_no_method_looks_ahead(name: str) -> None:
    random = np.random.default_rng(5)
    value = random.normal(size=(900, 3)).cumsum(axis=0)
    value[random.random((900, 3)) < 0.02] = np.nan
    time = np.datetime64("2026-01-01", "us") + np.arange(900) * np.timedelta64(60, "s")
    whole = METHODS[name](time, value)
    np.testing.assert_allclose(METHODS[name](time[:600], value[:600]), whole[:600], rtol=1e-9)


def test_the_rolling_gaussian_raises_what_is_far_off() -> None:
    value = np.random.default_rng(1).normal(size=(1000, 2))
    value[800, 1] = 9.0
    score = rolling_gaussian(np.arange(1000).astype("M8[s]").astype("M8[us]"), value)
    assert (score >= 1).nonzero()[0].tolist() == [800]


def measured(kind: ModuleType, data: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Result]:
    monkeypatch.setattr(kind, "METHODS", {"lifeline": lifeline})
    return {one.part: one for one in kind.measure(data) if one.method == "lifeline"}


def test_gecco_beats_what_was_published(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = measured(gecco, shared_data, monkeypatch)
    for part in ("untouched", "whole"):
        assert results[part].own["VUS-PR"] > 0.5
        assert results[part].own["event F1"] > 0.6


def test_batadal_is_won_from_data_alone(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = measured(batadal, shared_data, monkeypatch)
    assert results["untouched"].own["S"] > 0.93
    assert results["whole"].own["S"] > 0.93


def test_skab_beats_what_was_published(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = measured(skab, shared_data, monkeypatch)["whole"].own
    assert own["F1"] > 0.78
    assert own["false alarm rate"] < 0.136
