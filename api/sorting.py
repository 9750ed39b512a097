"""`sort=-opened,severity`: lists in another order than their own, a minus for descending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import Query

from api.paging import bad_cursor, opened_cursor
from api.problem import Problem
from api.services import Services
from store.ordering import PATIENCE_MS, sorted_view
from store.views import view


@dataclass(frozen=True, slots=True)
class Sorting:
    """What a list is sorted by; the last column tells rows apart that are equal otherwise."""

    text: str
    columns: tuple[tuple[str, bool], ...]
    last: tuple[Any, ...] | None

    def key(self, row: dict[str, Any]) -> Sequence[Any]:
        """Return what the cursor of the next page holds."""
        return [self.text, *(row[column] for column, _ in self.columns)]


def described(*columns: str) -> Any:
    """Return the parameter `sort` of a list with these columns."""
    return Query(
        description=f"By {', '.join(columns)}; commas between, a minus for descending",
        max_length=200,
        examples=[f"-{columns[0]}"],
    )


def read_sorting(
    sort: str | None, cursor: str | None, columns: Sequence[str], unique: str
) -> Sorting | None:
    """Return how the list is to be sorted; None: as it is."""
    if not sort:
        return None
    chosen: list[tuple[str, bool]] = []
    for part in sort.split(","):
        name = part.strip().removeprefix("-")
        if name not in columns or name in (column for column, _ in chosen):
            raise Problem(
                HTTPStatus(422),
                f"The list cannot be sorted by {part.strip()!r}; by {', '.join(columns)} it can.",
                kind="invalid-request",
                title="The request does not fit its description",
                errors=[{"at": "query.sort", "detail": "unknown column"}],
            )
        chosen.append((name, part.strip().startswith("-")))
    if unique not in (column for column, _ in chosen):
        chosen.append((unique, chosen[-1][1]))
    known = opened_cursor(cursor) if cursor else None
    if known is not None:
        fits = len(known) == len(chosen) + 1 and known[0] == sort
        if not fits or any(isinstance(value, list | dict) for value in known):
            raise bad_cursor()
        known = known[1:]
    return Sorting(sort, tuple(chosen), known)


def listed(
    services: Services, name: str, limit: int, sorting: Sorting | None, values: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return rows of a list of `views.sql`, in its own order or another."""
    if sorting is None:
        return view(services.pool, name, limit=limit, **values)
    try:
        return sorted_view(services.pool, name, sorting.columns, sorting.last, limit, values)
    except psycopg.errors.QueryCanceled as why:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"So much cannot be sorted within {PATIENCE_MS // 1000} s: narrow it, as by open=true.",
            kind="too-much",
            title="Too much is asked for at once",
        ) from why
