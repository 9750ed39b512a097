"""The thread that talks to others: webhooks and the exchange, each work beside the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from threading import Thread
from typing import Any, ParamSpec, Protocol, TypeVar

from psycopg import Error
from psycopg_pool import ConnectionPool

from store.database import Connection

log = logging.getLogger(__name__)

AWAY = 2.0  #: [s] after the database was away
P = ParamSpec("P")
T = TypeVar("T")


class Office:
    """What a work needs: to reach the store beside the loop, and to know when to end."""

    def __init__(self, pool: ConnectionPool[Connection]) -> None:
        self.trouble: str | None = None  #: for the operator; None when all is well
        self._pool = pool
        self._stopping = asyncio.Event()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def close(self) -> None:
        self._stopping.set()

    async def wait(self, seconds: float) -> None:
        """Wait so long, or until it stops."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def stored(self, do: Callable[..., T], *given: Any) -> T:
        """Return what `do(connection, ...)` returns, in a transaction."""

        def work() -> T:
            with self._pool.connection() as connection:
                return do(connection, *given)

        return await asyncio.to_thread(work)

    async def insist(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` again and again, with a rest where the database was away."""
        while not self.stopping:
            try:
                await work()
            except Error as why:
                self.trouble = f"{type(why).__name__}: {why}"
                log.warning("the database is away; trying again: %s", why)
                await self.wait(AWAY)
            else:
                self.trouble = None


class Works(Protocol):
    """Something this thread does until it is stopped."""

    async def run(self, office: Office) -> None: ...


class Delivering:
    """Runs works until it is stopped; each ends its own calls then. The pool is its own."""

    def __init__(self, pool: ConnectionPool[Connection], works: Sequence[Works]) -> None:
        self._pool, self._office, self._works = pool, Office(pool), works
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="delivering", daemon=True)

    @property
    def trouble(self) -> str | None:
        return self._office.trouble

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Send nothing new, wait for the answers that are due, and end."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._office.close)
            self._thread.join()
        self._pool.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._all())

    async def _all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for work in self._works:
                group.create_task(work.run(self._office))
