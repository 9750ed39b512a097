"""The median and other order statistics of a few numbers, for kernels."""

from __future__ import annotations

import numpy as np

from detectors.kernel import kernel
from ingest.batch import Floats


@kernel
def smallest(values: Floats, n: int, place: int) -> float:
    """Return what would be at `place` were values[:n] sorted; what is smaller lies before it.

    Quickselect (C. A. R. Hoare, Commun. ACM 4, 1961): a third of the time of sorting.
    """
    low, high = 0, n - 1
    while low < high:
        pivot = values[(low + high) // 2]
        left, right = low, high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while values[right] > pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left, right = left + 1, right - 1
        if place <= right:
            high = right
        elif place >= left:
            low = left
        else:
            break
    return float(values[place])


@kernel
def median_of(values: Floats, n: int) -> float:
    """Return the median of values[:n], which are brought into another order; NaN of none."""
    if n == 0:
        return np.nan
    upper = smallest(values, n, n // 2)
    if n % 2:
        return upper
    lower = float(values[0])
    for place in range(1, n // 2):
        lower = max(lower, float(values[place]))
    return (lower + upper) / 2


@kernel
def spread_of(values: Floats, n: int, median: float) -> float:
    """Return 1.4826 times the median distance of values[:n] from `median`; they are lost."""
    for place in range(n):
        values[place] = abs(values[place] - median)
    return 1.4826 * median_of(values, n)
