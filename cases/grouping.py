"""Which findings have one cause: close together and of one class, or on one path of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from math import cos, hypot, radians
from typing import Any

import numpy as np

from rules.event import Event

#: Findings further apart in time have causes of their own.
WITHIN = timedelta(hours=24)
METRES_PER_DEGREE = 111_195.0  #: of latitude, on a sphere of 6,371 km


@dataclass(frozen=True, slots=True)
class Symptom:
    """What a finding says about where its cause is.

    near  : [m] around it findings of its class have one cause; 0: none other has
    paths : what its rule groups along, such as "water pipe P-7"
    """

    code_list: str
    code: str
    began: datetime
    lon: float | None
    lat: float | None
    near: float = 0.0
    paths: frozenset[str] = frozenset()


def symptom(
    row: Mapping[str, Any], why: Mapping[str, Any], lon: float | None, lat: float | None
) -> Symptom:
    """Return the symptom of a finding whose `why` carries what its rule groups by."""
    group = why.get("group", {})
    return Symptom(
        row["code_list"],
        row["code"],
        row["began"],
        lon,
        lat,
        float(group.get("near", 0.0)),
        frozenset(group.get("paths", ())),
    )


def settled_symptom(row: Mapping[str, Any]) -> Symptom:
    """Return the symptom of a finding that was settled, `near` and `paths` with it."""
    return Symptom(
        row["code_list"],
        row["code"],
        row["began"],
        row["lon"],
        row["lat"],
        row["near"] or 0.0,
        frozenset(row["paths"] or ()),
    )


def box(mine: Symptom) -> dict[str, float | None]:
    """Return degrees between which is all that may be near; None where nothing is."""
    if mine.lon is None or mine.lat is None or not mine.near:
        return dict.fromkeys(("south", "north", "west", "east"))
    north = 1.001 * mine.near / METRES_PER_DEGREE
    east = north / max(cos(radians(abs(mine.lat) + north)), 1e-6)
    return {
        "south": mine.lat - north,
        "north": mine.lat + north,
        "west": mine.lon - east,
        "east": mine.lon + east,
    }


def one_cause(one: Symptom, other: Symptom) -> str:
    """Return why two findings have one cause, "" if they have not."""
    if abs(one.began - other.began) > WITHIN:
        return ""
    if shared := sorted(one.paths & other.paths):
        return f"both on {shared[0]}"
    if (one.code_list, one.code) != (other.code_list, other.code):
        return ""
    apart = metres(one, other)
    near = min(one.near, other.near)
    if apart is None or not near or apart > near:
        return ""
    return f"of the same class, {apart:.0f} m apart"


def causes(symptoms: Sequence[tuple[str, Symptom]]) -> list[list[int]]:
    """Return the places in `symptoms` of what has one cause, oldest first.

    Each comes with the key of its case. Of one cause are those of one key, those that
    `one_cause` says, and what is of one cause with a third.
    """
    leader = [*range(len(symptoms))]

    def find(one: int) -> int:
        while leader[one] != one:
            leader[one] = one = leader[leader[one]]
        return one

    last: dict[str, int] = {}
    for place, (key, mine) in sorted(enumerate(symptoms), key=lambda s: s[1][1].began):
        leader[find(place)] = find(last.setdefault(key, place))
        for path in mine.paths:  # the latest before is the nearest in time
            other = last.get(f"along {path}", place)
            if one_cause(mine, symptoms[other][1]):
                leader[find(place)] = find(other)
            last[f"along {path}"] = place
    near = [place for place, (_, mine) in enumerate(symptoms) if mine.near]
    for one, other in combinations(near, 2):
        if find(one) != find(other) and one_cause(symptoms[one][1], symptoms[other][1]):
            leader[find(one)] = find(other)
    together: dict[int, list[int]] = {}
    for place in range(len(symptoms)):
        together.setdefault(find(place), []).append(place)
    return sorted(together.values())


def metres(one: Symptom, other: Symptom) -> float | None:
    """Return how far apart two findings are [m]; right to a part in 10⁴ within a city."""
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    east = (one.lon - other.lon) * cos(radians((one.lat + other.lat) / 2))
    return hypot(east, one.lat - other.lat) * METRES_PER_DEGREE


#: Scopes from the largest part of a network to the smallest: what feeds many explains many.
BREADTH = ("zone", "feeder", "transformer", "gateway", "pipe", "drain", "component", "device")
#: Beginnings closer than this cannot be told apart: sensors report every few minutes.
SAME_TIME = np.timedelta64(5, "m")


def likely_origins(events: Iterable[Event]) -> list[Event]:
    """Return the findings of a case, the likeliest origin first.

    What feeds others goes before what it feeds; then what spoke first, beginnings within one
    reporting interval of the first being equal; then what spoke loudest.
    """
    given = list(events)
    if not given:
        return []
    first = min(event.began for event in given)

    def rank(event: Event) -> tuple[int, np.timedelta64, float, str]:
        broad = BREADTH.index(event.scope) if event.scope in BREADTH else len(BREADTH)
        after = np.maximum(event.began - first, SAME_TIME)
        return broad, after, -event.peak, str(event.id)

    return sorted(given, key=rank)
