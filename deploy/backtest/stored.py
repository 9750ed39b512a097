"""History from the store: raw readings, read by stretches of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np

from deploy.backtest.faults import Faults
from deploy.backtest.run import History, Tell
from ingest.batch import Batch
from ingest.channel import Channel
from store.channels import channels
from store.database import Connection
from store.listening import not_listening
from store.past import past
from store.surroundings import place_of, speakers_of
from store.windows import windows_since


class StoredReadings:
    """Stored readings with since <= time < until; `batches` may be read again."""

    def __init__(
        self, connection: Connection, numbers: list[int], since: datetime, until: datetime
    ) -> None:
        self.faults = Faults()
        self._connection, self._numbers = connection, numbers
        self._since, self._until = since, until

    def batches(self, tell: Tell = lambda done: None) -> Iterator[Batch]:
        for done, batch in past(self._connection, self._numbers, self._since, self._until):
            tell(done)
            yield batch


def stored_history(
    connection: Connection,
    since: datetime,
    until: datetime,
    wanted: Callable[[Channel], bool] = lambda channel: True,
) -> History:
    """Return the history of the channels in the store, or of those `wanted`.

    With the windows that held findings back then, and when we were not listening ourselves.
    """
    known = [channel for channel in channels(connection) if wanted(channel)]
    readings = StoredReadings(connection, [c.number for c in known], since, until)
    return History(
        known,
        readings,
        lambda event: place_of(connection, event, speakers_of(connection, event)),
        windows_since(connection, since),
        [(_moment(began), _moment(end)) for began, end in not_listening(connection, until)],
    )


def _moment(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "us")
