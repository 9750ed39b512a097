"""Which findings have one cause: close together and of one class, or on one path of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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


def one_cause(one: Symptom, other: Symptom) -> str:
    """Return why two findings have one cause, "" if they have not."""
    if abs(one.began - other.began) > WITHIN:
        return ""
    if shared := sorted(one.paths & other.paths):
        return f"both on {shared[0]}"
    if (one.code_list, one.code) != (other.code_list, other.code):
        return ""
    apart = metres(one, other)
    if apart is None or apart > min(one.near, other.near):
        return ""
    return f"of the same class, {apart:.0f} m apart"


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
