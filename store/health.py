"""How a device does: what it owed and sent, its clock, and the windows over it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from ingest.quality import Quality
from store.database import Connection
from store.statements import statements

BAD_CLOCK = int(Quality.FUTURE | Quality.EPOCH | Quality.SKEWED)
#: Of readings that bear no time of the device's, or did not come from it, its clock says nothing.
NO_CLOCK = int(Quality.NO_DEVICE_TIME | Quality.IMPORTED)
RECENT = timedelta(days=3)


class Heard(NamedTuple):
    """One channel since a time."""

    number: int
    id: str
    name: str
    quantity: str
    interval: timedelta
    first_time: datetime | None  #: of the channel's readings at all
    owed: int | None  #: readings, by its interval; None where nothing ever came
    readings: int
    last_time: datetime | None


class Clock(NamedTuple):
    delay: float | None  #: median from the device's clock to ours [s]
    readings: int  #: looked at
    bad_clock: int  #: of these, with a time that cannot be


def heard(connection: Connection, device: str, since: datetime, now: datetime) -> list[Heard]:
    values = {"device": device, "since": since, "now": now, "bad_clock": BAD_CLOCK}
    with connection.transaction():
        rows = connection.execute(statements("health")["heard"], values).fetchall()
    return [Heard(*row) for row in rows]


def clock(connection: Connection, device: str, now: datetime) -> Clock:
    """Return how the device's clock stands to ours, by its newest readings of three days."""
    values = {"device": device, "since": now - RECENT, "bad_clock": BAD_CLOCK}
    values |= {"no_clock": NO_CLOCK}
    with connection.transaction():
        row = connection.execute(statements("health")["delay"], values).fetchone()
    assert row is not None  # an aggregate always has a row
    return Clock(*row)


def missing_by_day(connection: Connection, device: str, days: int, now: datetime) -> dict[Any, int]:
    """Return how many readings its channels left out, by their intervals, each of the last days."""
    values = {"device": device, "days": days, "now": now}
    with connection.transaction():
        return dict(connection.execute(statements("health")["missing_by_day"], values))


def windows_over(connection: Connection, device: str, since: datetime) -> list[dict[str, Any]]:
    """Return the windows over a device that ended after `since` or will, newest first."""
    values = {"device": device, "since": since}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("health")["windows_over"], values).fetchall()
