"""The city of the benchmark: as many districts, streets and grid cells as Beijing had in 2013."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from psycopg.types.json import Jsonb

from cases.catalogue import Text
from cases.city import City, load_city
from cases.codes import BadCode, check_department_code
from cases.departments import Department

CELLS = 35_413
STREETS = 144
#: Counties of Beijing in GB/T 2260.
DISTRICTS = tuple(f"1101{n:02}" for n in (1, 2, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19))
CELLS_OF_COMMUNITY = 20
WEST, SOUTH = 115.9, 39.6
WIDTH, HEIGHT = 0.00117, 0.0009  #: [°] about 100 m x 100 m there
COLUMNS = 200  #: of cells, from west to east


@dataclass(frozen=True, slots=True)
class Cells:
    """Grid cells in the order of their codes; `district` is a place in DISTRICTS."""

    code: list[str]
    district: np.ndarray
    lon: np.ndarray  #: of the middle [°]
    lat: np.ndarray

    def __len__(self) -> int:
        return len(self.code)

    def rows(self) -> Iterator[tuple[str, float, float, float, float, Jsonb]]:
        """Yield code, west, south, east, north and polygon of each."""
        for code, lon, lat in zip(self.code, self.lon.tolist(), self.lat.tolist(), strict=True):
            west, south = lon - WIDTH / 2, lat - HEIGHT / 2
            east, north = lon + WIDTH / 2, lat + HEIGHT / 2
            ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
            polygon = Jsonb({"type": "Polygon", "coordinates": [ring]})
            yield code, west, south, east, north, polygon


def cells(count: int = CELLS) -> Cells:
    """Return `count` cells over all districts and streets, side by side on the map."""
    number = np.arange(count)
    street = number * STREETS // count
    district = street * len(DISTRICTS) // STREETS
    first = np.searchsorted(street, street)
    in_street = number - first
    code = [
        f"{DISTRICTS[d]}{s - d * 9 + 1:03}{i // CELLS_OF_COMMUNITY + 1:03}"
        f"{i % CELLS_OF_COMMUNITY + 1:03}"
        for d, s, i in zip(district.tolist(), street.tolist(), in_street.tolist(), strict=True)
    ]
    lon = WEST + (number % COLUMNS + 0.5) * WIDTH
    lat = SOUTH + (number // COLUMNS + 0.5) * HEIGHT
    return Cells(code, district, lon, lat)


def city() -> City:
    """Return the default city with an urban management bureau for each district."""
    whole = load_city()
    bureaus = tuple(
        Department(
            code=_credit_code(f"1100000000000{900 + n:04}"),
            name=Text(zh=f"{county}城市管理局", en=f"Urban management bureau of {county}"),
            roles=("urban-management", "roads"),
            areas=(county,),
        )
        for n, county in enumerate(DISTRICTS)
    )
    departments = whole.departments
    more = departments.model_copy(update={"departments": (*departments.departments, *bureaus)})
    return replace(whole, departments=more)


def _credit_code(stem: str) -> str:
    """Return `stem`, 17 characters, with the check character that fits."""
    for last in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        try:
            return check_department_code(stem + last)
        except BadCode:
            continue
    raise ValueError(f"{stem} is no beginning of a credit code")
