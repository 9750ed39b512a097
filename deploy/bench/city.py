"""A city's sensors in their usual proportions, and what they say on a day without events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from ingest.batch import Batch, make_batch
from ingest.channel import Channel

START = np.datetime64("2026-06-01", "us")  # a Monday
DAY = 86_400.0  #: [s]


@dataclass(frozen=True, slots=True)
class Sensor:
    """One of a hundred sensors: its quantity, tags and a normal day, all in SI."""

    share: int
    quantity: str
    kind: str
    role: str = ""
    mean: float = 0.0
    swing: float = 0.0
    noise: float = 0.0


#: All kinds that the default packs know; flows to pressures as in the L-TOWN network.
SENSORS = (
    Sensor(20, "pressure", "water", "network", 3e5, 2e4, 2e3),
    Sensor(2, "flow", "water", "inflow", 0.02, 0.01, 5e-4),
    Sensor(20, "methane", "gas", "", 5e-4, 0, 5e-5),
    Sensor(4, "gas_pressure", "gas", "", 2e3, 50, 10),
    Sensor(18, "voltage", "power", "", 222, 2, 0.8),
    Sensor(6, "depth", "flood", "road", 0.0, 0, 0.002),
    Sensor(10, "level", "flood", "manhole", 1.0, 0.1, 0.01),
    Sensor(3, "sound_level", "noise", "street", 52, 4, 2),
    Sensor(6, "tilt", "cover", "", 0.01, 0, 0.002),
    Sensor(1, "rain_rate", "weather"),
    Sensor(10, "battery", "", "", 0.8, 0, 0.001),
)
MIX = [sensor for sensor in SENSORS for _ in range(sensor.share)]
NEEDED = {"cover_level": 4.0, "crown_level": 3.0, "set_pressure": 2e3}


def city(number: int, interval: timedelta = timedelta(minutes=5)) -> list[Channel]:
    """Return `number` channels; every hundred of them are one zone."""
    channels = []
    for n in range(number):
        sensor, zone = MIX[n * 37 % 100], n // 100
        tags = {"kind": sensor.kind, "role": sensor.role, "zone": f"z{zone}",
                "gateway": f"g{n // 20}", "transformer": f"t{zone}", "pipe": f"p{n // 20}",
                "noise_zone": "4a"}  # fmt: skip
        channels.append(
            Channel(
                number=n + 1,
                id=f"c{n}",
                device=f"d{n}",
                name="value",
                quantity=sensor.quantity,
                unit="",
                largest_rate=1e6,
                interval=interval,
                tags={name: tag for name, tag in tags.items() if tag},
                attributes=NEEDED,
            )
        )
    return channels


def readings(channels: list[Channel], begin: int, end: int) -> Batch:
    """Return what all channels say from their reading number `begin` up to `end`, by time."""
    steps, count = np.arange(begin, end), len(channels)
    random = np.random.default_rng(begin)
    step = channels[0].interval
    day = 2 * np.pi * steps * (step / timedelta(seconds=DAY))
    mix = [MIX[(c.number - 1) * 37 % 100] for c in channels]
    mean, swing, noise = (
        np.array([getattr(s, n) for s in mix]) for n in ("mean", "swing", "noise")
    )
    value = (
        mean + swing * np.sin(day)[:, None] + noise * random.standard_normal((len(steps), count))
    )
    numbers = np.array([c.number for c in channels], dtype=np.int32)
    time = START + np.repeat(steps, count) * np.timedelta64(step)
    return make_batch(np.tile(numbers, len(steps)), time, value.ravel())
