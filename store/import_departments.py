"""A city's departments and its responsibility matrix from tables, read into one version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cases.areas import read_area_code
from cases.codes import BadCode, check_department_code
from cases.data import Text
from cases.departments import Department, Departments, Duty
from store.import_tables import Fault, Table, Unusable, find_tables, read_sheets, unread
from store.import_words import (
    ANY,
    DEPARTMENTS,
    DEPARTMENTS_NEED,
    KINDS,
    MATRIX,
    MATRIX_NEEDS,
    NO,
    SIDES,
    YES,
)

BETWEEN = re.compile(r"[;；,，、\s]+")
CLASS = re.compile(r"\d{2}(\d{2,3})?")


@dataclass(slots=True)
class ReadDepartments:
    """Tables as a version of the departments, None where something is wrong with them."""

    rows: int = 0
    body: Departments | None = None
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


def read_departments(
    paths: Sequence[Path], names: dict[str, Any], former: Departments
) -> ReadDepartments:
    """Read departments, matrix, or both; which of the two the tables lack stays as it was.

    Nothing is left out: a table with a fault gives no version. Raises UnreadableTable.
    """
    sheets = [sheet for path in paths for sheet in read_sheets(path)]
    matrices, lacking = find_tables(sheets, MATRIX, MATRIX_NEEDS)
    others = [sheet for sheet in sheets if sheet not in [table.sheet for table in matrices]]
    lists, faults = find_tables(others, DEPARTMENTS, DEPARTMENTS_NEED)
    tables = [*lists, *matrices]
    if not tables:
        return ReadDepartments(faults=_nearest(faults, lacking))
    read = ReadDepartments(sum(len(table.rows) for table in tables))
    read.warnings = unread(tables, sheets)
    if matrices:
        read.faults += lacking
    departments, fallback = former.departments, former.fallback
    if lists:
        read.faults += faults
        departments, fallback = _departments(lists, read.faults, former.fallback)
    matrix = _matrix(matrices, departments, read.faults) if matrices else former.matrix
    if not read.faults:
        try:
            read.body = Departments(
                **names, fallback=fallback, departments=departments, matrix=matrix
            )
        except ValidationError as why:
            said = "; ".join(each["msg"] for each in why.errors(include_url=False))
            mend = "Give the departments and the matrix that name each other in one import"
            read.faults.append(Fault(sheets[0].file, "", 0, "", said, mend))
    return read


def _nearest(one: list[Fault], other: list[Fault]) -> list[Fault]:
    """Return what the likelier of two headers lacks."""
    return min((one, other), key=len)


def _departments(
    tables: Sequence[Table], faults: list[Fault], fallback: str
) -> tuple[tuple[Department, ...], str]:
    found: dict[str, Department] = {}
    marked: list[str] = []
    for table in tables:
        for row in table.rows:
            try:
                department = _department(row.cells, found)
                said = row.cells.get("fallback", "").lower()
                if said not in YES | NO:
                    raise Unusable(
                        "fallback", f"{said!r} is neither", "Write 是 for one, or leave it"
                    )
            except Unusable as why:
                faults.append(table.fault(row.number, *why.args))
                continue
            found[department.code] = department
            marked += [department.code] if said in YES else []
    if len(marked) > 1:
        what, mend = (
            f"{len(marked)} departments are the fallback",
            "Mark one: the district government",
        )
        faults.append(tables[0].fault(0, "fallback", what, mend))
    if not marked and not faults and fallback not in found:
        mend = "Mark the district government with 是 in a column 兜底"
        faults.append(tables[0].fault(0, "fallback", "nobody takes what nobody owns", mend))
    return tuple(found.values()), marked[0] if marked else fallback


def _department(cells: dict[str, str], others: dict[str, Department]) -> Department:
    code = cells["code"].upper()
    try:
        check_department_code(code)
    except BadCode as why:
        raise Unusable("code", str(why), "Copy the unified social credit code anew") from why
    if code in others:
        raise Unusable("code", f"{code} is there already", "Give every department one row")
    if not cells["name"]:
        raise Unusable("name", "is empty", "Every department has a name")
    if cells["name"] in [other.name.zh for other in others.values()]:
        raise Unusable("name", f"{cells['name']} is there already", "Tell the two apart by name")
    areas = [_area("areas", part) for part in BETWEEN.split(cells.get("areas", ""))]
    return Department(
        code=code,
        name=Text(zh=cells["name"], en=cells.get("name_en", "")),
        roles=tuple(filter(None, BETWEEN.split(cells.get("roles", "")))),
        areas=tuple(dict.fromkeys(areas)),
    )


def _matrix(
    tables: Sequence[Table], departments: Sequence[Department], faults: list[Fault]
) -> tuple[Duty, ...]:
    called = {name: d.code for d in departments for name in (d.code, d.name.zh, d.name.en) if name}
    found: dict[tuple[str, str, str, str], int] = {}
    duties = []
    for table in tables:
        for row in table.rows:
            try:
                duty = _duty(row.cells, called)
                if duty.key in found:
                    what = f"{duty} is in row {found[duty.key]} already"
                    raise Unusable("class", what, "Give a class one row an area")
            except Unusable as why:
                faults.append(table.fault(row.number, *why.args))
                continue
            found[duty.key] = row.number
            duties.append(duty)
    return tuple(duties)


def _duty(cells: dict[str, str], called: dict[str, str]) -> Duty:
    problem_class = "" if cells["class"].lower() in ANY else cells["class"]
    if problem_class and not CLASS.fullmatch(problem_class):
        mend = "Write a major class as 01, a class as 0103, or * for any, in a column of text"
        raise Unusable("class", f"{problem_class!r} is no class", mend)
    kind = cells.get("kind", "").lower()
    if kind not in KINDS and kind not in ANY:
        raise Unusable("kind", f"{cells['kind']!r} is neither", "Write 部件 or 事件, or leave it")
    sides = {}
    for side in SIDES:
        said = cells.get(side, "")
        if said and said not in called:
            mend = f"Write a code or a name of: {', '.join(dict.fromkeys(called.values()))}"
            raise Unusable(side, f"no department is called {said!r}", mend)
        sides[side] = called.get(said, "")
    if not any(sides.values()):
        raise Unusable(
            "responsible", "the row names no department", "Name one, or leave the row out"
        )
    return Duty(
        problem_class=problem_class,
        code_list=cells.get("code_list", ""),
        kind=KINDS.get(kind, ""),
        area=_area("area", cells["area"]),
        **sides,
    )


def _area(column: str, said: str) -> str:
    if said.lower() in ANY:
        return ""
    try:
        return read_area_code(said).code
    except BadCode as why:
        raise Unusable(column, str(why), "Write the beginning of grid cell codes, or *") from why
