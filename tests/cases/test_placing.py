from __future__ import annotations

from typing import Any

import pytest
from one_event import an_event

from cases.placing import Cell, Component, Place, Speaker, cell_of, in_order, place

POLE = Component(
    "3301060602000007", "CJ/T 214-2007", "0602", "pole", 120.1, 30.1, "330106001002003"
)
COVER = Component("3301060103000001", "GB/T 30428.2-2013", "0103", "cover", 120.3, 30.3)
WITH_POLE = Speaker(1, "d1/depth", "d1", "depth", POLE)
WITH_COVER = Speaker(2, "d2/depth", "d2", "depth", COVER)
IN_THE_OPEN = Speaker(3, "d3/depth", "d3", "depth", None, 120.5, 30.5)
NOWHERE = Speaker(4, "d4/depth", "d4", "depth")


@pytest.mark.parametrize(
    ("speakers", "named", "expected"),
    [
        ([WITH_POLE], [COVER], Place(COVER, "", 120.3, 30.3)),
        ([WITH_POLE], [COVER, POLE], Place(POLE, "330106001002003", 120.1, 30.1)),
        ([NOWHERE, WITH_COVER], [], Place(COVER, "", 120.3, 30.3)),
        ([NOWHERE, IN_THE_OPEN], [], Place(None, "", 120.5, 30.5)),
        ([NOWHERE], [], Place()),
        ([], [], Place()),
    ],
    ids=[
        "the one component that the subject names",
        "of several that it names none, so a channel's",
        "the first channel that has a component",
        "no component, so the first coordinates",
        "nothing known",
        "no channel left",
    ],
)
def test_an_event_is_at(speakers: list[Speaker], named: list[Component], expected: Place) -> None:
    assert place(an_event(), speakers, named) == expected


@pytest.mark.parametrize(
    ("members", "order"),
    [
        ([], [1, 2]),
        ([("d2/depth", "06:00")], [2, 1]),
        ([("d1/depth", "06:05"), ("d2/depth", "06:00")], [2, 1]),
        ([("d1/depth", "06:05"), ("d2/depth", "06:01"), ("d1/depth", "06:00")], [1, 2]),
    ],
)
def test_the_first_to_speak_comes_first(members: list[Any], order: list[int]) -> None:
    why = {"members": [{"channel": channel, "began": began} for channel, began in members]}
    speakers = in_order(an_event(why=why), [WITH_COVER, WITH_POLE])
    assert [speaker.number for speaker in speakers] == order


def test_the_area_is_the_cell_or_else_the_components_county() -> None:
    assert Place(POLE, "330106001002003").area == "330106001002003"
    assert Place(COVER).area == "330106"
    assert Place().area == ""


SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
HOLE = [[1.0, 1.0], [1.0, 3.0], [3.0, 3.0], [3.0, 1.0], [1.0, 1.0]]
RING = Cell("ring", {"type": "Polygon", "coordinates": [SQUARE, HOLE]})
BOTH = Cell("both", {"type": "MultiPolygon", "coordinates": [[SQUARE], [[[5, 0], [6, 0], [5, 1]]]]})


@pytest.mark.parametrize(
    ("lon", "lat", "cells", "code"),
    [
        (0.5, 0.5, [RING], "ring"),
        (2.0, 2.0, [RING], ""),
        (2.0, 2.0, [RING, BOTH], "both"),
        (5.2, 0.2, [BOTH], "both"),
        (5.9, 0.9, [BOTH], ""),
        (9.0, 9.0, [Cell("box")], "box"),
    ],
    ids=[
        "in the ring",
        "in its hole",
        "in the hole of one, inside another",
        "in the second polygon",
        "in the box of a triangle but not in it",
        "a cell known by its box alone",
    ],
)
def test_a_point_lies_in(lon: float, lat: float, cells: list[Cell], code: str) -> None:
    assert cell_of(lon, lat, cells) == code
