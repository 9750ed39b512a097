"""Readings as tables: JSON, CSV or an Arrow stream, all saying the same."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from math import isfinite
from typing import Any

import pyarrow as pa

from api.problem import Problem
from store.spreadsheets import CRLF, line


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    ARROW = "arrow"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}

_TIME = pa.timestamp("us", tz="UTC")
RAW = pa.schema(
    {
        "time": _TIME,
        "received": _TIME,
        "value": pa.float64(),
        "state": pa.string(),
        "quality": pa.int32(),
    }
)
ROLLED_UP = pa.schema(
    {
        "time": _TIME,
        "count": pa.int32(),
        "mean": pa.float64(),
        "lowest": pa.float64(),
        "highest": pa.float64(),
        "last": pa.float64(),
        "flagged": pa.int32(),
    }
)

Rows = list[dict[str, Any]]


def write_csv(rows: Rows, schema: pa.Schema) -> bytes:
    lines = [line(schema.names, CRLF)]
    for row in rows:
        cells = (row[name] for name in schema.names)
        told = (cell.isoformat() if isinstance(cell, datetime) else cell for cell in cells)
        lines.append(line(told, CRLF))
    return "".join(lines).encode()


def write_arrow(rows: Rows, schema: pa.Schema) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema) as stream:
        stream.write_table(pa.Table.from_pylist(rows, schema=schema))
    return sink.getvalue()


WRITERS: dict[Format, Callable[[Rows, pa.Schema], bytes]] = {
    Format.CSV: write_csv,
    Format.ARROW: write_arrow,
}


def agreed(asked: Format | None, accept: str) -> Format:
    """Return the format asked for; `format` counts more than the Accept header."""
    if asked is not None:
        return asked
    accepted = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    for part in accepted:
        if part in ("*/*", "application/*", ""):
            return Format.JSON
        for choice, media_type in MEDIA_TYPES.items():
            if part == media_type or (part == "text/*" and choice is Format.CSV):
                return choice
    raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"Readings come as {', '.join(MEDIA_TYPES.values())}.")


def clean(rows: Rows) -> Rows:
    """Times in UTC, and null for what is no number, the same in all formats."""
    for row in rows:
        for name, cell in row.items():
            if isinstance(cell, datetime):
                row[name] = cell.astimezone(UTC)
            elif isinstance(cell, float) and not isfinite(cell):
                row[name] = None
    return rows
