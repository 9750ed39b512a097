"""What every answer tells a browser to refuse, and whose name we answer to."""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_address

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problem import Problem, answer
from api.services import Services

#: Of pages: only what we serve, no script or style within a page, and in nobody's frame. Pictures
#: and workers of the map are made in the page itself.
PAGE = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: Of data: whatever it holds, it is shown as no page.
DATA = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(self), microphone=(),"
    " payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HTTPS = "max-age=31536000; includeSubDomains"
#: What is not said to be kept is kept nowhere; what has an ETag is asked for again each time.
KEEP_NOTHING, ASK_AGAIN = "no-store", "private, no-cache"
OURS = ("/api/", "/ingest/", "/metrics", "/sensorthings/", "/openapi.json")
LOCAL = "localhost"


class SecureHeaders:
    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self._hosts, self._secure = services.hosts, services.secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                dress(path, message["status"], headers, self._secure)
            await send(message)

        if self._hosts is not None and not answers_to(Headers(scope=scope), self._hosts):
            why = Problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                "We are not called so: the settings public_url and hosts say how.",
                "unknown-host",
                "Another host was asked for",
            )
            await answer(Request(scope), why)(scope, receive, dressed)
            return
        await self.app(scope, receive, dressed)


def dress(path: str, status: int, headers: MutableHeaders, secure: bool) -> None:
    """Put on an answer what it does not say by itself; `secure`: browsers come by https only."""
    page = headers.get("content-type", "").startswith("text/html")
    # What is not modified has no type; a browser would put its policy on the page it kept.
    if status != HTTPStatus.NOT_MODIFIED:
        headers.setdefault("Content-Security-Policy", PAGE if page else DATA)
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    if secure:
        headers["Strict-Transport-Security"] = HTTPS
    if path.startswith(OURS):
        headers.setdefault("Cache-Control", ASK_AGAIN if "etag" in headers else KEEP_NOTHING)
    else:
        headers.setdefault("Cache-Control", ASK_AGAIN)


def answers_to(headers: Headers, hosts: frozenset[str]) -> bool:
    """Return whether a request names us: by one of `hosts`, by an address, or as localhost.

    A page elsewhere whose name is made to lead here has the browser send that name.
    """
    host = headers.get("host", "").lower()
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if name in hosts or name == LOCAL or not name:
        return True
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
