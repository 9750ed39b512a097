"""Who called: seen only by who says why, called back when the case has ended, erased on request."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from cases.city import City
from cases.reporting import Caller
from cases.workflow import Refused
from store.access import EVERYWHERE, Reach
from store.database import Connection
from store.statements import statements


class NoCaller(LookupError):
    """Nobody called, or who did has been erased. ``args[0]`` says which."""


def look(connection: Connection, report: UUID, actor: str, why: str, at: datetime) -> Caller:
    """Return who called; that `actor` looked, and why, is written first. Raises NoCaller."""
    sql = statements("reports")
    with connection.transaction():
        caller = _caller(connection, report)
        _say_why(why)
        connection.execute(
            sql["add_look"], {"report": report, "at": at, "actor": actor, "why": why}
        )
        return caller


def looks(connection: Connection, report: UUID) -> list[dict[str, Any]]:
    """Return who looked at the caller of a report: at, actor, why; oldest first."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("reports")["looks"], {"report": report}).fetchall()


def erase(
    connection: Connection, report: UUID, actor: str, why: str, at: datetime, city: City
) -> None:
    """Blank name and number; the report stays. Raises NoCaller, Refused while they are kept."""
    sql = statements("reports")
    with connection.transaction():
        _caller(connection, report)
        _say_why(why)
        row = connection.execute(sql["end_of_case"], {"report": report}).fetchone()
        ended = row[0] if row else None
        if ended is None:
            raise Refused("the case is open; its caller is to be called back when it has ended")
        until = ended + city.policy.callers_kept
        if at < until:
            raise Refused(f"callers are kept until {until.isoformat()}: policy, callers_kept")
        connection.execute(sql["erase"], {"report": report, "actor": actor, "why": why, "at": at})


def _caller(connection: Connection, report: UUID) -> Caller:
    row = connection.execute(statements("reports")["look"], {"report": report}).fetchone()
    if row is None:
        raise NoCaller(f"nobody called for report {report}")
    name, phone, erased = row
    if erased:
        raise NoCaller(f"the caller of report {report} was erased at {erased.isoformat()}")
    return Caller(name=name, phone=phone)


def _say_why(why: str) -> None:
    if not why.strip():
        raise Refused("say why: it is written down")


def check_call_back(connection: Connection, case_id: int, report: str | None) -> None:
    """Raise Refused where nobody is there to be called back."""
    ids = {"case_id": case_id, "report": report}
    row = connection.execute(statements("reports")["has_caller"], ids).fetchone()
    if row is None or not row[0]:
        raise Refused("nobody called about this case: there is nobody to call back")


def call_backs(
    connection: Connection, limit: int, after: UUID | None = None, reach: Reach = EVERYWHERE
) -> list[dict[str, Any]]:
    """Return the calls that are due: callers whose case has ended, without name and number."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            statements("reports")["call_backs"],
            {"limit": limit, "after": after, **reach._asdict()},
        ).fetchall()
