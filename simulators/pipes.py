"""The pipes of the district: mains, drains and feeders along its streets, as a utility has them.

Where sensors have a pipe as their tag, its course goes through them. Streets run in the middle of
cells, so that courses bend at right angles; materials and years depend on the seed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from simulators.device import Device
from simulators.district import District
from simulators.ground import CELL

Point = tuple[float, float]
Feature = dict[str, Any]
BESIDE = 0.3 * CELL  #: [°] of a trunk from the first of what it feeds
MATERIALS = {
    "water": ("球墨铸铁", "PE100", "钢"),
    "gas": ("PE80", "钢"),
    "drain": ("钢筋混凝土", "HDPE"),
    "power": ("交联聚乙烯电缆",),
}


def pipes(district: District, random: np.random.Generator) -> dict[str, Any]:
    """Return the courses of all pipes as GeoJSON."""
    features = [*_water(district), *_gas(district), *_drains(district), *_feeders(district)]
    for feature in features:
        told = feature["properties"]
        told["material"] = str(random.choice(MATERIALS[told["network"]]))
        told["year"] = int(random.integers(1988, 2022))
    return {"type": "FeatureCollection", "features": features}


def _water(district: District) -> Iterator[Feature]:
    """A trunk along the west of a zone, and a main from it along each street with loggers."""
    for zone in ("north", "east"):
        mains = _by_tag(district, "water", "pipe", zone)
        everything = [device for devices in mains.values() for device in devices]
        west = min(device.lon for device in everything) - BESIDE
        trunk = mains.pop(f"{zone}-trunk")
        lats = sorted({device.lat for device in everything})
        inlets = [_streets([(west, device.lat), (device.lon, device.lat)]) for device in trunk]
        lines = [[(west, lats[0]), (west, lats[-1])], *inlets]
        yield _feature("water", f"{zone}-trunk", lines, diameter="DN600", name=f"{zone} trunk main")
        for name, devices in sorted(mains.items()):
            line = _streets([(west, devices[0].lat), *map(_place, devices)])
            yield _feature("water", name, [line], diameter="DN200", **{"from": f"{zone}-trunk"})


def _gas(district: District) -> Iterator[Feature]:
    """From its regulator along the street of its valve wells."""
    regulators = {device.tags["pipe"]: device for device in district.of("gas", "regulator")}
    for name, wells in sorted(_by_tag(district, "gas", "pipe", role="well").items()):
        regulator = regulators[name]
        begins = (wells[0].lon - BESIDE, wells[0].lat)
        ends = (wells[-1].lon + BESIDE, wells[-1].lat)
        line = _streets([_place(regulator), begins, *map(_place, wells), ends])
        yield _feature("gas", name, [line], diameter="DN160", **{"from": regulator.id})


def _drains(district: District) -> Iterator[Feature]:
    """Through the manholes of a zone from north to south, then to its outfall."""
    for name, manholes in sorted(_by_tag(district, "flood", "drain").items()):
        down = sorted(map(_place, manholes), key=lambda place: -place[1])
        outfall = (down[-1][0], down[-1][1] - 2 * BESIDE)
        line = _streets([*down, outfall])
        yield _feature("drain", name, [line], diameter="1200x800", to=f"outfall {name}")


def _feeders(district: District) -> Iterator[Feature]:
    """From transformer to transformer of a zone."""
    for zone in ("west", "old-town"):
        meters = reversed(district.of("power", "meter", zone))
        places = {device.tags["transformer"]: _place(device) for device in meters}
        line = _streets(sorted(places.values(), key=lambda place: (place[1], place[0])))
        yield _feature("power", f"feeder-{zone}", [line], name=f"10 kV feeder {zone}")


def _by_tag(
    district: District, kind: str, tag: str, zone: str = "", role: str = ""
) -> dict[str, list[Device]]:
    """Return the devices of a kind by a tag, from west to east."""
    found = defaultdict(list)
    for device in sorted(district.devices, key=_place):
        wanted = device.kind == kind and zone in ("", device.zone) and role in ("", device.role)
        if wanted and tag in device.tags:
            found[device.tags[tag]].append(device)
    return dict(found)


def _place(device: Device) -> Point:
    return device.lon, device.lat


def _streets(places: Iterable[Point]) -> list[Point]:
    """Return the way through places along streets: to the east or west first, then up or down."""
    stops = list(places)
    way = stops[:1]
    for (_, lat), (lon, up) in pairwise(stops):
        way += [place for place in ((lon, lat), (lon, up)) if place != way[-1]]
    return way


def _feature(network: str, id: str, lines: Sequence[Sequence[Point]], **told: str) -> Feature:
    drawn = [[[round(n, 6) for n in place] for place in line] for line in lines]
    shape: dict[str, Any] = {"type": "MultiLineString", "coordinates": drawn}
    if len(drawn) == 1:
        shape = {"type": "LineString", "coordinates": drawn[0]}
    properties = {"id": id, "network": network, **told}
    return {"type": "Feature", "properties": properties, "geometry": shape}
