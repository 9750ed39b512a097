from contextlib import suppress
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.areas import above, read_area_code
from cases.codes import BadCode
from cases.placing import Cell, cell_of
from cases.polygons import BadPolygon, check, crosses_itself, inside, on_border


@pytest.mark.parametrize(
    ("written", "code", "word"),
    [
        ("110000", "11", "city"),
        ("340100", "3401", "city"),
        ("3401", "3401", "city"),
        ("340102", "340102", "district"),
        ("340102001", "340102001", "street"),
        ("340102001002", "340102001002", "community"),
        ("34010200100203", "34010200100203", "grid cell"),
        ("340102001002003", "340102001002003", "grid cell"),
    ],
)
def test_the_length_of_a_code_tells_what_it_is_of(written: str, code: str, word: str) -> None:
    read = read_area_code(written)
    assert (read.code, read.word) == (code, word)


def test_an_area_lies_in_those_that_its_code_begins_with() -> None:
    assert above("340102001002003") == ["340102001002", "340102001", "340102", "3401", "34"]
    assert above("11") == []


@given(st.text("0123456789", min_size=1, max_size=16) | st.text(max_size=16))
def test_any_text_is_the_code_of_an_area_or_is_refused(text: str) -> None:
    with suppress(BadCode):
        read = read_area_code(text)
        assert text.startswith(read.code)
        assert all(read.code.startswith(code) for code in above(read.code))


RING = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
HOLE = [[1.0, 1.0], [1.0, 3.0], [3.0, 3.0], [3.0, 1.0], [1.0, 1.0]]
HOLED = {"type": "Polygon", "coordinates": [RING, HOLE]}
ISLAND = [[6.0, 0.0], [7.0, 0.0], [7.0, 1.0], [6.0, 1.0], [6.0, 0.0]]
PARTS = {"type": "MultiPolygon", "coordinates": [[RING, HOLE], [ISLAND]]}


def test_a_border_belongs_to_the_polygon_where_no_other_has_it() -> None:
    for lon, lat in ((4.0, 2.0), (2.0, 4.0), (4.0, 4.0), (0.0, 0.0), (0.0, 2.0), (1.0, 2.0)):
        assert cell_of(lon, lat, [Cell("a", HOLED)]) == "a"
    assert on_border(3.0, 2.0, HOLED)
    assert not on_border(2.0, 2.0, HOLED)


@pytest.mark.parametrize(
    ("lon", "lat", "held"), [(0.5, 0.5, True), (2, 2, False), (6.5, 0.5, True), (5, 0.5, False)]
)
def test_holes_are_outside_and_parts_inside(lon: float, lat: float, held: bool) -> None:
    assert inside(lon, lat, PARTS) is held


corner = st.floats(-10, 10, allow_nan=False).map(lambda x: round(x, 3))


@given(
    st.lists(corner, min_size=3, max_size=3),
    st.lists(corner, min_size=3, max_size=3),
    st.floats(0, 1),
    st.booleans(),
)
def test_a_point_on_a_shared_edge_is_in_one_of_two_neighbours(
    xs: list[float], ys: list[float], share: float, turned: bool
) -> None:
    """Two triangles on either side of one edge, drawn in either direction."""
    a, b = [xs[0], ys[0]], [xs[1], ys[1]]
    if abs(a[0] - b[0]) + abs(a[1] - b[1]) < 1e-3:
        return
    across = [-(b[1] - a[1]), b[0] - a[0]]
    middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]
    left = [middle[0] + across[0], middle[1] + across[1]]
    right = [middle[0] - across[0], middle[1] - across[1]]
    one = {"type": "Polygon", "coordinates": [[a, b, left, a]]}
    other = {"type": "Polygon", "coordinates": [[b, a, right, b] if turned else [a, b, right, a]]}
    x, y = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
    assert cell_of(x, y, [Cell("one", one), Cell("other", other)])
    if 0.01 < share < 0.99:
        assert inside(x, y, one) != inside(x, y, other)


def winding(x: float, y: float, ring: list[list[float]]) -> bool:
    """Tell by the sum of angles seen from the point, which is another way altogether."""
    turn = 0.0
    for (x1, y1), (x2, y2) in pairwise(ring):
        a, b = np.arctan2(y1 - y, x1 - x), np.arctan2(y2 - y, x2 - x)
        turn += (b - a + np.pi) % (2 * np.pi) - np.pi
    return bool(abs(turn) > np.pi)


def test_inside_agrees_with_the_sum_of_angles() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
        radii = rng.uniform(0.2, 1, 9)
        ring = [[r * np.cos(a), r * np.sin(a)] for a, r in zip(angles, radii, strict=True)]
        ring.append(ring[0])
        polygon = {"type": "Polygon", "coordinates": [ring]}
        for x, y in rng.uniform(-1, 1, (20, 2)):
            assert inside(x, y, polygon) == winding(x, y, ring)


def test_a_ring_that_crosses_itself_is_told() -> None:
    bow = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]
    assert crosses_itself({"type": "Polygon", "coordinates": [bow]})
    assert not crosses_itself(PARTS)


json_like: Any = st.recursive(
    st.none() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=12,
)


@given(json_like, st.sampled_from(["Polygon", "MultiPolygon", "Point"]))
def test_any_geometry_is_a_polygon_or_is_refused(coordinates: Any, kind: str) -> None:
    with suppress(BadPolygon):
        check({"type": kind, "coordinates": coordinates})
    with suppress(BadPolygon):
        check(coordinates)
