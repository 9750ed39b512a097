"""In which time zone the city's days begin and end, for what is booked by the day."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from store.database import Connection
from store.statements import statements


def set_zone(connection: Connection, zone: ZoneInfo, at: datetime) -> None:
    """Book by days of `zone` from `at` on; what is booked by days of another stays so. Commits."""
    with connection.transaction():
        connection.execute(statements("city_zone")["set"], {"zone": zone.key, "at": at})
