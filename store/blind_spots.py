"""What is not watched now, and why, a page at a time through all that can be the reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed

from store.access import EVERYWHERE, Reach
from store.database import Connection
from store.statements import statements


class Blind(StrEnum):
    """Why something is not watched. The first is known by who runs the system, not here."""

    PART_DOWN = "part-down"
    GATEWAY_DOWN = "gateway-down"
    SILENT = "silent"
    NEVER_HEARD = "never-heard"
    UNRELIABLE = "unreliable"
    MAINTENANCE = "maintenance"
    PLANNED_WORK = "planned_work"
    CALIBRATION = "calibration"
    SHELVED = "shelved"
    RULE_OFF = "rule-off"
    STRANGER = "stranger"
    NO_SENSOR = "no-sensor"


#: Reason -> statement; windows are four reasons of one. In the order of the list.
SOURCES = {
    Blind.GATEWAY_DOWN: "gateway_down",
    Blind.SILENT: "silent",
    Blind.NEVER_HEARD: "never_heard",
    Blind.UNRELIABLE: "unreliable",
    Blind.MAINTENANCE: "windows",
    Blind.PLANNED_WORK: "windows",
    Blind.CALIBRATION: "windows",
    Blind.SHELVED: "windows",
    Blind.RULE_OFF: "rule_off",
    Blind.STRANGER: "stranger",
    Blind.NO_SENSOR: "no_sensor",
}


class After(NamedTuple):
    """Where a page ends."""

    reason: Blind
    key: str


def blind_spots(
    connection: Connection,
    reasons: Iterable[Blind],
    kind: str | None,
    now: datetime,
    limit: int,
    after: After | None = None,
    reach: Reach = EVERYWHERE,
) -> list[dict[str, Any]]:
    """Return what is not watched for one of `reasons`, in the order of SOURCES, after `after`.

    With the numbers of their cases as far as `reach` goes.
    """
    found: list[dict[str, Any]] = []
    order = [reason for reason in SOURCES if reason in set(reasons)]
    if after is not None:
        order = [each for each in order if [*SOURCES].index(each) >= [*SOURCES].index(after.reason)]
    with connection.cursor(row_factory=dict_row) as cursor:
        for reason in order:
            values = {
                "reason": reason,
                "kind": kind,
                "now": now,
                "after": after.key if after is not None and after.reason is reason else None,
                "limit": limit - len(found),
                **reach._asdict(),
            }
            found += cursor.execute(_query(reason), values).fetchall()
            if len(found) >= limit:
                break
    return found


def counts(
    connection: Connection, reasons: Iterable[Blind], kind: str | None, now: datetime
) -> dict[Blind, int]:
    """Return how much is not watched for each of `reasons`."""
    found = dict.fromkeys(reasons, 0)
    for reason in SOURCES:
        if reason in found:
            values = {"reason": reason, "kind": kind, "now": now, "after": None, "limit": None}
            values |= EVERYWHERE._asdict()
            query = statements("blind_spots")["count"].format(found=_query(reason))
            found |= {Blind(name): count for name, count in connection.execute(query, values)}
    return found


def _query(reason: Blind) -> Composed:
    sql = statements("blind_spots")
    parts: dict[str, SQL] = {"unwell": sql["unwell"], "covered": statements("watching")["covered"]}
    return sql[SOURCES[reason]].format(**{name: part.format() for name, part in parts.items()})
