"""Who asked to be told what, and how it goes with them."""

from __future__ import annotations

from datetime import datetime
from secrets import token_bytes
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from psycopg.rows import dict_row

from cases.signature import secret_of
from store.database import Connection
from store.statements import statements

State = Literal["active", "paused", "gone", "ended"]


class BadSubscription(Exception):
    """A subscription cannot be made or changed so. ``args[0]`` says why, for the operator."""


class Target(NamedTuple):
    """Where a subscription's events go, and what was agreed with whoever is there."""

    name: str
    url: str
    secret: str
    mode: str
    handshake: str
    agreed: datetime | None
    rate: int | None  #: requests a minute; None: any
    unanswered: int  #: tries in a row without any answer


def check_url(url: str) -> None:
    """Raise BadSubscription for what is no address that may be called."""
    try:
        where = urlsplit(url)
        is_one = where.scheme in ("http", "https") and bool(where.hostname) and where.port != 0
    except ValueError:
        is_one = False
    if not is_one:
        raise BadSubscription(f"{url} is no address such as https://receiver.example/events")
    if where.username or where.password:
        raise BadSubscription("an address with a password in it would stand in lists and logs")


def subscribe(connection: Connection, now: datetime, **given: Any) -> str:
    """Write a new subscription, with the columns given; return its secret, made if none is given.

    It hears of what happens from now on. Raises BadSubscription.
    """
    check_url(given["url"])
    secret = given.get("secret") or secret_of(token_bytes(32))
    if not _rows(connection, "subscribe", now=now, **given | {"secret": secret}):
        raise BadSubscription(f"there is a subscription {given['name']} already")
    return str(secret)


def targets(connection: Connection, now: datetime) -> list[Target]:
    """Return the subscriptions that are active and do not rest."""
    return [Target(**row) for row in _rows(connection, "targets", now=now)]


def subscriptions(connection: Connection, name: str | None = None) -> list[dict[str, Any]]:
    """Return all subscriptions or the one, with how their deliveries stand, without the secrets."""
    return _rows(connection, "subscriptions", name=name)


def deliveries(
    connection: Connection,
    name: str,
    limit: int,
    state: str | None = None,
    subject: str | None = None,
    before: int | None = None,
) -> list[dict[str, Any]]:
    """Return deliveries of a subscription, newest event first."""
    chosen = {"name": name, "limit": limit, "state": state, "subject": subject, "before": before}
    return _rows(connection, "deliveries", **chosen)


def set_state(connection: Connection, name: str, state: State, trouble: str = "") -> None:
    """Pause a subscription, let it go on, or end it; raises BadSubscription.

    What happens while it is paused waits for it. One that goes on is asked again whether it
    agrees.
    """
    if not _rows(connection, "set_state", name=name, state=state, trouble=trouble):
        raise BadSubscription(f"there is no subscription {name}, or it has ended")
    if state == "ended":
        connection.execute(statements("outbox")["drop_pending"], {"name": name})


def send_again(connection: Connection, name: str, now: datetime, event: int | None = None) -> int:
    """Let one event be sent again, or all that have failed; return how many."""
    return len(_rows(connection, "send_again", name=name, now=now, event=event))


def agree(connection: Connection, name: str, now: datetime, rate: int | None) -> None:
    connection.execute(statements("outbox")["agree"], {"name": name, "now": now, "rate": rate})


def answered(connection: Connection, name: str) -> None:
    """Note that somebody is there."""
    connection.execute(statements("outbox")["answered"], {"name": name})


def rest(connection: Connection, name: str, until: datetime, unanswered: int, trouble: str) -> None:
    """Send nothing to a subscription before `until`."""
    values = {"name": name, "until": until, "unanswered": unanswered, "trouble": trouble}
    connection.execute(statements("outbox")["rest"], values)


def _rows(connection: Connection, query: str, /, **values: Any) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("outbox")[query], values).fetchall()
