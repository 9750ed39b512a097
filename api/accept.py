"""From an HTTP body to a stored message: answered only after the commit."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from fastapi import Request

from api.access.permissions import Permission
from api.access.who import Who
from api.body import read_body
from api.problem import Problem
from api.services import Services
from ingest.inbox import Full, Outcome
from ingest.message import Message
from store.access import EVERYWHERE

SOURCE = "http"
#: Topics of exercises, whose letters no list shows.
DRILLS = "drill/"
SHOWN = 20  #: reasons in an answer; the dead letters have all


async def accept(
    services: Services, request: Request, format: str, topic: str, device: str
) -> Outcome:
    """Store the body of `request` as one message and return what became of it.

    Raises
    ------
    Problem
        403 for another's device or a drill, 413 for a body too large, 503 when there is no room
        or no commit in time. After a 503 the sender sends again: what was stored meanwhile is
        then a duplicate.
    """
    who: Who = request.state.who
    if topic.startswith(DRILLS) and not _plays(who):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"A drill's readings come from the drill that goes on: {topic[:100]} asks for"
            f" {Permission.RUN_DRILLS} besides, in the whole city.",
            "not-your-drill",
            "The topic is a drill's",
        )
    device = who.sender(device)  # the payload is held against it, as against an MQTT topic
    payload = await read_body(request, services.largest_body)
    message = Message(SOURCE, topic, payload, services.now(), format, device)
    try:
        future = services.submit([message])
    except Full as why:
        raise _busy(f"Nothing of it was taken: {why}.") from why
    try:
        # Shielded, because the store completes the future whether or not we still wait.
        waiting = asyncio.shield(asyncio.wrap_future(future))
        outcomes = await asyncio.wait_for(waiting, services.intake_timeout.total_seconds())
    except TimeoutError as why:
        raise _busy("It was not stored in time; send it again, twice is harmless.") from why
    return outcomes[0]


def _plays(who: Who) -> bool:
    """Tell whether somebody may send what only a drill sends."""
    asks = Permission.RUN_DRILLS
    return who.may(asks) and who.reach(asks) == EVERYWHERE


def _busy(detail: str) -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        detail,
        kind="busy",
        title="The intake is busy",
        headers={"Retry-After": "1"},
    )


def refusal(outcome: Outcome) -> Problem | None:
    """Return what to answer when a part of the message became dead letters, or all of it."""
    if not outcome.reasons:
        return None
    taken = outcome.stored + outcome.duplicates + outcome.quarantined
    bad = len(outcome.reasons)
    return Problem(
        HTTPStatus.BAD_REQUEST,
        f"{bad} of {bad + taken} records are dead letters now: "
        + "; ".join(outcome.reasons[:SHOWN]),
        kind="partly-rejected" if taken else "rejected",
        title="A part could not be used" if taken else "Nothing of it could be used",
        stored=outcome.stored,
        duplicates=outcome.duplicates,
        quarantined=outcome.quarantined,
        reasons=list(outcome.reasons[:SHOWN]),
    )
