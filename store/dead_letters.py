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


class Mended(NamedTuple):
    """What a letter should have been; what is None was right."""

    payload: bytes | None = None
    format: str | None = None
    device: str | None = None


AS_IT_WAS = Mended()


class By(NamedTuple):
    """Who does something with a letter, and why."""

    actor: str
    reason: str = ""


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

    def message(self, mended: Mended = AS_IT_WAS) -> Message:
        """Return the message to take in again, as it was or mended."""
        received = (self.received - EPOCH) // timedelta(microseconds=1)
        return Message(
            self.source,
            self.topic,
            self.payload if mended.payload is None else mended.payload,
            received,
            mended.format or self.format,
            self.device if mended.device is None else mended.device,
        )


def letters(
    connection: Connection,
    ids: Sequence[int] | None = None,
    page: int = 500,
    alike: str | None = None,
    after: int = 0,
) -> Iterator[Letter]:
    """Yield the letters of `ids`, or those that wait, oldest first, read page by page.

    Of those that wait, only with `alike` as likeness of their reason, and after the id `after`.
    """
    rows = page
    while rows == page:
        values = {
            "ids": None if ids is None else list(ids), "alike": alike, "after": after,
            "limit": page,
        }  # fmt: skip
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


def discard(
    connection: Connection,
    at: datetime,
    by: By,
    ids: Sequence[int] | None = None,
    alike: str | None = None,
) -> list[int]:
    """Put aside the letters of `ids`, or all of one likeness, as far as they wait.

    They are kept, with who did it and why; replaying one takes it back. Returns their ids.
    """
    values = {"ids": None if ids is None else list(ids), "alike": alike, "at": at}
    values |= {"actor": plain(by.actor), "reason": plain(by.reason)}
    with connection.transaction():
        rows = connection.execute(statements("upkeep")["discard_letters"], values).fetchall()
    return sorted(int(id) for (id,) in rows)


def log_line(
    connection: Connection, id: int, at: datetime, by: By, mended: Mended, outcome: str
) -> None:
    """Note a replay, with what was mended; in the caller's transaction, if there is one."""
    values = {"id": id, "at": at, "actor": plain(by.actor), "verb": "replay"}
    values |= {"reason": plain(by.reason), **mended._asdict(), "outcome": plain(outcome)}
    with connection.transaction():
        connection.execute(statements("upkeep")["log_letter"], values)
