"""Readings in the order of time in bounded memory: directly, or sorted by pieces on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deploy.backtest.faults import Faults
from ingest.batch import Batch, make_batch

ROW: Final = np.dtype([("channel", "<i4"), ("time", "<i8"), ("value", "<f8"), ("quality", "<u2")])
MOST: Final = 2_000_000  #: readings sorted at once
FILES: Final = 500  #: on disk; what is in one is cut further if it is more than MOST


class Ordered:
    """Puts pieces in order and drops what was there already: a channel and time is one reading.

    latest : (n,) [µs] time of the last reading of each channel
    """

    def __init__(self, channels: int, faults: Faults) -> None:
        self.latest: NDArray[np.int64] = np.full(channels, np.iinfo(np.int64).min)
        self._faults = faults

    def take(self, batch: Batch) -> Batch:
        """Return the rows by channel and time; pieces must come in the order of time."""
        channel, time = batch.channel, batch.time.view(np.int64)
        if not _sorted(channel, time):
            order = np.argsort(time, kind="stable")
            keys = channel[order]
            small = keys.astype(np.int16) if len(self.latest) < 2**15 else keys
            order = order[np.argsort(small, kind="stable")]  # a radix sort where it is small
            batch, channel, time = batch[order], channel[order], time[order]
        before = np.append(np.iinfo(np.int64).min, time[:-1])
        heads = np.append(True, channel[1:] != channel[:-1])[: len(time)]
        before = np.where(heads, self.latest[channel], before[: len(time)])
        again = time <= before
        if again.any():
            self._faults.duplicates += int(again.sum())
            batch = batch[~again]
            channel, time = channel[~again], time[~again]
        tails = np.append(channel[1:] != channel[:-1], True)[: len(time)]
        self.latest[channel[tails]] = time[tails]
        return batch


def _sorted(channel: NDArray[np.int32], time: NDArray[np.int64]) -> bool:
    same = channel[1:] == channel[:-1]
    return bool(np.all((channel[1:] > channel[:-1]) | (same & (time[1:] > time[:-1]))))


class SortedOnDisk:
    """Readings of any order, kept by stretches of time in temporary files, 22 bytes a reading.

    `first`, `last` [us] bound them, `count` is about how many there are. Iterating yields the
    stretches, oldest first; within one the readings are in any order. May be done again; the
    files go with this object.
    """

    def __init__(self, batches: Iterable[Batch], first: int, last: int, count: int) -> None:
        self._folder = TemporaryDirectory(prefix="lifeline-backtest-")
        stretches = min(FILES, count // MOST + 1)
        self._paths = [Path(self._folder.name) / f"{n}.readings" for n in range(stretches)]
        edges = np.linspace(first, last + 1, stretches + 1)[1:-1]
        for batch in batches:
            rows = np.empty(len(batch), dtype=ROW)
            rows["channel"], rows["time"] = batch.channel, batch.time.view(np.int64)
            rows["value"], rows["quality"] = batch.value, batch.quality
            stretch = np.searchsorted(edges, rows["time"], side="right")
            for place in np.unique(stretch):
                with self._paths[place].open("ab") as file:
                    file.write(rows[stretch == place].tobytes())

    def __iter__(self) -> Iterator[Batch]:
        for path in self._paths:
            if path.exists():
                yield from _cut(np.memmap(path, dtype=ROW, mode="r"))


def _cut(rows: NDArray[np.void]) -> Iterator[Batch]:
    """Yield the rows of one file by time, no more than about MOST at once."""
    parts = len(rows) // MOST + 1
    if parts == 1:
        yield _batch(np.array(rows))
        return
    sample = np.sort(rows["time"][:: max(1, len(rows) // 100_000)])
    edges = np.unique(sample[np.linspace(0, len(sample) - 1, parts + 1).astype(int)[1:-1]])
    stretch = np.searchsorted(edges, rows["time"], side="right")
    for place in range(len(edges) + 1):
        yield _batch(np.array(rows[stretch == place]))


def _batch(rows: NDArray[np.void]) -> Batch:
    time = rows["time"].astype(np.int64).view("M8[us]")
    return make_batch(rows["channel"], time, rows["value"], quality=rows["quality"].copy())
