"""The city's imported tables: versions over those of its files, and the city they make together."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime
from threading import Lock
from typing import Any, Literal, NamedTuple

from psycopg.types.json import Jsonb

from cases.catalogue import Catalogue, CodeList
from cases.city import City
from cases.clock import Year
from cases.data import Data
from cases.departments import Departments, in_force
from cases.versions import END, Versioned, followed
from store.database import Connection
from store.statements import statements

Kind = Literal["catalogue", "departments", "calendar"]
Outcome = Literal["added", "replaced", "unchanged"]
WHEN = ("version", "in_force_from", "in_force_until")


class VersionRefused(Exception):
    """A version cannot be put in force; the text says why, and what can."""


class Term(NamedTuple):
    version: str
    in_force_from: datetime


class Version(NamedTuple):
    kind: Kind
    name: str  #: the code list, or the year; "" of departments
    version: str
    in_force_from: datetime
    in_force_until: datetime | None
    body: dict[str, Any]

    def as_written(self) -> dict[str, Any]:
        """Return what a file of the city's folder would say."""
        return {**self.body, **{name: getattr(self, name) for name in WHEN}}


def versions(connection: Connection) -> list[Version]:
    """Return every imported version, newest first."""
    with connection.transaction():
        return [Version(*row) for row in connection.execute(statements("city")["versions"])]


def departments_of(connection: Connection) -> list[Departments]:
    """Return the imported versions of the departments, newest first."""
    return [
        Departments.model_validate(version.as_written())
        for version in versions(connection)
        if version.kind == "departments"
    ]


def city_of(connection: Connection, base: City, at: datetime | None = None) -> City:
    """Return the city of the files with what was imported over it, as things stand `at`.

    Versions that begin later are left out, those of before stay: a case is filed by the version
    of its time. Without `at` those to come are there too.
    """
    return _over(base, versions(connection), at)


def _over(base: City, found: list[Version], at: datetime | None) -> City:
    lists: dict[str, list[CodeList]] = {}
    for each in base.catalogue.lists:
        lists.setdefault(each.code_list, []).append(each)
    imported: dict[str, list[CodeList]] = {}
    for version in found:
        if version.kind == "catalogue":
            read = CodeList.model_validate(version.as_written())
            imported.setdefault(version.name, []).append(read)
    lists |= {name: followed(lists.get(name, []), later) for name, later in imported.items()}
    departments = followed(
        [base.departments],
        [Departments.model_validate(v.as_written()) for v in found if v.kind == "departments"],
    )
    years = {
        version.name: Year.model_validate(version.body)
        for version in reversed(found)
        if version.kind == "calendar" and (at is None or version.in_force_from <= at)
    }
    return replace(
        base,
        catalogue=Catalogue(
            each for known in lists.values() for each in known if at is None or each.since <= at
        ),
        departments=in_force(departments, at or END),
        calendar=base.calendar.replaced(years.values()),
    )


def put_version(
    connection: Connection, kind: Kind, name: str, body: Data, term: Term, file: str,
    at: datetime, base: Data | None, dry_run: bool = False,
) -> Outcome:  # fmt: skip
    """Put a version in force; what was before it ends where it begins.

    `base` is what the files say of it. The same content again is no new version. A version that
    is not in force yet may be given anew. Raises VersionRefused.
    """
    content = _content(body)
    values = {"kind": kind, "name": name, **term._asdict(), "at": at, "file": file}
    sql = statements("city")
    with connection.transaction(force_rollback=dry_run):
        connection.execute(sql["lock"])
        known = [v for v in versions(connection) if (v.kind, v.name) == (kind, name)]
        newest = known[0].body if known else _content(base) if base else {}
        if _said(newest) == _said(content):
            return "unchanged"
        planned = connection.execute(sql["drop_planned"], values).fetchone()
        _check(known[1:] if planned else known, base, term)
        connection.execute(sql["end"], values)
        connection.execute(sql["begin"], {**values, "body": Jsonb(content)})
        connection.execute(statements("engine")["tell"], {"what": "city"})
    return "replaced" if planned else "added"


def _check(known: list[Version], base: Data | None, term: Term) -> None:
    taken = [(v.version, v.in_force_from) for v in known]
    if isinstance(base, Versioned):
        taken.append((base.version, base.since))
    if term.version in [version for version, _ in taken]:
        raise VersionRefused(
            f"version {term.version} is there already, and cases may be filed under it: "
            "give what has changed a version of its own"
        )
    for version, began in taken:
        if began >= term.in_force_from:
            raise VersionRefused(
                f"version {version} is in force from {began:%Y-%m-%d %H:%M %Z}: a new one begins "
                "later"
            )


def _content(body: Data) -> dict[str, Any]:
    """Return what a version says, without its name and its time."""
    written: dict[str, Any] = json.loads(body.model_dump_json(by_alias=True))
    return {name: value for name, value in written.items() if name not in WHEN}


def _said(content: dict[str, Any]) -> dict[str, Any]:
    """Return what decides whether two are the same: where it is from does not."""
    return {name: value for name, value in content.items() if name != "source"}


class LiveCity(City):
    """The city of a running system: all that hold it see an import without a restart.

    `refresh` is called when `city` was announced on the channel `lifeline`, and now and then,
    because versions begin as time passes. It reads nothing but what has changed.
    """

    def __init__(self, files: City) -> None:
        self._files, self._city, self._state = files, files, ""
        self._lock = Lock()

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)  # it is this city's business to change

    def refresh(self, connection: Connection, at: datetime) -> bool:
        """Bring the city up to date; tell whether it is another."""
        with self._lock, connection.transaction():
            row = connection.execute(statements("city")["state"], {"at": at}).fetchone()
            state = row[0] if row else ""
            if state == self._state:
                return False
            self._city, self._state = city_of(connection, self._files, at), state
        return True


def files_of(city: City) -> City:
    """Return the city as its files have it, without what was imported over them."""
    return city._files if isinstance(city, LiveCity) else city


def _now_of(name: str) -> property:
    return property(lambda city: getattr(city._city, name))


for _field in fields(City):
    setattr(LiveCity, _field.name, _now_of(_field.name))
