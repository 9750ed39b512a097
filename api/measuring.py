"""How many requests there were and how long they took, by route as the table of access names it."""

from __future__ import annotations

from time import perf_counter

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter("lifeline_http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "lifeline_http_request_seconds",
    "From a request to the end of its answer; the live stream is not among them",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
#: Whoever is refused at the door, and whatever no route answers: a name that a client makes up
#: must not become a series of its own.
REFUSED, OTHER = "refused", "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ENDLESS = "/stream"
FAULT = "500"  #: where there is no answer, there was a fault of ours


class Measuring:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = FAULT
        began = perf_counter()

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, heard)
        finally:
            door = scope.get("state", {}).get("door")
            unnamed = REFUSED if status in ("401", "403") else OTHER
            route = unnamed if door is None else door.route
            method = scope["method"] if scope["method"] in METHODS else OTHER
            REQUESTS.labels(method, route, status).inc()
            if not route.endswith(ENDLESS):
                SECONDS.labels(method, route).observe(perf_counter() - began)
