"""ETag and If-None-Match: who has an answer already is told so, in 304 and no body.

The tag is of the bytes of the answer. A route may name the version of what it shows, a whole number
as its ETag: it then begins the tag, so that If-Match can be held against the version alone. Any
other tag of a route's own stands: it knows earlier whether the client has the answer.
"""

from __future__ import annotations

from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOKS = frozenset({"GET", "HEAD"})
#: What a 304 says of the answer that the client has (RFC 9110, 15.4.5).
TOLD = ("etag", "vary", "cache-control", "content-location", "date", "expires", "link")


class Conditional:
    """Answers that come whole get a tag; what is streamed passes as it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in LOOKS:
            await self.app(scope, receive, send)
            return
        has = Headers(scope=scope).get("if-none-match", "")
        held: Message | None = None

        async def heard(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                if message["status"] == HTTPStatus.OK and _is_ours(Headers(raw=message["headers"])):
                    held = message
                    return
            elif held is not None:
                start, held = held, None
                if not message.get("more_body"):
                    body = message.get("body", b"")
                    tag = _tagged(start, body)
                    if matches(has, tag):
                        await send(_not_modified(start))
                        await send({"type": "http.response.body", "body": b""})
                        return
                await send(start)
            await send(message)

        await self.app(scope, receive, heard)


def _is_ours(headers: Headers) -> bool:
    own = headers.get("etag")
    return "content-length" in headers and (own is None or own.strip('"').isdecimal())


def _tagged(start: Message, body: bytes) -> str:
    headers = MutableHeaders(raw=start["headers"])
    version = headers.get("etag", "").strip('"')
    sum = blake2b(body, digest_size=12).hexdigest()
    # Weak: compressed or not, it says the same.
    tag = f'W/"{version}.{sum}"' if version else f'W/"{sum}"'
    headers["etag"] = tag
    return tag


def matches(has: str, tag: str) -> bool:
    """Tell whether a list of tags, or *, holds `tag`, by weak comparison."""
    bare = tag.removeprefix("W/")
    return has.strip() == "*" or bare in (
        part.strip().removeprefix("W/") for part in has.split(",")
    )


def _not_modified(start: Message) -> dict[str, Any]:
    headers = [(name, value) for name, value in start["headers"] if name.decode() in TOLD]
    return {"type": start["type"], "status": int(HTTPStatus.NOT_MODIFIED), "headers": headers}
