"""People and pages at work: questions at a rate, from a process of its own.

Each is timed from when it was due, so that a slow answer counts against those behind it too.
Run as `python -m deploy.bench.asking` with the fields of `Asked` as JSON; prints the times.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from random import Random
from time import perf_counter
from typing import cast
from urllib.parse import quote, urlsplit

import httptools
import uvloop

PEOPLE = 24  #: connections
PATIENCE = 60.0  #: [s] after the last question


@dataclass
class Asked:
    """What is asked of the API at `http`, in which shares."""

    http: str
    key: str
    rate: float  #: questions a second
    seconds: float
    paths: dict[str, list[str]]  #: kind of question: what may be asked
    shares: Mapping[str, float]
    warm: float = 0.0  #: [s] asked before it counts: each session makes its plans once
    seed: int = 1
    times: dict[str, list[float]] = field(default_factory=dict)  #: [ms] by kind
    refused: dict[str, int] = field(default_factory=dict)  #: by status

    async def ask(self) -> None:
        """Ask it all; the times stand in `times` afterwards."""
        random, loop, where = Random(self.seed), asyncio.get_running_loop(), urlsplit(self.http)
        whole = self.warm + self.seconds
        kinds = random.choices(
            list(self.shares), list(self.shares.values()), k=int(self.rate * whole)
        )
        questions = [(kind, random.choice(self.paths[kind])) for kind in kinds]
        self._idle: deque[Person] = deque()
        self._due: deque[tuple[float, str, str]] = deque()
        self._left, self._done = len(questions), loop.create_future()
        for _ in range(PEOPLE):
            _, person = await loop.create_connection(
                lambda: Person(self), where.hostname or "", where.port or 80
            )
            self._idle.append(person)
        begun = perf_counter()
        self._counts_from = begun + self.warm
        for number, question in enumerate(questions):
            due = begun + number / self.rate
            if (wait := due - perf_counter()) > 0:
                await asyncio.sleep(wait)
            self._due.append((due, *question))
            self._give()
        await asyncio.wait_for(self._done, PATIENCE)

    def _give(self) -> None:
        while self._idle and self._due:
            self._idle.popleft().ask(*self._due.popleft())

    def answered(self, person: Person, status: int) -> None:
        if person.due >= self._counts_from:
            self.times.setdefault(person.kind, []).append((perf_counter() - person.due) * 1e3)
        if status != 200:
            said = f"{status} {person.kind}"
            self.refused[said] = self.refused.get(said, 0) + 1
        self._idle.append(person)
        self._give()
        self._left -= 1
        if not self._left:
            self._done.set_result(None)

    def broken(self, why: Exception) -> None:
        if not self._done.done():
            self._done.set_exception(why)


class Person(asyncio.Protocol):
    """One connection, with one question at a time."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._rest = (
            f" HTTP/1.1\r\nHost: {urlsplit(asked.http).netloc}\r\n"
            f"Authorization: Bearer {asked.key}\r\nAccept-Encoding: gzip\r\n\r\n"
        ).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it

    def ask(self, due: float, kind: str, path: str) -> None:
        self.due, self.kind = due, kind
        self._answer = httptools.HttpResponseParser(self)
        self._transport.write(b"GET " + path.encode() + self._rest)

    def data_received(self, data: bytes) -> None:
        self._answer.feed_data(data)

    def on_message_complete(self) -> None:
        self._asked.answered(self, self._answer.get_status_code())

    def connection_lost(self, exc: Exception | None) -> None:
        self._asked.broken(exc or ConnectionError("the server closed the connection"))


def channel_path(channel: str, rest: str) -> str:
    return f"/api/v1/channels/{quote(channel, safe='/')}/{rest}"


if __name__ == "__main__":
    work = Asked(**json.loads(sys.stdin.read()))
    uvloop.run(work.ask())
    told = asdict(work)
    print(json.dumps({name: told[name] for name in ("times", "refused")}))
