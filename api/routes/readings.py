"""Readings of a channel, raw or rolled up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import urlencode

import numpy as np
import orjson
from fastapi import Header, Query, Request, Response
from pydantic import BaseModel, Field

from api.fields import Moment, Number, Quality, Time
from api.reading_formats import (
    MEDIA_TYPES,
    RAW,
    ROLLED_UP,
    WRITERS,
    Format,
    Rows,
    agreed,
    clean,
)
from api.resource import Resource
from api.routes.channels import channel_named
from api.services import Given, Services
from store.history import readings_between
from store.views import view

router = Resource(tags=["readings"])


class Resolution(StrEnum):
    RAW = "raw"
    MINUTE = "minute"
    HOUR = "hour"


#: As the store calls them.
_NAMES: dict[Resolution, Literal["minute", "hour"]] = {
    Resolution.MINUTE: "minute",
    Resolution.HOUR: "hour",
}
COLUMNS = {Resolution.RAW: RAW, Resolution.MINUTE: ROLLED_UP, Resolution.HOUR: ROLLED_UP}


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
    names = ROLLED_UP.names
    cells = [columns[name].tolist() for name in names]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]
    return [row | {"time": row["time"].replace(tzinfo=UTC)} for row in rows]


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
