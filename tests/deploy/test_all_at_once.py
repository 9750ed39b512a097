"""Invariants 4 and 5 on a real store: the same events and the same cases, whatever came between."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from databases import copied
from psycopg.types.json import Jsonb
from small_city import CHANNELS, MINUTE, RULES, START, readings
from stored import FIRST_START, stored_judge

from ingest.batch import Batch
from rules.pack import RuleSet, read_pack
from rules.windows import Reason
from store.database import Connection, connect
from store.readings import Writer
from store.rule_changes import ship
from store.windows import add_window, end_window

pytestmark = pytest.mark.server

STORM = "case: {one_per: component, during: [{rule: rain, same: zone, before: PT2H, after: PT1H}]}"
CITY = re.sub(r"code_list: L, code: \"\d+\"", 'code_list: lifeline-local-1, code: "99"', RULES)
CITY = CITY.replace("code_list: L,", "code_list: GB/T 30428.2-2013,")
CITY = CITY.replace("explained_by: [{rule: rain", "explained_by: [{rule: gateway-silent")
CITY = CITY.replace("same: zone, before: PT15M, after: PT5M", "same: gateway").replace(
    "case: {one_per: component}", STORM
)
BEFORE, AFTER = read_pack(CITY), read_pack(CITY.replace("high: 15 cm", "high: 5 cm"))
NOW = datetime(2026, 7, 2, 8, tzinfo=UTC)


def at(minute: int) -> datetime:
    moment: datetime = (START + minute * MINUTE).item()
    return moment.replace(tzinfo=UTC)


def build(database: Connection) -> None:
    for c in CHANNELS:
        place = (c.component, 120.1, 30.1 + 0.0003 * c.number)
        database.execute(
            "INSERT INTO components (code, code_list, class, lon, lat)"
            " VALUES (%s, 'GB/T 30428.2-2013', '0103', %s, %s)",
            place,
        )
        database.execute(
            "INSERT INTO devices (id, status, component, lon, lat, tags)"
            " VALUES (%s, 'active', %s, %s, %s, %s)",
            (c.device, *place, Jsonb(dict(c.tags))),
        )
        database.execute(
            "INSERT INTO channels (number, id, device, name, quantity, unit, interval)"
            " OVERRIDING SYSTEM VALUE VALUES (%s, %s, %s, %s, %s, '', 'PT2M')",
            (c.number, c.id, c.device, c.name, c.quantity),
        )
    database.commit()


def received(batch: Batch, rng: np.random.Generator) -> tuple[Batch, list[Any]]:
    """Return the readings with their receipts, and the rows of each batch."""
    delay = rng.uniform(0, rng.choice([1, 60, 300]) * 60e6, len(batch)).astype("m8[us]")
    arrival = np.argsort(batch.time + delay, kind="stable")
    cuts = np.sort(rng.integers(0, len(batch) + 1, 8))
    parts = [rows for rows in np.split(arrival, cuts) if len(rows)]
    stamps = np.empty(len(batch), dtype="M8[us]")
    for number, rows in enumerate(parts):
        stamps[rows] = batch.time.max() + np.timedelta64(number + 1, "s")
    return batch.with_columns(received=stamps), parts


def work(database: Connection, step: int, minute: int) -> None:
    """Do the next of what people do: two windows are set, one is ended, a rule is changed."""
    if step == 0:
        for scope, subject in (("zone", "z1"), ("device", "d20")):
            add_window(
                database, Reason.MAINTENANCE, scope, subject, at(minute), at(minute + 70),
                "li", "cleaning", at(minute),
            )  # fmt: skip
    elif step == 1:
        end_window(database, 1, "li", "done", at(minute + 20))
    else:
        ship(database, AFTER.versions(), at(minute + 50))
    database.commit()


def outcome(database: Connection) -> tuple[list[Any], list[Any]]:
    events = database.execute(
        "SELECT id, version, standing, severity, raised, found, ended, channels, peak,"
        " why - 'held_back' FROM events WHERE standing <> 'withdrawn' ORDER BY id"
    ).fetchall()
    cases = database.execute(
        "SELECT c.code, c.condition, c.severity, c.component, c.department, c.state, c.began,"
        " c.found, array_agg(e.id ORDER BY e.id) FROM cases c JOIN events e ON e.case_id = c.id"
        " WHERE c.state <> 'void' AND e.standing IN ('standing', 'over') GROUP BY c.id ORDER BY 9"
    ).fetchall()
    database.commit()
    return events, cases


def undisturbed(url: str, batch: Batch, minute: int) -> tuple[list[Any], list[Any]]:
    with connect(url) as database:
        build(database)
        ship(database, BEFORE.versions(), FIRST_START)
        for step in range(3):
            work(database, step, minute)
        Writer(database).store_batch(batch)
        database.commit()
        with stored_judge(url, AFTER, NOW) as judge:
            judge.settle()
        return outcome(database)


def disturbed(
    url: str, batch: Batch, parts: list[Any], minute: int, rng: np.random.Generator
) -> tuple[list[Any], list[Any]]:
    steps = np.sort(rng.integers(0, len(parts), 3)).tolist()
    known: RuleSet = BEFORE
    with connect(url) as database, ExitStack() as running:
        build(database)
        judge = running.enter_context(stored_judge(url, known, NOW))
        for number, rows in enumerate(parts):
            for step in [step for step, when in enumerate(steps) if when == number]:
                work(database, step, minute)
                known = AFTER if step == 2 else known
                judge.reload.set()
            Writer(database).store_batch(batch[rows])
            database.commit()
            if rng.random() < 0.8:  # else it is killed between storing and judging
                judge.judge(batch[rows])
                if rng.random() < 0.7:
                    judge.settle()
                if rng.random() < 0.3:
                    judge.checkpoint()
                if rng.random() < 0.7:
                    continue
            running.close()
            judge = running.enter_context(stored_judge(url, known, NOW))
        for _ in range(40):  # until the changed rule is led up
            judge.settle()
        return outcome(database)


@pytest.mark.parametrize("seed", range(4))
def test_events_and_cases_are_those_of_an_undisturbed_run(
    server_url: str, template: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    batch, parts = received(readings(seed), rng)
    minute = int(rng.integers(20, 120))
    with copied(server_url, template) as one, copied(server_url, template) as other:
        events, cases = undisturbed(one, batch, minute)
        found = disturbed(other, batch, parts, minute, rng)
    assert len(cases) > 1
    assert found[0] == events
    assert found[1] == cases
