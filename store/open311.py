"""Cases as the public may see them, and the case of a report that it made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from cases.open311 import Service
from store.database import Connection
from store.statements import statements


def requests(
    connection: Connection,
    services: Iterable[Service],
    most: int,
    *,
    numbers: Sequence[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    states: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """Return the cases of `services`, newest first, `most` at most; no exercise among them."""
    known = [(*condition, service.code) for service in services for condition in service.conditions]
    columns = zip(*known, strict=True) if known else [()] * 5
    names = ("lists", "codes", "conditions", "names", "services")
    values = {
        **{name: [*column] for name, column in zip(names, columns, strict=True)},
        "numbers": None if numbers is None else [*numbers],
        "start": start,
        "end": end,
        "states": None if states is None else [*states],
        "most": most,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("open311")["requests"], values).fetchall()


def number_of_report(connection: Connection, report: UUID) -> str | None:
    """Return the number of the case that a report is part of now, None where there is none."""
    sql = statements("open311")["number_of_report"]
    row = connection.execute(sql, {"report": report}).fetchone()
    return None if row is None else str(row[0])
