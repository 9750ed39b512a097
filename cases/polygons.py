"""Polygons of GeoJSON in degrees: whether they are well made, and whether a point lies in one.

CGCS2000 and WGS 84 agree within metres, which is less than the class C of positions: both are
taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any, NamedTuple

Geometry = Mapping[str, Any]
LONGEST = 300  #: points of a ring that is looked at for crossings with itself


class BadPolygon(ValueError):
    """A geometry is no polygon on the map: what is wrong, how to mend it."""


class Box(NamedTuple):
    west: float
    south: float
    east: float
    north: float


def rings(geometry: Geometry) -> Iterator[Sequence[Sequence[float]]]:
    polygons = geometry["coordinates"]
    for polygon in [polygons] if geometry["type"] == "Polygon" else polygons:
        yield from polygon


def check(geometry: Any) -> Box:
    """Return the bounding box of a well-made Polygon or MultiPolygon; raises BadPolygon."""
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        kind = geometry.get("type") if isinstance(geometry, dict) else type(geometry).__name__
        raise BadPolygon(f"is a {kind}", "Areas and cells are Polygon or MultiPolygon")
    try:
        found = list(rings(geometry))
        for ring in found:
            _check_ring(ring)
        points = [(float(point[0]), float(point[1])) for ring in found for point in ring]
    except BadPolygon:
        raise
    except (KeyError, TypeError, IndexError, ValueError) as why:
        mend = "Write rings of [lon, lat] as RFC 7946 has them"
        raise BadPolygon("coordinates cannot be read", mend) from why
    if not points:
        raise BadPolygon("has no points", "Draw it, or leave the feature out")
    lons, lats = zip(*points, strict=True)
    return Box(min(lons), min(lats), max(lons), max(lats))


def _check_ring(ring: Sequence[Sequence[float]]) -> None:
    for lon, lat, *_ in ring:
        if not all(isinstance(n, int | float) and isfinite(n) for n in (lon, lat)):
            raise BadPolygon(f"[{lon}, {lat}] is no point", "Write degrees, as [116.4, 39.9]")
        if abs(lon) > 180 or abs(lat) > 90:
            exchanged = abs(lat) <= 180 and abs(lon) <= 90
            mend = "Exchange lon and lat" if exchanged else "Convert to degrees of WGS 84"
            raise BadPolygon(f"[{lon}, {lat}] is on no map", mend)
    if len(ring) < 4:
        raise BadPolygon(
            f"a ring has {len(ring)} points", "It has four at least: the last is the first"
        )
    if list(ring[0][:2]) != list(ring[-1][:2]):
        raise BadPolygon("a ring is not closed", "Its last point is its first")


def inside(lon: float, lat: float, geometry: Geometry) -> bool:
    """Tell by the even-odd rule, so that holes are outside.

    A point on the border that two polygons share is in one of them, never in both or none: an
    edge is looked at from its lower end, whichever way the ring goes.
    """
    crossings = 0
    for ring in rings(geometry):
        for (x1, y1, *_), (x2, y2, *_) in pairwise([*ring, ring[0]]):
            if (y1 > lat) != (y2 > lat):
                if y1 > y2:
                    x1, y1, x2, y2 = x2, y2, x1, y1
                crossings += lon < x1 + (lat - y1) / (y2 - y1) * (x2 - x1)
    return crossings % 2 == 1


def on_border(lon: float, lat: float, geometry: Geometry) -> bool:
    """Tell whether a point lies on an edge, within 0.1 mm or so."""
    return any(
        _on_edge(lon, lat, *first[:2], *second[:2])
        for ring in rings(geometry)
        for first, second in pairwise([*ring, ring[0]])
    )


def _on_edge(x: float, y: float, x1: float, y1: float, x2: float, y2: float) -> bool:
    near = 1e-9
    if not (min(x1, x2) - near <= x <= max(x1, x2) + near):
        return False
    if not (min(y1, y2) - near <= y <= max(y1, y2) + near):
        return False
    across = abs((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1))
    return across <= near * max(abs(x2 - x1), abs(y2 - y1), near)


def crosses_itself(geometry: Geometry) -> bool:
    """Tell whether edges of a ring cross; rings of very many points are not looked at."""
    return any(_ring_crosses(ring) for ring in rings(geometry) if len(ring) <= LONGEST)


def _ring_crosses(ring: Sequence[Sequence[float]]) -> bool:
    edges = list(pairwise([(point[0], point[1]) for point in ring]))
    return any(
        _cross(*edges[i], *edges[j])
        for i in range(len(edges))
        for j in range(i + 2, len(edges) - (i == 0))
    )


Point = tuple[float, float]


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def middle(geometry: Geometry) -> Point:
    """Return the mean of the corners of the first ring: a point to look for, not a centroid."""
    ring = list(next(rings(geometry)))[:-1]
    return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
