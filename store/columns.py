"""Columns in and out of PostgreSQL in its binary formats, with numpy and no loop over rows.

In goes a binary COPY: header, rows, trailer (PostgreSQL manual, COPY, "Binary Format").
A row with a null is shorter than one without, so rows are grouped by which of their fields
are null; each group is one structured array. Out come arrays (`array_agg`), because COPY
OUT and result rows reach Python one by one, six times slower.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL

from store.database import Connection

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
ARRAY_HEADER = 20  #: bytes: dimensions, has nulls, element type, length, lower bound
SINCE_2000 = 946_684_800_000_000  #: PostgreSQL counts time from 2000 [µs since 1970]


class Column(NamedTuple):
    """A column to write: big-endian type of its binary form, values, and which are null."""

    type: str
    values: NDArray[Any]
    null: NDArray[np.bool_] | None = None


def pack(columns: Sequence[Column]) -> bytes:
    """Return the columns as binary COPY data; rows with the same nulls stay in their order."""
    pattern = np.zeros(len(columns[0].values), dtype=np.uint8)
    for place, column in enumerate(columns):
        if column.null is not None:
            pattern |= column.null.astype(np.uint8) << place
    groups = [
        _rows(columns, int(nulls), slice(None) if (mask := pattern == nulls).all() else mask)
        for nulls in np.unique(pattern)
    ]
    return b"".join([HEADER, *groups, TRAILER])


def _rows(columns: Sequence[Column], nulls: int, rows: slice | NDArray[np.bool_]) -> bytes:
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for place, column in enumerate(columns):
        fields.append((f"length{place}", ">i4"))
        if not nulls >> place & 1:
            fields.append((f"value{place}", column.type))
    packed = np.empty(len(columns[0].values[rows]), dtype=fields)
    packed["fields"] = len(columns)
    for place, column in enumerate(columns):
        if nulls >> place & 1:
            packed[f"length{place}"] = -1
        else:
            packed[f"length{place}"] = np.dtype(column.type).itemsize
            packed[f"value{place}"] = column.values[rows]
    return packed.tobytes()


def fetch(
    connection: Connection, query: SQL, values: Mapping[str, Any], types: Sequence[str]
) -> list[NDArray[Any]]:
    """Run a query whose one row holds arrays without nulls; return them as numpy arrays.

    `types` are the big-endian types of the elements. An aggregate over no rows is an
    empty array.
    """
    with connection.cursor(binary=True) as cursor:
        cursor.execute(query, values)
        result = cursor.pgresult
        assert result is not None
        return [_array(result.get_value(0, place), type) for place, type in enumerate(types)]


def _array(field: bytes | None, type: str) -> NDArray[Any]:
    native = np.dtype(type).newbyteorder("=")
    if field is None or len(field) < ARRAY_HEADER:
        return np.zeros(0, dtype=native)
    elements = np.frombuffer(field, dtype=[("length", ">i4"), ("value", type)], offset=ARRAY_HEADER)
    return elements["value"].astype(native)


def to_database(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return times as PostgreSQL holds them: microseconds since 2000."""
    return times.astype("datetime64[us]").view(np.int64) - SINCE_2000


def from_database(times: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Return datetime64[us] from PostgreSQL's microseconds since 2000."""
    return (times + SINCE_2000).view("datetime64[us]")
