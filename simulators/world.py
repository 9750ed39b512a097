"""What is true in the simulated district, channel by channel, before any device speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from simulators.device import Device, Measure
from simulators.district import District

Floats = NDArray[np.float64]
Micros = NDArray[np.int64]

SECOND = 1_000_000
HOUR = 3600 * SECOND
LOCAL = 8 * HOUR  #: Asia/Shanghai has no daylight saving

#: Decimals a device of the kind shows.
DIGITS = {
    "pressure": 5,
    "flow": 2,
    "methane": 2,
    "gas_pressure": 3,
    "voltage": 1,
    "current": 2,
    "depth": 1,
    "level": 3,
    "rain_rate": 1,
    "wind_speed": 1,
    "sound_level": 1,
    "tilt": 1,
    "battery": 0,
    "signal": 0,
    "temperature": 1,
}


@dataclass
class Track:
    """Readings of one channel in time order: time [µs since 1970 UTC], value in the wire unit."""

    device: Device
    measure: Measure
    time: Micros
    value: Floats

    def between(self, begins: int, ends: int) -> slice:
        return slice(*np.searchsorted(self.time, [begins, ends]).tolist())

    def change(self, begins: int, ends: int, how: Callable[[Floats, Floats], Floats]) -> None:
        """Replace the values in [begins, ends) by how(hours since begins, values)."""
        part = self.between(begins, ends)
        self.value[part] = how((self.time[part] - begins) / HOUR, self.value[part])

    def drop(self, begins: int, ends: int) -> None:
        """Take out the readings in [begins, ends): the device says nothing then."""
        part = self.between(begins, ends)
        keep = np.ones(len(self.time), dtype=bool)
        keep[part] = False
        self.time, self.value = self.time[keep], self.value[keep]

    def put(self, time: Micros, value: Floats) -> None:
        """Let these readings stand in for whatever was in their stretch of time."""
        self.drop(int(time[0]), int(time[-1]) + 1)
        place = int(np.searchsorted(self.time, time[0]))
        self.time = np.insert(self.time, place, time)
        self.value = np.insert(self.value, place, value)


@dataclass
class World:
    """All tracks of the district from `begins` to `ends` [µs], by channel id."""

    district: District
    seed: int
    begins: int
    ends: int
    tracks: dict[str, Track] = field(default_factory=dict)

    def random(self, *names: str) -> np.random.Generator:
        """Return a generator that depends on the seed and the names only, not on call order."""
        return np.random.default_rng([self.seed, *(crc32(name.encode()) for name in names)])

    def grid(self, interval: int, begins: int, phase: int = 0) -> Micros:
        """Return times every `interval` [s] in [begins, ends), `phase` [s] after the full step."""
        step = interval * SECOND
        first = -(-begins // step) * step + phase * SECOND
        return np.arange(first, self.ends, step, dtype=np.int64)

    def __getitem__(self, channel: str) -> Track:
        return self.tracks[channel]

    def add(self, device: Device, measure: Measure, time: Micros, value: Floats) -> None:
        self.tracks[device.channel(measure.name)] = Track(device, measure, time, value)

    def settle(self) -> None:
        """Round every value to what its device shows."""
        for track in self.tracks.values():
            track.value = np.round(track.value, DIGITS.get(track.measure.quantity, 3)) + 0.0

    @staticmethod
    def shown(quantity: str) -> float:
        """Return the smallest step that a device of the quantity shows."""
        return float(10.0 ** -DIGITS.get(quantity, 3))


def hour_of_day(time: Micros) -> Floats:
    """Return the local hour of day, 0 <= h < 24."""
    return (time + LOCAL) % (24 * HOUR) / HOUR


def is_weekend(time: Micros) -> NDArray[np.bool_]:
    weekday = ((time + LOCAL) // (24 * HOUR) + 4) % 7  # 1970-01-01 was a Thursday; 0 is Sunday
    return np.asarray((weekday == 0) | (weekday == 6))


def demand(time: Micros) -> Floats:
    """Return how much people draw, about 1 on average: two peaks a day, little at night."""
    hour = hour_of_day(time)
    morning = np.exp(-(((hour - np.where(is_weekend(time), 9.5, 7.5)) / 2.0) ** 2))
    evening = np.exp(-(((hour - 19.5) / 2.5) ** 2))
    midday = np.exp(-(((hour - 13.0) / 3.5) ** 2))
    return np.asarray(0.42 + 1.0 * morning + 0.95 * evening + 0.55 * midday)


def drift(random: np.random.Generator, n: int, memory: float) -> Floats:
    """Return slow noise of unit spread: each step keeps `memory` of the one before."""
    steps = random.standard_normal(n) * np.sqrt(1 - memory**2)
    return np.asarray(lfilter([1.0], [1.0, -memory], steps))
