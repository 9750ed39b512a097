"""The tree of areas: city, district, street, community, grid cell, each a beginning of the next."""

from __future__ import annotations

from typing import NamedTuple

from cases.codes import area_code, grid_cell_code
from cases.words import LEVELS

#: Level of responsibility by the length of a code; a grid cell is of no level of its own.
LEVEL_OF_LENGTH = {12: 1, 9: 2, 6: 3, 4: 4, 2: 4}
CELLS = (14, 15)


class AreaCode(NamedTuple):
    """A code as it is kept, and what it is the code of."""

    code: str
    level: int  #: 1 community to 4 city, as LEVELS counts; 0: a grid cell

    @property
    def word(self) -> str:
        return LEVELS[self.level - 1][0] if self.level else "grid cell"


def read_area_code(code: str) -> AreaCode:
    """Return what `code` is the code of; raises BadCode naming the segment at fault."""
    if len(code) in CELLS:
        grid_cell_code(code)
        return AreaCode(code, 0)
    kept = area_code(code)
    return AreaCode(kept, LEVEL_OF_LENGTH[len(kept)])


def above(code: str) -> list[str]:
    """Return the codes of the areas that `code` lies in, the smallest first."""
    return [code[:length] for length in (12, 9, 6, 4, 2) if length < len(code)]
