"""Valve wells along gas mains, and the regulators."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.device import BATTERY, QUARTER, SIGNAL, Device, Measure
from simulators.ground import Ground


def gas(ground: Ground) -> Iterator[Device]:
    well = (
        Measure("methane", "methane", "%VOL", QUARTER, 0, 100),
        Measure("temperature", "temperature", "°C", QUARTER, -40, 85),
        BATTERY,
        SIGNAL,
    )
    for pipe in range(1, 9):
        zone = ("south", "west")[pipe % 2]
        lon, lat = ground.place(zone)
        for place in range(4):  # along the pipe, 60 m apart
            yield Device(
                id=f"well-{pipe}{'abcd'[place]}",
                kind="gas",
                role="well",
                zone=zone,
                component=ground.component("0111"),
                problem_class="0111",
                name=f"gas valve well {pipe}{'abcd'[place]}",
                lon=round(lon + place * 0.0006, 6),
                lat=lat,
                form="chirpstack",
                measures=well,
                address=f"a84041f1d1{pipe:02d}{place:04d}",
                tags={"pipe": f"gas-main-{pipe}"},
            )
    for place in range(1, 9):
        zone = ("south", "west")[place % 2]
        lon, lat = ground.place(zone)
        yield Device(
            id=f"regulator-{place}",
            kind="gas",
            role="regulator",
            zone=zone,
            component=ground.component("0149"),
            problem_class="0149",
            name=f"gas regulator {place}",
            lon=lon,
            lat=lat,
            form="thingsboard",
            measures=(Measure("outlet_pressure", "gas_pressure", "kPa", 300, 0, 400),),
            gateway="gw-gas-1",
            tags={"pipe": f"gas-main-{place}"},
            attributes={"set_pressure": 2400.0},
        )
