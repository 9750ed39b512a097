"""Sessions of the database, a few of them kept, shared by whoever asks."""

from __future__ import annotations

from time import monotonic
from weakref import WeakKeyDictionary

from psycopg_pool import ConnectionPool

from store.database import Connection

RECENT = 1.0  #: [s] a connection that answered so short ago is not asked again


def make_pool(database: str, fewest: int, most: int) -> ConnectionPool[Connection]:
    return ConnectionPool[Connection](
        database,
        min_size=fewest,
        max_size=most,
        kwargs={"options": "-c TimeZone=UTC"},
        check=Alive().check,
        open=True,
    )


class Alive:
    """Asks a connection whether its server is still there, unless it was asked a moment ago.

    The database may have been away meanwhile; but a trip more for each question of two hundred
    a second would be a tenth of what they cost.
    """

    def __init__(self) -> None:
        self._asked: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()

    def check(self, connection: Connection) -> None:
        now = monotonic()
        if now - self._asked.get(connection, 0.0) > RECENT:
            ConnectionPool.check_connection(connection)
            self._asked[connection] = now
