"""Detectors of a station against their slow twins."""

import naive_station
import numpy as np
import pytest
from together_made import frames, make, members

from detectors.registry import TOGETHER

COUNT, WARM_UP = 5, 60
TIME, VALUE = frames(COUNT, n=1450)
KEPT = np.isfinite(VALUE).any(axis=1)
MICROS = TIME.view("i8")
FRAMES = [
    (int(MICROS[row]), {f"c{n}": float(v) for n, v in enumerate(VALUE[row]) if np.isfinite(v)})
    for row in np.flatnonzero(KEPT)
]
NAMES = [f"c{n}" for n in range(COUNT)]


def twin(name):
    p = make(name, COUNT).params
    if name == "shift":
        return list(
            naive_station.shift(
                FRAMES, p.smoothing, p.limit, p.times_worst, p.held, WARM_UP, 10_000, 200, p.joined
            )
        )
    if name == "subspace":
        settings = (p.share, p.smoothing, p.times_worst, WARM_UP, p.memory, 200, p.joined)
        return list(naive_station.subspace(FRAMES, NAMES, *settings))
    settings = (p.smoothing, p.ridge, p.believed, p.times_worst, WARM_UP, p.memory, 200, p.joined)
    return list(naive_station.foretold(FRAMES, NAMES, *settings))


@pytest.mark.parametrize("name", ["shift", "foretold", "subspace"])
def test_it_scores_as_its_twin(name):
    verdict = make(name, COUNT).update(TIME, VALUE)
    expected = twin(name)
    scores = np.array([score for score, _ in expected])
    assert (scores >= 1).any()
    np.testing.assert_allclose(verdict.score[KEPT], scores, rtol=1e-6, atol=1e-9)
    clear = scores > 0.01
    spoke = [who for (_, who), told in zip(expected, clear, strict=True) if told]
    assert [NAMES[place] for place in verdict.speaks[KEPT][clear]] == spoke


def test_the_default_is_the_louder_of_both_and_holds_what_it_raised():
    both = make("auto_station", COUNT)
    foretold, shift = both.foretold.update(TIME, VALUE), both.shift.update(TIME, VALUE)
    expected, raised = [], False
    for told, off in zip(foretold.score[KEPT], shift.score[KEPT], strict=True):
        evidence = max(told, off**2 if off < 1 else off**0.25)
        raised = evidence >= (0.8 if raised else 1.0)
        expected.append(max(evidence, 1.0) if raised else evidence)
    said = make("auto_station", COUNT).update(TIME, VALUE)
    assert (said.score[KEPT] == 1.0).any()
    np.testing.assert_allclose(said.score[KEPT], expected, rtol=1e-12)


def test_frames_at_one_time_or_back_in_time_do_not_end_the_foretelling():
    odd = TIME.copy()
    odd[1] = odd[0]
    odd[500] = odd[300]
    score = make("foretold", COUNT).update(odd, VALUE).score
    assert (score[900:960] >= 1).any()


def test_noise_raises_nothing():
    random = np.random.default_rng(11)
    value = random.normal(size=(20_000, 8))
    time = TIME[0] + np.arange(20_000) * np.timedelta64(60, "s")
    both = TOGETHER["auto_station"]
    verdict = both(both.Parameters(), members(8)).update(time, value)
    assert not (verdict.score >= 1).any()
