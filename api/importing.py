"""Imports that go on: whose they are, how far each is, and their end when nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread
from fastapi import Request

from api.access.who import Who
from store.stepping import Progress

#: What a client may call an import by.
TICKET = r"^[0-9A-Za-z-]{16,64}$"
LOOK = 0.5  #: [s] between two looks at whether the client still waits

T = TypeVar("T")


class Importing:
    """Those of this process, by who asked and the ticket that they gave."""

    def __init__(self) -> None:
        self._going: dict[tuple[str, int, str], Progress] = {}

    def of(self, who: Who, ticket: str) -> Progress | None:
        return self._going.get((who.kind, who.id, ticket))

    async def run(
        self, request: Request, who: Who, ticket: str | None, work: Callable[[Progress], T]
    ) -> T:
        """Do `work` in a thread; it is cancelled when the client has gone. Raises Cancelled."""
        progress = Progress()
        key = (who.kind, who.id, ticket) if ticket else None
        if key:
            self._going[key] = progress
        waiting = asyncio.create_task(_gone(request, progress))
        try:
            return await to_thread.run_sync(work, progress)
        finally:
            waiting.cancel()
            if key:
                self._going.pop(key, None)


async def _gone(request: Request, progress: Progress) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(LOOK)
    progress.cancelled = True
