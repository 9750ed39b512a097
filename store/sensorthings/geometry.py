"""Geometries of filters: well-known text in, and where a point lies to them.

What we locate is points, so that each relation of two geometries is one of a point and a
geometry. Coordinates are degrees of WGS 84, and distances too, as OData has it: in the unit of
the reference system.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from math import dist

from psycopg.sql import Composable, Literal

from store.statements import statements

Point = tuple[float, float]

_TEXT = re.compile(r"\s*(?:SRID=4326;)?\s*(POINT|LINESTRING|POLYGON)\s*(\(.*\))\s*", re.I | re.S)
_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_POINT = re.compile(rf"\s*({_NUMBER})\s+({_NUMBER})\s*")
_PART = re.compile(r"\(([^()]*)\)")


class BadGeometry(ValueError):
    """A text is no geometry that we know."""


@dataclass(frozen=True, slots=True)
class Geometry:
    kind: str  #: POINT, LINESTRING, POLYGON
    parts: tuple[tuple[Point, ...], ...]  #: the rings of a polygon, its outer one first

    @property
    def length(self) -> float:
        return sum(dist(one, other) for one, other in pairwise(self.parts[0]))


def read_geometry(text: str) -> Geometry:
    found = _TEXT.fullmatch(text)
    if not found:
        raise BadGeometry(
            "write POINT, LINESTRING or POLYGON, as in POLYGON((120 30, 121 30, ...))"
        )
    kind, body = found[1].upper(), found[2]
    texts = _PART.findall(body) if kind == "POLYGON" else [body[1:-1]]
    parts = tuple(tuple(_point(each) for each in part.split(",")) for part in texts)
    least = {"POINT": 1, "LINESTRING": 2, "POLYGON": 3}[kind]
    if (
        not parts
        or any(len(part) < least for part in parts)
        or (kind == "POINT" and len(parts[0]) > 1)
    ):
        raise BadGeometry(
            f"a {kind} needs {'one point' if least == 1 else f'{least} points or more'}"
        )
    return Geometry(kind, parts)


def _point(text: str) -> Point:
    found = _POINT.fullmatch(text)
    if not found:
        raise BadGeometry(f"{text.strip()!r} is no point: write longitude, a space, latitude")
    return float(found[1]), float(found[2])


def _ring(part: tuple[Point, ...]) -> Composable:
    # Repr of a float is all its digits, so the database reads the same numbers.
    return Literal("(" + ",".join(f"({lon!r},{lat!r})" for lon, lat in part) + ")")


def _path(part: tuple[Point, ...]) -> Composable:
    return Literal("[" + ",".join(f"({lon!r},{lat!r})" for lon, lat in part) + "]")


def _spot(part: tuple[Point, ...]) -> Composable:
    return Literal(f"({part[0][0]!r},{part[0][1]!r})")


def _any(parts: list[Composable]) -> Composable:
    found = parts[0]
    for part in parts[1:]:
        found = statements("odata")["or"].format(found, part)
    return found


def _on(point: Composable, shape: Geometry) -> Composable:
    """On the line, on the border, or at the point."""
    sql = statements("odata")
    if shape.kind == "POINT":
        return sql["on_point"].format(point, _spot(shape.parts[0]))
    if shape.kind == "LINESTRING":
        return sql["on_line"].format(point, _path(shape.parts[0]))
    return _any([sql["on_ring"].format(point, _ring(part)) for part in shape.parts])


def _inside(point: Composable, shape: Geometry) -> Composable:
    """In the area or on its border; a border of a hole belongs to the area."""
    sql = statements("odata")
    found: Composable = sql["in_ring"].format(point, _ring(shape.parts[0]))
    for hole in shape.parts[1:]:
        outside = sql["not"].format(sql["in_ring"].format(point, _ring(hole)))
        border = sql["on_ring"].format(point, _ring(hole))
        found = sql["and"].format(found, sql["or"].format(outside, border))
    return found


def intersects(point: Composable, shape: Geometry) -> Composable:
    return _inside(point, shape) if shape.kind == "POLYGON" else _on(point, shape)


def within(point: Composable, shape: Geometry) -> Composable:
    """Tell whether the point is of the inside: not of a border, nor of a line's ends."""
    sql = statements("odata")
    if shape.kind == "POINT":
        return _on(point, shape)
    return sql["and"].format(intersects(point, shape), sql["not"].format(touches(point, shape)))


def touches(point: Composable, shape: Geometry) -> Composable:
    """Tell whether the point is of the border and of nothing else."""
    if shape.kind == "POLYGON":
        return _on(point, shape)
    sql = statements("odata")
    if shape.kind == "POINT" or shape.parts[0][0] == shape.parts[0][-1]:
        return sql["false"]
    ends = (shape.parts[0][:1], shape.parts[0][-1:])
    return _any([sql["on_point"].format(point, _spot(end)) for end in ends])


def equals(point: Composable, shape: Geometry) -> Composable:
    return _on(point, shape) if shape.kind == "POINT" else statements("odata")["false"]


def disjoint(point: Composable, shape: Geometry) -> Composable:
    return statements("odata")["not"].format(intersects(point, shape))


def never(point: Composable, shape: Geometry) -> Composable:
    """Neither overlap nor cross: a point has no part that is in and another that is out."""
    return statements("odata")["false"]


def distance(point: Composable, shape: Geometry) -> Composable:
    """Compose the distance in degrees; within a polygon it is 0, holes not looked at."""
    sql = statements("odata")
    if shape.kind == "POINT":
        return sql["distance_point"].format(point, _spot(shape.parts[0]))
    if shape.kind == "LINESTRING":
        return sql["distance_line"].format(point, _path(shape.parts[0]))
    return sql["distance_ring"].format(point, _ring(shape.parts[0]))


#: Relations of a point and a geometry. What contains a point of ours is that point alone.
RELATIONS = {
    "geo.intersects": intersects,
    "st_intersects": intersects,
    "st_within": within,
    "st_touches": touches,
    "st_equals": equals,
    "st_disjoint": disjoint,
    "st_contains": equals,
    "st_overlaps": never,
    "st_crosses": never,
}
