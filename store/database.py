"""Connections to the database, and its migrations.

A migration is a numbered file of `store/migrations`. The number's suffix may say which
database it is for: `0002_readings.plain.sql` is for PostgreSQL alone,
`0002_readings.timescale.sql` for one with TimescaleDB. Which of the two a database is, is
decided when it is first migrated, and stays.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from importlib.resources import files

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from store.statements import statements

Connection = psycopg.Connection[TupleRow]
KINDS = ("plain", "timescale")


class MigrationError(RuntimeError):
    """The database and this program's migrations do not fit together."""


def connect(url: str, autocommit: bool = False) -> Connection:
    """Open a session whose times are UTC."""
    given = conninfo_to_dict(url)
    options = f"{given.pop('options', None) or ''} -c TimeZone=UTC".strip()
    connection: Connection = psycopg.connect(
        **{"application_name": "lifeline", **given, "options": options},  # type: ignore[arg-type]
        autocommit=autocommit,
    )
    return connection


def looking(connection: Connection) -> AbstractContextManager[object]:
    """Return what a look stands in: a transaction that ends with it, or nothing.

    Nothing where each statement is a transaction by itself: BEGIN and COMMIT are trips too.
    """
    return nullcontext() if connection.autocommit else connection.transaction()


def migrate(connection: Connection) -> list[str]:
    """Bring the database up to date; return the versions applied now. Commits.

    Raises MigrationError, before anything is changed, when an applied migration has
    been edited since, or the database has one that this program does not know.
    """
    sql = statements("migrations")
    connection.rollback()
    connection.execute(sql["lock"])
    connection.commit()
    try:
        connection.execute(sql["create"])
        applied: dict[str, str] = dict(connection.execute(sql["applied"]))
        kind = _kind(connection, applied)
        known = _migrations()
        _check(applied, known)
        connection.commit()
        new = [v for v in sorted(known) if v not in applied and _is_for(v, kind)]
        for version in new:
            connection.execute(known[version].encode())
            connection.execute(
                sql["record"], {"version": version, "checksum": _checksum(known[version])}
            )
            connection.commit()
        return new
    finally:
        connection.rollback()
        connection.execute(sql["unlock"])
        connection.commit()


def _kind(connection: Connection, applied: dict[str, str]) -> str:
    for kind in KINDS:
        if any(version.endswith(f".{kind}") for version in applied):
            return kind
    [offered] = connection.execute(statements("migrations")["timescale_is_offered"]).fetchone()  # type: ignore[misc]
    return "timescale" if offered else "plain"


def _is_for(version: str, kind: str) -> bool:
    _, _, suffix = version.partition(".")
    return suffix in ("", kind)


def _migrations() -> dict[str, str]:
    """Return the text of each migration by version: the file's name without `.sql`."""
    return {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
        for file in files("store").joinpath("migrations").iterdir()
        if file.name.endswith(".sql")
    }


def _checksum(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _check(applied: dict[str, str], known: dict[str, str]) -> None:
    for version in sorted(applied):
        if version not in known:
            raise MigrationError(
                f"The database has migration {version}, which this program does not know: "
                "it was made by a newer one. Upgrade this program."
            )
        if applied[version] != _checksum(known[version]):
            raise MigrationError(
                f"Migration {version} was edited after this database had applied it. "
                "Put the file back as it was, and make the change a new migration."
            )
