"""The assets file of simulated devices: one row a channel."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from simulators.device import Device
from simulators.ground import grid_cell

DEPARTMENTS = {
    "water": "91000000000000027B",
    "gas": "910000000000000431",
    "power": "91000000000000051U",
    "flood": "12000000000000035B",
    "noise": "11000000000000078U",
    "cover": "12000000000000035B",
}
ATTRIBUTES = {"set_pressure": "Pa", "crown_level": "m", "cover_level": "m"}
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
    "drain",
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
            "drain": device.tags.get("drain", ""),
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
