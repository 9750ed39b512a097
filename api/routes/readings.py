"""Readings of a channel, raw or rolled up, as JSON, CSV or an Arrow stream."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from math import isfinite
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import numpy as np
import orjson
import pyarrow as pa
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, Field

from api.fields import Moment, Number, Quality, Time
from api.problem import ON_ERROR, Problem
from api.routes.channels import channel_named
from api.services import Given, Services
from store.history import readings_between
from store.views import view

router = APIRouter(tags=["readings"], responses=ON_ERROR)


class Resolution(StrEnum):
    RAW = "raw"
    MINUTE = "minute"
    HOUR = "hour"


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    ARROW = "arrow"


#: As the store calls them.
_NAMES: dict[Resolution, Literal["minute", "hour"]] = {
    Resolution.MINUTE: "minute",
    Resolution.HOUR: "hour",
}
MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}

_TIME = pa.timestamp("us", tz="UTC")
_RAW = pa.schema(
    {
        "time": _TIME,
        "received": _TIME,
        "value": pa.float64(),
        "state": pa.string(),
        "quality": pa.int32(),
    }
)
_ROLLED_UP = pa.schema(
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
COLUMNS = {Resolution.RAW: _RAW, Resolution.MINUTE: _ROLLED_UP, Resolution.HOUR: _ROLLED_UP}


class Reading(BaseModel):
    time: Time
    received: Time
    value: Number
    state: str | None
    quality: Quality


class RolledUp(BaseModel):
    """Readings of one minute or hour; numbers are of the good ones."""

    time: Time = Field(description="Beginning of the minute or hour")
    count: int = Field(description="Good readings")
    mean: Number
    lowest: Number
    highest: Number
    last: Number
    flagged: int = Field(description="Readings that were not usable")


class Readings(BaseModel):
    channel: str
    quantity: str
    unit: str
    resolution: Resolution
    start: Time
    end: Time = Field(description="Exclusive")
    items: list[Reading] | list[RolledUp]
    next: Time | None = Field(description="`start` of the next page; null when all is here")


Rows = list[dict[str, Any]]


def write_csv(rows: Rows, schema: pa.Schema) -> bytes:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(schema.names)
    for row in rows:
        cells = (row[name] for name in schema.names)
        lines.writerow(cell.isoformat() if isinstance(cell, datetime) else cell for cell in cells)
    return text.getvalue().encode()


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


def fetch(
    services: Services,
    number: int,
    resolution: Resolution,
    start: datetime,
    end: datetime,
    limit: int,
) -> Rows:
    if resolution is Resolution.RAW:
        values = {"channel": number, "start": start, "stop": end, "limit": limit}
        return view(services.pool, "raw_readings", **values)
    since, until = (np.datetime64(time.replace(tzinfo=None), "us") for time in (start, end))
    with services.pool.connection() as connection:
        columns = readings_between(connection, [number], since, until, _NAMES[resolution], limit)
    names = _ROLLED_UP.names
    cells = [columns[name].tolist() for name in names]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]
    return [row | {"time": row["time"].replace(tzinfo=UTC)} for row in rows]


def clean(rows: Rows) -> Rows:
    """Times in UTC, and null for what is no number, the same in all formats."""
    for row in rows:
        for name, cell in row.items():
            if isinstance(cell, datetime):
                row[name] = cell.astimezone(UTC)
            elif isinstance(cell, float) and not isfinite(cell):
                row[name] = None
    return rows


@router.get(
    "/channels/{channel:path}/readings",
    response_model=Readings,
    responses={
        200: {
            "description": "Oldest first. A `Link: rel=next` header says that there is more.",
            "content": {
                MEDIA_TYPES[Format.CSV]: {
                    "schema": {"type": "string"},
                    "example": "time,received,value,state,quality\r\n"
                    "2024-03-01T06:30:00+00:00,2024-03-01T06:30:01+00:00,0.153,,0\r\n",
                },
                MEDIA_TYPES[Format.ARROW]: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
def list_readings(
    request: Request,
    services: Given,
    channel: str,
    start: Annotated[Moment | None, Query(description="Default: a day before the end")] = None,
    end: Annotated[Moment | None, Query(description="Exclusive; default: now")] = None,
    resolution: Resolution = Resolution.RAW,
    format: Annotated[Format | None, Query(description="Default: by the Accept header")] = None,
    limit: Annotated[int, Query(ge=1, le=100_000)] = 10_000,
    accept: Annotated[str, Header(include_in_schema=False)] = "*/*",
) -> Response:
    """Readings with start <= device time < end, oldest first."""
    written = agreed(format, accept)
    end = end or services.time() + timedelta(microseconds=1)
    start = start or end - timedelta(days=1)
    about = channel_named(services, channel)
    rows = fetch(services, about["number"], resolution, start, end, limit + 1)
    following = rows[limit]["time"].astimezone(UTC) if len(rows) > limit else None
    rows = clean(rows[:limit])
    headers = {"Vary": "Accept"}
    if following:
        asked = dict(request.query_params) | {
            "start": following.isoformat(),
            "end": end.isoformat(),
            "format": str(written),
        }
        headers["Link"] = f'<{request.url.path}?{urlencode(asked)}>; rel="next"'
    if written is not Format.JSON:
        body = WRITERS[written](rows, COLUMNS[resolution])
        return Response(body, media_type=MEDIA_TYPES[written], headers=headers)
    answer = {
        "channel": about["id"],
        "quantity": about["quantity"],
        "unit": about["unit"],
        "resolution": resolution,
        "start": start,
        "end": end,
        "items": rows,
        "next": following,
    }
    body = orjson.dumps(answer, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)
    return Response(body, media_type=MEDIA_TYPES[written], headers=headers)
