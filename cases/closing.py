"""What closes a sensor case, by filing condition: what its sensors show, and what people do."""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field

from cases.closing_conditions import ClosingCondition
from cases.data import Data, read_data


class Inspection(StrEnum):
    REQUIRED = "required"  #: people look as well
    TRUSTED = "trusted"  #: what the sensor confirms is closed without


class Closing(Data):
    verified_by: Annotated[tuple[ClosingCondition, ...], Field(min_length=1)]
    """What must hold of readings and findings; all that have something to look at."""
    inspection: Inspection = Inspection.REQUIRED
    """Whether people must inspect as well."""


class Closings(Data):
    version: str
    otherwise: Closing
    """Of conditions that are not named below."""
    conditions: dict[str, Closing]
    """By the slug of the filing condition; one class by list, code and slug."""

    def of(self, code_list: str, code: str, slug: str) -> Closing:
        """Return what closes a case that was filed under this condition."""
        own = self.conditions.get(f"{code_list} {code} {slug}")
        return own or self.conditions.get(slug, self.otherwise)


def load_closings(file: Path | None = None) -> Closings:
    """Read the city's own file, or the one that comes with the product."""
    return read_data(file or files("cases").joinpath("closing.yml"), Closings)
