"""One-time passwords by time (RFC 6238) as a second factor, and recovery codes: each good once."""

from __future__ import annotations

import secrets
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest
from typing import Any, NamedTuple

import pyotp

from store.access import hashed
from store.access_sign_in import end_others
from store.database import Connection
from store.statements import statements

STEP = 30  #: [s] a code is good, as all apps that make them have it
AROUND = (0, -1, 1)  #: steps that the clock of a telephone may be off
CODES = 10  #: recovery codes
BYTES = 15  #: of each: with 120 random bits a plain digest keeps them


class Factor(NamedTuple):
    secret: str
    confirmed: datetime | None
    codes_left: int


def factor(connection: Connection, account: int) -> Factor | None:
    found = _do(connection, "factor", account=account)
    return Factor(*found[0]) if found else None


def has_shown(connection: Connection, session: int) -> bool:
    """Tell whether somebody showed a code in this session; a provider's needs none."""
    return bool(_do(connection, "proven", session=session))


def begin(connection: Connection, account: int, now: datetime) -> str | None:
    """Return a new secret, of which a code is to be shown; None where one stands already."""
    secret = pyotp.random_base32()
    return secret if _do(connection, "begin", account=account, secret=secret, now=now) else None


def shown(connection: Connection, account: int, code: str, now: datetime) -> bool:
    """Tell whether a code of somebody's app is right, and take it: it is not right again."""
    found = factor(connection, account)
    if found is None:
        return False
    here, maker = int(now.timestamp()) // STEP, pyotp.TOTP(found.secret, interval=STEP)
    for step in (here + each for each in AROUND):
        if compare_digest(maker.generate_otp(step).encode(), code.encode()):
            values = {"account": account, "step": step, "now": now, "secret": found.secret}
            return bool(_do(connection, "take_step", **values))
    return False


def recovered(connection: Connection, account: int, code: str, now: datetime) -> bool:
    """Tell whether it is a recovery code of theirs that is still good, and use it up."""
    return bool(_do(connection, "take_code", account=account, code=hashed(_plain(code)), now=now))


def new_codes(connection: Connection, account: int) -> list[str]:
    """Return new recovery codes, which are kept nowhere, in place of those there were."""
    codes = [_written(secrets.token_bytes(BYTES)) for _ in range(CODES)]
    with connection.transaction():
        _do(connection, "drop_codes", account=account)
        for code in codes:
            _do(connection, "add_code", account=account, code=hashed(_plain(code)))
    return codes


def drop(connection: Connection, account: int) -> bool:
    """Take somebody's second factor and recovery codes away; tell whether there was one."""
    with connection.transaction():
        _do(connection, "drop_codes", account=account)
        _do(connection, "unprove", account=account)
        return bool(_do(connection, "drop", account=account))


def reset(connection: Connection, account: int, now: datetime) -> bool:
    """The same by somebody else, who has seen that it is them; sessions end with it."""
    with connection.transaction():
        end_others(connection, account, None, now)
        return drop(connection, account)


def _written(code: bytes) -> str:
    text = b32encode(code).decode()
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").upper()


def _do(connection: Connection, query: str, **values: Any) -> list[Any]:
    with connection.transaction():
        cursor = connection.execute(statements("access_second_factor")[query], values)
        return cursor.fetchall() if cursor.description else []
