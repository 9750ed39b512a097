"""Readings and channels in portions of a fit size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch

P = TypeVar("P", bound=np.generic)


def parts(rows: NDArray[P], size: int) -> Iterator[NDArray[P]]:
    """Yield `rows` in parts whose history is fit to be read at once."""
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def pieces(batch: Batch) -> Iterator[Batch]:
    """Cut a long stretch of time so that its last day and last hour begin with a mark."""
    if len(batch) == 0:
        return
    latest = batch.time.max()
    cuts = [latest.astype("M8[D]"), latest.astype("M8[h]")]
    part = np.searchsorted(np.array(cuts, dtype="M8[us]"), batch.time, side="right")
    if part.min() == part.max():
        yield batch
        return
    for number in range(3):
        rows = np.flatnonzero(part == number)
        if len(rows):
            yield batch[rows]
