"""From what a request carries to who asks: a cookie's session, or a bearer's key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Literal

import psycopg
from psycopg_pool import ConnectionPool
from starlette.datastructures import Headers

from api.access.cookies import SESSION, name_of
from api.access.permissions import Post
from api.access.who import GUEST, Who
from store.access import (
    Grant,
    Holder,
    hashed,
    holder_of_key,
    holder_of_session,
)
from store.database import Connection

#: Of whom a second factor is asked, beside those who have one.
SecondFactor = Literal["none", "administrators", "all"]
#: What was looked up is believed for so long: a key or session ended elsewhere works on no longer.
BELIEVED = timedelta(seconds=2)
#: While the database is away, so that a monitor with a key can still see that it is.
BELIEVED_WITHOUT = timedelta(minutes=5)
MOST = 10_000  #: tokens remembered


class BadToken(Exception):
    """A key or session that is not, or no longer, good."""


class Identities:
    """Looks up who asks, and remembers it for a moment: 200 requests a second come from a few."""

    def __init__(
        self,
        pool: ConnectionPool[Connection],
        wall: Callable[[], datetime],
        idle: timedelta,
        guests: tuple[Grant, ...],
        second_factor: SecondFactor = "none",
    ) -> None:
        self._pool = pool
        self._wall = wall
        self._idle = idle
        self._asks = second_factor
        self._known: dict[tuple[str, str], tuple[datetime, Who]] = {}
        self.guest = GUEST if not guests else Who("guest", 0, "guest", guests)

    def believed(self, kind: str, token: str) -> Who | None:
        """Return who was found under a token a moment ago."""
        until, who = self._known.get((kind, token), (None, None))
        return who if until is not None and self._wall() < until else None

    def look_up(self, kind: str, token: str) -> Who:
        """Return who is behind a token; it asks the database. Raises BadToken."""
        now = self._wall()
        try:
            found = self._found(kind, token, now)
        except psycopg.OperationalError:
            until, who = self._known.get((kind, token), (None, None))
            if until is None or who is None or now > until + BELIEVED_WITHOUT:
                raise
            return who
        if found is None:
            raise BadToken
        who = _who(kind, token, found, self._asks)
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[kind, token] = (now + BELIEVED, who)
        return who

    def still(self, kind: str, token: str) -> Who | None:
        """Return who a token stands for now, None if nobody: for who stays on the line.

        A page that is only open does not keep its session from ending.
        """
        found = self._found(kind, token, self._wall(), used=False)
        return found and _who(kind, token, found, self._asks)

    def _found(self, kind: str, token: str, now: datetime, used: bool = True) -> Holder | None:
        with self._pool.connection() as connection:
            if kind == "key":
                return holder_of_key(connection, token, now, used)
            return holder_of_session(connection, token, now, self._idle, used)

    def forget(self) -> None:
        """Look everybody up again: somebody's roles, key or session have just changed."""
        self._known.clear()


def token_of(headers: Headers, secure: bool) -> tuple[str, str] | None:
    """Return what a request carries: "key" or "session", and the token; a key counts more.

    Over https (`secure`) only a cookie counts that this very host has set.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "token") and token.strip():
        return "key", token.strip()
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    found = cookies.get(name_of(SESSION, secure))
    return None if found is None else ("session", found.value)


def csrf_of(token: str) -> str:
    """Return what a page sends beside the cookie; another site can neither read nor guess it."""
    return hashed(f"csrf {token}").hex()


def _who(kind: str, token: str, found: Holder, asks: SecondFactor) -> Who:
    if kind == "key":
        return Who(
            "key", found.id, found.name, found.grants, frozenset(found.scopes), device=found.device
        )
    owes = found.owes
    if owes == "enrolment" and not asked_of(asks, found.grants):
        owes = ""
    # Who owes a second factor is known, and holds no role until it is there.
    grants = () if owes else found.grants
    return Who(
        "person", found.id, found.name, grants, session=found.session, csrf=csrf_of(token),
        owes=owes,
    )  # fmt: skip


def asked_of(asks: SecondFactor, grants: Iterable[Grant]) -> bool:
    """Tell whether somebody with a password here and these roles has to have a second factor."""
    return asks == "all" or (
        asks == "administrators" and any(grant.role == Post.ADMINISTRATOR for grant in grants)
    )
