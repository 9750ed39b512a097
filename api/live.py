"""One listener on the database, fanned out to every open stream."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import orjson
import psycopg

from store.statements import statements

log = logging.getLogger("lifeline.api")

KEPT = 2_000  #: messages that a client may have missed and still gets
BEHIND = 1_000  #: messages that a client may leave unread before it is let go
GATHER = 0.2  #: [s] changes of so long are looked up together
RETRY = 2.0  #: [s] before listening is tried again
TICK = 1.0  #: [s] between two clock messages; they are the heartbeat too


class News(NamedTuple):
    """What is to be told; `about` is known here only, for who may read what of it."""

    name: str
    data: Any
    about: Any = None


class Sent(NamedTuple):
    """One message as it goes over the wire; nobody resumes from number 0."""

    number: int
    text: bytes
    news: News


#: What of a message somebody may read: its very data, less, or None for nothing.
Hears = Callable[[News], Any]


class Live:
    """Follows the channel `lifeline_live` and keeps what it told the streams of late.

    `look_up` turns announcements into news; `watch`, told whether there
    was news since it was last asked, returns what to tell of the sensors, or None; both run
    in a thread. A message's id is `<run>-<number>`: `run` differs from process to process,
    so that an id of another one is recognised and answered with `reset` (load again,
    something may be missing) instead of with wrong messages.
    """

    def __init__(
        self,
        conninfo: str,
        look_up: Callable[[list[str]], list[News]],
        clock: Callable[[], object],
        watch: Callable[[bool], object | None],
    ) -> None:
        self.conninfo = conninfo
        self.look_up = look_up
        self.clock = clock
        self.watch = watch
        self.stirred = False  #: something was announced since the sensors were last looked at
        self.run = secrets.token_hex(4)
        self.last = 0
        self.kept: deque[Sent] = deque(maxlen=KEPT)
        self.streams: set[asyncio.Queue[Sent | None]] = set()
        self.closing = False

    async def tick(self) -> None:
        """Tell the time, and which sensors changed, until cancelled; once for all streams."""
        while True:
            await asyncio.sleep(TICK)
            if self.streams:
                time = await asyncio.to_thread(self.clock)
                self._send(Sent(0, _body("clock", time), News("clock", time)))
                stirred, self.stirred = self.stirred, False
                if changed := await asyncio.to_thread(self.watch, stirred):
                    self.publish("sensors", changed)

    async def follow(self) -> None:
        """Listen until cancelled; a lost database is tried again, and its gap announced."""
        while True:
            try:
                await self._listen()
            except psycopg.OperationalError as why:
                log.warning("live stream: %s; trying again in %g s", str(why).strip(), RETRY)
                await asyncio.sleep(RETRY)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self.conninfo, autocommit=True)
        async with connection:
            await connection.execute(statements("views")["listen"])
            # Nobody knows what was announced before this moment.
            self.publish("reset", {})
            while True:
                heard = [
                    notify.payload
                    async for notify in connection.notifies(timeout=GATHER, stop_after=1_000)
                ]
                if heard:
                    self.stirred = True
                    for news in await asyncio.to_thread(self.look_up, heard):
                        self.publish(*news)

    def publish(self, name: str, data: object, about: object = None) -> None:
        self.last += 1
        message = Sent(self.last, self._text(self.last, name, data), News(name, data, about))
        self.kept.append(message)
        self._send(message)

    def _send(self, message: Sent) -> None:
        for stream in list(self.streams):
            if stream.qsize() < BEHIND:
                stream.put_nowait(message)
            else:
                # It reads too slowly: let go, it comes back with the last id it has read.
                self.streams.discard(stream)
                stream.put_nowait(None)

    def close(self) -> None:
        """End every stream, so that the server can stop without waiting for them."""
        self.closing = True
        for stream in self.streams:
            stream.put_nowait(None)

    async def stream(
        self, last_id: str, hears: Hears = lambda news: news.data
    ) -> AsyncIterator[bytes]:
        """Yield the clock, what was missed since `last_id`, then what happens, as far as seen."""
        queue: asyncio.Queue[Sent | None] = asyncio.Queue()
        first = _body("clock", await asyncio.to_thread(self.clock))
        missed = self._missed(last_id, hears)
        self.streams.add(queue)
        if self.closing:
            queue.put_nowait(None)
        try:
            yield b"retry: 2000\n\n" + first + b"".join(missed)
            while message := await queue.get():
                if (text := self._as_heard(message, hears)) is not None:
                    yield text
        finally:
            self.streams.discard(queue)

    def _as_heard(self, message: Sent, hears: Hears) -> bytes | None:
        """Return the message as somebody may read it; written anew only where that is less."""
        data = hears(message.news)
        if data is message.news.data:
            return message.text
        return None if data is None else self._text(message.number, message.news.name, data)

    def _text(self, number: int, name: str, data: object) -> bytes:
        return f"id: {self.run}-{number}\n".encode() + _body(name, data)

    def _missed(self, last_id: str, hears: Hears) -> list[bytes]:
        if not last_id:
            return []
        run, _, number = last_id.partition("-")
        oldest = self.kept[0].number if self.kept else self.last + 1
        if run != self.run or not number.isdecimal() or int(number) < oldest - 1:
            return [f"id: {self.run}-{self.last}\n".encode() + _body("reset", {})]
        return [
            text
            for message in self.kept
            if message.number > int(number) and (text := self._as_heard(message, hears)) is not None
        ]


def _body(name: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(data))
