"""The guard at the door: who asks, whether they may, and a line of the trail before it is done.

It stands before the routes, so that whoever may not has not even a body read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from hmac import compare_digest
from http import HTTPStatus
from re import Pattern
from typing import Any

import psycopg
from anyio import to_thread
from fastapi import FastAPI, HTTPException, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.bodies import LARGE, bounded
from api.access.identities import BadToken, Identities, token_of
from api.access.permissions import Permission
from api.access.rates import Rates, Standing
from api.access.slowing import part_of
from api.access.table import ROUTES, Open
from api.access.who import Who
from api.problem import Problem, answer, without_database
from api.services import Services
from store.access import audit, audit_ended

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSED = frozenset({401, 403})
#: Read, but changes something all the same: somebody comes back from a provider.
CHANGES = frozenset({"GET /api/v1/sign-in/{provider}/callback"})
#: What other instances send and fetch.
OF_PEERS = "/api/v1/exchange/"
LONG = 200  #: characters of a path that is not remembered
#: Parts of a path that let somebody in.
SECRET = "token"
#: What this asks for is kept in ledgers, thousands a second; only its refusals stand in the trail.
UNTRAILED = frozenset({Permission.WRITE_TELEMETRY})


class UnknownRoute(RuntimeError):
    """A route of which the table does not say who may use it."""


@dataclass(frozen=True, slots=True)
class Door:
    """A route as the guard knows it."""

    method: str
    pattern: Pattern[str]
    route: str  #: with the names of its parts
    asks: Permission | Open
    way: Route

    @property
    def endpoint(self) -> Callable[..., Any]:
        return self.way.endpoint


def doors(app: FastAPI) -> list[Door]:
    """Return the routes of `app`, in the order in which they are tried. Raises UnknownRoute."""
    found = []
    for way in app.router.routes:
        if not isinstance(way, Route) or way.path == app.openapi_url:
            continue
        for method in sorted(way.methods or ()):
            name = f"{'GET' if method == 'HEAD' else method} {way.path_format}"
            if name not in ROUTES:
                raise UnknownRoute(f"api/access/table.py does not say who may {name}")
            found.append(Door(method, way.path_regex, way.path_format, ROUTES[name], way))
    return found


class Ways:
    """Calls the route that the guard let in, and no other; the rest is what has no door."""

    def __init__(self, app: FastAPI, doors: list[Door]) -> None:
        self.doors = doors
        guarded = {id(door.way) for door in doors}
        self.rest = Router([way for way in app.router.routes if id(way) not in guarded])
        self._begin = app.router.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._begin(scope, receive, send)
        elif (door := scope.get("state", {}).get("door")) is not None:
            scope.update(door.way.matches(scope)[1])
            await door.way.handle(scope, receive, send)
        elif allowed := [door for door in self.doors if door.pattern.match(scope["path"])]:
            headers = {"Allow": ", ".join(sorted({door.method for door in allowed}))}
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)
        else:
            await self.rest(scope, receive, send)


class Guard:
    def __init__(
        self, app: ASGIApp, doors: list[Door], identities: Identities, services: Services
    ) -> None:
        self.app = app
        self.doors = doors
        self.identities = identities
        self.services = services
        self.rates = Rates(services.rates)
        self._known = lru_cache(maxsize=5_000)(self._find)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._door(scope) if scope["type"] == "http" else None
        if door is None:
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        request.state.door = door
        who = self.identities.guest
        try:
            try:
                who = await self._who(request, door)
                request.state.standing = self._count(request, door, who)
                admit(request, door, who)
            except Problem as why:
                if why.status in REFUSED:
                    self.rates.take("refused", part_of(address_of(request)))
                    await self._trail(partial(audit, **self._line(request, door, who, why)))
                raise
            request.state.who = who
            if f"{door.method} {door.route}" not in LARGE:
                receive = await bounded(request, receive)
        except Problem as why:
            await answer(request, why)(scope, receive, send)
            return
        except psycopg.OperationalError as why:
            await without_database(request, why)(scope, receive, send)
            return
        await self._pass(request, door, who, receive, send)

    def _count(self, request: Request, door: Door, who: Who) -> Standing | None:
        """Count a request for whoever sends it. The intake has room or says so by itself."""
        if who.kind == "key" and door.asks in UNTRAILED:
            return None
        if door.route.startswith(OF_PEERS) and door.asks is Open.PUBLIC:
            return self.rates.take("key", part_of(address_of(request)))  # they sign what they send
        whom = part_of(address_of(request)) if who.kind == "guest" else str(who.id)
        return self.rates.take(who.kind, whom)

    def _door(self, scope: Scope) -> Door | None:
        find = self._known if len(scope["path"]) < LONG else self._find  # or guests fill memory
        return find(scope["method"], scope["path"])

    def _find(self, method: str, path: str) -> Door | None:
        for door in self.doors:
            if door.method == method and door.pattern.match(path):
                return door
        return None

    async def _who(self, request: Request, door: Door) -> Who:
        carried = token_of(Headers(scope=request.scope), self.services.secure)
        request.state.carried = carried
        if carried is None:
            return self.identities.guest
        known = self.identities.believed(*carried)
        try:
            if known is None:
                known = await to_thread.run_sync(self.identities.look_up, *carried)
        except BadToken:
            if door.asks is Open.PUBLIC:
                return self.identities.guest
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "The key or session is not good any more: sign in again, or take a new key.",
                "not-signed-in",
                "Nobody is signed in",
                headers={"WWW-Authenticate": "Bearer"},
            ) from None
        return known

    async def _pass(
        self, request: Request, door: Door, who: Who, receive: Receive, send: Send
    ) -> None:
        """Let a request in; a change only after its line of the trail stands."""
        number = None
        changes = door.method not in SAFE or f"{door.method} {door.route}" in CHANGES
        if changes and door.asks not in UNTRAILED:
            try:
                number = await self._trail(partial(audit, **self._line(request, door, who)))
            except psycopg.OperationalError as why:
                await without_database(request, why)(request.scope, receive, send)
                return

        answered = False

        async def heard(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                status = message["status"]
                if request.state.standing is not None:
                    MutableHeaders(raw=message["headers"]).update(request.state.standing.headers())
                why = getattr(request.state, "audit_why", "")
                if number is not None:
                    await self._trail(partial(audit_ended, number=number, status=status, why=why))
                elif status in REFUSED:
                    line = self._line(request, door, who) | {"status": status, "why": why}
                    await self._trail(partial(audit, **line))
            await send(message)

        try:
            await self.app(request.scope, receive, heard)
        finally:
            if number is not None and not answered:  # a bug: its answer is made further out
                fault = HTTPStatus.INTERNAL_SERVER_ERROR
                await self._trail(partial(audit_ended, number=number, status=fault))

    async def _trail(self, write: Callable[..., Any]) -> Any:
        def work() -> Any:
            with self.services.pool.connection() as connection:
                return write(connection)

        return await to_thread.run_sync(work)

    def _line(
        self, request: Request, door: Door, who: Who, why: Problem | None = None
    ) -> dict[str, Any]:
        return {
            "at": self.services.wall(),
            "kind": who.kind,
            "name": who.name,
            "account": who.id if who.kind == "person" else None,
            "key": who.id if who.kind == "key" else None,
            "address": address_of(request),
            "method": request.method,
            "route": door.route,
            "path": _without_secret(door, request.url.path).replace("\0", "")[:2_000],
            "permission": str(door.asks),
            "status": why and int(why.status),
            "why": why.detail if why else "",
        }


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def _without_secret(door: Door, path: str) -> str:
    """Return the path without what would let in whoever reads the trail."""
    met = door.pattern.match(path)
    if met is None or SECRET not in met.groupdict():
        return path
    return f"{path[: met.start(SECRET)]}…{path[met.end(SECRET) :]}"


def admit(request: Request, door: Door, who: Who) -> None:
    """Raise Problem for whoever may not: 401 for nobody, 403 for somebody."""
    if who.kind == "person" and request.method not in SAFE:
        sent = request.headers.get("x-csrf-token", "")
        if not compare_digest(sent.encode(), who.csrf.encode()):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "Send X-CSRF-Token as GET /api/v1/me says it: a cookie alone changes nothing.",
                "no-csrf-token",
                "The page did not say that it is ours",
            )
    if door.asks is Open.PUBLIC:
        return
    if who.owes and door.asks is not Open.OWING:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "Show a code of your second factor first."
            if who.owes == "code"
            else "Your roles ask for a second factor: enrol one first.",
            "second-factor-owed",
            "A second factor is owed",
            owes=who.owes,
        )
    if isinstance(door.asks, Permission) and who.may(door.asks):
        return
    if who.kind == "guest":
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "Sign in, or send a key as `Authorization: Bearer`.",
            "not-signed-in",
            "Nobody is signed in",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if isinstance(door.asks, Open):
        return
    limited = isinstance(door.asks, Permission) and who.holds(door.asks)
    raise Problem(
        HTTPStatus.FORBIDDEN,
        f"{door.asks} concerns the whole city, and {who.name} is limited to an area or department."
        if limited
        else f"{who.name} lacks {door.asks}: an administrator can give a role that has it.",
        "not-permitted",
        "This is not permitted",
        permission=str(door.asks),
    )
