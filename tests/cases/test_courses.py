# ruff: noqa: E501
"""Courses of pipes: what goes in comes out; what a map of little scale shows is near the truth."""

from itertools import pairwise
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cases.courses import (
    UNITS,
    BadCourse,
    Course,
    extent_of,
    geometry_of,
    length_of,
    read_course,
)
from cases.networks import Network, read_network
from cases.thinning import ROUNDS, thinned

DEGREES = some.floats(-0.1, 0.1)
LINES = some.lists(some.tuples(DEGREES, DEGREES), min_size=2, max_size=40).filter(
    lambda line: len({tuple(round(n * UNITS) for n in point) for point in line}) > 1
)


def line(*parts):
    if len(parts) == 1:
        return {"type": "LineString", "coordinates": parts[0]}
    return {"type": "MultiLineString", "coordinates": list(parts)}


@given(some.lists(LINES, min_size=1, max_size=4))
def test_any_geometry_comes_out_as_it_went_in_to_the_centimetre(parts):
    course = read_course(line(*parts))
    assert read_course(geometry_of(course)) == course
    shown = [
        [tuple(round(n / UNITS, 7) for n in point) for point in part] for part in course.parts()
    ]
    for part, given_part in zip(shown, parts, strict=True):
        rounded = [tuple(round(n * UNITS) / UNITS for n in point) for point in given_part]
        kept = [p for p, before in zip(rounded, [None, *rounded], strict=False) if p != before]
        assert part == [tuple(round(n, 7) for n in point) for point in kept]
    box = extent_of(course)
    assert all(
        box.west <= x <= box.east and box.south <= y <= box.north for p in shown for x, y in p
    )


def test_a_line_of_one_part_is_no_multi_line():
    one = {"type": "MultiLineString", "coordinates": [[[1, 2], [1.1, 2]]]}
    assert geometry_of(read_course(one)) == line([[1.0, 2.0], [1.1, 2.0]])


def test_heights_are_left_out_and_standing_still_is_no_point():
    course = read_course(line([[1, 2, 40], [1, 2, 41], [1.1, 2, 40]]))
    assert course == Course((10_000_000, 20_000_000, 11_000_000, 20_000_000), (2,))


def test_a_hundredth_of_a_degree_northwards_is_1112_metres():
    assert length_of(read_course(line([[117, 31], [117, 31.01]]))) == pytest.approx(1111.95, 1e-6)
    assert length_of(read_course(line([[117, 60], [117.01, 60]]))) == pytest.approx(555.97, 1e-4)


#: A sentence, a geometry, what is said.
FAULTS = [
    ("a point", {"type": "Point", "coordinates": [1, 2]}, "is a Point"),
    ("a word", "line", "is a str"),
    ("no coordinates", {"type": "LineString"}, "coordinates cannot be read"),
    ("coordinates of words", line(["abc", "def"]), "[a, b] is no point"),
    ("a line of a multi line", {"type": "MultiLineString", "coordinates": [[1, 2], [2, 2]]}, "coordinates cannot be read"),
    ("words for numbers", line([["1", "2"], ["3", "4"]]), "[1, 2] is no point"),
    ("truth for numbers", line([[True, 2], [3, 4]]), "[True, 2] is no point"),
    ("no number", line([[float("nan"), 2], [3, 4]]), "[nan, 2] is no point"),
    ("one point", line([[1, 2]]), "a line has no length"),
    ("the same point twice", line([[1, 2], [1, 2.000000001]]), "a line has no length"),
    ("one part without a length", line([[1, 2], [1, 2.1]], [[1, 2]]), "a line has no length"),
    ("no parts", {"type": "MultiLineString", "coordinates": []}, "has no points"),
    ("lon and lat exchanged", line([[39, 116], [39.1, 116]]), "[39, 116] is on no map"),
    ("metres", line([[500_000, 4_310_000], [500_001, 4_310_000]]), "[500000, 4310000] is on no map"),
    ("a leap", line([[117, 31], [117.01, 31], [118, 31]]), "it leaps 94 km to [118.0, 31.0]"),
    ("too many points", line([[n / 1e5, 0] for n in range(20_001)]), "has 20001 points"),
]  # fmt: skip


@pytest.mark.parametrize(("geometry", "what"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_what_is_no_course_says_what_is_wrong(geometry, what):
    with pytest.raises(BadCourse) as said:
        read_course(geometry)
    assert said.value.args[0] == what
    assert said.value.args[1]


@pytest.mark.parametrize(
    ("written", "network"),
    [("water", "water"), ("供水", "water"), ("给水管线", "water"), ("JS", "water"), (" YS ", "drain"),
     ("污水管道", "drain"), ("天然气", "gas"), ("RL", "heat"), ("Feeder", "power"), ("通信", "telecom"),
     ("oil", None), ("", None), ("管线", None)],
)  # fmt: skip
def test_networks_go_by_the_names_of_inventories_and_surveys(written, network):
    assert read_network(written) == (network and Network(network))


def drawn(parts):
    """What a map makes of parts as they are told: points in steps."""
    lines = []
    for part in parts:
        points, x, y = [], 0, 0
        for dx, dy in zip(part[::2], part[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        lines.append(points)
    return lines


def aside(point, one, other):
    (x, y), (x1, y1), (x2, y2) = point, one, other
    square = (x2 - x1) ** 2 + (y2 - y1) ** 2
    share = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / square if square else 0
    share = min(1, max(0, share))
    return hypot(x - x1 - share * (x2 - x1), y - y1 - share * (y2 - y1))


@given(LINES, some.integers(1, 500_000))
def test_no_point_is_far_from_what_is_left_of_its_line(points, step):
    course = read_course(line(points))
    [lines] = thinned([course], step)
    exact = [(lon / step, lat / step) for lon, lat in next(course.parts())]
    if not lines:  # all within one square of the grid
        assert all(hypot(x - exact[0][0], y - exact[0][1]) <= ROUNDS + 2 for x, y in exact)
        return
    [left] = drawn(lines)
    assert left[0] == tuple(round(n) for n in exact[0])
    assert left[-1] == tuple(round(n) for n in exact[-1])
    assert len(left) <= len(exact)
    for point in exact:
        assert min(aside(point, *ends) for ends in pairwise(left)) <= ROUNDS + 1


@given(some.lists(some.lists(LINES, min_size=1, max_size=3), max_size=5), some.integers(1, 10_000))
def test_many_courses_are_thinned_as_each_by_itself(many, step):
    courses = [read_course(line(*parts)) for parts in many]
    assert thinned(courses, step) == [thinned([course], step)[0] for course in courses]


def test_points_of_a_straight_street_go_and_its_corner_stays():
    corner = [[117 + n / 1e4, 31] for n in range(100)] + [
        [117.0099, 31 + n / 1e4] for n in range(100)
    ]
    [[part]] = thinned([read_course(line(corner))], 100)
    assert drawn([part]) == [
        [(11_700_000, 3_100_000), (11_700_990, 3_100_000), (11_700_990, 3_100_990)]
    ]
