"""People, their roles and the keys of systems, as administrators see and change them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import dict_row

from cases.people import person, written
from store.access import BadAccess, Grant, add_key, hashed, new_token
from store.access_sign_in import administrators, end_others
from store.database import Connection
from store.statements import statements


class NoSuch(BadAccess):
    """There is no such person or key."""


def people(
    connection: Connection,
    now: datetime,
    limit: int = 1000,
    after: Sequence[Any] = (None, None),
    search: str = "",
    account: int | None = None,
) -> list[dict[str, Any]]:
    """Return people by name, with their roles and when each was seen last."""
    return _read(
        connection, "people", now=now, limit=limit, search=person(search), account=account,
        after=after[0], after_number=after[1],
    )  # fmt: skip


def one_person(connection: Connection, account: int, now: datetime) -> dict[str, Any]:
    """Raises NoSuch."""
    found = people(connection, now, account=account)
    if not found:
        raise NoSuch(f"there is no person {account}")
    return found[0]


def number_of(connection: Connection, name: str) -> int:
    """Return the account of a name; raises NoSuch."""
    found = _read(connection, "number_of", person=person(name))
    if not found:
        raise NoSuch(f"nobody is called {written(name)}")
    return int(found[0]["id"])


def grant(connection: Connection, account: int, given: Grant) -> None:
    with connection.transaction():
        _read(connection, "grant", account=account, **given._asdict())


def withdraw(connection: Connection, account: int, taken: Grant) -> None:
    """Raises NoSuch for a role not held so, BadAccess for the last administrator's."""
    with connection.transaction():
        before = _hold_administrators(connection)
        if not _read(connection, "withdraw", account=account, **taken._asdict()):
            raise NoSuch(f"the role {taken.role} is not held so")
        _leave_one(connection, before)


def disable(connection: Connection, account: int, now: datetime) -> None:
    """End somebody's sessions and let them in no more. Raises BadAccess, NoSuch."""
    with connection.transaction():
        before = _hold_administrators(connection)
        if not _read(connection, "disable", account=account, now=now):
            raise NoSuch("there is no such person, or they are disabled already")
        _leave_one(connection, before)
        end_others(connection, account, None, now)


def enable(connection: Connection, account: int) -> None:
    """Raises NoSuch."""
    if not _read(connection, "enable", account=account):
        raise NoSuch("there is no such person, or they are not disabled")


def keys(
    connection: Connection,
    now: datetime,
    limit: int = 1000,
    after: Sequence[Any] = (None, None),
    key: int | None = None,
) -> list[dict[str, Any]]:
    """Return keys by name; never their secrets, which are kept nowhere."""
    return _read(
        connection, "keys", now=now, limit=limit, key=key, after=after[0], after_number=after[1]
    )


def one_key(connection: Connection, key: int, now: datetime) -> dict[str, Any]:
    """Raises NoSuch."""
    found = keys(connection, now, key=key)
    if not found:
        raise NoSuch(f"there is no key {key}")
    return found[0]


def key_number(connection: Connection, name: str) -> int:
    """Raises NoSuch."""
    found = _read(connection, "key_number", name=written(name))
    if not found:
        raise NoSuch(f"no key is called {written(name)}")
    return int(found[0]["id"])


def make_key(
    connection: Connection,
    name: str,
    now: datetime,
    grants: Sequence[Grant],
    by: str,
    lasts: timedelta,
    scopes: Sequence[str] = (),
    device: str = "",
) -> tuple[int, str]:
    """Return number and secret of a new key; it speaks for `device` and those behind it alone."""
    with connection.transaction():
        secret = add_key(connection, name, now, grants, by, lasts, scopes)
        _read(connection, "key_device", name=written(name), device=device)
        return key_number(connection, name), secret


def rotate_key(
    connection: Connection, key: int, now: datetime, overlap: timedelta, lasts: timedelta
) -> str:
    """Return a new secret; the former is good for `overlap` more. Raises NoSuch."""
    secret = new_token()
    values = {"former_until": now + overlap, "secret": hashed(secret), "expires": now + lasts}
    if not _read(connection, "rotate_key", key=key, **values):
        raise NoSuch("there is no such key, or it is revoked")
    return secret


def revoke_key(connection: Connection, key: int, now: datetime) -> None:
    """Raises NoSuch."""
    if not _read(connection, "revoke_key", key=key, now=now):
        raise NoSuch("there is no such key, or it is revoked already")


def _hold_administrators(connection: Connection) -> int:
    connection.execute(statements("access_sign_in")["lock_administrators"])
    return administrators(connection)


def _leave_one(connection: Connection, before: int) -> None:
    if before and not administrators(connection):
        raise BadAccess("nobody would be left to let others in: make somebody administrator first")


def _read(connection: Connection, query: str, **values: Any) -> list[dict[str, Any]]:
    sql = statements("access_people")[query]
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []
