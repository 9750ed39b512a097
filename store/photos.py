"""Pictures, kept by what they are: sent twice is stored once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from cases.pictures import Picture
from cases.workflow import Refused
from store.access import EVERYWHERE, Reach
from store.database import Connection
from store.statements import statements


def put_photo(connection: Connection, picture: Picture, actor: str, now: datetime) -> bool:
    """Store `picture` and tell whether it is new. Commits, unless in a transaction already."""
    with connection.transaction():
        row = connection.execute(
            statements("photos")["put"], {**asdict(picture), "actor": actor, "received": now}
        ).fetchone()
    return row is not None


def known(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """Return those of `ids` that are stored."""
    rows = connection.execute(statements("photos")["known"], {"ids": list(ids)}).fetchall()
    return frozenset(str(row[0]) for row in rows)


def check_photos(connection: Connection, ids: Collection[str]) -> None:
    """Raise Refused for a step or report that names a picture which nobody has sent."""
    if ids and (missing := sorted(set(ids) - known(connection, ids))):
        raise Refused(f"there is no picture {', '.join(missing)}: send it first")


def photo(connection: Connection, identity: str, what: str = "body") -> tuple[str, bytes] | None:
    """Return media type and bytes of a picture, or of its `thumbnail`; None: there is none."""
    with connection.transaction():
        row = connection.execute(statements("photos")[what], {"id": identity}).fetchone()
    return (str(row[0]), bytes(row[1])) if row else None


def seen(connection: Connection, identity: str, name: str, reach: Reach) -> bool:
    """Tell whether a picture is of a case within `reach`, or one that `name` has sent."""
    if reach == EVERYWHERE:
        return True
    values = {"id": identity, "name": name, **reach._asdict()}
    with connection.transaction():
        [(found,)] = connection.execute(statements("photos")["seen"], values).fetchall()
    return bool(found)


def facts(connection: Connection, ids: Collection[str]) -> list[dict[str, Any]]:
    """Return what is known of pictures: type, size, when and where the camera says."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("photos")["facts"], {"ids": list(ids)}).fetchall()
