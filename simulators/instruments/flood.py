"""Depth sensors on roads, levels in storm drains, a weather station a zone."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.device import BATTERY, QUARTER, Device, Measure
from simulators.ground import ZONES, Ground


def flood(ground: Ground) -> Iterator[Device]:
    for place in range(1, 22):
        zone = ZONES[place % 6]
        lon, lat = ground.place(zone)
        yield Device(
            id=f"road-{place:02d}",
            kind="flood",
            role="road",
            zone=zone,
            component=ground.component("0104"),
            problem_class="0104",
            name=f"road depth sensor {place}",
            lon=lon,
            lat=lat,
            form="json",
            measures=(Measure("depth", "depth", "cm", QUARTER, -5, 200), BATTERY),
        )
    for place in range(1, 17):
        zone = ZONES[place % 6]
        lon, lat = ground.place(zone)
        yield Device(
            id=f"drain-{place:02d}",
            kind="flood",
            role="manhole",
            zone=zone,
            component=ground.component("0103"),
            problem_class="0103",
            name=f"storm drain {place}",
            lon=lon,
            lat=lat,
            form="sensorthings",
            measures=(Measure("result", "level", "m", 600, 0, 5),),
            address=f"Datastreams({100 + place})",
            tags={"drain": f"drain-{zone}"},
            attributes={"crown_level": 0.8, "cover_level": 3.2},
        )
    for zone in ZONES:
        lon, lat = ground.place(zone)
        yield Device(
            id=f"weather-{zone}",
            kind="noise",
            role="weather",
            zone=zone,
            component=ground.component("0308"),
            problem_class="0308",
            name=f"weather station {zone}",
            lon=lon,
            lat=lat,
            form="json",
            measures=(
                Measure("rain_rate", "rain_rate", "mm/h", 300, 0, 500, role="rain"),
                Measure("wind_speed", "wind_speed", "m/s", 300, 0, 60, role="wind"),
            ),
        )
