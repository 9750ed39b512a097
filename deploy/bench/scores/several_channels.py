"""Methods for stations at their fixed settings, each frame judged before the next is seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
from river.anomaly import GaussianScorer, HalfSpaceTrees, QuantileFilter
from river.preprocessing import MinMaxScaler
from scipy.special import ndtr

from deploy.score.rows import judge
from ingest.batch import Floats, Times

#: Scores of (n,) times and (n, m) values: 1.0 and more raises.
Method = Callable[[Times, Floats], Floats]

WINDOW = 6400  #: of the rolling Gaussian [rows]
#: From the mean that raise: 6 suit minutes (GECCO), 3 short and hourly series (SKAB, BATADAL).
SPREADS, FEWER = 6.0, 3.0
WARM_UP = 300  #: rows that a reference method is not asked about


def lifeline(time: Times, value: Floats) -> Floats:
    """`auto_station` with its defaults; a frame without any reading scores 0."""
    names = [f"column {place}" for place in range(value.shape[1])]
    return np.nan_to_num(judge(names)(time, value).score)


def rolling_gaussian(time: Times, value: Floats, spreads: float = SPREADS) -> Floats:
    """The largest distance of a column from its mean of 6,400 rows, in `spreads` deviations."""
    score = np.zeros(len(value))
    for column in value.T:
        known = np.isfinite(column)
        shifted = np.where(known, column - (column[known][0] if known.any() else 0.0), 0.0)
        count = np.r_[0, np.cumsum(known)]
        total, squares = np.r_[0.0, np.cumsum(shifted)], np.r_[0.0, np.cumsum(shifted**2)]
        rows = np.arange(WARM_UP, len(value))
        first = np.maximum(0, rows - WINDOW)
        n = np.maximum(count[rows] - count[first], 1)
        mean = (total[rows] - total[first]) / n
        spread = np.sqrt(np.maximum((squares[rows] - squares[first]) / n - mean**2, 1e-12))
        away = np.where(known[rows], np.abs(shifted[rows] - mean) / (spreads * spread), 0.0)
        score[rows] = np.maximum(score[rows], away)
    return score


def gaussian_scorer(time: Times, value: Floats, spreads: float = SPREADS) -> Floats:
    """The largest of river's GaussianScorer, one a column; so many standard deviations raise."""
    limit = 1.0 - 2.0 * float(ndtr(-spreads))
    score = np.zeros(len(value))
    for column in value.T:
        model = cast(Any, GaussianScorer)(grace_period=WARM_UP)
        with np.errstate(invalid="ignore", divide="ignore"):  # a column that stands still
            for row in np.flatnonzero(np.isfinite(column)).tolist():
                score[row] = max(score[row], model.score_one(None, column[row]) / limit)
                model.learn_one(None, column[row])
    return score


def half_space_trees(time: Times, value: Floats) -> Floats:
    """river's HalfSpaceTrees on the frame; 1 where it exceeds 999 of 1,000 scores so far."""
    scale: Any = MinMaxScaler()
    trees: Any = HalfSpaceTrees(seed=1)
    model: Any = QuantileFilter(trees, q=0.999)
    score = np.zeros(len(value))
    last = dict.fromkeys(range(value.shape[1]), 0.0)
    for row, frame in enumerate(value.tolist()):
        last |= {place: v for place, v in enumerate(frame) if v == v}
        scale.learn_one(last)
        scaled = scale.transform_one(last)
        own = float(model.score_one(scaled))
        score[row] = 1.0 + own if row >= WARM_UP and model.classify(own) else own / 2
        model.learn_one(scaled)
    return score


METHODS: dict[str, Method] = {
    "lifeline": lifeline,
    "rolling Gaussian, 6 deviations": rolling_gaussian,
    "rolling Gaussian, 3 deviations": partial(rolling_gaussian, spreads=FEWER),
    "river.GaussianScorer, 6 deviations": gaussian_scorer,
    "river.GaussianScorer, 3 deviations": partial(gaussian_scorer, spreads=FEWER),
    "river.HalfSpaceTrees": half_space_trees,
}
