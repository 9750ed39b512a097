"""Columns of files as Arrow has them: times, values and names as arrays, and what is no good.

The plain case is Arrow's own cast of a whole column. Only where that refuses are the cells
looked at one by one, each different one once, by the readers of live messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.batch import Floats
from ingest.times import microseconds
from ingest.unusable import Unusable

Micros = NDArray[np.int64]
#: What is a number in a column that is not one as a whole.
NUMBER: Final = r"^\s*([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity))\s*$"
WITH_ZONE: Final = r"([Zz]|[+-]\d\d:?\d\d)$"
YEAR_FIRST: Final = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?!\d)")
DATE: Final = 10  #: letters of a date without a time of day


def times(column: pa.Array) -> tuple[Micros, dict[int, str]]:
    """Return (n,) [µs since 1970 UTC], and by row what is no time.

    Text is ISO 8601, UTC where no zone is written, a date alone its midnight; a number
    counts since 1970 and its size tells the unit, as in `ingest.times`.
    """
    column = _plain(column)
    none = np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False)).tolist()
    bad: dict[int, str] = dict.fromkeys(none, "there is no time")
    if pa.types.is_temporal(column.type):
        zone = getattr(column.type, "tz", None)
        return _integers(column.cast(pa.timestamp("us", zone), safe=False)), bad
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return _counts(column, bad)
    texts = as_text(column)
    try:
        kind = pa.timestamp("us", "UTC" if _has_zone(texts) else None)
        return _integers(texts.cast(kind)), bad
    except pa.ArrowInvalid:
        return _one_by_one(texts, bad)


def numbers(column: pa.Array) -> tuple[Floats, NDArray[np.bool_], dict[int, str]]:
    """Return (n,) numbers, (n,) whether there is a reading, and texts by row (true/false too)."""
    column = _plain(column)
    there = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.string())
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return _floats(column), there, {}
    texts = as_text(column)
    there &= pc.greater(pc.utf8_length(texts), 0).fill_null(False).to_numpy(zero_copy_only=False)
    texts = pc.if_else(pa.array(there), texts, None)
    try:
        return _floats(texts.cast(pa.float64())), there, {}
    except pa.ArrowInvalid:
        is_number = pc.match_substring_regex(texts, NUMBER, ignore_case=True).fill_null(False)
    trimmed = pc.utf8_trim_whitespace(pc.if_else(is_number, texts, None))
    odd = np.flatnonzero(there & ~is_number.to_numpy(zero_copy_only=False))
    words = zip(odd.tolist(), texts.take(pa.array(odd)).to_pylist(), strict=True)
    return _floats(trimmed.cast(pa.float64())), there, dict(words)


def keys(column: pa.Array, known: Mapping[str, int]) -> tuple[NDArray[np.int32], dict[str, int]]:
    """Return (n,) the number of each name, -1 if unknown, and the first row of each such name."""
    encoded = as_text(_plain(column)).dictionary_encode()
    names = [name or "" for name in encoded.dictionary.to_pylist()]
    numbered = np.array([*(known.get(name, -1) for name in names), -1], dtype=np.int32)
    place = encoded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
    strange = {name: 0 for name in names if name not in known}
    for name in strange:
        strange[name] = int(np.argmax(place == names.index(name)))
    return numbered[place], strange


def as_text(column: pa.Array) -> pa.Array:
    """Return a column as text; bytes that are no UTF-8 become replacement characters."""
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        cells = column.to_pylist()
        return pa.array([c.decode("utf-8", "replace") if c is not None else c for c in cells])


def _plain(column: pa.Array) -> pa.Array:
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _has_zone(texts: pa.Array) -> bool:
    first = texts.drop_null()[:1]
    return bool(len(first)) and bool(pc.match_substring_regex(first, WITH_ZONE)[0].as_py())


def _integers(column: pa.Array) -> Micros:
    whole = column.cast(pa.int64()).fill_null(0)
    return np.array(whole.to_numpy(zero_copy_only=False), dtype=np.int64)


def _floats(column: pa.Array) -> Floats:
    whole: Any = column.cast(pa.float64(), safe=False).fill_null(np.nan)
    return np.array(whole.to_numpy(zero_copy_only=False), dtype=np.float64)


def _counts(column: pa.Array, bad: dict[int, str]) -> tuple[Micros, dict[int, str]]:
    """Read numbers by `ingest.times.from_epoch`, all at once where they are of one size."""
    count = column.fill_null(0).to_numpy(zero_copy_only=False)
    size = np.abs(count[np.isfinite(count)])
    for limit, factor in ((1e11, 1_000_000), (1e14, 1_000), (1e17, 1)):
        floor = 0 if limit == 1e11 else limit / 1e3
        if len(size) == len(count) and (size < limit).all() and (size >= floor).all():
            return np.asarray(np.rint(count * factor), dtype=np.int64), bad
    return _one_by_one(column, bad)


def _one_by_one(column: pa.Array, bad: dict[int, str]) -> tuple[Micros, dict[int, str]]:
    encoded = column.dictionary_encode()
    read = np.zeros(len(encoded.dictionary) + 1, dtype=np.int64)
    refused: dict[int, str] = {}
    for place, cell in enumerate(encoded.dictionary.to_pylist()):
        try:
            if isinstance(cell, str) and (written := YEAR_FIRST.match(cell)):
                cell = "{}-{:0>2}-{:0>2}".format(*written.groups()) + cell[written.end() :]
            alone = isinstance(cell, str) and len(cell) == DATE and "-" in cell
            read[place] = microseconds(f"{cell}T00:00" if alone else cell)
        except Unusable as why:
            refused[place] = str(why)
    place = encoded.indices.fill_null(len(read) - 1).to_numpy(zero_copy_only=False)
    if refused:
        rows = np.flatnonzero(np.isin(place, list(refused)))
        bad |= {int(row): refused[int(place[row])] for row in rows}
    return read[place], bad
