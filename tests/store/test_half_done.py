"""Whatever is cut off in the middle, at whichever statement, has not been: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import numpy as np
import psycopg
import pytest
from kept_row import check_row
from one_event import an_event
from one_report import AT, CALLER, CITY, report
from psycopg.sql import SQL, Identifier

from cases.words import Role, Source, State, Verb
from rules.judgement import Requalified
from store.cases import apply, hold
from store.database import Connection, connect
from store.exchange import know, receive, tell
from store.firing import fire
from store.outbox import sort
from store.reports import take
from store.settlement import settle

pytestmark = pytest.mark.server

TABLES = (
    "cases", "case_log", "case_runs", "case_timers", "outbox", "events", "evidence", "reports",
    "callers", "case_links", "messages_in", "messages_out", "peers", "verifications", "departments",
)  # fmt: skip
SETUP = """
INSERT INTO components (code, code_list, class, lon, lat) VALUES
    ('3301060602000007', 'CJ/T 214-2007', '0602', 120.1, 30.2);
INSERT INTO devices (id, status, component) VALUES ('d1', 'active', '3301060602000007');
INSERT INTO channels (id, device, name, quantity, unit)
    VALUES ('d1/depth', 'd1', 'depth', 'depth', 'm');
"""
NOTHING_NEW = Requalified(
    np.zeros(0, np.int32), np.zeros(0, "datetime64[us]"), np.zeros(0, np.uint16)
)
LATER = np.timedelta64(5, "m")
PEER = "district"
#: Cases as `stage` leaves them.
TOLD, MERGED, KEPT, SENSED = 1, 2, 3, 4


class Cut(Exception):
    """Something of ours goes wrong at this statement."""


def cut(connection: Connection, url: str, at: int, how: str) -> None:
    """Let the connection break at its statement number `at`, counted from 1."""
    pid, statement = connection.info.backend_pid, count(1)

    def passed() -> None:
        if next(statement) != at:
            return
        if how == "an exception":
            raise Cut
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, *given: Any, **more: Any) -> Any:
            passed()
            return super().execute(*given, **more)

        def executemany(self, *given: Any, **more: Any) -> None:
            passed()
            super().executemany(*given, **more)

    connection.cursor_factory = Cursor


def stage(connection: Connection) -> None:
    """Two calls that are joined, one to join, and a case that the sensors found and is handled."""
    connection.execute(SETUP)
    know(connection, [PEER])
    for _ in range(3):
        take(connection, report(caller=CALLER), AT, CITY)
    settle(connection, [an_event()], NOTHING_NEW, AT, CITY)
    step(connection, MERGED, Verb.MERGE, Role.INTAKE, into=number_of(connection, KEPT))
    step(connection, SENSED, Verb.HANDLE, Role.DEPARTMENT)
    connection.commit()


def step(connection: Connection, case_id: int, verb: Verb, role: Role, **told: Any) -> None:
    seen = hold(connection, case_id, CITY).case.version
    apply(connection, case_id, seen, verb, f"{role} 1", role, AT, CITY, "because", told)


def number_of(connection: Connection, case_id: int) -> str:
    row = connection.execute("SELECT number FROM cases WHERE id = %s", (case_id,)).fetchone()
    assert row is not None
    return str(row[0])


def finds(connection: Connection) -> None:
    """A finding of its own cause opens a case, another joins the one there is."""
    alone = an_event(subject="3301060602000008", case_key="elsewhere", channels=(1,))
    again = an_event(began=an_event().began + LATER, found=an_event().found + LATER)
    settle(connection, [alone, again], NOTHING_NEW, AT, CITY)


def is_called(connection: Connection) -> None:
    take(connection, report(caller=CALLER, external_id="new"), AT, CITY)


def is_called_again(connection: Connection) -> None:
    take(connection, report(external_id="again"), AT, CITY, TOLD)


def is_done(connection: Connection) -> None:
    step(connection, SENSED, Verb.FEED_BACK, Role.DEPARTMENT)


def is_joined(connection: Connection) -> None:
    step(connection, TOLD, Verb.MERGE, Role.INTAKE, into=number_of(connection, KEPT))


def parts_again(connection: Connection) -> None:
    step(connection, MERGED, Verb.REOPEN, Role.SHIFT_LEAD)


def goes_up(connection: Connection) -> None:
    fire(connection, AT + timedelta(days=1), CITY)


def is_handed_over(connection: Connection) -> None:
    with connection.transaction():
        step(connection, SENSED, Verb.HAND_OVER, Role.DISPATCHER, to=PEER)
        tell(connection, sort(connection, AT), [PEER])


def is_heard(connection: Connection) -> None:
    """What is handed over here is a case of ours."""
    facts = {
        "source": Source.HOTLINE, "exercise": False, "code_list": "", "code": "", "condition": "",
        "title_zh": "水", "title_en": "water", "severity": "", "lon": 120.1, "lat": 30.2,
        "component": "", "grid_cell": "", "address": "", "description": "", "began": AT.isoformat(),
    }  # fmt: skip
    body = {
        "kind": "step", "case": "D1", "yours": "", "version": 5, "verb": Verb.HAND_OVER,
        "role": Role.DISPATCHER, "state": State.HANDED_OVER, "at": AT.isoformat(),
        "reason": "yours", "details": {}, "handed_over": facts,
    }  # fmt: skip
    with connection.transaction():
        receive(connection, PEER, 1, body, AT, CITY)


def kept(connection: Connection) -> list[tuple[str, str]]:
    """All that is in the tables of casework."""
    query = SQL("SELECT {}, t::text FROM {} t")
    every = SQL(" UNION ALL ").join(query.format(name, Identifier(name)) for name in TABLES)
    with connection.transaction():
        return sorted(connection.execute(every))


ACTS = (
    finds, is_called, is_called_again, is_done, is_joined, parts_again, goes_up, is_handed_over,
    is_heard,
)  # fmt: skip


@pytest.mark.parametrize("how", ["an exception", "the session is ended"])
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_what_is_cut_off_at_any_statement_has_not_been(
    database: Connection, database_url: str, act: Callable[[Connection], None], how: str
) -> None:
    stage(database)
    if act is goes_up:
        database.execute("DELETE FROM case_timers WHERE case_id <> %s", (SENSED,))
        database.commit()
    before, errors = kept(database), (Cut, psycopg.OperationalError)
    for at in count(1):
        with connect(database_url) as connection:
            cut(connection, database_url, at, how)
            try:
                act(connection)
            except errors:
                assert kept(database) == before, at
                if not connection.closed:
                    connection.cursor_factory = psycopg.Cursor
                    connection.rollback()
                    assert connection.execute("SELECT 1").fetchone() == (1,)
                continue
            connection.commit()
        break
    assert at > 10
    assert kept(database) != before
    for (case_id,) in database.execute("SELECT id FROM cases").fetchall():
        check_row(database, case_id)
