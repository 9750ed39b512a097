"""The city's own tables by upload: said first what would be done, then done; problems by row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel, Field

from api.access.who import Signed
from api.body import read_body
from api.fields import Moment
from api.importing import TICKET, Importing
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.services import Given, Services
from cases.data import BadCatalogue
from cases.networks import Network
from store.areas import AreaReport, import_areas
from store.assets import Report
from store.catalogue import Term, VersionRefused, files_of
from store.database import Connection
from store.import_assets import import_assets_file
from store.import_city import Told, import_calendar, import_catalogue, import_departments
from store.import_pipes import PipeReport, import_pipes
from store.import_tables import UnreadableTable
from store.stepping import Cancelled, Progress, Step

router = Resource("/imports", tags=["catalogue"])

SHOWN = 500  #: names and problems told
SENT = {
    "requestBody": {
        "required": True,
        "description": "The file itself",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class What(StrEnum):
    """What a table is of: as `lifeline import` on the command line."""

    CATALOGUE = "catalogue"
    DEPARTMENTS = "departments"
    CALENDARS = "calendars"
    AREAS = "areas"
    ASSETS = "assets"
    PIPES = "pipes"


class Mistake(BaseModel):
    """What is wrong in a table, where, and how to mend it."""

    file: str
    sheet: str = Field("", description="Empty: a CSV file")
    row: int = Field(description="0: the table as a whole; of GeoJSON: the feature's place")
    column: str
    what: str
    mend: str


class Imported(BaseModel):
    """What an import did, or would do."""

    what: What
    dry_run: bool
    taken: bool = Field(description="false: a mistake keeps the whole table out")
    rows: int
    added: int
    changed: int
    gone: int
    unchanged: int | None = Field(description="null: not counted")
    outcomes: dict[str, str] = Field(description="Of each code list or year: added, unchanged, …")
    names: dict[str, list[str]] = Field(description=f"added, changed, gone: the first {SHOWN}")
    mistakes: list[Mistake] = Field(description="Of areas and assets: these rows are left out")
    warnings: list[Mistake]
    untold: int = Field(description="Further mistakes")


class Asked(BaseModel):
    """How a table is to be taken in."""

    name: str
    dry_run: bool
    code_list: str
    version: str
    in_force_from: Moment | None
    source: str
    network: Network | None


Named = Annotated[
    str, Query(max_length=200, description="Name of the file; its ending says what it is")
]


@router.post(
    "/{what}", openapi_extra=SENT, responses=dict.fromkeys((409, 413, 422), ON_ERROR["default"])
)
async def import_table(
    services: Given,
    who: Signed,
    request: Request,
    what: What,
    name: Named,
    dry_run: Annotated[bool, Query(description="Say what would be done; change nothing")] = True,
    code_list: Annotated[str, Query(max_length=200, description="Of a catalogue")] = "",
    version: Annotated[str, Query(max_length=100, description="Of catalogue, departments")] = "",
    in_force_from: Annotated[Moment | None, Query(description="Of those too")] = None,
    source: Annotated[str, Query(max_length=500, description="Of a calendar")] = "",
    network: Annotated[
        Network | None, Query(description="Of pipes whose features do not say which")
    ] = None,
    ticket: Annotated[
        str | None, Query(pattern=TICKET, description="By which it is asked for while it goes on")
    ] = None,
) -> Imported:
    """Import a table, or say what it would change and which rows are wrong.

    Of a catalogue, departments, calendars and pipes a mistake in any row keeps the whole table out:
    half a catalogue would file wrongly. Of areas and assets the rows with a mistake are left out.
    """
    asked = Asked(
        name=_file(name),
        dry_run=dry_run,
        code_list=code_list,
        version=version,
        in_force_from=in_force_from,
        source=source,
        network=network,
    )
    body = await read_body(request, services.largest_body)
    importing: Importing = request.app.state.importing
    try:
        told = await importing.run(
            request, who, ticket, lambda progress: _import(services, what, asked, body, progress)
        )
    except Cancelled as why:
        request.state.audit_why = f"cancelled {asked.name}: nothing was imported"
        detail = f"Nothing of {asked.name} was imported."
        raise Problem(HTTPStatus.CONFLICT, detail, "cancelled", "It was cancelled") from why
    done = "looked at" if dry_run or not told.taken else "imported"
    request.state.audit_why = (
        f"{done} {asked.name}: {told.rows} rows, {told.added} new, {told.changed} changed"
    )
    return told


def _file(name: str) -> str:
    """Return a name that is safe to write a file under, with the ending that was given."""
    plain = re.sub(r"[^\w.() -]", "_", PurePath(name.replace("\\", "/")).name)[-80:]
    return plain if plain.strip(". ") else "table.csv"


def _import(
    services: Services, what: What, asked: Asked, body: bytes, progress: Progress
) -> Imported:
    # The readers tell CSV from Excel by the name of a file, and name it in what they say.
    with TemporaryDirectory(prefix="lifeline-import-") as folder:
        path = Path(folder) / asked.name
        path.write_bytes(body)
        try:
            with services.pool.connection() as connection, connection.transaction():
                told = _taken(services, connection, what, asked, path, progress.step)
                progress.step(told.rows, told.rows)  # the last moment to end it
                return told
        except (UnreadableTable, VersionRefused, BadCatalogue) as why:
            raise Problem(
                HTTPStatus(422), str(why), "bad-table", "The table is not imported"
            ) from why


def _taken(
    services: Services, connection: Connection, what: What, asked: Asked, path: Path, step: Step
) -> Imported:
    city, at, dry = services.city, services.time(), asked.dry_run
    base = files_of(city)
    match what:
        case What.CATALOGUE:
            term = _term(asked, "code_list")
            told = import_catalogue(connection, path, base, asked.code_list, term, at, (), dry)
            return _told(what, dry, told)
        case What.DEPARTMENTS:
            term = _term(asked)
            return _told(what, dry, import_departments(connection, [path], base, term, at, dry))
        case What.CALENDARS:
            _needed(asked, "source")
            return _told(what, dry, import_calendar(connection, path, base, asked.source, at, dry))
        case What.AREAS:
            areas = import_areas(connection, path.read_bytes(), at, city.zone, dry, step)
            return _counted(what, dry, asked.name, areas)
        case What.ASSETS:
            assets = import_assets_file(connection, path, dry, city.catalogue, step)
            return _counted(what, dry, asked.name, assets)
        case What.PIPES:
            pipes = import_pipes(connection, path.read_bytes(), asked.network, dry, step)
            return _counted(what, dry, asked.name, pipes)


def _needed(asked: Asked, *names: str) -> None:
    if lacking := [name for name in names if not getattr(asked, name)]:
        raise Problem(
            HTTPStatus(422),
            f"Give {' and '.join(lacking)} too.",
            "invalid-request",
            "The request does not fit its description",
            errors=[{"at": f"query.{name}", "detail": "is needed here"} for name in lacking],
        )


def _term(asked: Asked, *more: str) -> Term:
    _needed(asked, "version", "in_force_from", *more)
    assert asked.in_force_from is not None  # for the type: it is needed
    return Term(asked.version, asked.in_force_from)


def _told(what: What, dry_run: bool, told: Told) -> Imported:
    names = {"added": told.added, "changed": told.changed, "gone": told.gone}
    return Imported(
        what=what,
        dry_run=dry_run,
        taken=not told.faults,
        rows=told.rows,
        **{name: len(given) for name, given in names.items()},
        unchanged=None,
        outcomes={name or what.value: outcome for name, outcome in told.outcomes.items()},
        names={name: given[:SHOWN] for name, given in names.items()},
        mistakes=_mistakes(fault._asdict() for fault in told.faults[:SHOWN]),
        warnings=_mistakes(fault._asdict() for fault in told.warnings[:SHOWN]),
        untold=max(0, len(told.faults) - SHOWN),
    )


def _counted(
    what: What, dry_run: bool, file: str, report: Report | AreaReport | PipeReport
) -> Imported:
    counted = asdict(report)
    whole = isinstance(report, PipeReport)  # all of it or nothing
    warnings = getattr(report, "warnings", [])
    return Imported(
        what=what,
        dry_run=dry_run,
        taken=not report.problems or (report.rows > 0 and not whole),
        gone=counted.get("gone", 0),
        unchanged=report.unchanged,
        outcomes={},
        names={},
        **{name: counted[name] for name in ("rows", "added", "changed")},
        mistakes=_mistakes({"file": file, **p._asdict()} for p in report.problems[:SHOWN]),
        warnings=_mistakes({"file": file, **p._asdict()} for p in warnings[:SHOWN]),
        untold=max(0, len(report.problems) - SHOWN),
    )


def _mistakes(given: Iterable[dict[str, Any]]) -> list[Mistake]:
    return [Mistake.model_validate(each) for each in given]
