"""Methods for one series at their fixed settings, each row judged before the next is seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from river.anomaly import GaussianScorer, HalfSpaceTrees, QuantileFilter
from river.preprocessing import MinMaxScaler
from scipy.special import ndtr

from detectors.registry import REGISTRY
from ingest.batch import Floats, Times, make_batch
from ingest.channel import Channel

Raised = NDArray[np.bool_]
#: Scores of a series from its (n,) times and values: 1.0 and more raises.
Method = Callable[[Times, Floats], Floats]

WINDOW = 6400  #: of the rolling Gaussian [rows]
SPREADS = 6.0  #: from the mean that raise, about one in a billion
FEWER = 4.0  #: of them where alarms are paused, when false ones cost less
WARM_UP = 150  #: rows that a reference method is not asked about
PAUSE = 100  #: rows after an alarm in which no other is raised, where it says so


def lifeline(name: str) -> Method:
    """Return one of our detectors with its defaults."""

    def score(time: Times, value: Floats) -> Floats:
        kind = REGISTRY[name]
        channel = Channel(0, "value", "table", "value", "", "", time_zone="UTC")
        detector = kind(kind.Parameters(), [channel])
        return detector.update(make_batch(np.zeros(len(value), dtype=np.int32), time, value))

    return score


def rolling_gaussian(time: Times, value: Floats, spreads: float = SPREADS) -> Floats:
    """Score the distance from the mean of the last 6,400 rows; `spreads` deviations raise."""
    score = np.zeros(len(value))
    shifted = value - value[0]
    total = np.r_[0.0, np.cumsum(shifted)]
    squares = np.r_[0.0, np.cumsum(shifted**2)]
    for row in range(WARM_UP, len(value)):
        first = max(0, row - WINDOW)
        n = row - first
        mean = (total[row] - total[first]) / n
        spread = np.sqrt(max((squares[row] - squares[first]) / n - mean**2, 1e-18))
        score[row] = abs(shifted[row] - mean) / (spreads * spread)
    return score


def paused(method: Method) -> Method:
    """Return the method with the rows after an alarm held below 1."""

    def score(time: Times, value: Floats) -> Floats:
        scores = method(time, value).copy()
        last = -PAUSE
        for row in np.flatnonzero(scores >= 1.0).tolist():
            if row - last < PAUSE:
                scores[row] = 0.0
            else:
                last = row
        return scores

    return score


def gaussian_scorer(time: Times, value: Floats, spreads: float = SPREADS) -> Floats:
    """river's GaussianScorer with its defaults; so many standard deviations raise."""
    model = cast(Any, GaussianScorer)(grace_period=WARM_UP)
    limit = 1.0 - 2.0 * float(ndtr(-spreads))
    scores = np.zeros(len(value))
    for row, v in enumerate(value.tolist()):
        scores[row] = model.score_one(None, v) / limit
        model.learn_one(None, v)
    return scores


def half_space_trees(time: Times, value: Floats) -> Floats:
    """river's HalfSpaceTrees on values scaled by their range; 999 of 1,000 lie below an alarm."""
    scale: Any = MinMaxScaler()
    model: Any = QuantileFilter(HalfSpaceTrees(seed=1), q=0.999)
    scores = np.zeros(len(value))
    for row, v in enumerate(value.tolist()):
        scale.learn_one({"value": v})
        scaled = scale.transform_one({"value": v})
        own = float(model.score_one(scaled))
        scores[row] = 1.0 + own if row >= WARM_UP and model.classify(own) else own / 2
        model.learn_one(scaled)
    return scores


METHODS: dict[str, Method] = {
    "lifeline": lifeline("auto"),
    "outside everything seen": lifeline("novelty"),
    "rolling Gaussian": rolling_gaussian,
    "rolling Gaussian, paused": paused(partial(rolling_gaussian, spreads=FEWER)),
    "river.GaussianScorer": gaussian_scorer,
    "river.GaussianScorer, paused": paused(partial(gaussian_scorer, spreads=FEWER)),
    "river.HalfSpaceTrees": half_space_trees,
}
