"""Street monitors, and monitors at the fences of building sites."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.device import MINUTE, QUARTER, Device, Measure
from simulators.ground import ZONES, Ground


def noise(ground: Ground) -> Iterator[Device]:
    for place in range(1, 17):
        zone = ZONES[place % 6]
        lon, lat = ground.place(zone)
        site = place > 10
        yield Device(
            id=f"noise-{place:02d}",
            kind="noise",
            role="construction" if site else "street",
            zone=zone,
            component=ground.component("0602" if site else "0308"),
            problem_class="0602" if site else "0308",
            name=f"construction site {place}" if site else f"street monitor {place}",
            lon=lon,
            lat=lat,
            form="json",
            measures=(Measure("sound_level", "sound_level", "dB", MINUTE, 20, 140),),
            reports_every=QUARTER,
            gateway="gw-noise-1" if place % 2 else "gw-noise-2",
            tags={"noise_zone": "construction" if site else "2"},
        )
