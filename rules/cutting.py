"""Readings and channels in portions of a fit size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch

P = TypeVar("P", bound=np.generic)


def parts(rows: NDArray[P], size: int) -> Iterator[NDArray[P]]:
    """Yield `rows` in parts whose history is fit to be read at once."""
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def pieces(batch: Batch, changeovers: Sequence[np.datetime64] = ()) -> Iterator[Batch]:
    """Cut a long stretch of time so that its last day and last hour begin with a mark.

    And that it is judged up to each changeover of rules before it goes on.
    """
    if len(batch) == 0:
        return
    latest = batch.time.max()
    cuts = [latest.astype("M8[D]"), latest.astype("M8[h]"), *changeovers]
    part = np.searchsorted(np.sort(np.array(cuts, dtype="M8[us]")), batch.time, side="right")
    if part.min() == part.max():
        yield batch
        return
    for number in np.unique(part):
        yield batch[np.flatnonzero(part == number)]
