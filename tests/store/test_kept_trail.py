"""How long the trail is kept: as is set, half a year at least, and no route deletes any of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from pydantic import ValidationError

from api.access.permissions import Permission
from api.access.table import ROUTES
from deploy.settings import Settings
from store.access import audit
from store.database import Connection
from store.retention import retain_audit

NOW = datetime.now(UTC)
AGES = (800, 400, 100, 0)  #: [days]
LINE = {
    "kind": "person", "name": "li", "account": None, "key": None, "address": "", "method": "POST",
    "route": "/api/v1/windows", "path": "/api/v1/windows", "permission": "windows.set",
    "status": 201, "why": "",
}  # fmt: skip


def written(database: Connection) -> list[int]:
    for age in AGES:
        audit(database, at=NOW - timedelta(days=age), **LINE)
    return [*AGES]


def ages(database: Connection) -> list[int]:
    rows = database.execute("SELECT at FROM audit ORDER BY at").fetchall()
    return [(NOW - at).days for (at,) in rows]


@pytest.mark.server
@pytest.mark.parametrize(
    ("keep", "left"), [(730, [400, 100, 0]), (183, [100, 0]), (9_999, [800, 400, 100, 0])]
)
def test_lines_go_when_they_are_older_than_is_set(database: Connection, keep, left):
    written(database)
    gone = retain_audit(database, NOW, timedelta(days=keep))
    assert (gone, ages(database)) == (len(AGES) - len(left), left)
    assert retain_audit(database, NOW, timedelta(days=keep)) == 0


@pytest.mark.server
def test_null_keeps_all_and_nobody_drops_a_line_of_the_last_half_year(database: Connection):
    written(database)
    assert retain_audit(database, NOW, None) == 0
    with pytest.raises(psycopg.Error, match="only ever added"):
        retain_audit(database, NOW, timedelta(days=30))
    database.rollback()
    assert ages(database) == [800, 400, 100, 0]


def test_a_shorter_time_than_half_a_year_cannot_be_set():
    assert Settings().keep_audit == timedelta(days=730)
    with pytest.raises(ValidationError, match="183 days"):
        Settings(keep_audit=timedelta(days=182))


def test_the_trail_is_only_read_by_routes():
    routes = [route for route, asks in ROUTES.items() if asks is Permission.READ_AUDIT]
    assert routes
    assert all(route.startswith("GET ") for route in routes)
    assert not [route for route in ROUTES if "/audit" in route and not route.startswith("GET ")]
