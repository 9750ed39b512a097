"""What of a change is made of known ones."""

from __future__ import annotations

import numpy as np

from ingest.batch import Floats

PASSES = 50


def multiples(known: Floats, whole: Floats) -> Floats:
    """Return (j,) multiples >= 0 of (j, m) `known` that sum up to (m,) `whole` best.

    Non-negative least squares by coordinate descent: leaks give water to nobody.
    """
    multiple = np.zeros(len(known))
    for _ in range(PASSES):
        for j, one in enumerate(known):
            left = whole - multiple @ known
            multiple[j] = max(0.0, multiple[j] + left @ one / (one @ one))
    return multiple
