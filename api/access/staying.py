"""Whoever stays on the line is asked for again: a stream ends with the session, key or role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import monotonic

import psycopg
from anyio import to_thread
from fastapi import Request

from api.access.identities import Identities
from api.access.who import Who

LOOK_EVERY = 15.0  #: [s]


async def while_good(
    request: Request, who: Who, messages: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """Hand on messages until whoever listens may no more what they might when they began."""
    identities: Identities = request.app.state.identities
    looked = monotonic()
    async for message in messages:
        if request.state.carried is not None and monotonic() - looked > LOOK_EVERY:
            looked = monotonic()
            try:
                now = await to_thread.run_sync(identities.still, *request.state.carried)
            except psycopg.OperationalError:
                now = who  # while the database is away nothing new is told
            if now is None or (now.grants, now.scopes) != (who.grants, who.scopes):
                return
        yield message
