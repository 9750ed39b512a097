"""GeoJSON as RFC 7946 has it: read by a model of others, wound by the right hand, with bounds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from geojson_pydantic import Feature, FeatureCollection
from hypothesis import given
from hypothesis import strategies as some

from cases.geojson import collection, feature, outline, point, wound

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
BOUNDS = {"west": None, "south": None, "east": None, "north": None}


def area(ring):
    """Return the signed area of a ring, a trapezium a side; positive is counterclockwise."""
    return sum((a[0] - b[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(ring))


@pytest.mark.parametrize("outer", [SQUARE, SQUARE[::-1]])
@pytest.mark.parametrize("hole", [HOLE, HOLE[::-1]])
@pytest.mark.parametrize("many", [False, True])
def test_outer_rings_run_counterclockwise_and_holes_clockwise(outer, hole, many):
    polygon = [outer, hole]
    kind = "MultiPolygon" if many else "Polygon"
    turned = wound({"type": kind, "coordinates": [polygon] if many else polygon})
    Feature.model_validate(feature("1", turned, {}))
    [first, second] = turned["coordinates"][0] if many else turned["coordinates"]
    assert (area(first), area(second)) == (16, -1)
    assert sorted(first) == sorted(outer)


@pytest.mark.parametrize(
    ("row", "ring"),
    [
        ({"polygon": None, **BOUNDS}, None),
        ({"polygon": None, "west": 1, "south": 2, "east": 3, "north": 5},
         [[1, 2], [3, 2], [3, 5], [1, 5], [1, 2]]),
        ({"polygon": {"type": "Polygon", "coordinates": [SQUARE[::-1]]}, **BOUNDS}, SQUARE),
    ],
)  # fmt: skip
def test_a_cell_without_a_drawn_outline_has_that_of_its_bounds(row, ring):
    found = outline(row)
    assert (found and found["coordinates"]) == (ring and [ring])
    assert ring is None or area(ring) > 0


places = some.none() | some.tuples(some.floats(-180, 180), some.floats(-90, 90))


@given(some.lists(places, max_size=5))
def test_a_collection_has_the_bounds_of_what_it_holds(found):
    features = [feature(str(n), point(*at) if at else None, {}) for n, at in enumerate(found)]
    told = collection(features, None)
    FeatureCollection.model_validate(told)
    known = [at for at in found if at]
    assert ("bbox" in told) == bool(known)
    if known:
        west, south, east, north = told["bbox"]
        assert all(west <= lon <= east and south <= lat <= north for lon, lat in known)
        assert {west, east} <= {lon for lon, _ in known}
        assert {south, north} <= {lat for _, lat in known}
