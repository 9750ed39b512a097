"""Cells of a table as times and numbers; what cannot be one is refused with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from deploy.score.times import read_time
from ingest.batch import Floats, Times
from ingest.unusable import Unusable

MISSING: Final = frozenset(("", "nan", "na", "n/a", "null", "none", "-"))
STATES: Final = {"true": 1.0, "false": 0.0}


class UnreadableTable(ValueError):
    """A table that cannot be scored; the message names file, row, column and the mend."""


def times_of(path: Path, name: str, cells: Any) -> Times:
    """Return (n,) times, UTC where no zone is given; raise UnreadableTable at what is none."""
    if isinstance(cells, pa.Array):
        if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
            if cells.null_count:
                row = cells.is_null().to_pylist().index(True)
                raise _refused(path, row, name, "there is no time")
            return np.asarray(cells.cast(pa.timestamp("us"), safe=False)).astype("M8[us]")
        cells = texts(cells)
    micros = np.empty(len(cells), dtype=np.int64)
    for row, written in enumerate(cells):
        try:
            micros[row] = read_time(written)
        except (Unusable, ValueError) as why:
            raise _refused(path, row, name, str(why)) from why
    return micros.view("M8[us]")


def values_of(path: Path, name: str, cells: Any) -> Floats:
    """Return (n,) numbers, NaN where missing or without end; raise UnreadableTable at a text."""
    if isinstance(cells, pa.Array):
        kind = cells.type
        if pa.types.is_boolean(kind):
            cells = cells.cast(pa.int8())
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            plain = cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
            return _finite(np.array(plain))
        cells = texts(cells)
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


def texts(cells: Any) -> list[str]:
    """Return cells as text: times as ISO 8601, numbers by their shortest form, nulls empty."""
    if isinstance(cells, pa.Array):
        if not pa.types.is_timestamp(cells.type):
            return [cell or "" for cell in cells.cast(pa.string()).to_pylist()]
        return [str(text) for text in np.asarray(cells.cast(pa.timestamp("us"), safe=False))]
    if isinstance(cells, np.ndarray):
        return [f"{score:.6f}" for score in cells]
    return list(cells)


def _refused(path: Path, row: int, name: str, what: str) -> UnreadableTable:
    return UnreadableTable(
        f"{path}: row {row + 2}, column {name!r}: {what}. "
        "Mend the row, or leave the column out with --columns."
    )
