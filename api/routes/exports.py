"""Bulk export: whole tables of casework as they were at one moment, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from itertools import chain
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse

from api.fields import Moment
from api.problem import Problem
from api.resource import Resource
from api.services import Given
from store.database import connect
from store.export_formats import MEDIA_TYPES, WRITERS, Format
from store.exports import Extract, Table

router = Resource("/exports", tags=["exports"])

AT_ONCE = 2  #: each reads for as long as its client does, on a session of its own
_places = BoundedSemaphore(AT_ONCE)


@router.get(
    "/{table}",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The table, oldest case first; broken off without an end where it fails",
            "content": {media: {"schema": {"type": "string"}} for media in MEDIA_TYPES.values()},
        }
    },
)
def export(
    services: Given,
    table: Table,
    format: Format = Format.CSV,
    since: Annotated[Moment | None, Query(description="Of cases opened at or after")] = None,
    until: Annotated[Moment | None, Query(description="Of cases opened before")] = None,
) -> StreamingResponse:
    """Cases, their log, the runs of their clocks, or reports. Who called is in none of them."""
    conninfo = services.pool.conninfo
    url = conninfo if isinstance(conninfo, str) else conninfo()
    body = _written(url, table, format, since, until)
    start = next(body, b"")  # what cannot be read is an error, not half an answer
    return StreamingResponse(
        chain([start], body),
        media_type=MEDIA_TYPES[format],
        headers={"Content-Disposition": f'attachment; filename="{table}.{format}"'},
    )


def _written(
    url: str, table: Table, format: Format, since: datetime | None, until: datetime | None
) -> Iterator[bytes]:
    if not _places.acquire(blocking=False):
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"{AT_ONCE} exports are under way; ask again when one has ended.",
            kind="busy",
            title="The exports are busy",
            headers={"Retry-After": "30"},
        )
    try:
        with connect(url) as connection:
            connection.read_only = True
            extract = Extract(connection, table, since, until)
            yield from WRITERS[format](extract.schema, extract)
    finally:
        _places.release()
