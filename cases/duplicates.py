"""Whether two cases may be one problem: of one minor class, close together, soon after each other.

It proposes; a person joins. Distances are along a sphere: at fifty metres that is a quarter of a
metre from the ellipsoid's at most, where the best positions of reports are known to half a metre.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import asin, cos, floor, radians, sin, sqrt

from cases.catalogue import UNLISTED, Catalogue
from cases.grouping import METRES_PER_DEGREE
from cases.policy import Duplicates

EARTH = 6_371_000.0  #: [m] mean radius
#: A hundred-metre square, as the index of the store cuts the city [1/degree].
PER_DEGREE = 1_000

Number = tuple[str, str]  #: code list and code
Problem = tuple[str, str]  #: whether component or event, and its name


@dataclass(frozen=True, slots=True)
class Spot:
    """What of a case says whether another may be the same."""

    id: int
    code_list: str
    code: str
    condition: str  #: "": only the class is known
    lon: float
    lat: float
    found: datetime  #: when it was first told or found
    exercise: bool = False
    drill: int | None = None  #: that it was found in; None: by hand, or it is live


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Why another case may be the same problem."""

    id: int
    metres: float
    apart: timedelta  #: found so much later than this one, or negative earlier
    same_class: bool  #: False: one of the two has no class yet
    keep: int  #: the id of the one found earlier


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the great-circle distance [m] of two points [degree], by the haversine formula."""
    south, north = radians(lat), radians(other_lat)
    across = sin((north - south) / 2) ** 2
    along = sin(radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, across + cos(south) * cos(north) * along)))


def find(
    mine: Spot, others: Iterable[Spot], catalogue: Catalogue, policy: Duplicates
) -> list[Duplicate]:
    """Return which of `others` may be the same as `mine`: of its class first, the nearest first."""
    numbered = problems(catalogue)
    mine_is = _is(mine, numbered)
    found = []
    for other in others:
        apart = other.found - mine.found
        known = is_known(mine) and is_known(other)
        if (
            other.id == mine.id
            or other.exercise != mine.exercise
            or (mine.drill and other.drill and other.drill != mine.drill)
            or abs(apart) > policy.within
            or (known and not mine_is & _is(other, numbered))
        ):
            continue
        distance = metres(mine.lon, mine.lat, other.lon, other.lat)
        if distance <= policy.metres:
            keep = min((mine, other), key=lambda spot: (spot.found, spot.id)).id
            found.append(Duplicate(other.id, distance, apart, known, keep))
    return sorted(found, key=lambda each: (not each.same_class, each.metres, each.id))


def is_known(spot: Spot) -> bool:
    """Tell whether anybody has said yet of which class the problem is."""
    return (spot.code_list, spot.code) != UNLISTED[:2]


@lru_cache(maxsize=4)  # the catalogue is long, and asked at every report
def problems(catalogue: Catalogue) -> dict[Number, dict[str, frozenset[Problem]]]:
    """Return what each number of a list may mean, by filing condition; under "" all of it.

    One number may be a component and an event, and each generation of lists numbers the same
    problem anew: it is by what it is called that two are the same.
    """
    meant: dict[Number, dict[str, frozenset[Problem]]] = {}
    for filing in catalogue:
        of_number = meant.setdefault((filing.code_list, filing.problem.code), {})
        problem = frozenset({(filing.problem.kind, filing.problem.name.zh)})
        for condition in ("", filing.condition.slug):
            of_number[condition] = of_number.get(condition, frozenset()) | problem
    return meant


def _is(
    spot: Spot, numbered: Mapping[Number, Mapping[str, frozenset[Problem]]]
) -> frozenset[Problem]:
    meant = numbered.get((spot.code_list, spot.code), {})
    # What the catalogue has no more is the same as what has its number.
    return meant.get(spot.condition) or meant.get("") or frozenset({(spot.code_list, spot.code)})


def numbers(problem: Problem, catalogue: Catalogue) -> frozenset[Number]:
    """Return the numbers of a problem in all lists."""
    return frozenset(n for n, meant in problems(catalogue).items() if problem in meant[""])


def squares(lon: float, lat: float, policy: Duplicates) -> tuple[list[int], list[int]]:
    """Return rows (by latitude) and columns (by longitude) of squares that may hold a duplicate."""
    return squares_of(*box(lon, lat, policy.metres))


def squares_of(south: float, north: float, west: float, east: float) -> tuple[list[int], list[int]]:
    """Return rows and columns of the squares that a box touches."""
    return _cut(south, north), _cut(west, east)


def box(lon: float, lat: float, near: float) -> tuple[float, float, float, float]:
    """Return south, north, west and east [degree] of all that is within `near` [m]."""
    up = 1.001 * near / METRES_PER_DEGREE
    aside = min(up / max(cos(radians(min(abs(lat) + up, 90.0))), 1e-6), 180.0)
    return lat - up, lat + up, lon - aside, lon + aside


def _cut(least: float, most: float) -> list[int]:
    return list(range(floor(least * PER_DEGREE), floor(most * PER_DEGREE) + 1))
