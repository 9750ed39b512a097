"""What telling others costs: a line's event in its transaction, and events a second by webhook."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from random import Random
from threading import Event
from time import perf_counter
from typing import Any

from psycopg_pool import ConnectionPool

from cases.case import Entry
from cases.city import load_city
from cases.words import Role, State, Verb
from deploy import embedded_postgres
from deploy.bench.timers import AT, open_cases
from deploy.delivering import Delivering
from deploy.webhooks import Webhooks
from store.database import Connection, connect
from store.outbox import put
from store.statements import statements
from store.subscriptions import subscribe, subscriptions

LINES = 4  #: of the log of each case that is opened
LOOK = 0.05  #: [s] between two looks whether all is delivered
TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


def run(folder: Path, count: int) -> list[dict[str, Any]]:
    """Return one row of figures; the lines of `count` cases are told and delivered."""
    database = embedded_postgres.start(folder)
    try:
        open_cases(database.url, range(1, count + 1), load_city())
        figures: dict[str, Any] = {"events": count * LINES, **_written(database.url, count)}
        with _receiver() as url:
            figures["events_per_second_delivered"] = round(
                count * LINES / _delivered(database.url, url)
            )
        return [figures]
    finally:
        database.stop()


def _written(url: str, count: int) -> dict[str, Any]:
    """Return what a step's event adds to it [ms]: the last line of each case, told once more."""
    last = (AT, "lifeline", Role.SYSTEM, Verb.DISPATCH, State.FILED, State.DISPATCHED)
    times = []
    with connect(url) as connection:
        connection.execute(statements("bench")["forget_events"], {"sequence": LINES})
        for case_id in range(1, count + 1):
            begun = perf_counter()
            put(connection, [Entry(case_id, LINES, *last)])
            times.append(perf_counter() - begun)
    times.sort()
    return {
        "event_of_a_step_ms_median": round(times[count // 2] * 1e3, 3),
        "event_of_a_step_ms_p99": round(times[count * 99 // 100] * 1e3, 3),
    }


def _delivered(url: str, target: str) -> float:
    """Return how long it takes until all events are delivered [s]."""
    with connect(url, autocommit=True) as connection:
        subscribe(
            connection, datetime.now(UTC), name="bench", url=target, secret=None,
            mode="structured", handshake="skipped", exercises="without", types=[], areas=[],
            departments=[], severities=[], reported_by=[],
        )  # fmt: skip
        pool = ConnectionPool[Connection](url, min_size=1, max_size=4, open=True)
        days = timedelta(days=1)
        loopback = (ip_network("127.0.0.0/8"),)
        webhooks = Webhooks(
            lambda: datetime.now(UTC), "bench", loopback, days, days, Random(1), idle=0.02
        )
        delivering = Delivering(pool, [webhooks])
        begun = perf_counter()
        delivering.start()
        try:
            while _waits(connection):
                Event().wait(LOOK)
            return perf_counter() - begun
        finally:
            delivering.stop()


def _waits(connection: Connection) -> bool:
    [row] = subscriptions(connection, "bench")
    unsorted = connection.execute(statements("outbox")["waiting"], {"most": 1}).fetchone()
    return bool(row["pending"]) or unsorted is not None


@contextmanager
def _receiver() -> Iterator[str]:
    """Yield the address of a receiver in a process of its own that takes everything."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_receive, args=(theirs,))
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/events"
    finally:
        process.terminate()
        process.join()


def _receive(pipe: Pipe) -> None:
    asyncio.run(_serve(pipe))


async def _serve(pipe: Pipe) -> None:
    server = await asyncio.start_server(_take, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            [size] = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
            await reader.readexactly(int(size.partition(b":")[2]))
            writer.write(TAKEN)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
