"""A district of six square kilometres: some three hundred devices of all six kinds.

Where things stand and what belongs to what. The place is invented; its codes are well
formed but of a county that does not exist. Zone "north" wears the instruments of the
L-TOWN network, so that a recorded leak can be replayed in it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulators.device import Device, Measure

COUNTY = "340199"
WEST, SOUTH, CELL = 117.20, 31.80, 0.001  #: [°]; a cell is about 100 m
ZONES = ("north", "east", "south", "west", "old-town", "harbour")
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
DEPARTMENTS = {
    "water": "91000000000000027B",
    "gas": "910000000000000431",
    "power": "91000000000000051U",
    "flood": "12000000000000035B",
    "noise": "11000000000000078U",
    "cover": "12000000000000035B",
}
BATTERY = Measure("battery", "battery", "%", 0, 0, 100)
SIGNAL = Measure("signal", "signal", "dBm", 0, -150, 0)
ATTRIBUTES = {"set_pressure": "Pa", "crown_level": "m", "cover_level": "m"}
MINUTE, QUARTER, HOUR = 60, 900, 3600


@dataclass(frozen=True)
class District:
    devices: tuple[Device, ...]
    stranger: Device  #: publishes, but is not among the assets until somebody adopts it

    def __getitem__(self, name: str) -> Device:
        return {device.id: device for device in self.devices}[name]

    def of(self, kind: str, role: str, zone: str = "") -> list[Device]:
        """Return the devices of a kind and role, in one zone or in all."""
        return [
            device
            for device in self.devices
            if (device.kind, device.role) == (kind, role) and zone in ("", device.zone)
        ]


class _Ground:
    """Hands out places and codes: the k-th thing of a zone gets the k-th free cell."""

    def __init__(self) -> None:
        self.serial: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()

    def place(self, zone: str, step: int = 7) -> tuple[float, float]:
        """Return lon, lat of the next place; neighbours in time are scattered over the zone."""
        turn = self.taken[zone]
        self.taken[zone] += 1
        cell, layer = turn * step % 100, turn // 100
        row, column = divmod(cell, 10)
        across, up = ZONES.index(zone) % 3, ZONES.index(zone) // 3
        inset = (0.5 + 0.17 * layer) * CELL
        lon = WEST + (across * 10 + column) * CELL + inset
        lat = SOUTH + (up * 10 + row) * CELL + inset
        return round(lon, 6), round(lat, 6)

    def component(self, problem_class: str) -> str:
        self.serial[problem_class] += 1
        return f"{COUNTY}{problem_class}{self.serial[problem_class]:06d}"


def grid_cell(lon: float, lat: float) -> str:
    """Return the code of the 100 m cell around a place: street = zone, community = quarter."""
    column, row = int((lon - WEST) / CELL + 1e-9), int((lat - SOUTH) / CELL + 1e-9)
    street = row // 10 * 3 + column // 10 + 1
    row, column = row % 10, column % 10
    community = row // 5 * 2 + column // 5 + 1
    return f"{COUNTY}{street:03d}{community:03d}{row * 10 + column + 1:03d}"


def build_district() -> District:
    ground = _Ground()
    devices = [
        *_water(ground),
        *_gas(ground),
        *_power(ground),
        *_flood(ground),
        *_noise(ground),
        *_covers(ground),
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


def _water(ground: _Ground) -> Iterator[Device]:
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
        )

    for node in LTOWN_PRESSURES:
        yield logger(f"ltown-{node}", "north", "network", (pressure,))
    for pipe in LTOWN_FLOWS:
        yield logger(f"ltown-{pipe}", "north", "pump" if pipe == "PUMP_1" else "inflow", (flow,))
    for place in range(1, 11):
        yield logger(f"east-p{place:02d}", "east", "network", (pressure,))
    yield logger("east-inflow", "east", "inflow", (flow,))


def _gas(ground: _Ground) -> Iterator[Device]:
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


def _power(ground: _Ground) -> Iterator[Device]:
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


def _flood(ground: _Ground) -> Iterator[Device]:
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


def _noise(ground: _Ground) -> Iterator[Device]:
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


def _covers(ground: _Ground) -> Iterator[Device]:
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


COLUMNS = (
    "channel",
    "device",
    "name",
    "quantity",
    "unit",
    "component",
    "class",
    "component_name",
    "lon",
    "lat",
    "zone",
    "interval",
    "reports_every",
    "kind",
    "role",
    "gateway",
    "transformer",
    "pipe",
    "lowest",
    "highest",
    "grid_cell",
    "department",
    "tag:noise_zone",
    "attr:set_pressure",
    "attr:crown_level",
    "attr:cover_level",
)


def asset_rows(device: Device) -> Iterator[dict[str, str]]:
    """Yield one row of the assets format a channel of `device`."""
    for measure in device.measures:
        interval = measure.interval or max(m.interval for m in device.measures)
        role = measure.role or device.role
        row = {
            "channel": device.channel(measure.name),
            "device": device.wire_id,
            "name": measure.name,
            "quantity": measure.quantity,
            "unit": measure.unit,
            "component": device.component,
            "class": device.problem_class,
            "component_name": device.tags.get("transformer", device.name),
            "lon": f"{device.lon:.6f}",
            "lat": f"{device.lat:.6f}",
            "zone": device.zone,
            "interval": f"PT{interval}S",
            "reports_every": f"PT{device.reports_every}S",
            "kind": device.kind,
            "role": role,
            "gateway": device.gateway,
            "grid_cell": grid_cell(device.lon, device.lat),
            "department": DEPARTMENTS[device.kind],
            "transformer": device.tags.get("transformer", ""),
            "pipe": device.tags.get("pipe", ""),
            "tag:noise_zone": device.tags.get("noise_zone", ""),
        }
        for bound in ("lowest", "highest"):
            limit = getattr(measure, bound)
            row[bound] = "" if limit is None else f"{limit:g}"
        for name, unit in ATTRIBUTES.items():
            value = device.attributes.get(name)
            row[f"attr:{name}"] = "" if value is None else f"{value:g} {unit}"
        yield row


def write_assets(devices: tuple[Device, ...], path: Path) -> None:
    """Write the assets file of `devices`, one row a channel."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, COLUMNS)
        out.writeheader()
        for device in devices:
            out.writerows(asset_rows(device))
