"""Webhooks: gives events to subscriptions, and sends each what waits for it.

At least once, and each case's in order: an event waits in the database until its receiver has
said that it has it. A claim that runs out is anybody's, so processes share the work, and one that
was killed holds nothing up for longer than that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

import orjson
from psycopg import Error

from cases.notices import binary, structured
from cases.signature import sign
from deploy.calling import TIMEOUT, Answer, Caller, Network
from deploy.delivering import AWAY, Office
from store import outbox, subscriptions
from store.database import Connection
from store.outbox import Claimed
from store.subscriptions import Target

log = logging.getLogger(__name__)

IDLE = 0.5  #: [s] between looks where nothing waits
AT_ONCE = 32  #: events on the way to one subscription, each of another case
TOGETHER = 0.005  #: [s] in which answers are written in one transaction
LEASE = timedelta(seconds=4 * TIMEOUT)  #: by then the call has ended, or we have
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=6)  #: between tries
FIRST_REST, LONGEST_REST = timedelta(seconds=2), timedelta(minutes=5)  #: of who does not answer
ASK_AGAIN = timedelta(minutes=5)  #: whether a target agrees by now
TIDY = 600.0  #: [s] between the rounds in which old events are forgotten

Result = tuple[Claimed, Answer]


def pause(attempts: int, random: Random) -> timedelta:
    """Return how long an event waits after so many tries: three times as long each time.

    Not exactly: what failed together is not to come again together.
    """
    whole: timedelta = min(FIRST_PAUSE * 3 ** min(attempts - 1, 10), LONGEST_PAUSE)
    return whole * random.uniform(0.5, 1.0)


def rest(unanswered: int, random: Random) -> timedelta:
    """Return how long to leave alone who has not answered so many times."""
    whole: timedelta = min(FIRST_REST * 2 ** min(unanswered - 1, 10), LONGEST_REST)
    return whole * random.uniform(0.5, 1.0)


class Webhooks:
    """Sends what waits, each subscription beside the others.

    `now` is the wall clock: receivers compare the time of a signature with theirs.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        origin: str,
        networks: Sequence[Network],
        deliver_for: timedelta,
        keep: timedelta,
        random: Random,
        sorted_: Callable[[Connection, list[int]], object] | None = None,
        idle: float = IDLE,
    ) -> None:
        self._sorted = sorted_  # what else is done with events, in the same transaction
        self._idle = idle
        self._now, self._origin, self._networks = now, origin, networks
        self._deliver_for, self._keep, self._random = deliver_for, keep, random

    async def run(self, office: Office) -> None:
        self._office, self._caller = office, Caller(self._networks)
        self._serving: dict[str, asyncio.Task[None]] = {}
        try:
            await asyncio.gather(*map(office.insist, (self._sort, self._serve_all, self._tidy)))
            await asyncio.gather(*self._serving.values())
        finally:
            await self._caller.close()

    async def _sort(self) -> None:
        if await self._office.stored(self._sort_once) < outbox.MOST:
            await self._office.wait(self._idle)

    def _sort_once(self, connection: Connection) -> int:
        events = outbox.sort(connection, self._now())
        if events and self._sorted is not None:
            self._sorted(connection, events)
        return len(events)

    async def _tidy(self) -> None:
        now = self._now()
        if failed := await self._office.stored(outbox.give_up, now, self._deliver_for):
            log.warning("%d events were not delivered within %s", failed, self._deliver_for)
        while await self._office.stored(outbox.forget, now, self._keep) == outbox.MOST:
            pass
        await self._office.wait(TIDY)

    async def _serve_all(self) -> None:
        """Serve each subscription that is to be served and is not yet."""
        for target in await self._office.stored(subscriptions.targets, self._now()):
            running = self._serving.get(target.name)
            if running is None or running.done():
                self._serving[target.name] = asyncio.create_task(self._serve(target))
        await self._office.wait(self._idle)

    async def _serve(self, target: Target) -> None:
        """Send what waits until nothing does; not being served, it is looked at again."""
        try:
            if target.handshake == "skipped" or target.agreed or await self._agrees(target):
                await self._send_all(target)
        except Error as why:
            log.warning("the database is away; trying again: %s", why)
            await self._office.wait(AWAY)

    async def _agrees(self, target: Target) -> bool:
        """Ask the target whether it wants events from us (CloudEvents HTTP webhook 1.0.2, §4)."""
        asked = {"webhook-request-origin": self._origin}
        answer = await self._caller.call("OPTIONS", target.url, asked, b"", self._now())
        if answer.status is None:
            await self._office.stored(_rests, target, answer, self._now(), self._random)
            return False
        if answer.headers.get("webhook-allowed-origin") not in ("*", self._origin):
            trouble = (
                f"has not agreed: OPTIONS was answered {answer.status} without"
                f" WebHook-Allowed-Origin {self._origin} or *; where it cannot, skip the handshake"
            )
            until = self._now() + ASK_AGAIN
            await self._office.stored(subscriptions.rest, target.name, until, 0, trouble)
            return False
        rate = answer.headers.get("webhook-allowed-rate", "*")
        allowed = max(int(rate[:9]), 1) if rate.isdecimal() else None
        await self._office.stored(subscriptions.agree, target.name, self._now(), allowed)
        return True

    async def _send_all(self, target: Target) -> None:
        sending: set[asyncio.Task[Result]] = set()
        # Whoever did not answer is tried with one event; whoever allows few gets one at a time.
        at_once = 1 if target.unanswered or target.rate else AT_ONCE
        while True:
            free = 0 if self._office.stopping else at_once - len(sending)
            if free:
                claimed = await self._office.stored(
                    outbox.claim, target.name, self._now(), LEASE, free
                )
                sending |= {asyncio.create_task(self._send(target, each)) for each in claimed}
            if not sending:
                return
            done, sending = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
            if sending:
                more, sending = await asyncio.wait(sending, timeout=TOGETHER)
                done |= more
            results = [task.result() for task in done]
            await self._office.stored(
                settle, target, results, self._now(), self._deliver_for, self._random
            )
            if any(answer.status is not None for _, answer in results):
                at_once = 1 if target.rate else AT_ONCE
            if target.rate:
                await self._office.wait(60 / target.rate)

    async def _send(self, target: Target, claimed: Claimed) -> Result:
        form = binary if target.mode == "binary" else structured
        headers, said = form(claimed.notice)
        body, now = orjson.dumps(said), self._now()
        headers |= sign(target.secret, claimed.notice.id, now, body)
        headers |= {"webhook-request-origin": self._origin, "user-agent": "lifeline"}
        return claimed, await self._caller.call("POST", target.url, headers, body, now)


def settle(
    connection: Connection,
    target: Target,
    results: Sequence[Result],
    now: datetime,
    deliver_for: timedelta,
    random: Random,
) -> None:
    """Write what came of calls: delivered, to be tried again, or failed; and how the target is."""
    outbox.hurry(connection)
    arrived = {c.event: a.status for c, a in results if a.accepted and a.status is not None}
    outbox.delivered(connection, target.name, arrived, now)
    for claimed, answer in results:
        if claimed.event in arrived:
            continue
        later = max(now + pause(claimed.attempts, random), answer.retry_after or now)
        given_up = later - claimed.since > deliver_for and answer.status != 410
        outbox.not_delivered(
            connection,
            target.name,
            claimed,
            None if given_up else later,
            answer.status,
            answer.trouble,
        )
    answers = [answer for _, answer in results]
    if any(answer.status == 410 for answer in answers):
        said = "answered 410 Gone: it wants no more events; resume it if that was a mistake"
        subscriptions.set_state(connection, target.name, "gone", said)
    elif waits := [a.retry_after for a in answers if a.retry_after and not a.accepted]:
        trouble = next(a.trouble for a in answers if a.retry_after)
        subscriptions.rest(connection, target.name, max(waits), 0, trouble)
    elif any(answer.status is not None for answer in answers):
        subscriptions.answered(connection, target.name)
    else:
        _rests(connection, target, answers[0], now, random)


def _rests(
    connection: Connection, target: Target, answer: Answer, now: datetime, random: Random
) -> None:
    [known] = subscriptions.subscriptions(connection, target.name)
    resting = known["rests_until"] is not None and known["rests_until"] > now
    tries = known["unanswered"] + (not resting)  # those on the way then count as one
    until = now + rest(tries, random)
    subscriptions.rest(connection, target.name, until, tries, answer.trouble)
