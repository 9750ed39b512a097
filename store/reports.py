"""From a report to its case, in one transaction: a new case, or the one that a person names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import dict_row

from cases.city import City
from cases.codes import case_number
from cases.reporting import Report, columns
from cases.words import Verb
from cases.workflow import Refused, begin, step
from store.cases import UnknownCase, hold, record
from store.database import Connection
from store.joining import Proposal, duplicates
from store.photos import check_photos
from store.report_place import place_of_report
from store.statements import statements


class UnknownReport(LookupError):
    """There is no such report. ``args[0]`` says which."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report."""

    report: UUID
    case_id: int
    number: str  #: of the case
    opened: bool  #: False: it joined a case, or had been sent before
    again: bool = False  #: it had been sent before, and nothing has changed
    duplicates: list[Proposal] = field(default_factory=list)  #: cases that may be the same


def take(
    connection: Connection,
    report: Report,
    now: datetime,
    city: City,
    join_to: int | None = None,
) -> Taken:
    """Write `report` and the case that it opens; return which, and what may be the same problem.

    The same (system, external_id) again changes nothing and answers with its case. `join_to`
    is the open case that a person at intake says it belongs to. Commits, unless the
    connection is in a transaction already. Raises BadReport, Refused, UnknownCase.
    """
    sql = statements("reports")
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        identity = uuid4()
        external_id = report.external_id or str(identity)
        sent = {"system": report.system, "external_id": external_id}
        cursor.execute(sql["lock_number"], sent)
        if before := cursor.execute(sql["sent_before"], sent).fetchone():
            known, number = before["case_id"], before["number"]
            alike = duplicates(connection, known, city)
            return Taken(before["id"], known, number, False, True, alike)
        check_photos(connection, report.photos)
        where = place_of_report(connection, report, now, city)
        facts = columns(report, where, now, city)
        if join_to is None:
            [row] = connection.execute(statements("settlement")["next_case"])
            case_id, number = row[0], case_number(now, row[0], city.zone)
            _open(connection, report, identity, case_id, number, facts, now, city)
        else:
            case_id, number = join_to, _join(connection, report, identity, join_to, now, city)
        cursor.execute(
            sql["add_report"],
            {
                **report.model_dump(exclude={"caller", "role", "kind", "text", "address"}),
                **sent,
                "id": identity,
                "case_id": case_id,
                "text": facts["description"],
                "address": facts["address"],
                "reported": report.told(now),
                "received": now,
                "photos": list(report.photos),
            },
        )
        if report.caller:
            cursor.execute(sql["add_caller"], {"report": identity, **report.caller.model_dump()})
        alike = duplicates(connection, case_id, city)
    return Taken(identity, case_id, number, join_to is None, False, alike)


def _open(
    connection: Connection,
    report: Report,
    identity: UUID,
    case_id: int,
    number: str,
    facts: dict[str, Any],
    now: datetime,
    city: City,
) -> None:
    connection.execute(
        statements("reports")["open_case"],
        {**facts, "id": case_id, "number": number, "key": f"report:{identity}"},
    )
    case, entry = begin(
        case_id,
        actor=report.actor,
        role=report.entered_as,
        at=now,
        city=city,
        reason=facts["description"],
        details={"source": report.source, "exercise": report.exercise, **_told(report, identity)},
    )
    record(connection, case, [entry], city)


def _join(
    connection: Connection,
    report: Report,
    identity: UUID,
    case_id: int,
    now: datetime,
    city: City,
) -> str:
    named = connection.execute(statements("reports")["case_to_join"], {"id": case_id}).fetchone()
    if named is None:
        raise UnknownCase(f"there is no case {case_id}")
    number, exercise = str(named[0]), named[1]
    if exercise != report.exercise:
        raise Refused("what is an exercise and what is not are never one case")
    held = hold(connection, case_id, city)
    case, entry = step(
        held.case,
        Verb.JOIN,
        actor=report.actor,
        role=report.entered_as,
        at=now,
        city=city,
        reason=f"{report.source.zh} {report.source}: {report.public(report.text)}",
        details=_told(report, identity),
    )
    record(connection, case, [entry], city)
    return number


def _told(report: Report, identity: UUID) -> dict[str, Any]:
    """Return what the log keeps of a report; the rest stands with the report."""
    told: dict[str, Any] = {"report": str(identity)}
    if report.photos:
        told["photos"] = list(report.photos)
    if report.wished:
        told["wished"] = report.wished.isoformat()
    return told


_CHOSEN = ("id", "received", "before", "case_id", "source", "system", "external_id", "start", "end",
           "areas", "departments")  # fmt: skip


def reports(connection: Connection, limit: int, **chosen: Any) -> list[dict[str, Any]]:
    """Return reports newest first; `chosen` as in the query `page`. Who called is not in them."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            statements("reports")["page"], dict.fromkeys(_CHOSEN) | chosen | {"limit": limit}
        ).fetchall()


def report(connection: Connection, identity: UUID) -> dict[str, Any]:
    """Return one report; raises UnknownReport."""
    found = reports(connection, 1, id=identity)
    if not found:
        raise UnknownReport(f"there is no report {identity}")
    return found[0]
