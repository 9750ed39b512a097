"""Duplicates the slow way: everybody compared with everybody, distances by straight chords."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import asin, cos, dist, radians, sin

import numpy as np

from cases.catalogue import Catalogue
from cases.duplicates import EARTH, Spot
from cases.policy import Duplicates

AT = datetime(2026, 7, 1, 6, tzinfo=UTC)
#: What is drawn from: code list, code, condition, and what people call it.
KINDS = (
    ("GB/T 30428.2-2013", "0506", "standing-water", "standing water"),
    ("CJ/T 214-2007", "0406", "standing-water", "standing water"),
    ("GB/T 30428.2-2013", "0103", "cover-missing", "storm-drain cover"),
    ("CJ/T 214-2007", "0103", "cover-missing", "storm-drain cover"),
    ("CJ/T 214-2007", "0102", "cover-missing", "sewage cover"),
    ("lifeline-local-1", "98", "unlisted", ""),
)
CALLED = {kind[:2]: kind[3] for kind in KINDS}


def random_spots(rng: np.random.Generator, n: int, catalogue: Catalogue) -> list[Spot]:
    """Return cases of a few blocks and three days, of which a few are exercises."""
    spots = []
    for number in range(1, n + 1):
        code_list, code, condition, _ = KINDS[rng.integers(len(KINDS))]
        catalogue.condition(code_list, code, condition)  # or the twin knows what no city has
        lon, lat = 120.1 + rng.uniform(0, 0.004), 30.2 + rng.uniform(0, 0.004)
        found = AT + timedelta(seconds=int(rng.integers(0, 3 * 86_400)))
        spots.append(Spot(number, code_list, code, condition, lon, lat, found, rng.random() < 0.1))
    return spots


def alike(mine: Spot, spots: list[Spot], policy: Duplicates) -> set[int]:
    called = CALLED[mine.code_list, mine.code]
    same = set()
    for other in spots:
        theirs = CALLED[other.code_list, other.code]
        near = chord(mine.lon, mine.lat, other.lon, other.lat) <= policy.metres
        soon = -policy.within <= other.found - mine.found <= policy.within
        one_class = not called or not theirs or called == theirs
        if near and soon and one_class and other.exercise == mine.exercise:
            same.add(other.id)
    return same - {mine.id}


def chord(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the arc [m] over the straight line between two points of a sphere."""
    straight = dist(_point(lon, lat), _point(other_lon, other_lat))
    return 2 * EARTH * asin(min(straight / 2, 1.0))


def _point(lon: float, lat: float) -> tuple[float, float, float]:
    x, y = radians(lon), radians(lat)
    return cos(y) * cos(x), cos(y) * sin(x), sin(y)
