"""What is told to others: written with what it tells of, then given to those whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cases.case import Entry
from cases.notices import Notice, told_of
from store.database import Connection
from store.statements import statements

MOST = 1000  #: events sorted, and forgotten, in one transaction


class Claimed(NamedTuple):
    """An event that nobody else sends before the claim runs out."""

    event: int
    attempts: int  #: this one among them
    since: datetime
    notice: Notice


def name_instance(connection: Connection, name: str) -> None:
    """Let what is told from now on come from the instance of this name."""
    connection.execute(statements("outbox")["name_instance"], {"name": name})


def put(connection: Connection, entries: Sequence[Entry]) -> None:
    """Tell of lines that this transaction has added to logs, the cases being as they are now."""
    for case_id, lines in groupby(entries, key=attrgetter("case_id")):
        connection.execute(
            statements("outbox")["put"],
            {"id": case_id, "lines": Jsonb([told_of(line) for line in lines])},
        )


def sort(connection: Connection, now: datetime, most: int = MOST) -> list[int]:
    """Give events to the subscriptions that ask for them; return their ids, oldest first.

    Sorts nothing while another process does. The transaction is the caller's.
    """
    sql = statements("outbox")
    [alone] = connection.execute(sql["sort_alone"]).fetchone() or (False,)
    if not alone:
        return []
    ids = [event for (event,) in connection.execute(sql["waiting"], {"most": most})]
    if ids:
        connection.execute(sql["address"], {"ids": ids, "now": now})
        connection.execute(sql["sorted"], {"ids": ids, "now": now})
    return ids


def claim(
    connection: Connection, subscription: str, now: datetime, lease: timedelta, most: int
) -> list[Claimed]:
    """Return events to be sent now, at most one of each case, and none that waits for another."""
    values = {"subscription": subscription, "now": now, "until": now + lease, "most": most}
    hurry(connection)
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statements("outbox")["claim"], values).fetchall()
    return [
        Claimed(row.pop("event"), row.pop("attempts"), row.pop("since"), Notice(**row))
        for row in rows
    ]


def hurry(connection: Connection) -> None:
    """Let this transaction not wait for the disk: what is lost of it is only sent again."""
    connection.execute(statements("outbox")["hurry"])


def delivered(
    connection: Connection, subscription: str, statuses: Mapping[int, int], now: datetime
) -> None:
    """Note that events have arrived, each with the HTTP status that said so."""
    connection.execute(
        statements("outbox")["delivered"],
        {
            "subscription": subscription,
            "events": list(statuses),
            "statuses": list(statuses.values()),
            "now": now,
        },
    )


def not_delivered(
    connection: Connection,
    subscription: str,
    claimed: Claimed,
    next_try: datetime | None,
    status: int | None,
    trouble: str,
) -> None:
    """Let the event be tried again at `next_try`; None: it has failed."""
    connection.execute(
        statements("outbox")["not_delivered"],
        {
            "subscription": subscription,
            "event": claimed.event,
            "attempts": claimed.attempts,
            "state": "pending" if next_try else "failed",
            "next_try": next_try or claimed.since,
            "status": status,
            "trouble": trouble,
        },
    )


def give_up(connection: Connection, now: datetime, deliver_for: timedelta) -> int:
    """Let fail what has waited for longer than it is tried; return how many."""
    values = {"now": now, "before": now - deliver_for}
    return connection.execute(statements("outbox")["too_old"], values).rowcount


def forget(connection: Connection, now: datetime, keep: timedelta, most: int = MOST) -> int:
    """Delete events that were sorted longer ago than `keep`, with their deliveries; how many."""
    values = {"before": now - keep, "most": most}
    return connection.execute(statements("outbox")["forget"], values).rowcount
