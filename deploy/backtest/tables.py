"""Tables of readings, long or wide, CSV or Parquet, in pieces of Arrow columns."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from deploy.backtest.faults import Faults
from ingest.arrow_columns import Micros, keys, numbers, times
from ingest.asset_rows import Problem
from ingest.batch import Floats
from store.reading_files import UnreadableFile

READINGS: Final = 1_000_000  #: in one piece, about
BLOCK: Final = 1 << 24  #: of a CSV file in one piece [B]
TIMES: Final = ("time", "timestamp", "datetime", "date_time", "date")
NAMELESS: Final = ("", "__index_level_0__")  #: of an index, first in its table
SEPARATORS: Final = ",;\t|"
#: What stands in a cell where there is no reading, and a number as some countries write it.
NOTHING: Final = frozenset(("", "na", "n/a", "nan", "null", "none", "-", "--", "#n/a"))
DECIMAL_COMMA: Final = re.compile(r"\s*[+-]?\d[\d.' ]*,\d+\s*")
LONG_OR_WIDE: Final = (
    "a long file has the columns time, channel, value; a wide one time and a column a channel, "
    "named as in the assets"
)
MEND: Final = "Mend the row; until then it counts for nothing"


@dataclass(slots=True)
class Piece:
    """Some readings of a file as they stand there: columns of one length."""

    channel: NDArray[np.int32]
    time: Micros
    number: Floats
    texts: dict[int, str] = field(default_factory=dict)
    quality: NDArray[np.uint16] | None = None
    units: Sequence[str] = ()  #: declared by the rows; none: the channels' own


@dataclass(slots=True)
class Table:
    """An open table: its columns' names, and how to read pieces of some of them."""

    names: list[str]
    read: Callable[[Sequence[str], int], Iterator[tuple[int, float, pa.RecordBatch]]]
    """(columns, rows) -> first row, share of the file done, columns"""
    skipped: list[int] = field(default_factory=list)  #: lines that are no rows, in their order

    def line(self, row: int) -> int:
        """Return the line of the file on which a row stands, the rows being counted as read."""
        for skipped in self.skipped:
            row += skipped <= row
        return row


def open_table(path: Path, faults: Faults) -> Table:
    """Open a CSV or Parquet file; raise UnreadableFile."""
    try:
        return _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path, faults)
    except (pa.ArrowInvalid, OSError, EOFError) as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error}") from error


def pieces(table: Table, known: Mapping[str, int], faults: Faults) -> Iterator[tuple[float, Piece]]:
    """Yield (share of the file done, readings) in the order of the file."""
    at = time_column(table)
    if long := long_columns(table):
        for row, done, columns in table.read([at, *long], READINGS):
            named = columns.rename_columns([at, "channel", "value", "quality"][: 1 + len(long)])
            yield done, _long(table, row, named, at, known, faults)
        return
    others = [name for name in table.names if name not in (at, "")]
    for name in others:
        if name not in known:
            faults.strange(1, name, 0)
    mine = [name for name in others if name in known]
    if not mine:
        raise UnreadableFile(
            f"no column is a channel of the assets, which has {_some(known)}; the file has "
            f"{_some(others)}: {LONG_OR_WIDE}"
        )
    for row, done, columns in table.read([at, *mine], max(1, READINGS // len(mine))):
        yield done, _wide(table, row, columns, at, mine, known, faults)


def time_column(table: Table) -> str:
    """Return the name of the column of times; raise UnreadableFile."""
    twice = [name for name, times in Counter(table.names).items() if times > 1]
    if twice:
        raise UnreadableFile(f"no name twice: {twice[0]!r} is of several columns; rename them")
    lower = {name.lower(): name for name in reversed(table.names)}
    found = [lower[name] for name in TIMES if name in lower]
    if not found and table.names and table.names[0] in NAMELESS:
        found = table.names[:1]
    if not found:
        raise UnreadableFile(
            f"a column `time` is needed; the file has {_some(table.names)}: {LONG_OR_WIDE}"
        )
    return found[0]


def long_columns(table: Table) -> list[str]:
    """Return the columns of channel, value and perhaps quality of a long file; wide: none."""
    lower = {name.lower(): name for name in reversed(table.names)}
    if not {"channel", "value"} <= lower.keys():
        return []
    return [lower[name] for name in ("channel", "value", "quality") if name in lower]


def _some(names: Collection[str]) -> str:
    """Return a few names to show, and how many more there are."""
    first = ", ".join(repr(name) for name in islice(names, 5)) or "none"
    return first + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _long(
    table: Table,
    row: int,
    columns: pa.RecordBatch,
    at: str,
    known: Mapping[str, int],
    faults: Faults,
) -> Piece:
    number, there, texts = numbers(columns["value"])
    time, bad = times(columns[at])
    for r in _no_words(texts, bad):
        there[r] = False
    channel, strange = keys(columns["channel"], known)
    flags = np.zeros(len(number), dtype=np.uint16)
    if "quality" in columns.schema.names:
        quality, _, words = numbers(columns["quality"])
        bad |= {r: f"the quality is {word!r}, no number" for r, word in words.items()}
        odd = (quality < 0) | (quality > 0x7FFF) | (np.floor(quality) < quality)
        bad |= {int(r): "the quality is no whole number of flags" for r in np.flatnonzero(odd)}
        flags = np.where(np.isfinite(quality) & ~odd, quality, 0).astype(np.uint16)
    bad = {r: why for r, why in bad.items() if there[r]}
    faults.add(Problem(table.line(row + r), "row", bad[r], MEND) for r in sorted(bad))
    good = there.copy()
    good[list(bad)] = False
    for name, first in strange.items():
        faults.strange(table.line(row + first), name, 0)
    if strange:
        faults.of_no_channel += int((good & (channel < 0)).sum())
    good &= channel >= 0
    return _picked(Piece(channel, time, number, texts, flags), good)


def _wide(
    table: Table,
    row: int,
    columns: pa.RecordBatch,
    at: str,
    names: Sequence[str],
    known: Mapping[str, int],
    faults: Faults,
) -> Piece:
    """Return readings by channel and row; an empty cell is no reading."""
    time, bad = times(columns[at])
    faults.add(Problem(table.line(row + r), at, bad[r], MEND) for r in sorted(bad))
    sound = np.ones(len(time), dtype=np.bool_)
    sound[list(bad)] = False
    rows = len(time)
    read = [numbers(columns[name]) for name in names]
    for name, (_, there, words) in zip(names, read, strict=True):
        commas: dict[int, str] = {}
        there[_no_words(words, commas)] = False
        there[list(commas)] = False
        faults.add(Problem(table.line(row + r), name, commas[r], MEND) for r in sorted(commas))
    texts = {place * rows + r: text for place, one in enumerate(read) for r, text in one[2].items()}
    number = np.concatenate([one[0] for one in read])
    worded = np.zeros(len(number), dtype=np.bool_)
    worded[list(texts)] = True
    good = np.concatenate([sound & one[1] for one in read]) & (worded | ~np.isnan(number))
    channel = np.repeat(np.array([known[name] for name in names], dtype=np.int32), rows)
    return _picked(Piece(channel, np.tile(time, len(names)), number, texts), good)


def _no_words(texts: dict[int, str], bad: dict[int, str]) -> list[int]:
    """Take from `texts` what is no state; return the rows without a reading, add bad ones."""
    nothing = [r for r, text in texts.items() if text.strip().lower() in NOTHING]
    for r in [r for r, text in texts.items() if DECIMAL_COMMA.fullmatch(text)]:
        bad[r] = f"{texts.pop(r)!r} has a decimal comma; write a point"
    for r in nothing:
        del texts[r]
    return nothing


def _picked(piece: Piece, good: NDArray[np.bool_]) -> Piece:
    if good.all():
        return piece
    place = np.cumsum(good) - 1
    return Piece(
        piece.channel[good],
        piece.time[good],
        piece.number[good],
        {int(place[row]): text for row, text in piece.texts.items() if good[row]},
        None if piece.quality is None else piece.quality[good],
    )


def _parquet(path: Path) -> Table:
    file = pq.ParquetFile(path)
    total = max(1, file.metadata.num_rows)

    def read(columns: Sequence[str], rows: int) -> Iterator[tuple[int, float, pa.RecordBatch]]:
        row = 1
        for batch in file.iter_batches(batch_size=rows, columns=[*columns], use_threads=False):
            yield row, (row + len(batch)) / total, batch
            row += len(batch)

    return Table([*file.schema_arrow.names], read)


def _csv(path: Path, faults: Faults) -> Table:
    """Open a CSV file; all cells are read as bytes, so that no cell can spoil a whole block."""
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        start = file.read(1 << 20)
    if start.startswith(b"\x1f\x8b"):
        raise UnreadableFile(f"{path.name} is compressed; name it {path.name}.gz")
    if b"\0" in start:
        raise UnreadableFile(f"{path.name} is no text in UTF-8; save it so")
    lines = start.decode("utf-8-sig", "replace").splitlines()
    head, empty = "".join(lines[:1]), not any(line.strip() for line in lines[1:])
    size = max(1, path.stat().st_size)
    between = max(SEPARATORS, key=head.count)
    names = [name.strip() for name in next(csv.reader([head], delimiter=between), [])]

    skipped: list[int] = []

    def wrong(row: Any) -> str:
        what = f"has {row.actual_columns} cells, {row.expected_columns} are expected"
        if row.number is not None:
            skipped.append(int(row.number))
            faults.add([Problem(int(row.number), "row", what, MEND)])
        return "skip"

    def read(columns: Sequence[str], rows: int) -> Iterator[tuple[int, float, pa.RecordBatch]]:
        if empty:
            return
        kinds: dict[str, Any] = dict.fromkeys(names, pa.binary())
        reader = pc.open_csv(
            path,
            read_options=pc.ReadOptions(
                use_threads=False, block_size=BLOCK, column_names=names, skip_rows=1
            ),
            parse_options=pc.ParseOptions(
                delimiter=between, invalid_row_handler=wrong, newlines_in_values=True
            ),
            convert_options=pc.ConvertOptions(
                check_utf8=False, column_types=kinds, include_columns=[*columns]
            ),
        )
        row, bytes_read = 2, 0
        for batch in reader:
            bytes_read += BLOCK
            done = min(1.0, bytes_read / size)
            for start in range(0, len(batch), rows):  # a wide block holds many readings
                yield row + start, done, batch.slice(start, rows)
            row += len(batch)

    return Table(names, read, skipped)
