"""A district of six square kilometres: some three hundred devices of all six kinds."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.device import QUARTER, Device, Measure
from simulators.ground import Ground
from simulators.instruments.covers import covers
from simulators.instruments.flood import flood
from simulators.instruments.gas import gas
from simulators.instruments.noise import noise
from simulators.instruments.power import power
from simulators.instruments.water import water


@dataclass(frozen=True)
class District:
    devices: tuple[Device, ...]
    stranger: Device  #: publishes, but is not among the assets until somebody adopts it

    def __getitem__(self, name: str) -> Device:
        return {device.id: device for device in self.devices}[name]

    def of(self, kind: str, role: str, zone: str = "", **tags: str) -> list[Device]:
        """Return the devices of a kind and role, in one zone or in all, that have these `tags`."""
        return [
            device
            for device in self.devices
            if (device.kind, device.role) == (kind, role)
            and zone in ("", device.zone)
            and tags.items() <= device.tags.items()
        ]


def build_district() -> District:
    ground = Ground()
    devices = [
        *water(ground),
        *gas(ground),
        *power(ground),
        *flood(ground),
        *noise(ground),
        *covers(ground),
    ]
    lon, lat = ground.place("harbour")
    stranger = Device(
        id="road-new-1",
        kind="flood",
        role="road",
        zone="harbour",
        component=ground.component("0104"),
        problem_class="0104",
        name="Quay Street, sensor nobody announced",
        lon=lon,
        lat=lat,
        form="json",
        measures=(Measure("depth", "depth", "cm", QUARTER, -5, 200),),
    )
    return District(tuple(devices), stranger)
