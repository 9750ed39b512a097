"""Sensors under manhole covers."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.device import BATTERY, HOUR, SIGNAL, Device, Measure
from simulators.ground import ZONES, Ground


def covers(ground: Ground) -> Iterator[Device]:
    for place in range(1, 85):
        zone = ZONES[place % 6]
        problem_class = ("0101", "0102", "0103", "0111")[place % 4]
        lon, lat = ground.place(zone)
        yield Device(
            id=f"cover-{place:03d}",
            kind="cover",
            role="cover",
            zone=zone,
            component=ground.component(problem_class),
            problem_class=problem_class,
            name=f"manhole cover {place}",
            lon=lon,
            lat=lat,
            form="ttn" if place % 2 else "chirpstack",
            measures=(
                Measure("tilt", "tilt", "°", 4 * HOUR, -180, 180),
                Measure("water", "water_contact", "1", 4 * HOUR),
                BATTERY,
                SIGNAL,
            ),
            address="" if place % 2 else f"a84041c0ff{place:06d}",
        )
