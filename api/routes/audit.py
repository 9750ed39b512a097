"""The trail: who changed what, and who was refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.access.doings import doing
from api.fields import Moment, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.resource import Resource
from api.services import Given, Services
from cases.data import Text
from store import access_audit as store
from store.access_audit import Asked
from store.spreadsheets import line as table_line

router = Resource(tags=["access"])

COLUMNS = (
    *("number", "at", "kind", "name", "address", "method", "route", "path", "permission"),
    *("status", "why", "doing_zh", "doing_en"),
)


class Line(BaseModel):
    number: int
    at: Time
    kind: str = Field(description="person, key, guest or command")
    name: str
    address: str
    method: str
    route: str
    path: str
    permission: str
    doing: Text | None = Field(
        description="What it was for; null: of a command, or of former routes"
    )
    status: int | None = Field(description="Of the answer; null: it did not get so far")
    why: str


def _asked(
    name: Annotated[str | None, Query(description="Who, as written")] = None,
    kind: str | None = None,
    permission: str | None = None,
    refused: Annotated[bool | None, Query(description="Only 401 and 403, or all but those")] = None,
    contains: Annotated[str | None, Query(description="In the path or the reason")] = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> Asked:
    return Asked(name, kind, permission, refused, contains, since, until)


Filters = Annotated[Asked, Depends(_asked)]


@router.get("/audit")
def list_audit(
    services: Given, response: Response, asked: Filters, limit: Limit = 100, cursor: Cursor = None
) -> Page[Line]:
    """Changes and refusals, newest first."""
    response.headers["Cache-Control"] = "no-store"
    (before,) = read_cursor(cursor, int)
    with services.pool.connection() as connection:
        rows = store.lines(connection, asked, limit + 1, before)
    found = page(rows, limit, lambda row: [row["number"]])
    for row in found["items"]:
        row["doing"] = doing(row["method"], row["route"], row["permission"])
    return Page[Line].model_validate(found)


@router.get(
    "/audit.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def export_audit(services: Given, asked: Filters) -> StreamingResponse:
    """The same whole, as a table."""
    return StreamingResponse(
        _table(services, asked),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="audit.csv"',
            "Cache-Control": "no-store",
        },
    )


def _table(services: Services, asked: Asked) -> Iterator[str]:
    with services.pool.connection() as connection:
        yield table_line(COLUMNS)
        for line in store.every_line(connection, asked):
            said = doing(line["method"], line["route"], line["permission"])
            line |= {"doing_zh": said.zh if said else "", "doing_en": said.en if said else ""}
            yield table_line([line[column] for column in COLUMNS])
