"""GeoJSON (RFC 7946): features in WGS 84, rings by the right-hand rule, collections with bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

MEDIA_TYPE = "application/geo+json"

Geometry = dict[str, Any]
Ring = list[list[float]]


def point(lon: float | None, lat: float | None) -> Geometry | None:
    return None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}


def outline(row: Mapping[str, Any]) -> Geometry | None:
    """Return a grid cell's polygon; where it has none drawn, its bounds; None without either."""
    if row["polygon"]:
        return wound(row["polygon"])
    if row["west"] is None:
        return None
    west, south, east, north = (row[side] for side in ("west", "south", "east", "north"))
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def wound(geometry: Mapping[str, Any]) -> Geometry:
    """Return a polygon whose outer rings run counterclockwise and whose holes run clockwise.

    What is imported may run either way: RFC 7946 section 3.1.6 asks readers to bear it, and
    writers not to do it.
    """
    parts = geometry["coordinates"]
    polygons = [parts] if geometry["type"] == "Polygon" else parts
    turned = [
        [_turned(ring, counterclockwise=place == 0) for place, ring in enumerate(polygon)]
        for polygon in polygons
    ]
    coordinates = turned[0] if geometry["type"] == "Polygon" else turned
    return {"type": geometry["type"], "coordinates": coordinates}


def _turned(ring: Sequence[Sequence[float]], counterclockwise: bool) -> Ring:
    points = [[float(n) for n in position] for position in ring]
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(points))
    return points if twice == 0 or (twice > 0) == counterclockwise else points[::-1]


def feature(
    identity: str, geometry: Geometry | None, properties: Mapping[str, Any]
) -> dict[str, Any]:
    return {"type": "Feature", "id": identity, "geometry": geometry, "properties": properties}


def collection(features: Iterable[dict[str, Any]], next: str | None) -> dict[str, Any]:
    """Return the collection with its bounds, and the cursor of what follows as a member of ours."""
    found = list(features)
    positions = [p for each in found if each["geometry"] for p in _positions(each["geometry"])]
    bounds = {}
    if positions:
        lons, lats = [p[0] for p in positions], [p[1] for p in positions]
        bounds = {"bbox": [min(lons), min(lats), max(lons), max(lats)]}
    return {"type": "FeatureCollection", **bounds, "features": found, "next": next}


def _positions(geometry: Geometry) -> Iterator[Sequence[float]]:
    waiting = [geometry["coordinates"]]
    while waiting:
        part = waiting.pop()
        if isinstance(part[0], int | float):
            yield part
        else:
            waiting.extend(part)
