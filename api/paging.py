"""Lists come in pages: the items, and an opaque cursor that asks for the next page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel, Field

from api.problem import Problem

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=1000, description="Items on a page")]
Cursor = Annotated[str | None, Query(description="`next` of the page before; opaque")]


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    next: str | None = Field(None, description="Cursor of the next page; null on the last one")


def read_cursor(cursor: str | None, *kinds: type) -> tuple[Any, ...]:
    """Return the sort key behind `cursor`, a value of each of `kinds`; Nones without a cursor."""
    if cursor is None:
        return (None,) * len(kinds)
    key = opened_cursor(cursor)
    fits = len(key) == len(kinds) and all(
        type(part) is kind for part, kind in zip(key, kinds, strict=True)
    )
    if not fits:
        raise bad_cursor()
    return key


def opened_cursor(cursor: str | None) -> tuple[Any, ...]:
    """Return the sort key behind `cursor`, empty without one; what is in it, the client says."""
    if cursor is None:
        return ()
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error):
        key = None
    if not isinstance(key, list):
        raise bad_cursor()
    return tuple(key)


def bad_cursor() -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "Take `next` of a page of this very list, unchanged.",
        kind="bad-cursor",
        title="The cursor is not one of ours",
    )


def make_cursor(*key: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode()


def page(
    rows: Sequence[dict[str, Any]], limit: int, key: Callable[[dict[str, Any]], Sequence[Any]]
) -> dict[str, Any]:
    """Return the page of `rows`, of which one more than `limit` was asked for."""
    items = list(rows[:limit])
    more = len(rows) > limit
    return {"items": items, "next": make_cursor(*key(items[-1])) if more else None}
