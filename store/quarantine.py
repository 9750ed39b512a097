"""Readings of devices nobody knew: shown, and moved to `readings` once they are adopted."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from ingest.batch import Batch
from ingest.contract import keep_contract
from ingest.registry import Registry
from store.channels import channels
from store.checkpoints import ask_rejudge
from store.database import Connection
from store.readings import Writer
from store.rollups import ask_redo
from store.statements import statements
from store.states import intern, states

PAGE = 50_000  #: readings moved at a time


class Waiting(NamedTuple):
    """One field of a device that waits for adoption."""

    device: str
    name: str
    readings: int
    first_time: datetime
    last_time: datetime
    first_received: datetime
    last_received: datetime
    example: str | None  #: the last value or state, as it was sent
    units: list[str]  #: declared in its payloads; "" where none was
    topic: str


def waiting(connection: Connection, device: str | None = None, limit: int = 1000) -> list[Waiting]:
    """Return what waits in quarantine, the most talkative first."""
    values = {"device": device, "limit": limit}
    with connection.transaction():
        rows = connection.execute(statements("quarantine")["waiting"], values).fetchall()
    return [Waiting(*row) for row in rows]


def sweep(connection: Connection) -> int:
    """Move readings out of quarantine whose field is a channel by now; return how many.

    They keep their stamp of receipt, pass the same units and contract as any reading, and
    are judged and rolled up at their own time. Joins the caller's transaction if there is
    one. A receiver that does not know a channel yet may still quarantine readings of it:
    sweep again after it has learned.
    """
    moved = 0
    with connection.transaction():
        take, writer = statements("quarantine")["take"], None
        while rows := connection.execute(take, {"rows": PAGE}).fetchall():
            writer = writer or Writer(connection)
            _move(connection, writer, rows)
            moved += len(rows)
    return moved


def _move(connection: Connection, writer: Writer, rows: list[Any]) -> None:
    rows = sorted(rows, key=itemgetter(3))
    number, device, time, received, value, state, unit, quality = zip(*rows, strict=True)
    batch = keep_contract(
        Registry(channels(connection), states(connection), partial(intern, connection)),
        np.array(number, dtype=np.int32),
        np.array(time, dtype=np.int64),
        np.array(received, dtype=np.int64),
        [_sent(*pair) for pair in zip(value, state, strict=True)],
        unit,
        np.array(quality, dtype=np.uint16),
    )
    new = writer.store_batch(batch)
    values = {
        "device": list(device),
        "received": [time.replace(tzinfo=UTC) for time in batch.received.tolist()],
        "new": new.tolist(),
    }
    connection.execute(statements("quarantine")["book_adopted"], values)
    look_again(connection, batch[new])


def _sent(value: float | None, state: str | None) -> float | str:
    return state if state is not None else np.nan if value is None else value


def look_again(connection: Connection, batch: Batch, rejudge: bool = True) -> None:
    """Have readings that came behind the engine's back rolled up, and judged if asked."""
    if len(batch) == 0:
        return
    numbers, place = np.unique(batch.channel, return_inverse=True)
    first = np.full(len(numbers), np.iinfo(np.int64).max)
    last = np.full(len(numbers), np.iinfo(np.int64).min)
    np.minimum.at(first, place, batch.time.view(np.int64))
    np.maximum.at(last, place, batch.time.view(np.int64))
    since = first.view("datetime64[us]").tolist()
    ask_redo(connection, numbers.tolist(), since, last.view("datetime64[us]").tolist())
    if rejudge:
        ask_rejudge(connection, dict(zip(numbers.tolist(), since, strict=True)))
