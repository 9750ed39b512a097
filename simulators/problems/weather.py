"""Rain and wind over a zone; by themselves nobody's problem."""

from __future__ import annotations

import numpy as np

from simulators.world import HOUR, Floats, World


def rain(world: World, zone: str, begins: int, ends: int, rate: float, wind: float = 6.0) -> None:
    """Rain [mm/h] and wind [m/s] over a zone, swelling and fading; drains fill with it."""
    station = f"weather-{zone}"
    middle = (ends - begins) / HOUR / 2

    def shape(hours: Floats) -> Floats:
        return np.asarray(np.clip(1.3 - 1.3 * np.abs(hours / middle - 1) ** 2, 0.1, 1.0))

    world[f"{station}/rain_rate"].change(begins, ends, lambda h, v: rate * shape(h))
    world[f"{station}/wind_speed"].change(begins, ends, lambda h, v: v + wind * shape(h))
    for drain in world.district.of("flood", "manhole", zone):
        world[drain.channel("result")].change(
            begins, ends + HOUR, lambda h, v: v + 0.3 * np.sin(np.pi * h / (2 * middle + 1)) ** 2
        )
