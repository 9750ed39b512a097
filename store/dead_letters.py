"""Dead letters: what could not be used, to be read, mended and sent through again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ingest.message import Message
from store.database import Connection
from store.plain_text import plain
from store.statements import statements

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Letter(NamedTuple):
    id: int
    received: datetime
    source: str
    topic: str
    format: str
    device: str
    payload: bytes
    reason: str
    record: Any  #: the bad record, where the rest of the payload was good
    replayed_at: datetime | None
    outcome: str | None

    def message(self, payload: bytes | None = None) -> Message:
        """Return the message to take in again, as it was or with its mended `payload`."""
        body = self.payload if payload is None else payload
        received = (self.received - EPOCH) // timedelta(microseconds=1)
        return Message(self.source, self.topic, body, received, self.format, self.device)


def letters(
    connection: Connection, ids: Sequence[int] | None = None, page: int = 500
) -> Iterator[Letter]:
    """Yield the letters of `ids`, or all not replayed yet, oldest first, read page by page."""
    after, rows = 0, page
    while rows == page:
        values = {"ids": None if ids is None else list(ids), "after": after, "limit": page}
        with connection.transaction():
            found = connection.execute(statements("upkeep")["letters"], values).fetchall()
        rows = len(found)
        for row in found:
            letter = Letter(*row)
            after = letter.id
            yield letter


def mark_replayed(connection: Connection, id: int, at: datetime, outcome: str) -> None:
    """Note what came of a replay; in the caller's transaction, if there is one."""
    with connection.transaction():
        values = {"id": id, "at": at, "outcome": plain(outcome)}
        connection.execute(statements("upkeep")["replayed"], values)
