"""`lifeline cases explain`: a case is told, and proved by judging the stored readings again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from psycopg.types.json import Jsonb
from stored import NOW, stored_judge

from deploy.cli import lifeline
from ingest.batch import Batch, concatenate, make_batch
from rules.pack import RuleSet, load, read_pack
from store.database import Connection
from store.readings import Writer
from store.rule_changes import ship

pytestmark = pytest.mark.server

PACKS = Path(__file__).parents[2] / "rules" / "packs"
START = np.datetime64("2026-07-01T02:00", "us")
MINUTE = np.timedelta64(60_000_000, "us")
#: Eight devices of one gateway and zone: depths, and the rain.
DEPTHS, RAIN = range(1, 8), 8


@pytest.fixture
def district(database: Connection) -> Connection:
    """A database with devices d1 to d7 that measure depth and d8 that measures rain."""
    for n in (*DEPTHS, RAIN):
        tags = {"zone": "z1", "kind": "flood", "role": "road"}
        database.execute(
            "INSERT INTO devices (id, status, gateway, tags) VALUES (%s, 'active', 'g1', %s)",
            (f"d{n}", Jsonb(tags | {"gateway": "g1"})),
        )
        quantity = "rain_rate" if n == RAIN else "depth"
        database.execute(
            "INSERT INTO channels (id, device, name, quantity, unit, interval)"
            " VALUES (%s, %s, %s, %s, '', 'PT2M')",
            (f"d{n}/{quantity}", f"d{n}", quantity, quantity),
        )
    database.commit()
    return database


def flood(rise: float = 0.3) -> Batch:
    """Ten hours of readings; the water at d1 rises and drains, d2 soon falls silent."""
    at = np.arange(0, 600, 2)
    batches = []
    for n in (*DEPTHS, RAIN):
        value = np.full(len(at), 0.01 if n in DEPTHS else 0.0)
        if n == 1:
            value = 0.01 + rise * np.clip(np.minimum(at - 30, 150 - at) / 40, 0, 1)
        kept = at < (90 if n == 2 else 600)
        batches.append(make_batch(np.full(kept.sum(), n), START + at[kept] * MINUTE, value[kept]))
    whole = concatenate(batches)
    return whole[np.argsort(whole.received, kind="stable")]


def judge(database: Connection, url: str, batch: Batch, ruleset: RuleSet) -> None:
    """Store, judge and settle a batch, as the running system does."""
    ship(
        database,
        [(r.id, r.version, ruleset.pack[r.id], ruleset.body[r.id]) for r in ruleset],
        NOW - timedelta(days=1),
    )
    database.commit()
    Writer(database).store_batch(batch)
    database.commit()
    with stored_judge(url, ruleset) as judge:
        judge.settle()


def numbers(database: Connection, rule: str) -> list[str]:
    rows = database.execute(
        "SELECT DISTINCT k.number FROM events e JOIN cases k ON k.id = e.case_id"
        " WHERE e.rule = %s ORDER BY 1",
        (rule,),
    ).fetchall()
    database.commit()
    return [str(number) for (number,) in rows]


def explain(url: str, number: str) -> Result:
    return CliRunner().invoke(lifeline, ["--database", url, "cases", "explain", number])


@pytest.fixture
def judged(district: Connection, database_url: str) -> Connection:
    """The district after a flood and a silence, judged by all packs that ship."""
    judge(district, database_url, flood(), load(PACKS))
    return district


WATER, SILENT = "flood.road.standing-water", "health.silent"


@pytest.mark.parametrize("rule", [WATER, SILENT])
def test_a_case_comes_out_the_same_from_the_stored_readings(
    judged: Connection, database_url: str, rule: str
) -> None:
    [number] = numbers(judged, rule)
    said = explain(database_url, number)
    assert said.exit_code == 0, said.output
    assert "reproduced  the same" in said.output
    assert "differs" not in said.output


def test_it_says_what_fired_and_what_would_have_kept_it_quiet(
    judged: Connection, database_url: str
) -> None:
    said = explain(database_url, numbers(judged, WATER)[0]).output
    for words in (
        "道路积水 Standing water on the road",
        "d1/depth (depth)",
        "high 0.1 m",
        "1 of 1 channels stood",
        "quiet if    ",
        "data        d1/depth: ",
        "may be      snow",
    ):
        assert words in said


ALTERED: Sequence[tuple[str, str, str]] = (
    (
        "UPDATE readings SET value = 0.9 WHERE channel = 1 AND value > 0.3",
        "peak: told ",
        "what was frozen is unchanged",
    ),
    (
        "UPDATE readings SET value = 0.01 WHERE channel = 1",
        "no such event comes out",
        "readings are not as they were frozen",
    ),
    (
        "DELETE FROM readings WHERE channel = 1",
        "no such event comes out",
        "frozen readings are no longer stored",
    ),
    (
        "UPDATE devices SET status = 'retired' WHERE id = 'd1'",
        "no such event comes out",
        "1 of its 1 channels are no longer the rule's",
    ),
    (
        "DELETE FROM rule_versions",
        "cannot be judged again",
        "is not in the store",
    ),
)


@pytest.mark.parametrize(("change", "differs", "why"), ALTERED, ids=[a[0][:45] for a in ALTERED])
def test_what_was_altered_since_is_said(
    judged: Connection, database_url: str, change: str, differs: str, why: str
) -> None:
    [number] = numbers(judged, WATER)
    judged.execute(change)
    judged.commit()
    said = explain(database_url, number)
    assert said.exit_code == 1
    assert "reproduced  otherwise" in said.output
    assert differs in said.output
    assert why in said.output


def changed(ruleset: RuleSet, rule: str, **fields: Any) -> RuleSet:
    """Return the rules with one of them of a later version."""
    other = ruleset.rules[rule].model_copy(update={"version": "later", **fields})
    body = ruleset.body[rule] | fields
    return RuleSet(ruleset.rules | {rule: other}, ruleset.pack, ruleset.body | {rule: body})


def test_a_case_is_judged_by_the_version_of_its_time(judged: Connection, database_url: str) -> None:
    [number] = numbers(judged, WATER)
    later = changed(load(PACKS), WATER, status="retired")
    ship(
        judged,
        [(r.id, r.version, later.pack[r.id], later.body[r.id]) for r in later],
        NOW + timedelta(hours=1),
    )
    judged.commit()
    said = explain(database_url, number)
    assert said.exit_code == 0, said.output


EXPLAINED = """
pack: test
rules:
  - id: rain
    title: {en: rain, zh: 雨}
    status: active
    why: it explains
    source: us
    signals: {wet: {select: {quantity: rain_rate}, detect: [{with: level, high: 10 mm/h}]}}
    per: zone
    severity: [{at: 1, level: blue}]
    event: {code_list: L, code: "9", condition: rain}
    case: none
  - id: water
    title: {en: standing water, zh: 积水}
    status: active
    why: it is deep
    source: us
    signals: {deep: {select: {quantity: depth}, detect: [{with: level, high: 15 cm}]}}
    per: device
    explained_by: [{rule: rain, same: zone, before: PT2H}]
    severity: [{at: 1, level: yellow}]
    event: {code_list: GB/T 30428.2-2013, code: "0506", condition: standing-water}
    case: {one_per: device}
"""


def test_what_would_explain_the_event_is_judged_with_it(
    district: Connection, database_url: str
) -> None:
    """The rain of the zone lies on another device; once it has come, it explains the water."""
    judge(district, database_url, flood(), read_pack(EXPLAINED))
    [number] = numbers(district, "water")
    assert explain(database_url, number).exit_code == 0
    district.execute("UPDATE readings SET value = 1e-4 WHERE channel = %s", (RAIN,))
    district.commit()
    said = explain(database_url, number)
    assert said.exit_code == 1
    assert "standing: told over, now explained" in said.output
