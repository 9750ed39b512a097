"""The tests of rules: those beside the program's packs, until people keep others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from store.database import Connection
from store.rule_changes import PROGRAM
from store.statements import statements


class RuleTests(NamedTuple):
    rule: str
    text: str  #: a test file
    at: datetime
    actor: str


def tests_of(connection: Connection, rule: str) -> RuleTests | None:
    with connection.transaction():
        row = connection.execute(statements("rules")["tests"], {"rule": rule}).fetchone()
    return None if row is None else RuleTests(*row)


def keep_tests(
    connection: Connection, rules: Iterable[str], text: str, actor: str, at: datetime
) -> None:
    """Keep a test file as that of these rules."""
    with connection.transaction():
        for rule in rules:
            values = {"rule": rule, "text": text, "at": at, "actor": actor, "program": PROGRAM}
            connection.execute(statements("rules")["keep_tests"], values)


def ship_tests(connection: Connection, tests: Mapping[str, str], at: datetime) -> None:
    """Take in the tests that the program brings along; those that people kept stay."""
    for rule, text in tests.items():
        keep_tests(connection, [rule], text, PROGRAM, at)
