"""What the engine asks for, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Times, concatenate
from rules.event import Event


class History(Protocol):
    """The stored readings, for looking back."""

    def readings(self, channels: NDArray[np.int32], since: np.datetime64 | None) -> Batch:
        """Return the readings of `channels` at or after `since`, by channel and time.

        All of them, flagged or not; `since` None = from the beginning. Readings that were
        stored but not yet judged may be among them.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Requalified:
    """Readings whose flags order has changed (TOO_FAST): columns, a row a reading.

    channel (n,) int32, time (n,) datetime64[us], quality (n,) uint16, all flags anew
    """

    channel: NDArray[np.int32]
    time: Times
    quality: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.channel)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What is to be written: events that are new or other than when last settled."""

    events: tuple[Event, ...]
    requalified: Requalified

    def __bool__(self) -> bool:
        return bool(self.events) or len(self.requalified) > 0


class Remembered:
    """A history in memory, for tests, backtests and scratch judging."""

    def __init__(self, *batches: Batch) -> None:
        self.batches: list[Batch] = [*batches]
        self._sorted: Batch | None = None

    def add(self, batch: Batch) -> None:
        self.batches.append(batch)
        self._sorted = None

    def requalify(self, changed: Requalified) -> None:
        """Take in flags found by the engine, as a store does."""
        flags = {
            (int(channel), time): quality
            for channel, time, quality in zip(
                changed.channel, changed.time, changed.quality, strict=True
            )
        }
        if not flags:
            return
        rows = self._all()
        keys = zip(rows.channel.tolist(), rows.time, rows.quality, strict=True)
        quality = [flags.get((channel, time), old) for channel, time, old in keys]
        self._sorted = rows.with_columns(quality=np.array(quality, dtype=np.uint16))
        self.batches = [self._sorted]

    def readings(self, channels: NDArray[np.int32], since: np.datetime64 | None) -> Batch:
        stored = self._all()
        rows = np.isin(stored.channel, channels)
        if since is not None:
            rows &= stored.time >= since
        return stored[rows]

    def _all(self) -> Batch:
        if self._sorted is None:
            self._sorted = concatenate(self.batches).in_time_order()
            self.batches = [self._sorted]
        return self._sorted
