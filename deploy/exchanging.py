"""The exchange in the delivering thread: sends each peer what is for it, and asks for theirs."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
from psycopg import Error

from cases.city import City
from cases.exchange import Peer, photos_of
from cases.pictures import BadPicture, read_picture
from cases.signature import BadSignature, sign, verify
from deploy.delivering import AWAY, Office
from store import photos
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

PATH, PHOTOS = "/api/v1/exchange/messages", "/api/v1/exchange/photos"
ID = re.compile("[0-9a-f]{64}")  #: of a picture
MOST = 100  #: messages in one call
TIMEOUT = 30.0  #: [s] of one call
TIDY = 3600.0  #: [s] between the rounds in which old messages are forgotten
#: What reading an answer raises that is of another form than ours.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
UNFIT = frozenset({404, 405, 413, 415, 422, 501})  #: of who will never take a picture
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
        await office.stored(forget, self.keep)
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
    carried: set[str] = field(default_factory=set)  #: pictures that it has from us

    async def send(self) -> float:
        """Send what the peer does not have yet; raises Unheard."""
        name = self.peer.name
        try:
            waiting = await self.office.stored(_waiting, name)
            if not waiting:
                return self.ours.idle
            for photo in {p for each in waiting for p in _named(each.body)} - self.carried:
                await self._carry(photo)
            told = [{"number": each.number, "body": each.body} for each in waiting]
            body = orjson.dumps({"sender": self.ours.instance, "messages": told})
            answer = orjson.loads((await self._call("POST", PATH, body, body)).content)
            await self.office.stored(acknowledge, name, int(answer["received"]))
        except (Unheard, BadMessages, *UNREADABLE) as why:
            raise await self._in_trouble("cannot send", why) from why
        return 0.0

    async def fetch(self) -> float:
        """Ask the peer for what it has for us, and follow it; raises Unheard."""
        assert self.peer.poll_every is not None
        try:
            received = (await self.office.stored(_state, self.peer.name))["received"]
            asked = {"peer": self.ours.instance, "after": received, "limit": MOST}
            target = f"{PATH}?{urlencode(asked)}"
            told = await self._call("GET", target, target.encode(), None)
            answer = orjson.loads(told.content)
            for photo in {p for each in answer["messages"] for p in _named(each["body"])}:
                await self._bring(photo)
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
        except (Unheard, BadMessages, *UNREADABLE) as why:
            raise await self._in_trouble("cannot ask", why) from why
        return 0.0 if answer["messages"] else self.peer.poll_every.total_seconds()

    async def _carry(self, photo: str) -> None:
        """Send a picture ahead of the message that names it; raises Unheard."""
        if found := await self.office.stored(photos.photo, photo):
            target = f"{PHOTOS}/{photo}?{urlencode({'peer': self.ours.instance})}"
            signed = target.encode() + b"\n" + found[1]
            answer = await self._call("PUT", target, signed, found[1], UNFIT)
            if answer.status_code in UNFIT:  # the message is worth more than its picture
                log.warning("%s: picture %s: %s", self.peer.name, photo, answer.text[:500])
        self.carried.add(photo)

    async def _bring(self, photo: str) -> None:
        """Have a picture here before the message that names it; raises Unheard.

        What the peer does not have, or has as no picture, stays an id in the log.
        """
        if await self.office.stored(photos.known, [photo]):
            return
        target = f"{PHOTOS}/{photo}?{urlencode({'peer': self.ours.instance})}"
        answer = await self._call("GET", target, target.encode(), None, {httpx.codes.NOT_FOUND})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return
        try:
            picture = await asyncio.to_thread(read_picture, answer.content, self.ours.city.zone)
        except BadPicture as why:
            log.warning("%s: picture %s: %s", self.peer.name, photo, why)
            return
        kept = replace(picture, id=photo)
        await self.office.stored(photos.put_photo, kept, self.peer.name, self.ours.now())

    async def _call(
        self,
        method: str,
        target: str,
        signed: bytes,
        body: bytes | None,
        unproven: Collection[int] = (),
    ) -> httpx.Response:
        """Return the answer of the peer, which only it can have given; raises Unheard.

        An answer of a status in `unproven` is one too, and may be anybody's.
        """
        at = self.ours.wall()
        number = f"{self.ours.instance}-{at.timestamp():.6f}".replace(".", "-")
        headers = {"content-type": "application/json"} | sign(self.peer.secret, number, at, signed)
        url = f"{str(self.peer.url).rstrip('/')}{target}"
        try:
            answer = await self.client.request(method, url, headers=headers, content=body)
            if answer.status_code in unproven:
                return answer
            if not answer.is_success:
                raise Unheard(f"answered {answer.status_code}: {answer.text[:500]}")
            verify(self.peer.secret, answer.headers, answer.content, self.ours.wall())
        except (httpx.HTTPError, BadSignature) as why:
            raise Unheard(f"{type(why).__name__}: {why}") from why
        return answer

    async def _in_trouble(self, doing: str, why: Exception) -> Unheard:
        said = f"{doing}: {why}"
        log.info("%s: %s", self.peer.name, said)
        await self.office.stored(set_trouble, self.peer.name, said)
        return Unheard(said)


def _named(body: Mapping[str, Any]) -> list[str]:
    """Return the pictures that a message names, if it is one of a step."""
    details = body.get("details")
    named = photos_of(details) if isinstance(details, Mapping) else []
    return [photo for photo in named if ID.fullmatch(photo)]


def _state(connection: Connection, peer: str) -> dict[str, Any]:
    know(connection, [peer])
    return state_of(connection, peer)


def _waiting(connection: Connection, peer: str) -> list[Posted]:
    return to_send(connection, peer, _state(connection, peer)["acknowledged"], MOST)
