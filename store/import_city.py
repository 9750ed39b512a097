"""Imports of the city's own tables: read, checked against what it is for, put in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from psycopg.types.json import Jsonb

from cases.catalogue import Catalogue, CodeList
from cases.city import City
from cases.coverage import uncovered
from cases.data import BadCatalogue, Data
from cases.departments import Departments
from cases.versions import Versioned
from rules.schema import Rule
from store.catalogue import Outcome, Term, city_of, departments_of, put_version, versions
from store.database import Connection
from store.import_calendars import read_calendar
from store.import_catalogue import read_catalogue
from store.import_departments import read_departments
from store.import_tables import Fault
from store.rule_versions import present, ruleset
from store.statements import statements


@dataclass(slots=True)
class Told:
    """What an import did, or would do; with a fault it did nothing."""

    rows: int = 0
    outcomes: dict[str, Outcome] = field(default_factory=dict)  #: by code list, year or ""
    added: list[str] = field(default_factory=list)  #: conditions, departments, rows of the matrix
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def compare(self, before: Mapping[str, Data], after: Mapping[str, Data]) -> None:
        self.added += sorted(after.keys() - before.keys())
        self.gone += sorted(before.keys() - after.keys())
        both = before.keys() & after.keys()
        self.changed += sorted(name for name in both if before[name] != after[name])


def import_catalogue(
    connection: Connection, path: Path, base: City, code_list: str, term: Term, at: datetime,
    rules: Iterable[Rule] = (), dry_run: bool = False,
) -> Told:  # fmt: skip
    """Put a table of filing conditions in force as a version of a code list.

    `rules`, and those in force, must find their conditions in it. Raises UnreadableTable and
    VersionRefused.
    """
    city = city_of(connection, base)
    former = _former(city.catalogue.versions(code_list), term)
    names = {"code_list": code_list, "source": path.name, **term._asdict()}
    read = read_catalogue(path, names, former, city.departments)
    told = Told(read.rows, faults=read.faults, warnings=read.warnings)
    if read.body is None:
        return told
    others = [each for each in city.catalogue.lists if each.code_list != code_list]
    in_force = ruleset([version for version in present(connection) if not version.shadow])
    judged = {rule.id: rule for rule in (*rules, *in_force)}
    mend = "Give the row that means it this name in a column slug (条件代号)"
    try:
        lacking = uncovered(judged.values(), Catalogue([read.body, *others]))
        told.faults += [Fault(path.name, "", 0, "slug", why, mend) for why in lacking]
    except BadCatalogue as why:
        told.faults.append(Fault(path.name, "", 0, "", str(why), "Mend it there"))
    told.compare(_conditions(former), _conditions(read.body))
    if not told.faults:
        written = base.catalogue.versions(code_list)
        told.outcomes[code_list] = put_version(
            connection, "catalogue", code_list, read.body, term, path.name, at,
            written[0] if written else None, dry_run,
        )  # fmt: skip
    return told


def import_departments(
    connection: Connection, paths: Sequence[Path], base: City, term: Term, at: datetime,
    dry_run: bool = False,
) -> Told:  # fmt: skip
    """Put departments, the responsibility matrix, or both in force as a version.

    Raises UnreadableTable and VersionRefused.
    """
    city = city_of(connection, base)
    former = _former([*departments_of(connection), base.departments], term) or base.departments
    files = ", ".join(path.name for path in paths)
    read = read_departments(paths, {"source": files, **term._asdict()}, former)
    told = Told(read.rows, faults=read.faults, warnings=read.warnings)
    if read.body is None:
        return told
    told.compare(_parts(former), _parts(read.body))
    roles = {role for department in read.body.departments for role in department.roles}
    asked = {filing.problem.responsible for filing in city.catalogue}
    mend = "Give it to a department, or say in the matrix who has its classes"
    told.warnings += [
        Fault(files, "", 0, "roles", f"nobody has the role {role} of the catalogue", mend)
        for role in sorted(asked - roles)
    ]
    listed = [
        {"code": d.code, "name_zh": d.name.zh, "name_en": d.name.en} for d in read.body.departments
    ]
    with connection.transaction(force_rollback=dry_run):
        told.outcomes[""] = put_version(
            connection, "departments", "", read.body, term, files, at, base.departments
        )
        connection.execute(statements("city")["name_departments"], {"departments": Jsonb(listed)})
    return told


def import_calendar(
    connection: Connection, path: Path, base: City, source: str, at: datetime,
    dry_run: bool = False,
) -> Told:  # fmt: skip
    """Put the public holidays of years in force. Raises UnreadableTable and VersionRefused."""
    read = read_calendar(path, source)
    told = Told(read.rows, faults=read.faults, warnings=read.warnings)
    before = {str(year.year): year for year in city_of(connection, base).calendar.given}
    written = {str(year.year): year for year in base.calendar.given}
    told.compare(
        {name: year for name, year in before.items() if int(name) in {y.year for y in read.years}},
        {str(year.year): year for year in read.years},
    )
    with connection.transaction(force_rollback=dry_run):
        for year in read.years:
            name = str(year.year)
            known = [v for v in versions(connection) if (v.kind, v.name) == ("calendar", name)]
            term = Term(str(len(known) + 1), at)
            told.outcomes[name] = put_version(
                connection, "calendar", name, year, term, path.name, at, written.get(name)
            )
    return told


Kind = TypeVar("Kind", bound=Versioned)


def _former(known: Sequence[Kind], term: Term) -> Kind | None:
    """Return the newest that is not the very version given, as when it is given once more."""
    return next((each for each in known if each.version != term.version), None)


def _conditions(listed: CodeList | None) -> dict[str, Data]:
    return {
        f"{problem.code} {problem.name.zh}, {condition.slug}": condition
        for problem in (listed.classes if listed else ())
        for condition in problem.conditions
    }


def _parts(departments: Departments) -> dict[str, Data]:
    named: dict[str, Data] = {f"{d.code} {d.name.zh}": d for d in departments.departments}
    return named | {f"matrix: {duty}": duty for duty in departments.matrix}
