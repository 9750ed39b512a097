"""Detectors that need facts of a channel's place: limits, time zone, tags."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.detector import Detector, Params
from detectors.kernel import kernel
from ingest.batch import Floats, Times
from ingest.channel import Channel
from ingest.localtime import local_times

#: [us]
DAY = 86_400_000_000


class Placed(Detector):
    """Keep facts of each channel beside the state, a row a channel, filled in by `place`.

    They are not in `state`, so that a checkpoint does not bring back a cover level or a
    set pressure which an operator has corrected since.
    """

    def __init__(self, params: Params, channels: Sequence[Channel] = ()) -> None:
        self.zones: list[str] = []
        self.zone: NDArray[np.int16] = np.zeros(0, dtype=np.int16)
        self.facts: dict[str, Floats] = {}
        super().__init__(params, channels)

    def grow(self, channels: Sequence[Channel]) -> None:
        super().grow(channels)
        for channel in channels:
            if channel.time_zone not in self.zones:
                self.zones.append(channel.time_zone)
        numbers = [self.zones.index(channel.time_zone) for channel in channels]
        self.zone = np.concatenate([self.zone, np.array(numbers, dtype=np.int16)])
        rows = [self.place(channel) for channel in channels]
        for name in self.place_names():
            more = np.array([row[name] for row in rows], dtype=np.float64)
            self.facts[name] = np.concatenate([self.facts.get(name, np.zeros(0)), more])

    def place_names(self) -> tuple[str, ...]:
        """Return the names that `place` gives each channel."""
        return ()

    @abstractmethod
    def place(self, channel: Channel) -> dict[str, float]:
        """Return the facts of one channel, in SI."""

    def local(self, channel: NDArray[np.int32], time: Times) -> Times:
        """Return (n,) wall-clock times at the place of each row."""
        local = local_times(time, self.zone[channel], self.zones)
        local.flags.writeable = False  # as a batch's columns are: one type for kernels
        return local


@kernel
def hour_of(local: int) -> float:
    """Return the hours since midnight, 0 <= hour < 24, of a wall-clock time [us since 1970]."""
    return float(local % DAY / 3_600_000_000)


@kernel
def is_night(hour: float, begins: float, ends: float) -> bool:
    """Return whether an hour lies in a night that may run past midnight."""
    if begins <= ends:
        return begins <= hour < ends
    return hour >= begins or hour < ends
