"""Where an event is: its component, grid cell and coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any

from cases.polygons import inside, on_border
from rules.event import Event


@dataclass(frozen=True, slots=True)
class Component:
    code: str
    code_list: str
    problem_class: str
    name: str
    lon: float
    lat: float
    grid_cell: str = ""
    department: str = ""  #: that keeps it


@dataclass(frozen=True, slots=True)
class Speaker:
    """A channel that an event rests on."""

    number: int
    id: str
    device: str
    quantity: str
    component: Component | None = None
    lon: float | None = None
    lat: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """A grid cell that may hold the place, with its GeoJSON Polygon or MultiPolygon."""

    code: str
    polygon: Mapping[str, Any] | None = None  #: None: the cell is its bounding box


@dataclass(frozen=True, slots=True)
class Place:
    component: Component | None = None
    grid_cell: str = ""
    lon: float | None = None
    lat: float | None = None

    @property
    def area(self) -> str:
        """Grid cell code, or the county that the component's code begins with."""
        return self.grid_cell or (self.component.code[:6] if self.component else "")


def in_order(event: Event, speakers: Sequence[Speaker]) -> list[Speaker]:
    """Return the speakers, the one that spoke first at the front, by what the event says."""
    began: dict[str, str] = {}
    for member in event.why.get("members", ()):
        channel = member["channel"]
        began[channel] = min(member["began"], began.get(channel, member["began"]))
    return sorted(speakers, key=lambda s: (s.id not in began, began.get(s.id, ""), s.number))


def place(event: Event, speakers: Sequence[Speaker], named: Sequence[Component]) -> Place:
    """Return the place of `event`, its grid cell only where the component tells it.

    `speakers` are its channels, in order. `named` are the components known by the event's
    subject (a transformer by its name, a gateway, ...); one of them is the place itself,
    several (the components of a zone) say nothing.
    """
    component = named[0] if len(named) == 1 else None
    if component is None:
        component = next((s.component for s in speakers if s.component), None)
    if component:
        return Place(component, component.grid_cell, component.lon, component.lat)
    for speaker in speakers:
        if speaker.lon is not None and speaker.lat is not None and not isnan(speaker.lon):
            return Place(lon=speaker.lon, lat=speaker.lat)
    return Place()


def cell_of(lon: float, lat: float, cells: Sequence[Cell]) -> str:
    """Return the first of `cells` that holds the point, else that on whose border it lies, or "".

    `cells` are those whose bounding box holds it, by code.
    """
    for holds in (inside, on_border):
        for cell in cells:
            if cell.polygon is None or holds(lon, lat, cell.polygon):
                return cell.code
    return ""
