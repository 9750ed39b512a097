"""Volume under the surface of precision and recall: how well a score ranks labelled ranges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.kernel import kernel
from ingest.batch import Floats, Rows

THRESHOLDS = 250
#: Longest buffer that is averaged over. [rows]
LONGEST = 100


def vus_pr(label: NDArray[np.bool_], score: Floats, longest: int = LONGEST) -> float:
    """Return the mean over buffers 0..longest of the range-aware area under precision-recall.

    A buffer of ℓ rows gives each labelled range shoulders of ℓ // 2 rows on both sides, of
    weight sqrt(1 - distance / ℓ). With the so weighted labels w and what is raised at a
    threshold,

        precision = Σ w raised / Σ raised
        recall    = min(1, Σ w raised / ((Σ label + Σ w) / 2)) · share of ranges touched

    at 250 thresholds evenly spaced through the sorted scores; the area by trapezoids from
    (recall 0, precision 1). No point adjustment, no threshold to fit.
    J. Paparrizos et al., Volume Under the Surface: A New Accuracy Evaluation Measure for
    Time-Series Anomaly Detection, PVLDB 15(11), 2022, sec. 3.
    """
    order = np.argsort(-score, kind="stable")
    places = np.linspace(0, len(score) - 1, THRESHOLDS).astype(np.intp)
    limits = score[order][places]
    areas = [
        _area(shouldered(label, buffer), float(label.sum()), score, order, limits)
        for buffer in range(longest + 1)
    ]
    return float(np.mean(areas))


def shouldered(label: NDArray[np.bool_], buffer: int) -> Floats:
    """Return (n,) weights in [0, 1] of labels with shoulders of `buffer` // 2 rows."""
    weight = label.astype(np.float64)
    if buffer == 0:
        return weight
    edges = np.diff(np.r_[0, label.astype(np.int8), 0])
    shoulder = np.sqrt(1.0 - np.arange(1, buffer // 2 + 1) / buffer)
    for begin, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        after = weight[end : end + len(shoulder)]
        after += shoulder[: len(after)]
        before = weight[max(0, begin - len(shoulder)) : begin][::-1]
        before += shoulder[: len(before)]
    return np.minimum(weight, 1.0)


@kernel
def _area(weight: Floats, labelled: float, score: Floats, order: Rows, limits: Floats) -> float:
    n = len(weight)
    highest = np.empty(n)  # score of each range, shoulders included
    ranges = 0
    for row in range(n):
        if weight[row] > 0.0:
            if row == 0 or weight[row - 1] == 0.0:
                highest[ranges] = score[row]
                ranges += 1
            elif score[row] > highest[ranges - 1]:
                highest[ranges - 1] = score[row]
    ordered = np.sort(highest[:ranges])
    positive = (labelled + weight.sum()) / 2.0
    area, recall_before, precision_before = 0.0, 0.0, 1.0
    taken, raised = 0.0, 0
    for limit in limits:
        while raised < n and score[order[raised]] >= limit:
            taken += weight[order[raised]]
            raised += 1
        touched = (ranges - np.searchsorted(ordered, limit)) / ranges
        recall, precision = min(taken / positive, 1.0) * touched, taken / raised
        area += (recall - recall_before) * (precision + precision_before) / 2.0
        recall_before, precision_before = recall, precision
    return area
