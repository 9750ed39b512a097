"""When sensors first knew of a case, whatever becomes of its findings, many at a time."""

from __future__ import annotations

import random

import pytest
from psycopg.sql import SQL

from store.database import Connection

pytestmark = pytest.mark.server

CASES = """
INSERT INTO cases (id, number, key, state, code_list, code, condition, title_zh, title_en, severity,
                   began, found, opened)
OVERRIDING SYSTEM VALUE
SELECT n, n, n, 'dispatched', '', '', '', '', '', 'yellow', now(), now(), now()
FROM generate_series(1, 3) n
"""
EVENTS = """
INSERT INTO events (id, rule, version, scope, subject, code_list, code, condition, severity, began,
                    raised, found, standing, channels, peak, case_key, why, case_id, settled)
SELECT gen_random_uuid(), '', '', '', n, '', '', '', 'yellow', now(), now(),
       '2026-01-01Z'::timestamptz + n % 7 * interval '1 minute', 'standing', '{1}', 1, 'k', '{}',
       1 + n % 3, now()
FROM generate_series(1, 120) n
"""
#: What may become of some of them at once.
BECOMES = (
    "standing = 'over'",
    "standing = 'standing'",
    "standing = 'withdrawn'",
    "case_id = 1 + (case_id % 3)",
    "case_id = NULL",
    "case_id = coalesce(case_id, 2)",
    "found = found + interval '2 minutes'",
    "found = found - interval '3 minutes', standing = 'over'",
    "peak = 2",
)
SOME = ("true", "subject::integer % 3 = 1", "subject::integer % 5 = 2", "case_id = 2")
KEPT = "SELECT id, first_sensed FROM cases ORDER BY id"
TRUE = """
SELECT c.id, min(e.found) FROM cases c
LEFT JOIN events e ON e.case_id = c.id AND e.standing IN ('standing', 'over')
GROUP BY c.id ORDER BY c.id
"""


@pytest.fixture
def found(database: Connection) -> Connection:
    database.execute(CASES)
    database.execute(EVENTS)
    database.commit()
    return database


def test_it_is_the_first_of_those_that_count_after_any_changes(found: Connection) -> None:
    chance = random.Random(6)
    assert found.execute(KEPT).fetchall() == found.execute(TRUE).fetchall()
    for _ in range(80):
        change, some = chance.choice(BECOMES), chance.choice(SOME)
        found.execute(SQL("UPDATE events SET {} WHERE {}").format(SQL(change), SQL(some)))
        assert found.execute(KEPT).fetchall() == found.execute(TRUE).fetchall(), change


def test_a_storm_that_ends_does_not_write_its_case_a_thousand_times(found: Connection) -> None:
    """Where each finding that ended wrote its case, 2,000 took seconds and not milliseconds."""
    before = found.execute("SELECT id, ctid FROM cases ORDER BY id").fetchall()
    found.execute("UPDATE events SET standing = 'over'")
    assert found.execute("SELECT id, ctid FROM cases ORDER BY id").fetchall() == before
