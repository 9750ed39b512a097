"""Which department answers for a class of problems in an area."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from pydantic import Field, field_validator, model_validator

from cases.catalogue import Data, Text, read_data
from cases.codes import check_department_code


class Department(Data):
    code: str
    """Unified social credit code."""
    name: Text
    roles: tuple[str, ...]
    """What it answers for; the catalogue names a role for each class."""
    areas: tuple[str, ...] = Field(default=("",), min_length=1)
    """Beginnings of grid cell codes; "" is the whole city."""

    _code = field_validator("code")(check_department_code)


class Departments(Data):
    version: str
    source: str
    fallback: str
    """Code of the department that takes what nobody else owns (兜底)."""
    departments: tuple[Department, ...]

    @model_validator(mode="after")
    def _fallback_exists(self) -> Departments:
        self.by_code(self.fallback)
        return self

    def by_code(self, code: str) -> Department:
        for department in self.departments:
            if department.code == code:
                return department
        raise ValueError(f"no department has the code {code}")

    def responsible(self, role: str, area: str) -> Department:
        """Return who answers for `role` in `area`, a grid cell code or the beginning of one."""
        fitting = [
            (len(beginning), -place)
            for place, department in enumerate(self.departments)
            if role in department.roles
            for beginning in department.areas
            if area.startswith(beginning)
        ]
        if not fitting:
            return self.by_code(self.fallback)
        return self.departments[-max(fitting)[1]]


def load_departments(file: Path | None = None) -> Departments:
    """Read the city's departments, or those invented for the demo."""
    return read_data(file or files("cases").joinpath("departments.yml"), Departments)
