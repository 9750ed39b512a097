"""A city's own table of filing conditions, one a row, read into a version of a code list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cases.catalogue import CodeList, Condition, ProblemClass
from cases.codes import extensions_out_of_order
from cases.data import Text
from cases.departments import Departments
from cases.limits import BadLimit, read_limit
from store.import_tables import Fault, Row, Table, Unusable, find_tables, read_sheets, unread
from store.import_words import CATALOGUE, CATALOGUE_NEEDS, KINDS, NO, YES

SLUG = re.compile(r"[a-z][a-z0-9-]*")
#: What stands once for all conditions of a class, and empty below it is meant again.
OF_CLASS = ("kind", "major", "code", "name", "name_en", "local", "responsible")


@dataclass(slots=True)
class ReadCatalogue:
    """A table as a version of a code list, None where something is wrong with it."""

    rows: int = 0
    body: CodeList | None = None
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class _Class:
    table: Table
    row: int
    fields: dict[str, Any]
    conditions: list[Condition]


class CatalogueReader:
    """Reads rows on the ground of the version before: what a table cannot say stays as it was."""

    def __init__(self, former: CodeList | None, departments: Departments) -> None:
        self._former = {(p.kind, p.code): p for p in former.classes} if former else {}
        self._kinds: dict[str, set[str]] = {}
        for kind, code in self._former:
            self._kinds.setdefault(code, set()).add(kind)
        self._departments = departments
        self._roles = {role for d in departments.departments for role in d.roles}
        self._roles |= {p.responsible for p in self._former.values()}
        self.classes: dict[tuple[str, str], _Class] = {}
        self.faults: list[Fault] = []

    def read(self, table: Table) -> None:
        above: dict[str, str] = {}
        for row in table.rows:
            cells = dict(row.cells)
            if not cells["code"] and above:
                cells |= {name: cells.get(name) or above.get(name, "") for name in OF_CLASS}
            above = cells
            try:
                self._read_row(table, row, cells)
            except Unusable as why:
                self.faults.append(table.fault(row.number, *why.args))

    def _read_row(self, table: Table, row: Row, cells: dict[str, str]) -> None:
        code = _code(cells)
        kind = self._kind(cells, code, table.sheet.name)
        former = self._former.get((kind, code))
        entry = self.classes.get((kind, code))
        if entry is None:
            fields = self._class(cells, code, kind, former)
            entry = self.classes[kind, code] = _Class(table, row.number, fields, [])
        elif cells.get("name") and cells["name"] != entry.fields["name"].zh:
            other = f"{entry.fields['name'].zh!r} in row {entry.row}"
            raise Unusable(
                "name", f"{code} is {cells['name']!r} here, {other}", "One class, one name"
            )
        elif cells.get("responsible") and self._role(cells) != entry.fields["responsible"]:
            what = f"{code} is {entry.fields['responsible']}'s in row {entry.row}"
            raise Unusable(
                "responsible", what, "A class has one; by area: the matrix of departments"
            )
        entry.conditions.append(self._condition(table, cells, code, former, entry.conditions))

    def _kind(self, cells: dict[str, str], code: str, sheet: str) -> Literal["component", "event"]:
        said = cells.get("kind", "").lower()
        if said in KINDS:
            return KINDS[said]
        if said:
            raise Unusable("kind", f"{cells['kind']!r} is neither", "Write 部件 or 事件")
        for word, kind in KINDS.items():
            if word in sheet.lower():
                return kind
        known = self._kinds.get(code, set())
        for kind in KINDS.values():
            if known == {kind}:
                return kind
        raise Unusable(
            "kind", f"is {code} a component or an event", "Write 部件 or 事件 in a column 类别"
        )

    def _class(
        self, cells: dict[str, str], code: str, kind: str, former: ProblemClass | None
    ) -> dict[str, Any]:
        name = cells.get("name") or (former.name.zh if former else "")
        if not name:
            raise Unusable("name", f"{code} has no name", "Every class needs one")
        said = cells.get("local", "").lower()
        if said not in YES | NO:
            raise Unusable("local", f"{cells['local']!r} is neither", "Write 是 or 否")
        role = self._role(cells) or (former.responsible if former else "")
        if not role:
            raise Unusable("responsible", "is empty", "Write a department's name, code or role")
        return {
            "code": code,
            "kind": kind,
            "name": _text(name, cells.get("name_en", ""), former.name if former else None),
            "local": said in YES if "local" in cells else bool(former and former.local),
            "responsible": role,
        }

    def _role(self, cells: dict[str, str]) -> str:
        said = cells.get("responsible", "")
        if not said or said in self._roles:
            return said
        for department in self._departments.departments:
            if said in (department.code, department.name.zh, department.name.en):
                if len(department.roles) == 1:
                    return department.roles[0]
                roles = ", ".join(department.roles) or "none"
                what = f"{said} has not one role, but {roles}"
                raise Unusable("responsible", what, "Write the role that is meant")
        mend = f"Write a department's name or code, or a role: {', '.join(sorted(self._roles))}"
        raise Unusable("responsible", f"no department is called {said!r}", mend)

    def _condition(
        self,
        table: Table,
        cells: dict[str, str],
        code: str,
        former: ProblemClass | None,
        others: Sequence[Condition],
    ) -> Condition:
        text = cells["text"]
        if not text:
            raise Unusable("text", "is empty", "Every row is one filing condition")
        before = former.conditions if former else ()
        slug = cells.get("slug", "") or next(
            (c.slug for c in before if c.text.zh == text), f"condition-{len(others) + 1}"
        )
        if not SLUG.fullmatch(slug):
            mend = "Write small letters, digits and -, beginning with a letter, as cover-missing"
            raise Unusable("slug", f"{slug!r} is no name for rules", mend)
        if any(slug == other.slug or text == other.text.zh for other in others):
            raise Unusable(
                "text", f"{code} has this condition already: {slug}", "Leave one row out"
            )
        try:
            limit = read_limit(cells["limit"], table.units.get("limit", ""))
        except BadLimit as why:
            raise Unusable("limit", *why.args) from why
        was = next((c for c in before if c.slug == slug), None)
        closed = cells.get("closed_when") or (was.closed_when.zh if was else "")
        if not closed:
            raise Unusable("closed_when", "is empty", "Say what must hold before a case is closed")
        said = {
            "slug": slug,
            "text": _text(text, cells.get("text_en", ""), was.text if was else None),
            "limit": limit,
            "closed_when": _text(
                closed, cells.get("closed_when_en", ""), was.closed_when if was else None
            ),
            "source": cells.get("source") or "the city's own table",
        }
        # What else the version before had of the condition, a table does not say: it stays.
        return was.model_copy(update=said) if was else Condition(**said)


def _code(cells: dict[str, str]) -> str:
    major, code = cells.get("major", ""), cells["code"]
    for column, digits in (("major", major), ("code", code)):
        if digits and not (digits.isascii() and digits.isdigit()):
            raise Unusable(column, f"{digits!r} is not all digits", "Write digits alone, as 0103")
    if not code:
        raise Unusable("code", "is empty", "Every class has a number")
    if major and len(major) <= 2 and len(code) <= 3:
        return major.zfill(2) + code.zfill(2)  # Excel takes the zeros off 01 and 03
    if major and not code.startswith(major.zfill(2)):
        what = f"{code} is not of major class {major}"
        raise Unusable("code", what, "Mend one of the two")
    if len(code) in (1, 3):
        mend = f"Is a zero lost? Write {code.zfill(len(code) + 1)}, in a column of text"
        raise Unusable("code", f"{code} has {len(code)} digits", mend)
    if len(code) not in (2, 4, 5):
        raise Unusable(
            "code", f"{code} has {len(code)} digits", "It has 4, or 5 with a minor class of 3"
        )
    return code


def _text(zh: str, en: str, former: Text | None) -> Text:
    kept = former.en if former and former.zh == zh else ""
    return Text(zh=zh, en=en or kept)


def read_catalogue(
    path: Path,
    names: dict[str, Any],
    former: CodeList | None,
    departments: Departments,
) -> ReadCatalogue:
    """Read every sheet that has the header; `names` are the version's fields beside its classes.

    Nothing is left out: a table with a fault gives no version. Raises UnreadableTable.
    """
    sheets = read_sheets(path)
    tables, faults = find_tables(sheets, CATALOGUE, CATALOGUE_NEEDS)
    read = ReadCatalogue(sum(len(table.rows) for table in tables), faults=faults)
    if not tables:
        return read
    read.warnings = unread(tables, sheets)
    reader = CatalogueReader(former, departments)
    for table in tables:
        reader.read(table)
    read.faults += reader.faults
    local = {
        c.fields["code"]: c
        for c in reader.classes.values()
        if c.fields["local"] or len(c.fields["code"]) == 2
    }
    read.faults += [
        local[code].table.fault(local[code].row, "code", why, "Number them without a gap")
        for code, why in extensions_out_of_order(local)
    ]
    if not read.faults:
        classes = [
            ProblemClass(**c.fields, conditions=tuple(c.conditions))
            for c in reader.classes.values()
        ]
        kept = {"component_codes": former.component_codes} if former else {}
        read.body = CodeList.model_validate({**kept, **names, "classes": classes})
    return read
