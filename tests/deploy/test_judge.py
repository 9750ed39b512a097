"""The engine on a real store: what was judged outlives a crash, however it came to be judged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from one_rule import PACK
from psycopg.types.json import Jsonb
from stored import stored_judge

from cases.opening import as_datetime
from ingest.batch import Batch, make_batch
from rules.pack import read_pack
from rules.windows import Reason
from store.checkpoints import ask_rejudge
from store.database import Connection
from store.readings import Writer
from store.rule_changes import ship
from store.windows import add_window, end_window

pytestmark = pytest.mark.server

START = np.datetime64("2026-07-01T02:00", "us")
MINUTE = np.timedelta64(60_000_000, "us")
RULES = read_pack(PACK)


def add_device(database: Connection, number: int) -> None:
    database.execute(
        "INSERT INTO devices (id, status, tags) VALUES (%s, 'active', %s)",
        (f"d{number}", Jsonb({"zone": "z1"})),
    )
    database.execute(
        "INSERT INTO channels (number, id, device, name, quantity, unit, interval)"
        " OVERRIDING SYSTEM VALUE VALUES (%s, %s, %s, 'depth', 'depth', '', 'PT2M')",
        (number, f"d{number}/depth", f"d{number}"),
    )
    database.commit()


def readings(number: int, first: int, values: list[float], received: int) -> Batch:
    """Return readings a minute apart from minute `first` on, received at one minute."""
    n = len(values)
    time = START + (first + np.arange(n)) * MINUTE
    return make_batch([number] * n, time, values, received=np.full(n, START + received * MINUTE))


def store(database: Connection, batch: Batch) -> Batch:
    Writer(database).store_batch(batch)
    database.commit()
    return batch


def ask(database: Connection, number: int, since: int) -> None:
    ask_rejudge(database, {number: (START + since * MINUTE).item()})
    database.commit()


def told(database: Connection) -> list[Any]:
    rows = database.execute("SELECT subject, standing FROM events ORDER BY began").fetchall()
    database.commit()
    return rows


def test_what_was_judged_behind_the_streams_back_outlives_a_crash(
    database: Connection, database_url: str
) -> None:
    """Readings swept out of quarantine have old stamps, so the recovery would pass them over."""
    add_device(database, 1)
    with stored_judge(database_url, RULES) as judge:
        judge.judge(store(database, readings(1, 0, [0.01] * 5, received=30)))
        judge.settle()
        judge.checkpoint()
        store(database, readings(1, 5, [0.3] * 5, received=20))
        ask(database, 1, since=5)
        judge.settle()
        assert told(database) == [("d1", "standing")]
    with stored_judge(database_url, RULES) as judge:
        judge.judge(store(database, readings(1, 31, [0.01] * 5, received=40)))
        judge.settle()
        assert told(database) == [("d1", "over")]


def test_readings_of_a_channel_are_judged_though_the_news_of_it_comes_later(
    database: Connection, database_url: str
) -> None:
    add_device(database, 1)
    with stored_judge(database_url, RULES) as judge:
        judge.settle()
        add_device(database, 2)
        store(database, readings(2, 0, [0.3] * 5, received=6))
        ask(database, 2, since=0)
        judge.settle()
        judge.reload.set()
        judge.settle()
        assert told(database) == [("d2", "standing")]


SILENT = read_pack(
    """
pack: test
rules:
  - id: silent
    title: {en: silent, zh: 离线}
    status: active
    why: it says nothing
    source: us
    signals: {silent: {silent: {times: 3, grace: PT1M}}}
    per: device
    severity: [{at: 1, level: blue}]
    event: {code_list: lifeline-local-1, code: "99", condition: device-fault}
    case: {one_per: device}
"""
)


def test_what_was_told_of_long_ago_is_withdrawn_though_a_crash_came_between(
    database: Connection, database_url: str
) -> None:
    """A silence of an old batch is found, by the devices' time, long before the checkpoint."""
    add_device(database, 1)
    day = 24 * 60
    with stored_judge(database_url, SILENT) as judge:
        judge.judge(store(database, readings(1, 0, [0.0] * 5, received=day)))
        judge.settle()
        judge.checkpoint()
        judge.judge(store(database, readings(1, 35, [0.0] * 5, received=day + 1)))
        judge.settle()
        assert told(database) == [("d1", "over")]
    store(database, readings(1, 5, [0.0] * 30, received=day + 2))
    with stored_judge(database_url, SILENT) as judge:
        judge.settle()
        assert told(database) == [("d1", "withdrawn")]


def test_what_was_over_before_a_rule_changed_stays_as_told_even_without_a_checkpoint(
    database: Connection, database_url: str
) -> None:
    """The old version's flood stays its own; the new one opens nothing for last night's puddle."""
    add_device(database, 1)
    changed = read_pack(PACK.replace("15 cm", "5 cm"))
    for ruleset, minute in ((RULES, 0), (changed, 30)):
        rules = [(r.id, r.version, "test", ruleset.body[r.id]) for r in ruleset]
        ship(database, rules, as_datetime(START + minute * MINUTE))
        database.commit()
        if minute == 0:
            levels = [0.01, 0.3, 0.3, 0.01, 0.1, 0.1, 0.01]
            store(database, readings(1, 0, levels, received=8))
        else:
            store(database, readings(1, 40, [0.1], received=41))
        with stored_judge(database_url, ruleset) as judge:
            judge.settle()
    events = database.execute("SELECT version, standing FROM events ORDER BY began").fetchall()
    database.commit()
    before, after = RULES.rules["water"].version, changed.rules["water"].version
    assert events == [(before, "over"), (after, "standing")]


def test_a_window_holds_a_case_back_until_it_ends_by_itself(
    database: Connection, database_url: str
) -> None:
    add_device(database, 1)
    ends = as_datetime(START) + timedelta(minutes=60)
    add_window(
        database, Reason.PLANNED_WORK, "device", "d1", as_datetime(START), ends,
        "control room", "the gully is flushed", as_datetime(START),
    )  # fmt: skip
    opened = "SELECT count(*) FROM cases WHERE state NOT IN ('closed', 'rejected', 'void')"
    with stored_judge(database_url, RULES) as judge:
        judge.judge(store(database, readings(1, 0, [0.3] * 5, received=6)))
        judge.settle()
        assert told(database) == [("d1", "explained")]
        assert database.execute(opened).fetchone() == (0,)
        judge.judge(store(database, readings(1, 55, [0.3] * 10, received=66)))
        judge.settle()
        assert told(database) == [("d1", "standing")]
        assert database.execute(opened).fetchone() == (1,)


def test_a_window_set_after_the_fact_voids_the_case_and_ending_it_brings_it_back(
    database: Connection, database_url: str
) -> None:
    add_device(database, 1)
    now = as_datetime(START)
    opened = "SELECT count(*) FROM cases WHERE state NOT IN ('closed', 'rejected', 'void')"
    with stored_judge(database_url, RULES) as judge:
        judge.judge(store(database, readings(1, 5, [0.3] * 5, received=10)))
        judge.settle()
        assert database.execute(opened).fetchone() == (1,)
        database.commit()
        window = add_window(
            database, Reason.MAINTENANCE, "device", "d1", now, now + timedelta(hours=5),
            "control room", "the probe is cleaned", now,
        )  # fmt: skip
        judge.settle()
        assert database.execute(opened).fetchone() == (0,)
        database.commit()
        end_window(database, window, "control room", "another probe", now + timedelta(minutes=2))
        judge.settle()
        assert database.execute(opened).fetchone() == (1,)
