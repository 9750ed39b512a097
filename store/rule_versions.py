"""Which version of each rule was in force when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from store.database import Connection
from store.statements import statements


class RuleVersion(NamedTuple):
    rule: str
    version: str  #: hash of the body
    pack: str
    body: dict[str, Any]
    in_force_from: datetime
    in_force_until: datetime | None


def put_in_force(
    connection: Connection, rules: Iterable[tuple[str, str, str, dict[str, Any]]], at: datetime
) -> list[tuple[str, str]]:
    """Put (rule, version, pack, body) in force from `at`, all others out; return the new ones.

    A version that is in force already stays as it is, so that calling this at each start
    changes nothing.
    """
    rules = list(rules)
    values: dict[str, Any] = {
        "at": at,
        "rules": [rule for rule, _, _, _ in rules],
        "versions": [version for _, version, _, _ in rules],
        "packs": [pack for _, _, pack, _ in rules],
        "bodies": [Jsonb(body) for _, _, _, body in rules],
    }
    sql = statements("engine")
    with connection.transaction():
        connection.execute(sql["end_rules"], values)
        return connection.execute(sql["begin_rules"], values).fetchall()


def in_force(connection: Connection, at: datetime) -> list[RuleVersion]:
    """Return the rules in force at `at`, by id."""
    with connection.transaction():
        rows = connection.execute(statements("engine")["rule_bodies"], {"at": at}).fetchall()
    return [RuleVersion(*row) for row in rows]


def taken_over(connection: Connection) -> dict[str, datetime]:
    """Return when each rule in force took over from another version of itself, if it did."""
    with connection.transaction():
        return dict(connection.execute(statements("engine")["rules_taken_over"]).fetchall())


def version_of(connection: Connection, rule: str, version: str) -> RuleVersion | None:
    """Return a version by which something was once judged, as last put in force."""
    with connection.transaction():
        row = connection.execute(
            statements("engine")["rule_version"], {"rule": rule, "version": version}
        ).fetchone()
    return RuleVersion(*row) if row else None
