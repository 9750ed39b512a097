"""The adopted channels, as registry and engine hold them."""

from __future__ import annotations

from ingest.channel import Channel
from store.database import Connection, looking
from store.statements import statements


def channels(connection: Connection, device: str | None = None) -> list[Channel]:
    """Return the channels of active devices, or of one device, by number."""
    with looking(connection):
        rows = connection.execute(statements("assets")["channels"], {"device": device}).fetchall()
    return [Channel(*row) for row in rows]
