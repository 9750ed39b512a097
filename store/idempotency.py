"""Requests that are done once, however often they are sent, and the answers they had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from store.database import Connection
from store.statements import statements

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a request with the same key; no status: it is not answered yet."""

    digest: bytes
    began: datetime
    status: int | None
    headers: dict[str, str] | None
    body: bytes | None  #: None: the answer held a secret


def claim(
    connection: Connection, identity: str, key: str, digest: bytes, at: datetime
) -> Known | None:
    """Take the key for a request that may then be done, or return what took it before."""
    sql = statements("idempotency")
    values = {"identity": identity, "key": key, "digest": digest, "at": at, "expired": at - KEPT}
    connection.execute(sql["forget"], values)
    if connection.execute(sql["claim"], values).fetchone():
        return None
    with connection.cursor(row_factory=class_row(Known)) as cursor:
        return cursor.execute(sql["claimed"], values).fetchone()


def keep(
    connection: Connection,
    identity: str,
    key: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes | None,
) -> None:
    values = {
        "identity": identity, "key": key, "status": status, "headers": Jsonb(dict(headers)),
        "body": body,
    }  # fmt: skip
    connection.execute(statements("idempotency")["keep"], values)


def give_back(connection: Connection, identity: str, key: str) -> None:
    """Forget a request that was not done: it may be sent again."""
    connection.execute(statements("idempotency")["give_back"], {"identity": identity, "key": key})
