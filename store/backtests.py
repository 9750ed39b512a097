"""Backtests that people asked for: what is judged, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from store.database import Connection
from store.statements import statements

KEPT = 200  #: results; of older ones nobody asks any more
MOST_WAITING = 20  #: beside each other: each takes a core for minutes


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  #: its process ended before it did


class Labels(StrEnum):
    """What findings are scored on."""

    NONE = "none"
    CLOSED_CASES = "closed-cases"


class Asked(NamedTuple):
    pack: str  #: as text
    since: datetime
    until: datetime
    channels: list[str] | None  #: none: all that the rules look at
    zone: str | None
    labels: Labels


class Result(NamedTuple):
    """What a backtest writes: report and pictures as JSON, tables as CSV."""

    report: str
    pictures: str
    events: str
    notes: str
    cases: str


class TooMany(Exception):
    """So many wait already that another would not be looked at soon."""


def ask(
    connection: Connection, asked: Asked, rules: Sequence[str], actor: str, at: datetime
) -> int:
    """Have a backtest wait for its turn; return its number."""
    sql = statements("backtests")
    with connection.transaction():
        [waiting] = connection.execute(sql["waiting"]).fetchone() or (0,)
        if waiting >= MOST_WAITING:
            raise TooMany
        connection.execute(sql["drop_old"], {"kept": KEPT})
        values = asked._asdict() | {"rules": [*rules], "actor": actor, "asked": at}
        [number] = connection.execute(sql["ask"], values).fetchone() or (0,)
    return int(number)


def backtests(
    connection: Connection,
    limit: int,
    *,
    id: int | None = None,
    before: int | None = None,
    rule: str | None = None,
) -> list[dict[str, Any]]:
    """Return backtests with their state, newest first."""
    values = {"id": id, "before": before, "rule": rule, "limit": limit}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("backtests")["page"], values).fetchall()


def pack_of(connection: Connection, number: int) -> str:
    """Return the pack that was judged, as text."""
    return str(_value(connection, "pack", id=number) or "")


def result(connection: Connection, number: int) -> tuple[Any, Any] | None:
    """Return report and pictures of a backtest that is done."""
    with connection.transaction():
        found = connection.execute(statements("backtests")["result"], {"id": number}).fetchone()
    return None if found is None else (found[0], found[1])


def table(connection: Connection, number: int, name: str) -> str | None:
    """Return events, notes or cases of a backtest that is done, as CSV."""
    found = _value(connection, "table", id=number, table=name)
    return None if found is None else str(found)


def cancel(connection: Connection, number: int, at: datetime) -> bool:
    """Say whether there was anything left to cancel."""
    return _value(connection, "cancel", id=number, at=at) is not None


def is_alone(connection: Connection) -> bool:
    """Say whether this session is the one that runs backtests; it stays so until it ends."""
    return bool(_value(connection, "alone"))


def interrupt(connection: Connection, at: datetime) -> None:
    """Say of those whose process is gone that they ended."""
    _do(connection, "interrupt", at=at)


def take(connection: Connection, at: datetime) -> int | None:
    """Return the one that is next, running from now on."""
    found = _value(connection, "take", at=at)
    return None if found is None else int(found)


def is_wanted(connection: Connection, number: int) -> bool:
    """Say whether nobody has cancelled it."""
    return bool(_value(connection, "wanted", id=number))


def given(connection: Connection, number: int) -> Asked:
    with connection.transaction():
        row = connection.execute(statements("backtests")["given"], {"id": number}).fetchone()
    if row is None:
        raise LookupError(f"there is no backtest {number}")
    pack, since, until, channels, zone, labels = row
    return Asked(pack, since, until, channels, zone, Labels(labels))


def tell(connection: Connection, number: int, progress: float, readings: int) -> None:
    _do(connection, "tell", id=number, progress=progress, readings=readings)


def keep(connection: Connection, number: int, found: Result, readings: int, at: datetime) -> None:
    """Keep what came of a backtest, unless it was cancelled meanwhile."""
    _do(connection, "keep", id=number, at=at, readings=readings, **found._asdict())


def fail(connection: Connection, number: int, trouble: str, at: datetime) -> None:
    _do(connection, "fail", id=number, at=at, trouble=trouble)


def recorded(
    connection: Connection, rules: Sequence[str], since: datetime, until: datetime
) -> dict[str, int]:
    """Return how many events and cases these rules made of a stretch of time back then."""
    values = {"rules": [*rules], "since": since, "until": until}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(statements("backtests")["recorded"], values).fetchone()
    return dict(row or {})


def _value(connection: Connection, name: str, **values: Any) -> Any:
    with connection.transaction():
        row = connection.execute(statements("backtests")[name], values).fetchone()
    return None if row is None else row[0]


def _do(connection: Connection, name: str, **values: Any) -> None:
    with connection.transaction():
        connection.execute(statements("backtests")[name], values)
