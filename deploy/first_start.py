"""The one-time link of the first administrator: there is no password to begin with."""

from __future__ import annotations

from datetime import datetime, timedelta

from store.access_sign_in import administrators, invite
from store.database import connect

LASTS = timedelta(hours=24)


def first_link(database: str, address: str, now: datetime) -> str | None:
    """Return a link by which the first administrator comes in; None where there is one.

    Each start makes a new one, and ends the one before.
    """
    with connect(database) as connection, connection.transaction():
        if administrators(connection):
            return None
        token = invite(connection, None, now, "the first start", LASTS)
    return f"{address}/#/invitations/{token}"
