"""People who have signed in, and systems with a key, made in the store as the routes make them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from api.access.identities import csrf_of
from store.access import Grant, add_account, add_key, open_session
from store.database import connect

HOURS = timedelta(hours=12)


def session(database: str, name: str, *grants: Grant) -> str:
    """Return the token of a new person's session."""
    now = datetime.now(UTC)
    with connect(database) as connection:
        return open_session(connection, add_account(connection, name, now, grants), now, HOURS)


def key(database: str, name: str, *grants: Grant, scopes: tuple[str, ...] = ()) -> str:
    """Return the secret of a new key."""
    with connect(database) as connection:
        return add_key(connection, name, datetime.now(UTC), grants, "tests", HOURS, scopes)


def as_person(token: str) -> dict[str, Any]:
    """Return the headers with which a page of this person asks."""
    return {"Cookie": f"lifeline={token}", "X-CSRF-Token": csrf_of(token)}


def as_key(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def cookie(url: str, token: str) -> dict[str, Any]:
    """Return the cookie of a session, for `context.add_cookies` of a browser."""
    return {"name": "lifeline", "value": token, "url": url, "httpOnly": True, "sameSite": "Lax"}
