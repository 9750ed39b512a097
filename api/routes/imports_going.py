"""Imports that go on: how far one is, and its end."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel, Field

from api.access.who import Signed, Who
from api.importing import TICKET, Importing
from api.resource import Resource

router = Resource("/imports/going", tags=["catalogue"])

Ticket = Annotated[
    str, Path(pattern=TICKET, description="That the import was sent with, by the same sender")
]


class Going(BaseModel):
    """How far an import is."""

    going: bool = Field(description="false: it has not begun, has ended, or was never sent")
    done: int = Field(description="Rows")
    total: int | None = Field(description="null: not known yet")


@router.get("/{ticket}")
def show_progress(request: Request, who: Signed, ticket: Ticket) -> Going:
    """How far an import is: rows read, then rows written."""
    return _told(request, who, ticket)


@router.delete("/{ticket}")
def cancel_import(request: Request, who: Signed, ticket: Ticket) -> Going:
    """End an import: nothing of it stays. Whether it was in time, the import's answer says."""
    importing: Importing = request.app.state.importing
    if progress := importing.of(who, ticket):
        progress.cancelled = True
    return _told(request, who, ticket)


def _told(request: Request, who: Who, ticket: str) -> Going:
    importing: Importing = request.app.state.importing
    progress = importing.of(who, ticket)
    if progress is None:
        return Going(going=False, done=0, total=None)
    return Going(going=True, done=progress.done, total=progress.total)
