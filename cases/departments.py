"""Which department answers for a class of problems in an area, and why it is that one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, field_validator, model_validator

from cases.catalogue import Filing, ProblemClass
from cases.codes import check_department_code
from cases.data import Data, Text, read_data
from cases.versions import Versioned


class Department(Data):
    code: str
    """Unified social credit code."""
    name: Text
    roles: tuple[str, ...] = ()
    """What it answers for; the catalogue names a role for each class."""
    areas: tuple[str, ...] = Field(default=("",), min_length=1)
    """Beginnings of grid cell codes; "" is the whole city."""

    _code = field_validator("code")(check_department_code)


Side = Literal["responsible", "owning", "maintaining"]
#: 主管 answers for it, 权属 owns it, 养护 keeps it in repair.
SIDES: dict[Side, str] = {"responsible": "主管", "owning": "权属", "maintaining": "养护"}


class Duty(Data):
    """A row of the responsibility matrix: who has a class of problems in an area."""

    problem_class: str = Field("", alias="class", pattern=r"^(\d{2}(\d{2,3})?)?$")
    """Major, or major and minor class; "": any."""
    code_list: str = ""
    """That the class is of; "": any. The generations number classes otherwise."""
    kind: Literal["", "component", "event"] = ""
    """A list may use one number for a component and for an event; "": both."""
    area: str = Field("", pattern=r"^\d{0,15}$")
    """Beginning of grid cell codes; "": the whole city."""
    responsible: str = ""
    """Code of a department, as are the next two; "": another row says it."""
    owning: str = ""
    maintaining: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.problem_class, self.code_list, self.kind, self.area

    def fits(self, problem: ProblemClass, code_list: str, area: str) -> bool:
        return (
            problem.code.startswith(self.problem_class)
            and self.code_list in ("", code_list)
            and self.kind in ("", problem.kind)
            and area.startswith(self.area)
        )

    @property
    def closeness(self) -> tuple[int, int, bool, bool]:
        """What decides between rows that fit: the longer area, then the closer class."""
        return len(self.area), len(self.problem_class), bool(self.code_list), bool(self.kind)

    def __str__(self) -> str:
        what = " ".join(filter(None, (self.code_list, self.kind, self.problem_class)))
        return f"{what or 'any class'} in {self.area or 'the city'}"


class Named(NamedTuple):
    """A department, and why it is that one."""

    code: str
    why: str


class Departments(Versioned):
    fallback: str
    """Code of the department that takes what nobody else owns (兜底): the district government."""
    departments: tuple[Department, ...]
    matrix: tuple[Duty, ...] = ()
    """Class x area -> departments; what no row fits is told by roles, then by the fallback."""

    @model_validator(mode="after")
    def _names_departments(self) -> Departments:
        self.by_code(self.fallback)
        seen = set[str]()
        for department in self.departments:
            if department.code in seen:
                raise ValueError(f"department {department.code} is there twice")
            seen.add(department.code)
        rows = set[tuple[str, str, str, str]]()
        for place, duty in enumerate(self.matrix, start=1):
            sides = [getattr(duty, side) for side in SIDES]
            if duty.key in rows:
                raise ValueError(f"matrix, row {place}: {duty} is there twice")
            if not any(sides):
                raise ValueError(f"matrix, row {place}: {duty} names no department")
            if unknown := [code for code in sides if code and code not in seen]:
                raise ValueError(f"matrix, row {place}: no department has the code {unknown[0]}")
            rows.add(duty.key)
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

    def who(self, problem: ProblemClass, code_list: str, area: str) -> dict[Side, Named]:
        """Return who has `problem` in `area`; owning and maintaining only where it is said."""
        found: dict[Side, Named] = {}
        fitting = [duty for duty in self.matrix if duty.fits(problem, code_list, area)]
        for side, zh in SIDES.items():
            rows = [duty for duty in fitting if getattr(duty, side)]
            if rows:
                duty = max(rows, key=lambda row: row.closeness)
                department = self.by_code(getattr(duty, side))
                found[side] = Named(
                    department.code, f"{department.name}: {zh} {side} for {duty}, by the matrix"
                )
        if "responsible" not in found:
            found["responsible"] = self._by_role(problem.responsible, area)
        return found

    def dispatched(self, filing: Filing, area: str, component: str = "", keeper: str = "") -> Named:
        """Return whom a case goes to: who keeps the component, else who is responsible.

        `keeper` is the code of the department that the component itself names, or "".
        """
        if filing.problem.kind == "component" and component and keeper:
            return Named(keeper, f"权属部门 it keeps component {component}")
        return self.who(filing.problem, filing.code_list, area)["responsible"]

    def _by_role(self, role: str, area: str) -> Named:
        department = self.responsible(role, area)
        why = f"responsible for {role}" if role in department.roles else f"nobody owns {role}"
        return Named(department.code, f"{department.name}: {why} in {area or 'the city'}")


def load_departments(file: Path | None = None) -> Departments:
    """Read the city's departments, or those invented for the demo."""
    return read_data(file or files("cases").joinpath("departments.yml"), Departments)


def in_force(versions: Iterable[Departments], at: datetime) -> Departments:
    """Return the version in force at `at`, or else the first that there was."""
    by_time = sorted(versions, key=lambda version: version.since)
    return next((v for v in reversed(by_time) if v.since <= at), by_time[0])
