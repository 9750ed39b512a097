"""The columnar unit of data that flows through the system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]
Rows = NDArray[np.intp]

NO_STATE = -1
#: Of a batch, in their order; written down because `fields()` costs a tenth of judging.
COLUMNS = ("channel", "time", "received", "value", "state", "quality")


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Readings of many channels, one row each.

    channel  : (n,) int32, the channel's number; a detector sees its own numbering
    time     : (n,) datetime64[us], UTC, when the device measured
    received : (n,) datetime64[us], UTC, when it reached us
    value    : (n,) float64, SI unit of the channel's quantity; NaN = a state, or unusable
    state    : (n,) int32, number of an interned text; -1 where the reading is a number
    quality  : (n,) uint16, `Quality` flags

    Microseconds, because that is what the store keeps and readings are unique by
    (channel, time). A batch owns its columns and makes them read-only.
    """

    channel: NDArray[np.int32]
    time: Times
    received: Times
    value: Floats
    state: NDArray[np.int32]
    quality: NDArray[np.uint16]

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, name)) for name in COLUMNS}
        if len(lengths) != 1:
            raise ValueError("the columns of a batch must have one length")
        for name in COLUMNS:
            getattr(self, name).flags.writeable = False

    def __len__(self) -> int:
        return len(self.channel)

    def __getitem__(self, rows: slice | Rows | NDArray[np.bool_]) -> Batch:
        return Batch(*(getattr(self, name)[rows] for name in COLUMNS))

    def with_columns(self, **columns: NDArray[np.generic]) -> Batch:
        """Return the batch with some columns exchanged."""
        return Batch(**{name: columns.get(name, getattr(self, name)) for name in COLUMNS})

    def in_time_order(self) -> Batch:
        """Return the rows oldest first within each channel, channels together."""
        channel, time = self.channel, self.time
        forward = time[1:] >= time[:-1]
        if ((channel[1:] > channel[:-1]) | ((channel[1:] == channel[:-1]) & forward)).all():
            return self
        if forward.all():
            return self[np.argsort(channel, kind="stable")]
        return self[np.lexsort((time, channel))]


def make_batch(
    channel: Sequence[int] | NDArray[np.int32],
    time: Sequence[object] | Times,
    value: Sequence[float] | Floats,
    received: Times | None = None,
    state: NDArray[np.int32] | None = None,
    quality: NDArray[np.uint16] | None = None,
) -> Batch:
    """Build a batch from what is known; without `received` a reading came at its own time."""
    channel = np.array(channel, dtype=np.int32)
    time = np.array(time, dtype="datetime64[us]")
    n = len(channel)
    return Batch(
        channel=channel,
        time=time,
        received=time.copy() if received is None else np.array(received, dtype="datetime64[us]"),
        value=np.array(value, dtype=np.float64),
        state=np.full(n, NO_STATE, dtype=np.int32) if state is None else state,
        quality=np.zeros(n, dtype=np.uint16) if quality is None else quality,
    )


def concatenate(batches: Sequence[Batch]) -> Batch:
    """Return one batch with the rows of all, in their order."""
    if not batches:
        return make_batch([], [], [])
    return Batch(*(np.concatenate([getattr(b, name) for b in batches]) for name in COLUMNS))
