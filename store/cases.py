"""Steps of cases, written one at a time: each with its log line, each refused when stale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from psycopg import errors
from psycopg.rows import dict_row
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from cases.case import Case, Entry, replay
from cases.city import City
from cases.enriching import CLASS, FACTS, enrich, filing_of
from cases.exchange import FROM
from cases.guards import Ask
from cases.judged import judged
from cases.opening import by_system
from cases.stages import handling
from cases.words import Role, State, Verb
from cases.workflow import NOTHING, Refused, step
from store import joining  # which builds on this module
from store.callers import check_call_back
from store.database import Connection
from store.outbox import put
from store.photos import check_photos
from store.statements import statements
from store.timers import put_runs, set_timers

#: Lines that leave a case where it is: who saw it before them has seen it.
REMARKS = frozenset(
    {
        Verb.JOIN, Verb.AMEND, Verb.NOTE, Verb.URGE, Verb.SUPERVISE, Verb.ESCALATE, Verb.CONFIRM,
        Verb.CALL_BACK,
    }
)  # fmt: skip


class UnknownCase(LookupError):
    """There is no such case. ``args[0]`` says which."""


class Stale(Refused):
    """Somebody else has moved the case since the caller saw it."""


class Held(NamedTuple):
    """A case whose row this transaction has locked, and its log but for remarks on findings."""

    case: Case
    log: tuple[Entry, ...]
    known: Mapping[str, Any]  #: columns of its class and place

    @property
    def touched(self) -> bool:
        """Whether a human has done anything with it."""
        return any(line.role is not Role.SYSTEM for line in self.log)


def hold(connection: Connection, case_id: int, city: City) -> Held:
    """Lock a case until the transaction ends, and return it; raises UnknownCase."""
    return _read(connection, case_id, city, statements("cases")["lock"])


def look(connection: Connection, case_id: int, city: City) -> Held:
    """Return a case as it is now, which others may move meanwhile; raises UnknownCase."""
    return _read(connection, case_id, city, statements("cases")["row"])


def _read(connection: Connection, case_id: int, city: City, how: SQL) -> Held:
    sql = statements("cases")
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(how.format(row=sql["row"]), {"id": case_id}).fetchone()
        if row is None:
            raise UnknownCase(f"there is no case {case_id}")
        # Only now: a log read together with the lock could be older than the row.
        log = tuple(
            Entry(
                case_id,
                line["version"],
                line["at"],
                line["actor"],
                Role(line["role"]),
                Verb(line["verb"]),
                State(line["before"]) if line["before"] else None,
                State(line["after"]),
                line["reason"],
                line["details"],
            )
            for line in cursor.execute(sql["log"], {"id": case_id})
        )
    # Remarks that were not read have numbers too.
    case = replay(log, city, version=row["version"])
    return Held(case, log, row)


def record(connection: Connection, case: Case, entries: Sequence[Entry], city: City) -> None:
    """Write `case` as it is after `entries`, and the entries, its clocks and its timers."""
    # Nothing is read here, so the database is not waited for between one statement and the next.
    with connection.pipeline():
        connection.execute(statements("cases")["save"], columns(case))
        add_lines(connection, entries)
        put_runs(connection, case)
        set_timers(connection, case, city)
        tell(connection, "case", case.id)


def columns(case: Case) -> dict[str, Any]:
    """Return the row of a case as its log says it; the rest of the row is its class and place."""
    run, now = handling(case.runs), case.running
    return {
        "id": case.id,
        "state": case.state,
        "version": case.version,
        "department": case.department or None,
        "outcome": case.outcome,
        "source": case.source,
        "exercise": case.exercise,
        "level": case.level,
        "handed_to": case.handed_to,
        "due": case.due,
        "stage": now.stage if now else None,
        "stage_due": now.due if now else None,
        "stage_yellow": now.yellow if now else None,
        "filed": case.filed,
        "dispatched": case.dispatched,
        "verified": case.verified,
        "fed_back": case.fed_back,
        "inspected": case.inspected,
        "passed": case.passed,
        "confirmed": case.confirmed,
        "closed": case.closed,
        "handled_in_time": run.in_time if run else None,
        "returns": case.returns,
        "redirects": case.redirects,
        "reworks": case.reworks,
        "extensions": case.extensions,
        "urges": case.urges,
        "supervised": case.supervised,
        "suspended_until": case.until,
        "exempt": case.exempt,
        "satisfaction": case.satisfaction,
        "request": case.request.verb if case.request else None,
        "approved": case.request is not None and case.request.approved,
        "returned": case.returned,
        **judged(case),
    }


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
    put(connection, entries)


def tell(connection: Connection, kind: str, identity: object) -> None:
    """Tell who listens on `lifeline_live`, once this transaction commits."""
    news = orjson.dumps({"kind": kind, "id": identity}).decode()
    connection.execute(statements("cases")["tell"], {"news": news})


def system_step(
    connection: Connection,
    held: Held,
    verb: Verb,
    at: datetime,
    city: City,
    reason: str = "",
    details: Mapping[str, Any] = NOTHING,
) -> Case:
    """Take a step of the system with a case that this transaction holds; raises Refused."""
    case, entry = by_system(held.case, verb, at, city, reason, details)
    record(connection, case, [entry], city)
    return case


def apply(
    connection: Connection,
    case_id: int,
    expected_version: int,
    verb: Verb,
    actor: str,
    role: Role,
    at: datetime,
    city: City,
    reason: str = "",
    details: Mapping[str, Any] = NOTHING,
) -> Case:
    """Do somebody's step of a case last seen at `expected_version`; return the case after it.

    Raises Stale when somebody else has moved the case since (remarks do not count); Refused
    when the workflow does not allow the step, when the department, the class or a picture is
    unknown, or when the case would be reopened beside another open one of its cause. What
    belongs to a case goes with it when it is merged, and comes back when it is reopened.
    """
    if role is Role.SYSTEM:
        raise Refused("the system takes its own steps; nobody acts in its name")
    if FROM in details and role is not Role.PARTNER:
        raise Refused(f"details.{FROM} names the message that made a line; people write no such")
    if verb is Verb.MERGE:
        return joining.join(
            connection, case_id, expected_version, actor, role, at, city, reason, details
        )
    with one_of_its_cause(), connection.transaction():
        if verb is Verb.REOPEN:
            joining.lock(connection)
        held = hold(connection, case_id, city)
        check_seen(held, expected_version)
        ask = Ask(verb, actor, role, at, reason, details, city)
        enriched = enrich(held.case, held.known, ask)
        after, entry = step(
            held.case,
            verb,
            actor=actor,
            role=role,
            at=at,
            city=city,
            reason=reason,
            details=enriched,
        )
        check_photos(connection, enriched.get("photos", ()))
        if verb is Verb.CALL_BACK:
            check_call_back(connection, case_id, enriched.get("report"))
        if after.department != held.case.department:
            _check_department(connection, after.department, city)
        _write_facts(connection, held, ask)
        record(connection, after, [entry], city)
        if verb is Verb.REOPEN:
            joining.separate(connection, held, at, city)
        return after


@contextmanager
def one_of_its_cause() -> Iterator[None]:
    """Refuse what would leave two cases of one cause open."""
    try:
        yield
    except errors.UniqueViolation as violation:
        if violation.diag.constraint_name != "one_open_case_per_cause":
            raise
        raise Refused("another case of the same cause is open; work on that one") from violation


def check_seen(held: Held, expected_version: int) -> None:
    """Raise Stale when somebody has moved the case since the caller saw it."""
    moved = [e for e in held.log if e.version > expected_version and e.verb not in REMARKS]
    if moved or expected_version > held.case.version:
        last = f": {moved[-1].actor} did {moved[-1].verb}" if moved else ""
        raise Stale(
            f"the case has moved on to version {held.case.version}, you saw "
            f"{expected_version}{last}; look again"
        )


def _check_department(connection: Connection, code: str, city: City) -> None:
    """Refuse a department that nobody knows; one that only the city's files know is written."""
    row = connection.execute(statements("cases")["department_exists"], {"code": code}).fetchone()
    if row and row[0]:
        return
    known = [
        {"code": each.code, "name_zh": each.name.zh, "name_en": each.name.en}
        for each in city.departments.departments
        if each.code == code
    ]
    if not known:
        raise Refused(f"there is no department {code}")
    connection.execute(statements("settlement")["put_departments"], {"departments": Jsonb(known)})


def _write_facts(connection: Connection, held: Held, ask: Ask) -> None:
    """Write the class that people file a case under, and what they know better of its place."""
    sql = statements("cases")
    given = set(ask.details)
    if ask.verb is Verb.FILE or (ask.verb is Verb.AMEND and given & set(CLASS)):
        filing = filing_of(held.known, ask.details, ask.city)
        named = {
            "code_list": filing.code_list,
            "code": filing.problem.code,
            "condition": filing.condition.slug,
            "catalogue": filing.version,
            "title_zh": filing.title.zh,
            "title_en": filing.title.en,
        }
        connection.execute(sql["classify"], {**named, "id": held.case.id})
    if ask.verb is Verb.AMEND and given & set(FACTS):
        known = {name: ask.details.get(name, held.known[name]) for name in FACTS}
        connection.execute(sql["put"], {**known, "id": held.case.id})
