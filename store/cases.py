"""Steps of cases, written one at a time: each with its log line, each refused when stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from psycopg import errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cases.workflow import NOTHING, OPEN, Case, Entry, Outcome, Refused, Role, State, Verb, step
from store.database import Connection
from store.statements import statements


class UnknownCase(LookupError):
    """There is no such case. ``args[0]`` says which."""


class Stale(Refused):
    """Somebody else has moved the case since the caller saw it."""


class Line(NamedTuple):
    version: int
    actor: str
    role: Role
    verb: Verb
    before: State | None


class Held(NamedTuple):
    """A case whose row this transaction has locked, and its log without the system's remarks."""

    case: Case
    log: tuple[Line, ...]

    @property
    def touched(self) -> bool:
        """Whether a human has done anything with it."""
        return any(line.role is not Role.SYSTEM for line in self.log)


def hold(connection: Connection, case_id: int) -> Held:
    """Lock a case until the transaction ends, and return it; raises UnknownCase."""
    sql = statements("cases")
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(sql["lock"], {"id": case_id}).fetchone()
        if row is None:
            raise UnknownCase(f"there is no case {case_id}")
        # Only now: a log read together with the lock could be older than the row.
        log = tuple(
            Line(
                line["version"],
                line["actor"],
                Role(line["role"]),
                Verb(line["verb"]),
                State(line["before"]) if line["before"] else None,
            )
            for line in cursor.execute(sql["log"], {"id": case_id})
        )
    case = Case(
        case_id,
        State(row["state"]),
        row["version"],
        row["department"] or "",
        Outcome(row["outcome"]) if row["outcome"] else None,
        {line.verb: line.actor for line in log},
    )
    return Held(case, log)


def record(connection: Connection, case: Case, entries: Sequence[Entry]) -> None:
    """Write `case` as it is after `entries`, and the entries."""
    sql = statements("cases")
    connection.execute(
        sql["save"],
        {
            "id": case.id,
            "state": case.state,
            "version": case.version,
            "department": case.department or None,
            "outcome": case.outcome,
            "closed": None if case.state in OPEN else entries[-1].at,
        },
    )
    add_lines(connection, entries)
    tell(connection, "case", case.id)


def add_lines(connection: Connection, entries: Sequence[Entry]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            statements("cases")["add_line"],
            [
                {
                    "case_id": entry.case_id,
                    "version": entry.version,
                    "at": entry.at,
                    "actor": entry.actor,
                    "role": entry.role,
                    "verb": entry.verb,
                    "before": entry.before or "",
                    "after": entry.after,
                    "reason": entry.reason,
                    "details": Jsonb(dict(entry.details)),
                }
                for entry in entries
            ],
        )


def tell(connection: Connection, kind: str, identity: object) -> None:
    """Tell who listens on `lifeline_live`, once this transaction commits."""
    news = orjson.dumps({"kind": kind, "id": identity}).decode()
    connection.execute(statements("cases")["tell"], {"news": news})


def apply(
    connection: Connection,
    case_id: int,
    expected_version: int,
    verb: Verb,
    actor: str,
    role: Role,
    at: datetime,
    reason: str = "",
    details: Mapping[str, Any] = NOTHING,
) -> Case:
    """Do somebody's step of a case last seen at `expected_version`; return the case after it.

    Raises Stale when somebody else has moved the case since (the system's remarks do not
    count); Refused when the workflow does not allow the step, when the department is
    unknown, or when the case would be reopened beside another open one of its cause.
    """
    if role is Role.SYSTEM:
        raise Refused("the system takes its own steps; nobody acts in its name")
    try:
        with connection.transaction():
            held = hold(connection, case_id)
            moved = [line for line in held.log if line.version > expected_version]
            if moved or expected_version > held.case.version:
                last = f": {moved[-1].actor} did {moved[-1].verb}" if moved else ""
                raise Stale(
                    f"the case has moved on to version {held.case.version}, you saw "
                    f"{expected_version}{last}; look again"
                )
            after, entry = step(
                held.case, verb, actor=actor, role=role, at=at, reason=reason, details=details
            )
            if after.department != held.case.department:
                _check_department(connection, after.department)
            record(connection, after, [entry])
            return after
    except errors.UniqueViolation as violation:
        if violation.diag.constraint_name != "one_open_case_per_cause":
            raise
        raise Refused("another case of the same cause is open; work on that one") from violation


def _check_department(connection: Connection, code: str) -> None:
    row = connection.execute(statements("cases")["department_exists"], {"code": code}).fetchone()
    if row is None or not row[0]:
        raise Refused(f"there is no department {code}")
