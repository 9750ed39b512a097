"""Idempotency-Key: what is sent twice is done once, and answered twice (IETF draft 07).

Whoever did not hear the answer to a POST sends it again with the same key and body, and gets the
answer of the first, for a day. Keys are the client's own: those of another identity are others.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from anyio import to_thread
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.permissions import Permission
from api.access.table import Open
from api.problem import Problem, answer
from api.services import Services
from store.idempotency import Known, claim, give_back, keep

HEADER = "idempotency-key"
LONGEST = 255  #: characters of a key
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEPT = ("content-type", "location", "etag")
#: What these answer may be a password, a key, a link that lets in, or who called: it is not
#: written down.
SECRET = frozenset(
    {
        Permission.MANAGE_ACCESS, Permission.MANAGE_DELIVERIES, Permission.READ_CALLERS,
    }
)  # fmt: skip
#: Readings are unique by themselves, and who is not known has no keys. What is sent of one's own
#: account holds a password or code, which not even a digest is kept of: it is quickly guessed.
LEFT_ALONE = frozenset({Permission.WRITE_TELEMETRY, Open.PUBLIC, Open.OWING, Open.SIGNED_IN})


class Idempotency:
    """Stands behind the guard: it knows who asks, and that they may."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self.services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = self._key(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        who = request.state.who
        identity = f"{who.kind} {who.id}"
        try:
            if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
                raise refused(
                    HTTPStatus.BAD_REQUEST, f"It has 1 to {LONGEST} printable characters."
                )
            body = await _whole(request, self.services.largest_body)
            digest = _digest(request, body)
            known = await self._stored(claim, identity, key, digest, self.services.wall())
            response = None if known is None else _again(known, digest)
        except Problem as why:
            await answer(request, why)(scope, receive, send)
            return
        if response is not None:
            await response(scope, receive, send)
            return
        secret = request.state.door.asks in SECRET
        await self._once(scope, body, receive, send, identity, key, secret)

    def _key(self, scope: Scope) -> str | None:
        if scope["type"] != "http" or scope["method"] not in CHANGES:
            return None
        door = scope.get("state", {}).get("door")
        if door is None or door.asks in LEFT_ALONE:
            return None
        key = Headers(scope=scope).get(HEADER)
        # The draft writes it as a string of structured fields, most clients without the quotes.
        return None if key is None else key.strip().removeprefix('"').removesuffix('"')

    async def _once(
        self,
        scope: Scope,
        body: bytes,
        later: Receive,
        send: Send,
        identity: str,
        key: str,
        secret: bool,
    ) -> None:
        status, headers, parts = 500, {}, []

        async def heard(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                given = Headers(raw=message["headers"])
                headers = {name: given[name] for name in KEPT if name in given}
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    # Before the client hears of it: what it heard is what it gets again.
                    await self._end(identity, key, status, headers, parts, secret)
            await send(message)

        done = False
        try:
            await self.app(scope, _given(body, later), heard)
            done = True
        finally:
            if not done:
                await self._stored(give_back, identity, key)

    async def _end(
        self,
        identity: str,
        key: str,
        status: int,
        headers: dict[str, str],
        parts: list[bytes],
        secret: bool,
    ) -> None:
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.UNAUTHORIZED:
            await self._stored(give_back, identity, key)
            return
        body = None if secret and status < HTTPStatus.BAD_REQUEST else b"".join(parts)
        await self._stored(keep, identity, key, status, headers, body)

    async def _stored(self, do: Callable[..., Any], *values: Any) -> Any:
        def work() -> Any:
            with self.services.pool.connection() as connection:
                return do(connection, *values)

        return await to_thread.run_sync(work)


async def _whole(request: Request, largest: int) -> bytes:
    """Return the body as it was sent, within the limit."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise refused(HTTPStatus(413), f"A body may have {largest} bytes.")
        parts.append(part)
    return b"".join(parts)


def _digest(request: Request, body: bytes) -> bytes:
    about = f"{request.method} {request.url.path}?{request.url.query}\n"
    return sha256(about.encode() + body).digest()


def _given(body: bytes, later: Receive) -> Receive:
    """Return what gives the body once more, then what comes `later`: that the client has gone."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(messages, None) or await later()

    return receive


def _again(known: Known, digest: bytes) -> Response:
    """Return the answer that the request had; raises Problem where it is another, or not done."""
    if known.digest != digest:
        raise refused(
            HTTPStatus(422), "It came before with another request: take a new key for this one."
        )
    if known.status is None:
        raise refused(
            HTTPStatus.CONFLICT,
            f"It is being done since {known.began:%H:%M:%S}; ask again. If that lasts, it was cut "
            "off: look whether it was done, then take a new key.",
            {"Retry-After": "1"},
        )
    if known.body is None:
        raise refused(
            HTTPStatus.CONFLICT,
            "It was done; its answer held a secret, which is told once and not kept.",
        )
    response = Response(known.body, known.status, known.headers)
    MutableHeaders(raw=response.raw_headers)["idempotent-replayed"] = "true"
    return response


def refused(status: HTTPStatus, detail: str, headers: dict[str, str] | None = None) -> Problem:
    return Problem(
        status,
        f"Idempotency-Key: {detail}",
        "idempotency-key",
        "The request cannot be done once more",
        headers=headers,
    )
