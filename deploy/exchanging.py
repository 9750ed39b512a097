"""The exchange in the delivering thread: sends each peer what is for it, and asks for theirs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
from psycopg import Error

from cases.city import City
from cases.exchange import Peer
from cases.signature import BadSignature, sign, verify
from deploy.delivering import AWAY, Office
from store.database import Connection
from store.exchange import (
    BadMessages,
    Posted,
    acknowledge,
    forget,
    know,
    receive,
    set_trouble,
    state_of,
    to_send,
)

log = logging.getLogger(__name__)

PATH = "/api/v1/exchange/messages"
MOST = 100  #: messages in one call
TIMEOUT = 30.0  #: [s] of one call
TIDY = 3600.0  #: [s] between the rounds in which old messages are forgotten
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0  #: [s] between tries


class Unheard(Exception):
    """A call brought nothing. ``args[0]`` says why, for the operator."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Sends what is for each peer that can be reached, and asks those that are to be asked.

    `wall` is the wall clock, for signatures; `now` the city's time, which goes into logs.
    """

    instance: str
    peers: Sequence[Peer]
    city: City
    wall: Callable[[], datetime]
    now: Callable[[], datetime]
    random: Random
    keep: timedelta = timedelta(days=30)  #: messages that the peer has
    idle: float = 0.5  #: [s] between looks where nothing waits
    first_pause: float = FIRST_PAUSE

    async def run(self, office: Office) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT) as client:
            talks = [Talk(self, peer, office, client) for peer in self.peers if peer.url]
            works: list[Callable[[], Awaitable[float]]] = [talk.send for talk in talks]
            works += [talk.fetch for talk in talks if talk.peer.poll_every is not None]
            works.append(partial(self._tidy, office))
            await asyncio.gather(*(self._insist(office, work) for work in works))

    async def _tidy(self, office: Office) -> float:
        await office.stored(forget, self.wall(), self.keep)
        return TIDY

    async def _insist(self, office: Office, work: Callable[[], Awaitable[float]]) -> None:
        """Do `work` until stopped; it tells how long nothing is to be done [s]."""
        failed = 0
        while not office.stopping:
            try:
                pause = await work()
                failed = 0
            except Unheard:
                longest = min(self.first_pause * 2 ** min(failed, 20), LONGEST_PAUSE)
                pause = longest * self.random.uniform(0.5, 1.0)
                failed += 1
            except Error as why:
                log.warning("the database is away; trying again: %s", why)
                pause = AWAY
            if pause:
                await office.wait(pause)


@dataclass(frozen=True, slots=True)
class Talk:
    """The two ways of the exchange with one peer that can be reached."""

    ours: Exchange
    peer: Peer
    office: Office
    client: httpx.AsyncClient

    async def send(self) -> float:
        """Send what the peer does not have yet; raises Unheard."""
        name = self.peer.name
        try:
            waiting = await self.office.stored(_waiting, name)
            if not waiting:
                return self.ours.idle
            told = [{"number": each.number, "body": each.body} for each in waiting]
            body = orjson.dumps({"sender": self.ours.instance, "messages": told})
            answer = await self._call("POST", PATH, body, body)
            now = self.ours.wall()
            await self.office.stored(acknowledge, name, int(answer["received"]), now)
        except (Unheard, BadMessages, KeyError, TypeError, ValueError) as why:
            raise await self._in_trouble("cannot send", why) from why
        return 0.0

    async def fetch(self) -> float:
        """Ask the peer for what it has for us, and follow it; raises Unheard."""
        assert self.peer.poll_every is not None
        try:
            received = (await self.office.stored(_state, self.peer.name))["received"]
            asked = {"peer": self.ours.instance, "after": received, "limit": MOST}
            target = f"{PATH}?{urlencode(asked)}"
            answer = await self._call("GET", target, target.encode(), None)
            for message in answer["messages"]:
                now = self.ours.now()
                received = await self.office.stored(
                    receive,
                    self.peer.name,
                    int(message["number"]),
                    message["body"],
                    now,
                    self.ours.city,
                )
        except (Unheard, KeyError, TypeError, ValueError) as why:
            raise await self._in_trouble("cannot ask", why) from why
        return 0.0 if answer["messages"] else self.peer.poll_every.total_seconds()

    async def _call(
        self, method: str, target: str, signed: bytes, body: bytes | None
    ) -> dict[str, Any]:
        """Return the answer of the peer, which only it can have given; raises Unheard."""
        at = self.ours.wall()
        number = f"{self.ours.instance}-{at.timestamp():.6f}".replace(".", "-")
        headers = {"content-type": "application/json"} | sign(self.peer.secret, number, at, signed)
        url = f"{str(self.peer.url).rstrip('/')}{target}"
        try:
            answer = await self.client.request(method, url, headers=headers, content=body)
            if answer.status_code != httpx.codes.OK:
                raise Unheard(f"answered {answer.status_code}: {answer.text[:500]}")
            verify(self.peer.secret, answer.headers, answer.content, self.ours.wall())
            said: dict[str, Any] = orjson.loads(answer.content)
        except (httpx.HTTPError, BadSignature, orjson.JSONDecodeError) as why:
            raise Unheard(f"{type(why).__name__}: {why}") from why
        return said

    async def _in_trouble(self, doing: str, why: Exception) -> Unheard:
        said = f"{doing}: {why}"
        log.info("%s: %s", self.peer.name, said)
        await self.office.stored(set_trouble, self.peer.name, said)
        return Unheard(said)


def _state(connection: Connection, peer: str) -> dict[str, Any]:
    know(connection, [peer])
    return state_of(connection, peer)


def _waiting(connection: Connection, peer: str) -> list[Posted]:
    return to_send(connection, peer, _state(connection, peer)["acknowledged"], MOST)
