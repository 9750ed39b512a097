"""Courses of pipes: GeoJSON lines in degrees, kept in whole numbers to the centimetre.

CGCS2000 and WGS 84 agree within metres, as surveys of pipes do with the ground: both are taken as
they are. Heights are left out: a map needs none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import cos, hypot, isfinite, radians
from typing import Any, NamedTuple

from cases.grouping import METRES_PER_DEGREE
from cases.polygons import Box

UNITS = 10_000_000  #: of a course, in a degree
FARTHEST = 50_000.0  #: [m] between two points of a pipe; beyond it one of them is wrong
MOST = 20_000  #: points of a pipe


class BadCourse(ValueError):
    """A geometry is no course of a pipe: what is wrong, how to mend it."""


class Course(NamedTuple):
    numbers: tuple[int, ...]  #: lon, lat, lon, lat, ... [1e-7 °]
    points: tuple[int, ...]  #: how many each part has

    def parts(self) -> Iterator[list[tuple[int, int]]]:
        pairs = list(zip(self.numbers[::2], self.numbers[1::2], strict=True))
        ends = list(accumulate(self.points))
        for points, end in zip(self.points, ends, strict=True):
            yield pairs[end - points : end]


def read_course(geometry: Any) -> Course:
    """Return the course of a LineString or MultiLineString; raises BadCourse.

    Points that are one after another to the centimetre are one.
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else type(geometry).__name__
    if kind not in ("LineString", "MultiLineString"):
        raise BadCourse(f"is a {kind}", "A pipe is a LineString or a MultiLineString")
    try:
        lines = geometry["coordinates"]
        parts = [_part(line) for line in (lines if kind == "MultiLineString" else [lines])]
    except BadCourse:
        raise
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as why:
        mend = "Write lines of [lon, lat] as RFC 7946 has them"
        raise BadCourse("coordinates cannot be read", mend) from why
    if not parts:
        raise BadCourse("has no points", "Draw it, or leave the feature out")
    if (count := sum(map(len, parts))) > MOST:
        raise BadCourse(f"has {count} points", f"{MOST} are the most: split the pipe")
    numbers = (number for part in parts for point in part for number in point)
    return Course(tuple(numbers), tuple(map(len, parts)))


def _part(line: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    part: list[tuple[int, int]] = []
    for lon, lat, *_ in line:
        if not all(type(n) in (int, float) and isfinite(n) for n in (lon, lat)):
            raise BadCourse(f"[{lon}, {lat}] is no point", "Write degrees, as [116.4, 39.9]")
        if abs(lon) > 180 or abs(lat) > 90:
            exchanged = abs(lat) <= 180 and abs(lon) <= 90
            mend = "Exchange lon and lat" if exchanged else "Convert to degrees of WGS 84"
            raise BadCourse(f"[{lon}, {lat}] is on no map", mend)
        point = round(lon * UNITS), round(lat * UNITS)
        if not part or part[-1] != point:
            part.append(point)
    if len(part) < 2:
        raise BadCourse("a line has no length", "It has two different points at least")
    for one, other in pairwise(part):
        if (far := _metres(one, other)) > FARTHEST:
            lon, lat = (n / UNITS for n in other)
            raise BadCourse(
                f"it leaps {far / 1000:.0f} km to [{lon}, {lat}]", "Mend the point, or split it"
            )
    return part


def geometry_of(course: Course) -> dict[str, Any]:
    lines = [[[lon / UNITS, lat / UNITS] for lon, lat in part] for part in course.parts()]
    if len(lines) == 1:
        return {"type": "LineString", "coordinates": lines[0]}
    return {"type": "MultiLineString", "coordinates": lines}


def extent_of(course: Course) -> Box:
    lons, lats = course.numbers[::2], course.numbers[1::2]
    return Box(*(n / UNITS for n in (min(lons), min(lats), max(lons), max(lats))))


def length_of(course: Course) -> float:
    """Return how long it is [m]; right to a part in 10⁴ within a city."""
    return sum(_metres(*ends) for part in course.parts() for ends in pairwise(part))


def _metres(one: tuple[int, int], other: tuple[int, int]) -> float:
    east = (one[0] - other[0]) * cos(radians((one[1] + other[1]) / 2 / UNITS))
    return hypot(east, one[1] - other[1]) / UNITS * METRES_PER_DEGREE
