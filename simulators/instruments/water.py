"""Pressure loggers and flow meters: the L-TOWN network in zone north, a small one in zone east."""

from __future__ import annotations

from collections.abc import Iterator

from simulators.device import HOUR, Device, Measure
from simulators.ground import Ground, street

LTOWN_PRESSURES = tuple(
    f"n{node}"
    for node in (
        1,
        4,
        31,
        54,
        105,
        114,
        163,
        188,
        215,
        229,
        288,
        296,
        332,
        342,
        410,
        415,
        429,
        458,
        469,
        495,
        506,
        516,
        519,
        549,
        613,
        636,
        644,
        679,
        722,
        726,
        740,
        752,
        769,
    )
)
LTOWN_FLOWS = ("PUMP_1", "p227", "p235")


def water(ground: Ground) -> Iterator[Device]:
    pressure = Measure("pressure", "pressure", "MPa", 300, 0, 1.6)
    flow = Measure("flow", "flow", "m³/h", 300, 0, 1000)

    def logger(name: str, zone: str, role: str, measures: tuple[Measure, ...]) -> Device:
        lon, lat = ground.place(zone)
        return Device(
            id=name,
            kind="water",
            role=role,
            zone=zone,
            component=ground.component("0101"),
            problem_class="0101",
            name=f"{role} {name}",
            lon=lon,
            lat=lat,
            form="senml",
            measures=measures,
            reports_every=HOUR,
            tags={"pipe": f"{zone}-main-{street(lat)}" if role == "network" else f"{zone}-trunk"},
        )

    for node in LTOWN_PRESSURES:
        yield logger(f"ltown-{node}", "north", "network", (pressure,))
    for pipe in LTOWN_FLOWS:
        yield logger(f"ltown-{pipe}", "north", "pump" if pipe == "PUMP_1" else "inflow", (flow,))
    for place in range(1, 11):
        yield logger(f"east-p{place:02d}", "east", "network", (pressure,))
    yield logger("east-inflow", "east", "inflow", (flow,))
