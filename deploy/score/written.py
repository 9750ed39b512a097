"""Writing a table as it was read, with its scores."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from deploy.score.cells import texts
from deploy.score.table import ScoreTable, is_parquet
from ingest.batch import Floats


def write_table(
    path: Path, table: ScoreTable, score: Floats, speaks: Sequence[str] | None = None
) -> None:
    """Write the rows of `table` in their order, times and values as they were, and the scores."""
    names = [table.time_name, *table.names, "anomaly_score"]
    columns: list[Any] = [table.written, *table.cells, score]
    if speaks is not None:
        names.append("column")
        columns.append(speaks)
    if is_parquet(path):
        numbers = [
            cells if isinstance(cells, pa.Array) else table.value[:, place]
            for place, cells in enumerate(table.cells)
        ]
        columns[1 : 1 + len(numbers)] = numbers
        pq.write_table(pa.table(dict(zip(names, map(pa.array, columns), strict=True))), path)
        return
    written = [texts(column) for column in columns]
    opened: Any = gzip.open if path.suffix.lower() == ".gz" else open
    with opened(path, "wt", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(names)
        rows.writerows(zip(*written, strict=True))
