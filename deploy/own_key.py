"""A key for what we run ourselves beside the system: the demo and the benchmarks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from secrets import token_hex

from api.access.permissions import PERMISSIONS
from store.access import Grant, add_key
from store.database import connect

LASTS = timedelta(days=1)


def own_key(database: str, purpose: str) -> str:
    """Return a key that may do everything for a day; who can write the database can do no less."""
    name = f"{purpose} {token_hex(4)}"
    with connect(database) as connection:
        return add_key(connection, name, datetime.now(UTC), map(Grant, PERMISSIONS), purpose, LASTS)
