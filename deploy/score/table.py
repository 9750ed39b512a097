"""Reading tables of one sensor or station: a time, some numbers; CSV or Parquet."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from deploy.score.cells import UnreadableTable, times_of, values_of
from deploy.score.times import read_time
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
        columns = _read_parquet(path) if is_parquet(path) else _read_csv(path)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, pa.ArrowInvalid) as why:
        raise UnreadableTable(f"{path}: cannot be read: {why}") from why
    names = [name for name, _ in columns]
    at = next((names.index(n) for n in names if n.lower() in TIMES), 0)
    absent = [name for name in wanted if name not in names]
    if absent or len(set(names)) != len(names):
        what = f"has no column {absent[0]!r}" if absent else "has one name for two columns"
        raise UnreadableTable(f"{path}: {what}. Its columns are {', '.join(names)}.")
    if names and names[at].lower() not in TIMES and _is_time(names[at]):
        raise UnreadableTable(
            f"{path}: its first line is a row already ({', '.join(names[:3])}). "
            "Write the columns' names over it, as timestamp,value."
        )
    # What stands before the times names the row; only where nothing follows is it the values.
    after = names[at + 1 :] or names[:at]
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
        ignored=[n for place, n in enumerate(names) if place != at and n and n not in chosen],
        written=by_name[names[at]],
        cells=cells,
        time=times_of(path, names[at], by_name[names[at]]),
        value=np.column_stack(
            [values_of(path, *named) for named in zip(chosen, cells, strict=True)]
        ),
    )


def is_parquet(path: Path) -> bool:
    """Tell Parquet from CSV by the file's ending; raise UnreadableTable for any other."""
    endings = {".csv": False, ".txt": False, ".parquet": True, ".pq": True}
    ending = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    if ending.lower() not in endings:
        raise UnreadableTable(f"{path}: ends in none of {', '.join(endings)}. Rename it.")
    return endings[ending.lower()]


def _is_time(text: str) -> bool:
    try:
        read_time(text)
    except (Unusable, ValueError):
        return False
    return True


def _read_csv(path: Path) -> list[tuple[str, Any]]:
    opened: Any = gzip.open if path.suffix.lower() == ".gz" else open
    with opened(path, "rt", newline="", encoding="utf-8-sig") as file:
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
