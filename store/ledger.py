"""What became of each device's readings, for the owner of the data."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from ingest.quality import Quality
from store.database import Connection
from store.statements import statements

BAD_CLOCK = int(Quality.FUTURE | Quality.EPOCH)


class Account(NamedTuple):
    """Counts of one device: received = stored + duplicate + rejected + quarantined."""

    device: str
    received: int
    stored: int
    duplicate: int
    rejected: int
    quarantined: int
    late: int
    flagged: int
    last_received: datetime | None
    last_time: datetime | None


def accounts(connection: Connection, since: date, device: str | None = None) -> list[Account]:
    """Return the sums of every device, or of one, over the city's days from `since` on."""
    with connection.transaction():
        rows = connection.execute(
            statements("upkeep")["ledger"], {"since": since, "device": device}
        ).fetchall()
    return [Account(*row) for row in rows]


def missing(
    connection: Connection, device: str, since: datetime, until: datetime
) -> dict[str, int]:
    """Return how many readings each channel of a device (that sent any) left out.

    Expected are as many as its interval fits between its first and last device time in the
    stretch. Counted on reading, because late batches fill gaps long after.
    """
    values = {"device": device, "since": since, "until": until, "bad_clock": BAD_CLOCK}
    with connection.transaction():
        return dict(connection.execute(statements("upkeep")["missing"], values))
