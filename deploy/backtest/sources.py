"""History to be judged: a file of readings, in SI, in the order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Final

import numpy as np

from deploy.backtest.faults import Faults
from deploy.backtest.in_order import Ordered, SortedOnDisk
from deploy.backtest.tables import READINGS, Piece, long_columns, open_table, pieces, time_column
from ingest.arrow_columns import times
from ingest.batch import Batch
from ingest.channel import Channel
from ingest.contract import in_contract, numbers_and_texts
from ingest.registry import Registry
from store.reading_files import Chunk, UnreadableFile, read_readings

LINES: Final = (".lp", ".line", ".txt")
TABLES: Final = (".csv", ".csv.gz", ".parquet")
#: Readings of a channel from which its interval is learnt.
ENOUGH: Final = 50
LOOKED_AT: Final = 5_000_000


class FileReadings:
    """The readings of one file; `batches` may be read again, and `faults` are of the last time."""

    def __init__(self, path: Path, channels: Sequence[Channel]) -> None:
        self.path, self.faults = path, Faults()
        if not path.name.lower().endswith((*LINES, *TABLES)):
            known = ", ".join((*TABLES, *LINES))
            raise UnreadableFile(f"{path.name} ends in none of {known}")
        self._ids = {channel.id: channel.number for channel in channels}
        self._addresses = {(c.device, c.name): c.number for c in channels}
        interned = count()
        self._registry = Registry(channels, {}, lambda texts: [next(interned) for _ in texts])
        self._size = 1 + max((channel.number for channel in channels), default=0)
        #: Of a file in no order: its readings sorted, and what was wrong in it.
        self._sorted: SortedOnDisk | None = None
        self._of_file = Faults()
        self._order: tuple[bool, int, int, int] | None = None

    def batches(self, tell: Callable[[float], object] = lambda done: None) -> Iterator[Batch]:
        """Yield the readings by stretches of time, each by channel and time, none twice.

        `tell` hears which share of the file has been read. Raises UnreadableFile.
        """
        in_order, first, last, rows = self._looked_through()
        if in_order:
            self.faults = Faults()
            read: Iterable[Batch] = self._read(tell)
        else:
            if self._sorted is None:
                self._of_file = self.faults = Faults()
                self._sorted = SortedOnDisk(self._read(tell), first, last, rows)
            self.faults = replace(self._of_file, duplicates=0, out_of_range=Counter())
            read = self._sorted
        ordered, done = Ordered(self._size, self.faults), 0
        for batch in read:
            done += len(batch)
            if not in_order:
                tell(min(1.0, done / rows))
            batch = ordered.take(batch)
            if len(batch):
                self.faults.flagged(batch)
                yield batch

    def learn_intervals(self, channels: Sequence[Channel], learn: set[int]) -> list[Channel]:
        """Return `channels`, the interval of those in `learn` as the first readings have it.

        The median step of a channel's first readings, at least a second; three readings are
        needed among the first LOOKED_AT of the file, else it stays what it was.
        """
        seen: dict[int, list[np.ndarray]] = {}
        looked_at = 0
        for batch in self.batches() if learn else ():
            heads = np.flatnonzero(np.append(True, batch.channel[1:] != batch.channel[:-1]))
            for number, time in zip(
                batch.channel[heads].tolist(), np.split(batch.time, heads[1:]), strict=True
            ):
                seen.setdefault(number, []).append(time[:ENOUGH])
            looked_at += len(batch)
            if looked_at > LOOKED_AT or all(
                sum(map(len, seen.get(n, ()))) >= ENOUGH for n in learn
            ):
                break
        return [
            replace(c, interval=_step(seen[c.number]) or c.interval)
            if c.number in learn and c.number in seen
            else c
            for c in channels
        ]

    def _looked_through(self) -> tuple[bool, int, int, int]:
        """Return whether pieces come in the order of time, first and last time, and rows."""
        if self._order is None:
            self._order = self._look_through()
        return self._order

    def _look_through(self) -> tuple[bool, int, int, int]:
        in_order, first, last, rows = True, 2**62, -(2**62), 0
        for time, readings in self._times():
            if len(time):
                in_order &= bool(time[0] >= last) and bool(np.all(time[1:] >= time[:-1]))
                first, last = min(first, int(time.min())), max(last, int(time.max()))
                rows += readings
        return in_order, first, last, rows

    def _times(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield the times of each piece of the file, and how many readings it has at most."""
        if self.path.suffix.lower() in LINES:
            for chunk in read_readings(self.path):
                yield np.array(chunk.time, dtype=np.int64), len(chunk.time)
            return
        table = open_table(self.path, Faults())
        at, wide = time_column(table), not long_columns(table)
        for _, _, columns in table.read([at], READINGS):
            time, bad = times(columns[at])
            sound = np.ones(len(time), dtype=np.bool_)
            sound[list(bad)] = False
            yield time[sound], len(time) * (len(table.names) - 1 if wide else 1)

    def _read(self, tell: Callable[[float], object]) -> Iterator[Batch]:
        if self.path.suffix.lower() in LINES:
            for chunk in read_readings(self.path):
                self.faults.add(chunk.problems)
                yield self._in_contract(self._of_lines(chunk))
            return
        table = open_table(self.path, self.faults)
        for done, piece in pieces(table, self._ids, self.faults):
            tell(done)
            yield self._in_contract(piece)

    def _of_lines(self, chunk: Chunk) -> Piece:
        channel = np.array([self._addresses.get(a, -1) for a in chunk.channel], dtype=np.int32)  # type: ignore[arg-type]
        known = np.flatnonzero(channel >= 0)
        for place in np.flatnonzero(channel < 0).tolist():
            self.faults.strange(chunk.row[place], "/".join(chunk.channel[place]), 1)
        number, texts = numbers_and_texts([chunk.value[place] for place in known.tolist()])
        units = [chunk.unit[place] for place in known.tolist()]
        return Piece(channel[known], np.array(chunk.time, dtype=np.int64)[known], number, texts,
                     None, units)  # fmt: skip

    def _in_contract(self, piece: Piece) -> Batch:
        """Return the readings in SI; history came when it was measured."""
        none = np.zeros(len(piece.channel), dtype=np.uint16)
        return in_contract(
            self._registry,
            piece.channel,
            piece.time,
            piece.time.copy(),
            piece.number,
            piece.texts,
            piece.units,
            none if piece.quality is None else piece.quality,
        )


def _step(times: Sequence[np.ndarray]) -> timedelta | None:
    time = np.concatenate(list(times))
    if len(time) < 3:
        return None
    step = float(np.median(np.diff(time).astype(np.int64)))
    return timedelta(microseconds=max(1e6, round(step / 1e6) * 1e6))
