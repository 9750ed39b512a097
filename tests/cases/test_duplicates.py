"""What may be the same problem: the borders, the classes, and a twin that compares everybody."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import naive_duplicates as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.city import load_city
from cases.duplicates import EARTH, PER_DEGREE, Spot, find, metres, squares
from cases.policy import Duplicates

CITY = load_city()
POLICY = CITY.policy.duplicates
AT = datetime(2026, 7, 1, 6, tzinfo=UTC)
NEW, OLD, LOCAL = "GB/T 30428.2-2013", "CJ/T 214-2007", "lifeline-local-1"
ONE_METRE = 180 / math.pi / EARTH  #: of latitude [degree]
HERE = Spot(1, NEW, "0506", "standing-water", 120.1, 30.2, AT)


def proposed(other: Spot) -> bool:
    return bool(find(HERE, [other], CITY.catalogue, POLICY))


def test_the_limits_are_those_of_the_specification() -> None:
    assert (POLICY.metres, POLICY.within) == (50, timedelta(hours=24))


@pytest.mark.parametrize(
    ("why", "north", "later", "is_one"),
    [
        ("at the very place and time", 0, timedelta(0), True),
        ("just within fifty metres", 49.99, timedelta(0), True),
        ("just beyond fifty metres", 50.01, timedelta(0), False),
        ("to the south it is the same", -49.99, timedelta(0), True),
        ("a day later to the microsecond", 0, timedelta(hours=24), True),
        ("a microsecond after that", 0, timedelta(hours=24, microseconds=1), False),
        ("a day earlier to the microsecond", 0, -timedelta(hours=24), True),
        ("a microsecond before that", 0, -timedelta(hours=24, microseconds=1), False),
        ("at both borders at once", 49.99, timedelta(hours=24), True),
        ("near, but two days later", 1, timedelta(days=2), False),
        ("at once, but in the next street", 120, timedelta(0), False),
    ],
)
def test_within_fifty_metres_and_a_day(
    why: str, north: float, later: timedelta, is_one: bool
) -> None:
    other = replace(HERE, id=2, lat=HERE.lat + north * ONE_METRE, found=AT + later)
    assert proposed(other) is is_one, why


@pytest.mark.parametrize(
    ("why", "changes", "is_one", "sure"),
    [
        ("the same condition", {}, True, True),
        ("only the class is known", {"condition": ""}, True, True),
        ("the older list numbers it 0406", {"code_list": OLD, "code": "0406"}, True, True),
        ("of the older list 0506 is no standing water",
         {"code_list": OLD, "code": "0506", "condition": ""}, False, True),
        ("the component 0506 is another thing than the event 0506",
         {"condition": "damaged"}, False, True),
        ("another class", {"code": "0505", "condition": ""}, False, True),
        ("nobody knows the class yet",
         {"code_list": LOCAL, "code": "98", "condition": "unlisted"}, True, False),
        ("an exercise", {"exercise": True}, False, True),
    ],
)  # fmt: skip
def test_of_one_minor_class_or_of_none_yet(
    why: str, changes: dict[str, Any], is_one: bool, sure: bool
) -> None:
    found = find(HERE, [replace(HERE, id=2, **changes)], CITY.catalogue, POLICY)
    assert [each.same_class for each in found] == ([sure] if is_one else []), why


def test_the_earlier_stays_and_the_surest_and_nearest_is_named_first() -> None:
    others = [
        replace(HERE, id=2, code_list=LOCAL, code="98", condition="unlisted"),
        replace(HERE, id=3, lat=HERE.lat + 30 * ONE_METRE, found=AT - timedelta(hours=1)),
        replace(HERE, id=4, lat=HERE.lat + 5 * ONE_METRE, found=AT + timedelta(minutes=7)),
        replace(HERE, id=5, lat=HERE.lat + 60 * ONE_METRE),
    ]
    found = find(HERE, others, CITY.catalogue, POLICY)
    assert [(each.id, each.keep) for each in found] == [(4, 1), (3, 3), (2, 1)]
    assert found[0].metres == pytest.approx(5)
    assert found[0].apart == timedelta(minutes=7)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_comparing_everybody_with_everybody_finds(seed: int) -> None:
    spots = naive.random_spots(np.random.default_rng(seed), 250, CITY.catalogue)
    for spot in spots:
        found = find(spot, spots, CITY.catalogue, POLICY)
        assert {each.id for each in found} == naive.alike(spot, spots, POLICY)


def test_what_is_proposed_for_one_is_proposed_for_the_other() -> None:
    spots = naive.random_spots(np.random.default_rng(9), 250, CITY.catalogue)
    pairs = {
        (spot.id, each.id, each.keep)
        for spot in spots
        for each in find(spot, spots, CITY.catalogue, POLICY)
    }
    assert len(pairs) > 20
    assert pairs == {(other, one, keep) for one, other, keep in pairs}


PLACES = {"lon": st.floats(73.0, 136.0), "lat": st.floats(3.0, 54.0)}


@given(**PLACES, north=st.floats(-49.9, 49.9), east=st.floats(-49.9, 49.9))
def test_the_squares_that_are_looked_at_hold_all_that_is_near(
    lon: float, lat: float, north: float, east: float
) -> None:
    other_lat = lat + north * ONE_METRE
    other_lon = lon + east * ONE_METRE / math.cos(math.radians(lat))
    if metres(lon, lat, other_lon, other_lat) > POLICY.metres:
        return
    rows, columns = squares(lon, lat, POLICY)
    assert math.floor(other_lat * PER_DEGREE) in rows
    assert math.floor(other_lon * PER_DEGREE) in columns
    assert len(rows) * len(columns) <= 16


@given(**PLACES)
def test_the_squares_grow_with_what_the_city_calls_near(lon: float, lat: float) -> None:
    rows, _ = squares(lon, lat, Duplicates(metres=500))
    assert 9 <= len(rows) <= 11


@given(**PLACES, other_lon=st.floats(73.0, 136.0), other_lat=st.floats(3.0, 54.0))
def test_a_distance_is_the_great_circle_s(
    lon: float, lat: float, other_lon: float, other_lat: float
) -> None:
    assert metres(lon, lat, other_lon, other_lat) == pytest.approx(
        naive.chord(lon, lat, other_lon, other_lat), rel=1e-6, abs=1e-3
    )
