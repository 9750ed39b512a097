"""Store a drain of messages: readings, quarantine, dead letters, ledger, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psycopg.errors import UniqueViolation

from ingest.batch import Batch, Rows
from ingest.intake import Intake
from ingest.quality import Quality
from store.booking import book
from store.columns import Column, fetch, from_database, pack, to_database
from store.database import Connection
from store.leftovers import put_letters, put_unknown, redelivered_again
from store.statements import statements

WEEK = np.timedelta64(7, "D")
MONDAY = np.datetime64("1969-12-29T00:00:00", "us")
#: Times farther from their receipt do not get a partition made for them: such clocks are
#: wrong, and would make one for every week of the century. Imported history does.
PAST, AHEAD = np.timedelta64(366, "D"), np.timedelta64(35, "D")
NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What became of an intake: `new` (n,) marks the rows of its batch that were not there."""

    new: NDArray[np.bool_]
    duplicate: int  #: readings that were there, unknown ones included
    quarantined: int
    rejected: int

    @property
    def stored(self) -> int:
        return int(self.new.sum())


class Writer:
    """Stores intakes, one transaction each, over a connection of its own.

    It remembers the newest time it has met of each channel. A reading after that is most
    likely new, and goes straight into `readings` by COPY; any other may be a duplicate and
    goes by way of a table that sorts it out, at half the speed. Whether it *is* new only
    the unique index decides: another writer's reading turns the whole drain the slow way.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._sql = statements("readings")
        self._newest: NDArray[np.int64] = np.full(0, NEVER, dtype=np.int64)
        self._weeks: set[np.datetime64] = set()
        with connection.transaction():
            connection.execute(self._sql["make_incoming"])

    def store(self, intake: Intake) -> Stored:
        """Store all of `intake` and commit. Storing the same again changes nothing."""
        stored = self.add(intake)
        self.connection.commit()
        return stored

    def add(self, intake: Intake) -> Stored:
        """Store all of `intake`; joins the caller's transaction if there is one."""
        self.make_partitions(intake.batch)
        with self.connection.transaction():
            again = redelivered_again(self.connection, intake)
            new = self._put(intake.batch, np.flatnonzero(~again[intake.row_message]))
            quarantined = put_unknown(self.connection, intake, again)
            rejected = put_letters(self.connection, intake)
            book(self.connection, intake, new, quarantined, rejected)
        self._remember(intake.batch)
        count, letters = sum(quarantined.values()), sum(rejected.values())
        readings = len(intake.batch) + len(intake.unknown)
        return Stored(new, readings - int(new.sum()) - count, count, letters)

    def store_batch(self, batch: Batch) -> NDArray[np.bool_]:
        """Store readings that came otherwise than by message; return (n,) which were new.

        Joins the caller's transaction if there is one.
        """
        with self.connection.transaction():
            self.make_partitions(batch)
            new = self._put(batch, np.arange(len(batch)))
        self._remember(batch)
        return new

    def make_partitions(self, batch: Batch) -> None:
        """Make the partitions that readings of `batch` need and that deserve to be made.

        Before the transaction that stores, because making one locks the strays.
        """
        early = batch.received - batch.time
        imported = (batch.quality & Quality.IMPORTED) != 0
        near = batch.time[((early < PAST) & (early > -AHEAD)) | imported]
        weeks = {MONDAY + WEEK * int(week) for week in np.unique((near - MONDAY) // WEEK)}
        for week in sorted(weeks - self._weeks):
            with self.connection.transaction():
                self.connection.execute(self._sql["make_partition"], {"moment": week.item()})
            self._weeks.add(week)

    def _put(self, batch: Batch, rows: Rows) -> NDArray[np.bool_]:
        """Store `rows` of `batch`, the first of those with one key; return (n,) which were new."""
        rows = rows[np.lexsort((batch.time[rows], batch.channel[rows]))]
        channel, time = batch.channel[rows], batch.time[rows]
        first = np.ones(len(rows), dtype=np.bool_)
        first[1:] = (channel[1:] != channel[:-1]) | (time[1:] != time[:-1])
        rows = rows[first]
        fresh = self._after_newest(batch, rows)
        new = np.zeros(len(batch), dtype=np.bool_)
        try:
            with self.connection.transaction():
                self._copy("copy", batch, rows[fresh])
        except UniqueViolation:
            fresh = np.zeros(len(rows), dtype=np.bool_)
        new[rows[fresh]] = True
        new[self._sort_out(batch, rows[~fresh])] = True
        return new

    def _sort_out(self, batch: Batch, rows: Rows) -> Rows:
        """Store those of `rows`, sorted by key, that are not there yet; return them."""
        if len(rows) == 0:
            return rows
        self.connection.execute(self._sql["empty_incoming"])
        self._copy("copy_incoming", batch, rows)
        channel, time = fetch(self.connection, self._sql["add_incoming"], {}, [">i4", ">i8"])
        # Each added key among the offered ones: both sorted together, equals side by side.
        channels = np.concatenate([batch.channel[rows], channel])
        times = np.concatenate([batch.time[rows], from_database(time)])
        order = np.lexsort((times, channels))
        return rows[order[np.flatnonzero(order >= len(rows)) - 1]]

    def _copy(self, statement: str, batch: Batch, rows: Rows) -> None:
        if len(rows) == 0:
            return
        value, state = batch.value[rows], batch.state[rows]
        data = pack(
            [
                Column(">i4", batch.channel[rows]),
                Column(">i8", to_database(batch.time[rows])),
                Column(">i8", to_database(batch.received[rows])),
                Column(">f8", value, np.isnan(value)),
                Column(">i2", batch.quality[rows].view(np.int16)),
                Column(">i4", state, state < 0),
            ]
        )
        with self.connection.cursor().copy(self._sql[statement]) as copy:
            copy.write(data)

    def _after_newest(self, batch: Batch, rows: Rows) -> NDArray[np.bool_]:
        channel = batch.channel[rows]
        if len(channel) and (more := int(channel.max()) + 1 - len(self._newest)) > 0:
            self._newest = np.concatenate([self._newest, np.full(more, NEVER)])
        newest = self._newest[channel]
        after: NDArray[np.bool_] = (batch.time[rows].view(np.int64) > newest) & (newest != NEVER)
        return after

    def _remember(self, batch: Batch) -> None:
        if len(batch):
            self._after_newest(batch, np.arange(len(batch)))
            np.maximum.at(self._newest, batch.channel, batch.time.view(np.int64))
