"""A connection to the database that is opened again after it was lost."""

from __future__ import annotations

from psycopg import InterfaceError, OperationalError
from psycopg.errors import ProgramLimitExceeded

from store.database import Connection, connect


class Link:
    """Holds one connection for one thread; `drop` it after a failure, and `get` opens another."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Connection | None = None

    def get(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._url)
        return self._connection

    def drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def is_away(why: BaseException) -> bool:
    """Return whether trying again later may help: the database is away, busy, full or stopping."""
    return isinstance(why, OperationalError | InterfaceError | OSError) and not isinstance(
        why, ProgramLimitExceeded
    )
