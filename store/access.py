"""Who asks: sessions of people and keys of systems; and the trail of what each of them did.

Tokens are long and random: their SHA-256 is kept, so that a copy of the database lets nobody in.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from cases.people import person, written
from store.database import Connection
from store.statements import statements

#: When somebody was seen last is written only as exactly as this: not at each request.
SEEN = timedelta(minutes=1)
PREFIX = "lifeline_"  #: of every token, so that scanners for leaked secrets find it


class BadAccess(Exception):
    """A person or key cannot be made or changed so. ``args[0]`` says why, for the operator."""


class Grant(NamedTuple):
    """A role; everywhere and for all, or in an `area`, as a `department`."""

    role: str
    department: str = ""  #: code; of a partner, what it is called in cases
    area: str = ""  #: first digits of grid cells

    @property
    def limited(self) -> bool:
        return bool(self.department or self.area)


class Reach(NamedTuple):
    """Which cases somebody may see: pairs of an area and a department, either "" for any."""

    areas: list[str] | None = None  #: None: all cases
    departments: list[str] | None = None

    def covers(self, place: str, having: Iterable[str]) -> bool:
        """Tell whether a case is among them by where it is and who has it, as `case_within` does.

        Who had it before is not known here.
        """
        if self.areas is None or self.departments is None:
            return True
        has = {"", *having}
        pairs = zip(self.areas, self.departments, strict=True)
        return any(place.startswith(area) and department in has for area, department in pairs)


EVERYWHERE = Reach()
NOWHERE = Reach([], [])


class Holder(NamedTuple):
    """Whoever a token stands for. `session` is None for a key, which may be held to `scopes`."""

    id: int
    name: str
    grants: tuple[Grant, ...]
    session: int | None
    scopes: tuple[str, ...] = ()
    device: str = ""  #: that a key speaks for, with those behind it; "": any
    owes: str = ""  #: of a second factor: "code", "enrolment" if one is asked for


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def hashed(token: str) -> bytes:
    return sha256(token.encode()).digest()


def holder_of_session(
    connection: Connection, token: str, now: datetime, idle: timedelta, used: bool = True
) -> Holder | None:
    """Return the person signed in; None when the session has ended or was `idle` for too long.

    Not `used`: to look whether it is still good does not keep it so.
    """
    values = {"token": hashed(token), "now": now, "idle_since": now - idle}
    return _holder(connection, "session", values, now, used)


def holder_of_key(
    connection: Connection, token: str, now: datetime, used: bool = True
) -> Holder | None:
    return _holder(connection, "key", {"token": hashed(token), "now": now}, now, used)


def _holder(
    connection: Connection, query: str, values: dict[str, Any], now: datetime, used: bool
) -> Holder | None:
    sql = statements("access")
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(sql[query], values).fetchone()
        if row is None:
            return None
        if used and (row["used"] is None or now - row["used"] > SEEN):
            touch = "key_used" if row["session"] is None else "session_seen"
            connection.execute(sql[touch], row | {"now": now})
    grants = tuple(Grant(*each) for each in row["grants"])
    return Holder(
        row["id"], row["name"], grants, row["session"], tuple(row["scopes"]), row["device"],
        row["owes"],
    )  # fmt: skip


def add_account(
    connection: Connection,
    name: str,
    now: datetime,
    grants: Iterable[Grant] = (),
    password: str | None = None,
    provider: str | None = None,
    subject: str | None = None,
) -> int:
    """Make an account; `password` is hashed already. Raises BadAccess for a name that is taken."""
    if not person(name):
        raise BadAccess("a name has something to be seen in it")
    with connection.transaction():
        row = connection.execute(
            statements("access")["add_account"],
            {"name": written(name), "person": person(name), "password": password,
             "provider": provider, "subject": subject, "now": now},
        ).fetchone()  # fmt: skip
        if row is None:
            raise BadAccess(f"somebody is called {written(name)} already")
        give(connection, grants, account=row[0])
    return int(row[0])


def add_key(
    connection: Connection,
    name: str,
    now: datetime,
    grants: Iterable[Grant],
    by: str,
    lasts: timedelta,
    scopes: Iterable[str] = (),
) -> str:
    """Make a key of a system and return its secret, which is kept nowhere. Raises BadAccess."""
    if not person(name):
        raise BadAccess("a name has something to be seen in it")
    token = new_token()
    with connection.transaction():
        row = connection.execute(
            statements("access")["add_key"],
            {"name": written(name), "secret": hashed(token), "scopes": list(scopes), "now": now,
             "by": by, "expires": now + lasts},
        ).fetchone()  # fmt: skip
        if row is None:
            raise BadAccess(f"there is a key {written(name)} already; rotate or revoke it")
        give(connection, grants, key=row[0])
    return token


def give(
    connection: Connection,
    grants: Iterable[Grant],
    account: int | None = None,
    key: int | None = None,
) -> None:
    for grant in grants:
        connection.execute(
            statements("access")["add_grant"], {"account": account, "key": key, **grant._asdict()}
        )


def open_session(
    connection: Connection,
    account: int,
    now: datetime,
    lasts: timedelta,
    address: str = "",
    agent: str = "",
) -> str:
    """Sign somebody in; return the token that the cookie holds."""
    token = new_token()
    with connection.transaction():
        connection.execute(
            statements("access")["open_session"],
            {"token": hashed(token), "account": account, "now": now, "ends": now + lasts,
             "address": address, "agent": agent},
        )  # fmt: skip
    return token


def audit(connection: Connection, **line: Any) -> int:
    """Write what somebody is about to do, or was refused; return the number of the line."""
    with connection.transaction():
        row = connection.execute(statements("access")["audit"], line).fetchone()
    assert row is not None
    return int(row[0])


def audit_ended(connection: Connection, number: int, status: int, why: str = "") -> None:
    with connection.transaction():
        connection.execute(
            statements("access")["audit_ended"], {"id": number, "status": status, "why": why}
        )
