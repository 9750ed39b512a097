"""The ground of the district: six zones of 100 cells, and the codes of what stands on it.

The place is invented; its codes are well formed but of a county that does not exist.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

COUNTY = "340199"
WEST, SOUTH, CELL = 117.20, 31.80, 0.001  #: [°]; a cell is about 100 m
ZONES = ("north", "east", "south", "west", "old-town", "harbour")
STREETS = ("城北街道", "城东街道", "城南街道", "城西街道", "老城街道", "港口街道")


class Ground:
    """Hands out places and codes: the k-th thing of a zone gets the k-th free cell."""

    def __init__(self) -> None:
        self.serial: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()

    def place(self, zone: str, step: int = 7) -> tuple[float, float]:
        """Return lon, lat of the next place; neighbours in time are scattered over the zone."""
        turn = self.taken[zone]
        self.taken[zone] += 1
        cell, layer = turn * step % 100, turn // 100
        row, column = divmod(cell, 10)
        across, up = ZONES.index(zone) % 3, ZONES.index(zone) // 3
        inset = (0.5 + 0.17 * layer) * CELL
        lon = WEST + (across * 10 + column) * CELL + inset
        lat = SOUTH + (up * 10 + row) * CELL + inset
        return round(lon, 6), round(lat, 6)

    def component(self, problem_class: str) -> str:
        self.serial[problem_class] += 1
        return f"{COUNTY}{problem_class}{self.serial[problem_class]:06d}"


def grid_cell(lon: float, lat: float) -> str:
    """Return the code of the 100 m cell around a place: street = zone, community = quarter."""
    column, row = int((lon - WEST) / CELL + 1e-9), int((lat - SOUTH) / CELL + 1e-9)
    street = row // 10 * 3 + column // 10 + 1
    row, column = row % 10, column % 10
    community = row // 5 * 2 + column // 5 + 1
    return f"{COUNTY}{street:03d}{community:03d}{row * 10 + column + 1:03d}"


def street(lat: float) -> int:
    """Return the number, from 1, of the street through a zone that a place is on."""
    return int((lat - SOUTH) / CELL + 1e-9) % 10 + 1


def areas() -> dict[str, Any]:
    """Return the six streets and their 600 cells as GeoJSON: the city's own table of areas."""
    return {"type": "FeatureCollection", "features": [*_streets(), *_cells()]}


def _streets() -> Iterator[dict[str, Any]]:
    for number, (zone, name) in enumerate(zip(ZONES, STREETS, strict=True)):
        up, across = divmod(number, 3)
        called = {"name": name, "name_en": f"{zone.replace('-', ' ').title()} Street"}
        yield _area(f"{COUNTY}{number + 1:03d}", across * 10, up * 10, 10, called)


def _cells() -> Iterator[dict[str, Any]]:
    for row in range(20):
        for column in range(30):
            middle = WEST + (column + 0.5) * CELL, SOUTH + (row + 0.5) * CELL
            yield _area(grid_cell(*middle), column, row, 1, {})


def _area(code: str, column: int, row: int, size: int, called: dict[str, str]) -> dict[str, Any]:
    """Return a square of `size` cells, its first corner in the south-west."""
    corners = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    ring = [
        [round(WEST + (column + size * x) * CELL, 6), round(SOUTH + (row + size * y) * CELL, 6)]
        for x, y in corners
    ]
    shape = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code, **called}, "geometry": shape}
