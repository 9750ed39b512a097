"""Tables of one sensor or station: a time, some numbers; CSV or Parquet, in and out."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from deploy.table_times import read_time
from ingest.batch import Floats, Times
from ingest.unusable import Unusable

#: Names of the column of times, in lower case; where there is none it is the first column.
TIMES: Final = ("timestamp", "time", "datetime", "date_time", "date")
#: Names under which recorded data carries what people know of it: never read as a value.
LABELS: Final = frozenset(
    {
        "event",
        "att_flag",
        "attack",
        "anomaly",
        "is_anomaly",
        "anomaly_label",
        "anomaly_score",
        "changepoint",
        "change_point",
        "label",
        "labels",
        "is_event",
        "outlier",
        "is_outlier",
        "ground_truth",
        "target",
        "fault_label",
        "column",
    }
)
MISSING: Final = frozenset(("", "nan", "na", "n/a", "null", "none", "-"))
STATES: Final = {"true": 1.0, "false": 0.0}


class UnreadableTable(ValueError):
    """A table that cannot be scored; the message names file, row, column and the mend."""


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """What was read of a file, and how it was written there.

    written : (n) times as they stand in the file (text, or what Parquet holds)
    cells   : m columns of (n) values as they stand in the file
    time    : (n,) datetime64[us] UTC
    value   : (n, m), NaN where missing
    """

    path: Path
    time_name: str
    names: list[str]
    ignored: list[str]
    written: pa.Array | list[str]
    cells: list[pa.Array | list[str]]
    time: Times
    value: Floats


def read_table(path: Path, wanted: Sequence[str] = ()) -> ScoreTable:
    """Read `wanted` columns, or all after the time that are not labels by their names.

    Raises UnreadableTable.
    """
    try:
        columns = _read_parquet(path) if _is_parquet(path) else _read_csv(path)
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowInvalid) as why:
        raise UnreadableTable(f"{path}: cannot be read: {why}") from why
    names = [name for name, _ in columns]
    at = next((names.index(n) for n in names if n.lower() in TIMES), 0)
    absent = [name for name in wanted if name not in names]
    if absent or len(set(names)) != len(names):
        what = f"has no column {absent[0]!r}" if absent else "has one name for two columns"
        raise UnreadableTable(f"{path}: {what}. Its columns are {', '.join(names)}.")
    after = names[at + 1 :]
    chosen = list(wanted) or [name for name in after if name.lower() not in LABELS]
    if not chosen:
        raise UnreadableTable(
            f"{path}: no column of values beside {names[at]!r}. "
            "Columns named as labels are not read; choose with --columns."
        )
    by_name = dict(columns)
    cells = [by_name[name] for name in chosen]
    return ScoreTable(
        path=path,
        time_name=names[at] or "timestamp",
        names=chosen,
        ignored=[name for name in after if name not in chosen],
        written=by_name[names[at]],
        cells=cells,
        time=_times(path, names[at], by_name[names[at]]),
        value=np.column_stack([_values(path, *named) for named in zip(chosen, cells, strict=True)]),
    )


def write_table(
    path: Path, table: ScoreTable, score: Floats, speaks: Sequence[str] | None = None
) -> None:
    """Write the rows of `table` in their order, times and values as they were, and the scores."""
    names = [table.time_name, *table.names, "anomaly_score"]
    columns: list[Any] = [table.written, *table.cells, score]
    if speaks is not None:
        names.append("column")
        columns.append(speaks)
    if _is_parquet(path):
        numbers = [
            cells if isinstance(cells, pa.Array) else table.value[:, place]
            for place, cells in enumerate(table.cells)
        ]
        columns[1 : 1 + len(numbers)] = numbers
        pq.write_table(pa.table(dict(zip(names, map(pa.array, columns), strict=True))), path)
        return
    texts = [_texts(column) for column in columns]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(names)
        rows.writerows(zip(*texts, strict=True))


def _is_parquet(path: Path) -> bool:
    endings = {".csv": False, ".txt": False, ".parquet": True, ".pq": True}
    if path.suffix.lower() not in endings:
        raise UnreadableTable(f"{path}: ends in none of {', '.join(endings)}. Rename it.")
    return endings[path.suffix.lower()]


def _read_csv(path: Path) -> list[tuple[str, Any]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        head = file.readline()
        file.seek(0)
        between = max(",;\t", key=head.count)
        rows = csv.reader(file, delimiter=between)
        names = [name.strip() for name in next(rows, [])]
        columns: list[list[str]] = [[] for _ in names]
        while some := list(_whole_rows(path, islice(rows, 20_000), len(names), rows)):
            for column, cells in zip(columns, zip(*some, strict=True), strict=True):
                column.extend(cells)
    if not names:
        raise UnreadableTable(f"{path}: is empty. Its first line names the columns.")
    return list(zip(names, columns, strict=True))


def _whole_rows(
    path: Path, rows: Iterator[list[str]], width: int, reader: Any
) -> Iterator[list[str]]:
    for cells in rows:
        if len(cells) == width:
            yield cells
        elif cells:
            raise UnreadableTable(
                f"{path}: line {reader.line_num} has {len(cells)} cells, the head {width}. "
                "Mend the line."
            )


def _read_parquet(path: Path) -> list[tuple[str, Any]]:
    table = pq.read_table(path)
    return [(name.strip(), table[name].combine_chunks()) for name in table.column_names]


def _times(path: Path, name: str, cells: Any) -> Times:
    if isinstance(cells, pa.Array):
        if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
            if cells.null_count:
                row = cells.is_null().to_pylist().index(True)
                raise _refused(path, row, name, "there is no time")
            return np.asarray(cells.cast(pa.timestamp("us"), safe=False)).astype("M8[us]")
        cells = _texts(cells)
    micros = np.empty(len(cells), dtype=np.int64)
    for row, written in enumerate(cells):
        try:
            micros[row] = read_time(written)
        except (Unusable, ValueError) as why:
            raise _refused(path, row, name, str(why)) from why
    return micros.view("M8[us]")


def _values(path: Path, name: str, cells: Any) -> Floats:
    if isinstance(cells, pa.Array):
        kind = cells.type
        if pa.types.is_boolean(kind):
            cells = cells.cast(pa.int8())
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            plain = cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
            return _finite(np.array(plain))
        cells = _texts(cells)
    value = np.empty(len(cells))
    for row, written in enumerate(cells):
        try:
            value[row] = float(written)
        except ValueError:
            word = written.strip().lower()
            if word not in MISSING and word not in STATES:
                raise _refused(path, row, name, f"{written!r} is no number") from None
            value[row] = STATES.get(word, np.nan)
    return _finite(value)


def _finite(value: Floats) -> Floats:
    value[~np.isfinite(value)] = np.nan
    return value


def _texts(cells: Any) -> list[str]:
    """Return cells as text: times as ISO 8601, numbers by their shortest form, nulls empty."""
    if isinstance(cells, pa.Array):
        if not pa.types.is_timestamp(cells.type):
            return ["" if cell is None else str(cell) for cell in cells.to_pylist()]
        return [str(text) for text in np.asarray(cells.cast(pa.timestamp("us"), safe=False))]
    if isinstance(cells, np.ndarray):
        return [f"{score:.6f}" for score in cells]
    return list(cells)


def _refused(path: Path, row: int, name: str, what: str) -> UnreadableTable:
    return UnreadableTable(
        f"{path}: row {row + 2}, column {name!r}: {what}. "
        "Mend the row, or leave the column out with --columns."
    )
