"""Cases, logs, clocks and reports as whole tables, read a piece at a time however long they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from store.database import Connection
from store.statements import statements

PIECE = 5_000  #: rows in memory at once


class Table(StrEnum):
    CASES = "cases"
    LOG = "log"
    RUNS = "runs"
    REPORTS = "reports"


_TEXT, _TIME, _WHOLE, _NUMBER = pa.string(), pa.timestamp("us", "UTC"), pa.int64(), pa.float64()
_YES = pa.bool_()
#: Columns that are no text, in any of the tables; where they are, names and types agree.
_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(
        ("version", "level", "returns", "redirects", "reworks", "extensions", "urges", "run"),
        _WHOLE,
    ),
    **dict.fromkeys(("lon", "lat", "limit_amount", "used"), _NUMBER),
    **dict.fromkeys(
        (
            "exercise", "handled_in_time", "passed", "supervised", "exempt", "in_time",
        ),
        _YES,
    ),
    **dict.fromkeys(
        (
            "began", "found", "first_sensed", "first_public", "opened", "filed", "dispatched",
            "verified", "due", "fed_back", "inspected", "confirmed", "closed", "suspended_until",
            "at", "since", "yellow", "ended", "happened", "reported", "received", "wished",
        ),
        _TIME,
    ),
}  # fmt: skip
JSON_TEXT = frozenset({"details"})  #: columns of text that is JSON

Rows = list[tuple[Any, ...]]


class Extract:
    """One table as it was when reading began: its columns, and its rows in pieces."""

    def __init__(
        self,
        connection: Connection,
        table: Table,
        since: datetime | None = None,
        until: datetime | None = None,
        piece: int = PIECE,
    ) -> None:
        """Begin to read what is of cases opened from `since` until before `until`.

        `connection` is in a transaction, or one begins; it ends with the connection.
        """
        self._cursor = connection.cursor(name=f"export_{table}")
        self._cursor.execute(statements("exports")[table], {"since": since, "until": until})
        self._piece = piece
        self._first = self._cursor.fetchmany(piece)
        columns = [column.name for column in self._cursor.description or ()]
        self.schema = pa.schema([(name, _TYPES.get(name, _TEXT)) for name in columns])

    def __iter__(self) -> Iterator[Rows]:
        piece, self._first = self._first, []
        while piece:
            yield piece
            piece = self._cursor.fetchmany(self._piece)
        self._cursor.close()


def count_cases(connection: Connection, since: datetime | None, until: datetime | None) -> int:
    values = {"since": since, "until": until}
    [(count,)] = connection.execute(statements("exports")["count"], values).fetchall()
    return int(count)
