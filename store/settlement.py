"""From what rules found to cases, in one transaction: races are settled by the database.

Two writers never wait for each other in a ring, because every writer takes its locks in
one order: departments, the lock on grouping, events by id, then causes by key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cases.city import City
from cases.curve import stamp
from cases.opening import as_datetime
from rules.event import Event, Standing
from rules.judgement import Requalified
from store.cases import tell
from store.database import Connection
from store.desk import Change, Desk, Settled
from store.event_rows import as_json, as_row
from store.statements import statements


def settle(
    connection: Connection,
    events: Sequence[Event],
    requalified: Requalified,
    now: datetime,
    city: City,
) -> Settled:
    """Write `events` and what they mean for cases; settling the same again changes nothing.

    An event opens the case of its cause or joins the open one; `one_open_case_per_cause`
    decides which. A case whose events have all been withdrawn or explained, and which no
    human has touched, is voided; it is taken up again if one of them comes back.
    What is live and what was found in drills is settled apart, each by its own judge.
    `requalified` are stored readings with the quality they turned out to have. Commits,
    unless the connection is in a transaction already.
    """
    settled = Settled()
    with connection.transaction():
        if len(requalified):
            _requalify(connection, requalified)
        if events:
            put_departments(connection, city)
            if any(event.case_key for event in events):
                # One at a time: what has one cause with which open case is looked up, then written.
                kind = "lock_grouping_of_drills" if events[0].exercise else "lock_grouping"
                connection.execute(statements("settlement")[kind])
            latest = {event.id: event for event in events}
            changes = _write(connection, latest, now)
            for key, changed in groupby(changes, lambda change: change.case_key):
                if key:
                    desk = Desk(connection, key, list(changed), latest, now, city, settled)
                    desk.settle()
    return settled


def _requalify(connection: Connection, readings: Requalified) -> None:
    connection.execute(
        statements("settlement")["requalify"],
        {
            "channel": readings.channel.tolist(),
            "time": [as_datetime(time) for time in readings.time],
            "quality": readings.quality.tolist(),
            "first": as_datetime(readings.time.min()),
            "last": as_datetime(readings.time.max()),
        },
    )


def put_departments(connection: Connection, city: City) -> None:
    """Write the city's departments that are not there; called at start too.

    Or the first finding would write them and then wait for a case, while a step of that case
    waits to write the department that it names.
    """
    departments = [
        {"code": d.code, "name_zh": d.name.zh, "name_en": d.name.en}
        for d in city.departments.departments
    ]
    connection.execute(
        statements("settlement")["put_departments"], {"departments": Jsonb(departments)}
    )


def _write(connection: Connection, events: dict[UUID, Event], now: datetime) -> list[Change]:
    rows = [{**as_row(event), "id": identity} for identity, event in events.items()]
    with connection.cursor(row_factory=dict_row) as cursor:
        changes = [
            Change(
                row["id"],
                row["case_key"],
                Standing(row["standing"]),
                row["case_id"],
                Standing(row["was"]) if row["was"] else None,
                frozenset(row["known"]),
                row["regrouped"],
                None if row["was_ended"] is None else stamp(row["was_ended"]),
            )
            for row in cursor.execute(
                statements("settlement")["write_events"],
                {"events": Jsonb(rows, dumps=as_json), "now": now},
            )
        ]
    with connection.pipeline():  # nobody waits for the answers
        for change in changes:
            tell(connection, "event", str(change.id))
    return changes
