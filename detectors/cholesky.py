"""Linear regressions on the same regressors, inside compiled loops."""

from __future__ import annotations

import numpy as np

from detectors.kernel import kernel
from ingest.batch import Floats


@kernel
def regress(square: Floats, cross: Floats, ridge: float, weight: Floats) -> None:
    """Fill (m, m) `weight` with the solution of weight (square + ridge I) = cross.

    `square` (m, m) are the mean products of the regressors, `cross` (k, m) those of what is
    explained with them. By Cholesky's factorisation; a ridge > 0 makes it possible for
    whatever members repeat each other or stand still.
    """
    m = len(square)
    lower = np.zeros((m, m))
    for i in range(m):
        for j in range(i + 1):
            s = square[i, j]
            if i == j:
                s += ridge
            for k in range(j):
                s -= lower[i, k] * lower[j, k]
            if i == j:
                lower[i, i] = np.sqrt(max(s, 1e-12))
            else:
                lower[i, j] = s / lower[j, j]
    y = np.zeros(m)
    for r in range(len(cross)):
        for i in range(m):
            s = cross[r, i]
            for k in range(i):
                s -= lower[i, k] * y[k]
            y[i] = s / lower[i, i]
        for i in range(m - 1, -1, -1):
            s = y[i]
            for k in range(i + 1, m):
                s -= lower[k, i] * weight[r, k]
            weight[r, i] = s / lower[i, i]
