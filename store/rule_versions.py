"""Which version of each rule is in force or on trial, and which was when."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from rules.pack import BadPack, RuleSet, from_store
from rules.schema import Status
from rules.signal import BEGINNING_OF_TIME, END_OF_TIME
from rules.term import Term
from store.database import Connection, looking
from store.statements import statements

log = logging.getLogger(__name__)


class RuleVersion(NamedTuple):
    rule: str
    version: str  #: hash of the body
    pack: str
    body: dict[str, Any]
    in_force_from: datetime
    in_force_until: datetime | None
    shadow: bool  #: on trial, beside the version in force


def present(connection: Connection) -> list[RuleVersion]:
    """Return the versions in force and on trial, by rule."""
    return _versions(connection, "present")


def standing(connection: Connection) -> list[RuleVersion]:
    """Return the versions in force now, those on trial left out, by rule."""
    return [version for version in present(connection) if not version.shadow]


def standing_names(connection: Connection) -> list[tuple[str, str]]:
    """Return rule and version of those in force now, by rule: not what they say."""
    with looking(connection):
        return connection.execute(statements("rules")["standing_names"]).fetchall()


def in_force(connection: Connection, at: datetime) -> list[RuleVersion]:
    """Return the versions in force at `at`, by rule."""
    return _versions(connection, "in_force", at=at)


def versions(connection: Connection, rule: str) -> list[RuleVersion]:
    """Return all that a rule ever was, in force or on trial, newest first."""
    return _versions(connection, "versions", rule=rule)


def version_of(connection: Connection, rule: str, version: str) -> RuleVersion | None:
    """Return a version by which something was once judged, as last put in force."""
    return next(iter(_versions(connection, "version", rule=rule, version=version)), None)


def state_of_terms(connection: Connection) -> str:
    """Return what is another whenever the terms are."""
    with connection.transaction():
        row = connection.execute(statements("rules")["state_of_terms"]).fetchone()
    return row[0] if row else ""


def terms(connection: Connection, since: datetime | None = None) -> list[Term]:
    """Return what readings are judged by, with former versions that ended after `since`.

    Raises BadPack where a version in force is of a schema that is no longer read; a former
    one is passed over.
    """
    with connection.transaction():
        rows = connection.execute(statements("rules")["terms"], {"since": since}).fetchall()
    found = []
    for *fields, first in rows:
        version = RuleVersion(*fields)
        try:
            found.append(as_term(version, first))
        except BadPack as refused:
            if version.in_force_until is None:
                raise
            log.warning("readings of then are not judged again: %s", refused)
    return found


def as_term(version: RuleVersion, first: bool = False) -> Term:
    """Return the term of a version; that of the `first` start has no beginning."""
    return Term(
        rule_of(version),
        BEGINNING_OF_TIME if first else _moment(version.in_force_from),
        END_OF_TIME if version.in_force_until is None else _moment(version.in_force_until),
    )


def rule_of(version: RuleVersion) -> Any:
    """Return the rule as it is judged, whatever its file says of its status."""
    (rule,) = from_store([version[:4]])
    return rule.model_copy(update={"status": Status.SHADOW if version.shadow else Status.ACTIVE})


def ruleset(found: list[RuleVersion]) -> RuleSet:
    """Return the rules of versions; the last of an id counts."""
    return from_store(version[:4] for version in found)


def _versions(connection: Connection, query: str, **values: Any) -> list[RuleVersion]:
    with looking(connection):
        rows = connection.execute(statements("rules")[query], values).fetchall()
    return [RuleVersion(*row) for row in rows]


def _moment(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "us")
