"""No body is larger than its route needs, so that nobody fills the memory."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from starlette.types import Message, Receive

from api.problem import Problem

LARGEST = 2 << 20  #: [bytes] of what is no file: rules with their tests are the largest
#: These read their bodies in parts, and have a limit of their own (`Services.largest_body`, and
#: that of pictures).
LARGE = frozenset(
    {
        "POST /ingest/{format}",
        "POST /api/v2/write",
        "POST /write",
        "POST /api/v1/photos",
        "POST /api/v1/imports/{what}",
        "POST /api/v1/exchange/messages",
        "PUT /api/v1/exchange/photos/{photo}",
    }
)


async def bounded(request: Request, receive: Receive) -> Receive:
    """Return what hands on the body, all here already; raise Problem 413 if it is too large."""
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > LARGEST:
        raise _too_large()
    if not said and "transfer-encoding" not in request.headers:
        return receive
    read: list[Message] = []
    size, more = 0, True
    while more:
        message = await receive()
        read.append(message)
        size += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
        if size > LARGEST:
            raise _too_large()
    read.reverse()

    async def again() -> Message:
        return read.pop() if read else await receive()

    return again


def _too_large() -> Problem:
    return Problem(
        HTTPStatus(413),
        f"A body here may have {LARGEST} bytes.",
        kind="body-too-large",
        title="The body is too large",
        headers={"Connection": "close"},
    )
