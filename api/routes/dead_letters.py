"""Dead letters: what we received and could not use, with the reason."""

from __future__ import annotations

from base64 import b64encode
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.fields import Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import ON_ERROR, Problem
from api.services import Given, Services
from store.views import view

router = APIRouter(prefix="/dead-letters", tags=["dead letters"], responses=ON_ERROR)


class DeadLetter(BaseModel):
    """A message, or a record of one, that did not become a reading."""

    id: int
    received: Time
    source: str
    topic: str
    format: str
    device: str
    reason: str = Field(description="What is wrong and where, for the operator")
    record: Any = Field(description="The bad record, where the rest of the payload was good")
    payload: str | None = Field(description="As UTF-8; null where it is none")
    payload_base64: str
    replayed_at: Time | None
    outcome: str | None = Field(description="Of the replay")


def dead_letters(services: Services, limit: int, **chosen: Any) -> list[dict[str, Any]]:
    every = dict.fromkeys(("id", "before", "device", "open"))
    rows = view(services.pool, "dead_letters_page", **every | chosen, limit=limit)
    for row in rows:
        raw = bytes(row["payload"])
        row["payload_base64"] = b64encode(raw).decode()
        try:
            row["payload"] = raw.decode()
        except UnicodeDecodeError:
            row["payload"] = None
    return rows


@router.get("")
def list_dead_letters(
    services: Given,
    limit: Limit = 100,
    cursor: Cursor = None,
    device: str | None = None,
    open: Annotated[
        bool | None, Query(description="true: not replayed yet; false: replayed")
    ] = None,
) -> Page[DeadLetter]:
    """Dead letters, newest first."""
    (before,) = read_cursor(cursor, int)
    rows = dead_letters(services, limit + 1, before=before, device=device, open=open)
    return Page[DeadLetter].model_validate(page(rows, limit, lambda row: [row["id"]]))


@router.get("/{letter}")
def show_dead_letter(services: Given, letter: int) -> DeadLetter:
    """One dead letter."""
    found = dead_letters(services, 1, id=letter)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no dead letter {letter}.")
    return DeadLetter.model_validate(found[0])
