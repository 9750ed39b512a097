"""Reading files of readings: CSV and Parquet, long or wide, and line protocol, in chunks.

Long: `time`, `channel`, `value` and perhaps `quality`, a row a reading. Wide: `time`, then a
column a channel, an empty cell where there is no reading. Times are ISO 8601 (UTC where no
zone is given) or counts since 1970; values are in the channel's own unit.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from math import isnan
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.asset_rows import Problem
from ingest.columns import NO_TIME, Columns
from ingest.formats import FORMATS
from ingest.message import Message
from ingest.times import microseconds
from ingest.unusable import Unusable

ROWS: Final = 20_000  #: of a file, in one chunk
MEND: Final = "Mend the row and import the file again: what is stored already is left as it is"


class UnreadableFile(ValueError):
    """A file that is not what its name says; the message says what is expected."""


@dataclass(slots=True)
class Chunk:
    """Some readings of a file: lists of one length, and what was wrong between them."""

    row: list[int] = field(default_factory=list)
    channel: list[str | tuple[str, str]] = field(default_factory=list)  #: id, or address
    time: list[int] = field(default_factory=list)  #: [µs since 1970 UTC]
    value: list[float | bool | str] = field(default_factory=list)
    unit: list[str] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, row: int, channel: str, time: int, value: Any, quality: int = 0) -> None:
        self.row.append(row)
        self.channel.append(channel)
        self.time.append(time)
        self.value.append(_value(value))
        self.unit.append("")
        self.quality.append(quality)


def read_readings(path: Path) -> Iterator[Chunk]:
    """Yield the chunks of a file; its ending tells the format. Raises UnreadableFile."""
    readers: Mapping[str, Callable[[Path], Iterator[Chunk]]] = {
        ".csv": _read_csv,
        ".parquet": _read_parquet,
        ".lp": _read_lines,
        ".line": _read_lines,
        ".txt": _read_lines,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(readers)
        raise UnreadableFile(f"{path.name} ends in none of {known}")
    return reader(path)


def _read_csv(path: Path) -> Iterator[Chunk]:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.reader(file)
        try:
            header = [name.strip() for name in next(rows, [])]
            numbered = enumerate(rows, start=2)
            read = _row_reader(header, path)
            while some := list(islice(numbered, ROWS)):
                yield read(some)
        except csv.Error as error:
            raise UnreadableFile(f"{path.name}, line {rows.line_num}: {error}") from error


def _read_parquet(path: Path) -> Iterator[Chunk]:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFile(f"{path.name} is no Parquet file: {error}") from error
    with file:
        read, row = _row_reader(file.schema_arrow.names, path), 1
        for batch in file.iter_batches(batch_size=ROWS):
            columns = [_plain(column) for column in batch.columns]
            yield read(list(enumerate(zip(*columns, strict=True), start=row)))
            row += len(batch)


def _plain(column: Any) -> list[Any]:
    """Return a column as Python values, times as microseconds."""
    if pa.types.is_timestamp(column.type):
        micros = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64())
        return [None if t is None else _Micros(t) for t in micros.to_pylist()]
    plain: list[Any] = column.to_pylist()
    return plain


class _Micros(int):
    """A time that is microseconds already, whatever its size."""


def _read_lines(path: Path) -> Iterator[Chunk]:
    decode = FORMATS["line-protocol"]
    with path.open("rb") as file:
        row = 1
        while lines := list(islice(file, ROWS)):
            chunk = Chunk()
            for place, line in enumerate(lines, start=row):
                columns = Columns()
                message = Message("import", path.name, line, 0, "line-protocol")
                try:
                    if line.strip() and not line.lstrip().startswith(b"#"):
                        decode(0, message, columns)
                except Unusable as why:
                    columns.reject(0, str(why))
                _take(chunk, place, columns)
            yield chunk
            row += len(lines)


def _take(chunk: Chunk, row: int, columns: Columns) -> None:
    chunk.problems += [Problem(row, "line", str(reject.reason), MEND) for reject in columns.rejects]
    if NO_TIME in columns.time:
        chunk.problems.append(Problem(row, "line", "the line has no time", MEND))
        return
    chunk.row += [row] * len(columns)
    chunk.channel += [(device, name) for device, name in columns.address]
    chunk.time += columns.time
    chunk.value += columns.value
    chunk.unit += columns.unit
    chunk.quality += [0] * len(columns)


Rows = Iterable[tuple[int, Any]]


def _row_reader(header: list[str], path: Path) -> Callable[[Rows], Chunk]:
    times = [name for name in ("time", "timestamp") if name in header]
    if not times or len(set(header)) != len(header):
        raise UnreadableFile(f"{path.name} needs a column `time`, and no name twice")
    at = header.index(times[0])
    if "channel" in header and "value" in header:
        where = {name: header.index(name) for name in ("channel", "value")}
        quality = header.index("quality") if "quality" in header else None
        return lambda rows: _read_long(rows, at, where["channel"], where["value"], quality)
    others = [(place, name) for place, name in enumerate(header) if place != at and name]
    return lambda rows: _read_wide(rows, at, others)


def _read_long(rows: Rows, at: int, channel: int, value: int, quality: int | None) -> Chunk:
    chunk = Chunk()
    for number, cells in rows:
        try:
            if cells[value] is None or cells[value] == "":
                continue
            flags = int(cells[quality] or 0) if quality is not None else 0
            chunk.add(number, str(cells[channel]), _time(cells[at]), cells[value], flags & 0x7FFF)
        except (Unusable, IndexError, ValueError, TypeError) as why:
            chunk.problems.append(Problem(number, "row", str(why), MEND))
    return chunk


def _read_wide(rows: Rows, at: int, channels: list[tuple[int, str]]) -> Chunk:
    chunk = Chunk()
    for number, cells in rows:
        try:
            time = _time(cells[at])
        except (Unusable, IndexError) as why:
            chunk.problems.append(Problem(number, "time", str(why), MEND))
            continue
        for place, channel in channels:
            if place < len(cells) and not _is_empty(cells[place]):
                chunk.add(number, channel, time, cells[place])
    return chunk


def _is_empty(cell: Any) -> bool:
    """Say whether a cell of a wide table holds no reading; some write it as NaN."""
    if isinstance(cell, str):
        return cell == "" or cell.strip().lower() == "nan"
    return cell is None or (isinstance(cell, float) and isnan(cell))


def _time(cell: Any) -> int:
    return int(cell) if isinstance(cell, _Micros) else microseconds(cell)


def _value(cell: Any) -> float | bool | str:
    if isinstance(cell, str):
        try:
            return float(cell)
        except ValueError:
            return cell
    return cell if isinstance(cell, bool) else float(cell)
