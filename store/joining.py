"""Two cases of one problem: what may be the same, one joined to the other, and parted again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from cases.case import Case
from cases.city import City
from cases.duplicates import Duplicate, Spot, find, squares
from cases.words import Role, Verb
from cases.workflow import NOTHING, Refused, step
from store import cases as desk
from store.database import Connection
from store.statements import statements


@dataclass(frozen=True, slots=True)
class Proposal:
    """A case that may be the same problem as another, for a person to join or not."""

    number: str
    state: str
    version: int
    source: str
    code_list: str
    code: str
    title_zh: str
    title_en: str
    why: Duplicate


def duplicates(connection: Connection, case_id: int, city: City) -> list[Proposal]:
    """Return the cases that may be the same as one, of its class first, the nearest first.

    Open ones and those that have ended, whoever reported them. What has no position, or was
    joined to another, is not compared.
    """
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(statements("reports")["spot"], {"id": case_id}).fetchone()
    if row is None or row["lon"] is None or row["lat"] is None:
        return []
    return alike(connection, Spot(**row), city)


def alike(connection: Connection, mine: Spot, city: City) -> list[Proposal]:
    """Return the cases that may be the same as what is at a spot, which need be no case yet."""
    sql, policy = statements("reports"), city.policy.duplicates
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        rows, columns = squares(mine.lon, mine.lat, policy)
        around = {
            row["id"]: row
            for row in cursor.execute(
                sql["spots_around"],
                {
                    "rows": rows,
                    "columns": columns,
                    "since": mine.found - policy.within,
                    "until": mine.found + policy.within,
                },
            )
        }
    spots = [Spot(**{name: row[name] for name in Spot.__slots__}) for row in around.values()]
    return [
        Proposal(
            why=why,
            **{name: around[why.id][name] for name in Proposal.__slots__ if name != "why"},
        )
        for why in find(mine, spots, city.catalogue, policy)
    ]


def join(
    connection: Connection,
    case_id: int,
    expected_version: int,
    actor: str,
    role: Role,
    at: datetime,
    city: City,
    reason: str = "",
    details: Mapping[str, Any] = NOTHING,
) -> Case:
    """Merge a case last seen at `expected_version` into the one that `details.into` names.

    Its reports, events and evidence go with it. Returns the merged case; raises Stale,
    Refused, UnknownCase.
    """
    with connection.transaction():
        lock(connection)
        into = _number(connection, str(details.get("into", "")))
        if into == case_id:
            raise Refused("a case is not joined to itself")
        held = {one: desk.hold(connection, one, city) for one in sorted((case_id, into))}
        gone, kept = held[case_id], held[into]
        desk.check_seen(gone, expected_version)
        if gone.case.exercise != kept.case.exercise:
            raise Refused("what is an exercise and what is not are never one case")
        # What was told by hand in an exercise may go into a drill's case, never the reverse.
        if gone.known["drill"] not in (None, kept.known["drill"]):
            raise Refused(f"the case is of drill {gone.known['drill']}, the other one is not")
        moved = _move(connection, case_id, into)
        told = {**details, "into": _named(connection, into), **moved}
        merged, merge = step(
            gone.case, Verb.MERGE, actor=actor, role=role, at=at, city=city, reason=reason,
            details=told,
        )  # fmt: skip
        number = _named(connection, case_id)
        joined, line = step(
            kept.case, Verb.JOIN, actor=actor, role=role, at=at, city=city,
            reason=reason or f"joined by case {number}", details={"case": number, **moved},
        )  # fmt: skip
        desk.record(connection, merged, [merge], city)
        desk.record(connection, joined, [line], city)
        connection.execute(statements("reports")["merge"], {"case_id": into, "from_case": case_id})
        return merged


def lock(connection: Connection) -> None:
    """Wait for who moves events between cases, as settling does: so nobody waits in a ring."""
    connection.execute(statements("settlement")["lock_grouping"])
    connection.execute(statements("settlement")["lock_grouping_of_drills"])


def _number(connection: Connection, number: str) -> int:
    row = connection.execute(statements("views")["case_id"], {"case": number}).fetchone()
    if row is None:
        raise Refused(f"there is no case {number or '(details.into names none)'}")
    return int(row[0])


def _named(connection: Connection, case_id: int) -> str:
    row = connection.execute(statements("settlement")["case_named"], {"id": case_id}).fetchone()
    assert row is not None
    return str(row[0])


def _move(connection: Connection, case_id: int, into: int) -> dict[str, list[str]]:
    """Move what a case rests on; return the ids of its reports and events."""
    ids = {"case_id": into, "from_case": case_id}
    reports = connection.execute(statements("reports")["move_reports"], ids).fetchall()
    sql = statements("settlement")
    connection.execute(sql["move_evidence"], ids)
    events = connection.execute(sql["move_events"], ids).fetchall()
    return {
        "reports": [str(row[0]) for row in reports],
        "events": [str(row[0]) for row in events],
    }


def separate(connection: Connection, held: desk.Held, at: datetime, city: City) -> None:
    """Give a case that is reopened back what it brought to the one it had been joined to.

    Evidence was frozen in both and stays in both. `held` is the case before it is reopened; the
    lock on grouping was taken before it.
    """
    sql, case_id = statements("reports"), held.case.id
    row = connection.execute(sql["end_of_merging"], {"id": case_id}).fetchone()
    merge = next((line for line in reversed(held.log) if line.verb is Verb.MERGE), None)
    if row is None or row[0] == case_id or merge is None:
        return
    root = int(row[0])
    ids = {"case_id": case_id, "from_case": root}
    for name, kind in (("reports_back", "reports"), ("events_back", "events")):
        brought = [UUID(one) for one in merge.details.get(kind, ())]
        connection.execute(sql[name], {**ids, "ids": brought})
    connection.execute(sql["merge"], {"case_id": None, "from_case": case_id})
    number = _named(connection, case_id)
    desk.system_step(
        connection, desk.hold(connection, root, city), Verb.NOTE, at, city,
        f"case {number} was reopened and has left with its reports and events",
        {"case": number},
    )  # fmt: skip
