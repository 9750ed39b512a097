"""Ten meters behind each of eight transformers, read by a concentrator."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.device import QUARTER, Device, Measure
from simulators.ground import Ground


def power(ground: Ground) -> Iterator[Device]:
    for transformer in range(1, 9):
        zone = ("west", "old-town")[transformer % 2]
        lon, lat = ground.place(zone)
        component = ground.component("0128")
        for place in range(1, 11):
            yield Device(
                id=f"meter-{transformer}-{place:02d}",
                kind="power",
                role="meter",
                zone=zone,
                component=component,
                problem_class="0128",
                name=f"meter {place} of transformer {transformer}",
                lon=round(lon + place * 0.00002, 6),
                lat=lat,
                form="lines",
                measures=(
                    Measure("voltage", "voltage", "V", QUARTER, 0, 400),
                    Measure("current", "current", "A", QUARTER, 0, 100),
                    Measure("last_gasp", "last_gasp", "1", 0),
                ),
                gateway=f"concentrator-{transformer}",
                tags={"transformer": f"transformer-{transformer}"},
            )
