"""Signing in: accounts with a password, one-time links, people whom a provider knows, sessions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg.rows import class_row, dict_row

from cases.people import person, written
from store.access import BadAccess, Grant, add_account, hashed, new_token, open_session
from store.database import Connection
from store.statements import statements

KNOWN_FOR = timedelta(days=180)  #: that a browser counts as somebody's
VISIT_LASTS = timedelta(minutes=10)  #: at a provider


class Account(NamedTuple):
    id: int
    name: str
    password: str | None
    disabled: bool
    known: bool = False  #: somebody signed in with it in this very browser


class Opened(NamedTuple):
    """A session, and what its browser keeps: both tokens go into cookies."""

    session: str
    browser: str


class Visit(NamedTuple):
    """Somebody's way to a provider and back."""

    provider: str
    state: str
    nonce: str
    verifier: str
    began: datetime


def account_of(connection: Connection, name: str, browser: str, now: datetime) -> Account | None:
    """Return the account of a name, however it is typed."""
    values = {"person": person(name), "browser": hashed(browser), "known_since": now - KNOWN_FOR}
    with connection.transaction(), connection.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(statements("access_sign_in")["account"], values).fetchone()


def enter(
    connection: Connection,
    account: int,
    now: datetime,
    lasts: timedelta,
    former: str | None,
    browser: str,
    address: str,
    agent: str,
    provider: str | None = None,
    proven: bool = False,
) -> Opened:
    """Open a session under a new token, and end the `former` of this browser.

    `proven` when its person has shown a second factor.
    """
    with connection.transaction():
        if former is not None:
            leave(connection, former, now)
        token = open_session(connection, account, now, lasts, address, agent[:200])
        browser = browser or new_token()
        connection.execute(
            statements("access")["mark_session"],
            {
                "token": hashed(token),
                "browser": hashed(browser),
                "provider": provider,
                "proven": now if proven else None,
            },
        )
    return Opened(token, browser)


def leave(connection: Connection, token: str, now: datetime) -> None:
    _do(connection, "end_session", token=hashed(token), now=now)


def end_session(connection: Connection, account: int, session: int, now: datetime) -> bool:
    return bool(_do(connection, "end_one", account=account, session=session, now=now))


def end_others(connection: Connection, account: int, kept: int | None, now: datetime) -> int:
    """End every session of a person but the one kept; return how many."""
    return len(_do(connection, "end_others", account=account, kept=kept, now=now))


def sessions(
    connection: Connection, account: int, now: datetime, idle: timedelta
) -> list[dict[str, Any]]:
    values = {"account": account, "now": now, "idle_since": now - idle}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("access_sign_in")["sessions"], values).fetchall()


def password_of(connection: Connection, account: int) -> tuple[str, str | None] | None:
    """Return name and hashed password."""
    [*found] = _do(connection, "password", account=account)
    return found[0] if found else None


def set_password(connection: Connection, account: int, password: str, now: datetime) -> None:
    """Set the password, hashed already."""
    _do(connection, "set_password", account=account, password=password, now=now)


def rehash(connection: Connection, account: int, former: str, password: str) -> None:
    _do(connection, "rehash", account=account, former=former, password=password)


def invite(
    connection: Connection, account: int | None, now: datetime, by: str, lasts: timedelta
) -> str:
    """Return the token of a new link, which ends those before; None: the first administrator's."""
    token = new_token()
    with connection.transaction():
        _do(connection, "end_invitations", account=account, now=now)
        values = {"account": account, "now": now, "by": by, "expires": now + lasts}
        _do(connection, "put_invitation", token=hashed(token), **values)
    return token


def invited(connection: Connection, token: str, now: datetime) -> tuple[int | None, str | None]:
    """Return account and name that a link is for, Nones for the first administrator's.

    Raises BadAccess when it is used up, expired, or none at all: which of them is not said.
    """
    found = _do(connection, "invitation", token=hashed(token), now=now)
    if not found:
        raise BadAccess("the link is used up, has expired or is mistyped: ask for a new one")
    account, name = found[0]
    return account, name


def accept(
    connection: Connection, token: str, now: datetime, name: str, password: str
) -> tuple[int, str]:
    """Use a link up: set the password, hashed already; return account and name.

    The first administrator chooses a name. Whoever was signed in is signed out. Raises BadAccess.
    """
    with connection.transaction():
        account, kept = invited(connection, token, now)
        if account is None:
            _do(connection, "lock_administrators")
            if administrators(connection):
                raise BadAccess("there is an administrator by now: ask them for a link")
            if not written(name):
                raise BadAccess("choose a name: there is no administrator yet, you will be it")
            account = add_account(connection, name, now, [Grant("administrator")])
            kept = written(name)
        if not _do(connection, "use_invitation", token=hashed(token), now=now):
            raise BadAccess("the link is used up")
        set_password(connection, account, password, now)
        end_others(connection, account, None, now)
    return account, str(kept)


def administrators(connection: Connection) -> int:
    """Return how many people could sign in and let others in."""
    [(number,)] = _do(connection, "administrators")
    return int(number)


def visit(connection: Connection, visit: Visit) -> str:
    """Remember who goes to a provider; return the token that the browser keeps meanwhile."""
    token = new_token()
    with connection.transaction():
        _do(connection, "drop_visits", before=visit.began - VISIT_LASTS)
        _do(connection, "put_visit", token=hashed(token), **visit._asdict())
    return token


def back(connection: Connection, token: str, now: datetime) -> Visit | None:
    """Return the visit, once; None when there is none, or it took too long."""
    found = _do(connection, "take_visit", token=hashed(token))
    returned = Visit(*found[0]) if found else None
    return returned if returned and now - returned.began < VISIT_LASTS else None


def let_in(
    connection: Connection,
    provider: str,
    subject: str,
    name: str,
    grants: Iterable[Grant] | None,
    now: datetime,
) -> tuple[int, str]:
    """Return account and name of whom a provider knows, made now if somebody gave them a role.

    `grants` are what the groups there give, and replace what they gave before; None: groups give
    nothing here. Raises BadAccess.
    """
    with connection.transaction():
        values = {"provider": provider, "subject": subject}
        found = _do(connection, "of_provider", **values)
        if found and found[0][2]:
            raise BadAccess(f"{found[0][1]} is disabled")
        if not found and not grants:
            raise BadAccess(f"nobody has let in {written(name)} ({subject}) of {provider} yet")
        if not found:
            account = add_account(connection, name, now, provider=provider, subject=subject)
            found = [(account, written(name), False)]
        account = found[0][0]
        if grants is not None:
            _do(connection, "drop_provided", account=account)
            for grant in grants:
                _do(connection, "provide", account=account, **grant._asdict())
    return account, found[0][1]


def _do(connection: Connection, query: str, **values: Any) -> list[Any]:
    with connection.transaction():
        cursor = connection.execute(statements("access_sign_in")[query], values)
        return cursor.fetchall() if cursor.description else []
