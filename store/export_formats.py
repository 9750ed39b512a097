"""Tables written for programs of others: CSV, NDJSON or Parquet, a piece of rows at a time."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from store.exports import JSON_TEXT, Rows
from store.spreadsheets import FORMULA, MARK


class Format(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.NDJSON: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}


class _Sink(io.BytesIO):
    """What has been written since it was last taken; writers ask how much it was in all."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def tell(self) -> int:
        return self.taken + super().tell()

    def take(self) -> bytes:
        written = self.getvalue()
        self.taken += len(written)
        self.seek(0)
        self.truncate()
        return written


def _batch(rows: Rows, schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _csv(schema: pa.Schema, pieces: Iterable[Rows]) -> Iterator[bytes]:
    """Null is nothing between the commas, and an empty text is a pair of quotes.

    A text that a spreadsheet would take for a formula gets an apostrophe: callers write what they
    like. The other formats have every text as it is.
    """
    told = pa.schema(
        [(f.name, pa.string() if pa.types.is_timestamp(f.type) else f.type) for f in schema]
    )
    sink = _Sink()
    writer = pyarrow.csv.CSVWriter(sink, told)
    yield sink.take()
    for rows in pieces:
        batch = _batch(rows, schema)
        columns = [_written(column) for column in batch.columns]
        writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=told))
        yield sink.take()
    writer.close()
    yield sink.take()


def _written(column: pa.Array) -> pa.Array:
    """ISO 8601 with T and Z, which the writer by itself does not use; no formulas."""
    if pa.types.is_string(column.type):
        marked = pc.binary_join_element_wise(MARK, column, "")
        return pc.if_else(pc.match_substring_regex(column, FORMULA), marked, column)
    if not pa.types.is_timestamp(column.type):
        return column
    return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")


def _ndjson(schema: pa.Schema, pieces: Iterable[Rows]) -> Iterator[bytes]:
    names = schema.names
    inside = [place for place, name in enumerate(names) if name in JSON_TEXT]
    options = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
    for rows in pieces:
        lines = []
        for row in rows:
            line = dict(zip(names, row, strict=True))
            for place in inside:
                line[names[place]] = orjson.Fragment(row[place])
            lines.append(orjson.dumps(line, option=options))
        yield b"".join(lines)


def _parquet(schema: pa.Schema, pieces: Iterable[Rows]) -> Iterator[bytes]:
    sink = _Sink()
    writer = pyarrow.parquet.ParquetWriter(sink, schema, compression="zstd")
    for rows in pieces:
        # A table is a row group, written at once; batches wait until there are a million rows.
        writer.write_table(pa.Table.from_batches([_batch(rows, schema)]))
        yield sink.take()
    writer.close()
    yield sink.take()


WRITERS: dict[Format, Callable[[pa.Schema, Iterable[Rows]], Iterator[bytes]]] = {
    Format.CSV: _csv,
    Format.NDJSON: _ndjson,
    Format.PARQUET: _parquet,
}
