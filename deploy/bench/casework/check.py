"""Whether a case of the invented year is what its log says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from psycopg.rows import dict_row

from cases.case import Case, Entry, replay
from cases.city import City
from cases.words import Role, State, Verb
from store.cases import columns
from store.database import Connection
from store.statements import statements


def sample(connection: Connection, count: int, seed: int = 1) -> list[int]:
    """Return ids of some cases, from all over the year."""
    row = connection.execute(statements("bench")["last_case"]).fetchone()
    last = int(row[0]) if row and row[0] else 0
    ids = np.random.default_rng(seed).integers(1, last + 1, count)
    found = connection.execute(statements("bench")["some_cases"], {"ids": ids.tolist()})
    return [number for (number,) in found]


def differing(connection: Connection, ids: Sequence[int], city: City) -> list[str]:
    """Return what in the rows of these cases is not what their logs say."""
    found: list[str] = []
    sql = statements("bench")
    with connection.cursor(row_factory=dict_row) as cursor:
        for number in ids:
            lines = cursor.execute(sql["whole_log"], {"id": number}).fetchall()
            case = replay([_entry(line) for line in lines], city)
            [row] = cursor.execute(sql["row"], {"id": number}).fetchall()
            runs = cursor.execute(sql["runs"], {"id": number}).fetchall()
            found += _compare(f"case {number}", columns(case), row)
            said = _runs(case)
            if len(said) != len(runs):
                found.append(f"case {number}: {len(runs)} runs, its log says {len(said)}")
            for each, kept in zip(said, runs, strict=False):
                found += _compare(f"case {number}, run {each['number']}", each, kept)
    return found


def _entry(line: dict[str, Any]) -> Entry:
    before = State(line["before"]) if line["before"] else None
    words = (Role(line["role"]), Verb(line["verb"]), before, State(line["after"]))
    told = (line["reason"], line["details"])
    return Entry(line["case_id"], line["version"], line["at"], line["actor"], *words, *told)


def _runs(case: Case) -> list[dict[str, Any]]:
    names = ("number", "owner", "began", "since", "due", "yellow", "ended", "actor", "in_time")
    return [
        {name: getattr(run, name) for name in names}
        | {
            "stage": run.stage,
            "role": run.role or "",
            "used": run.used,
            "limit_amount": run.allowed.amount,
            "limit_class": run.allowed.time_class,
        }
        for run in case.runs
    ]


def _compare(what: str, said: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    return [
        f"{what}: {name} is {kept[name]!r}, its log says {value!r}"
        for name, value in said.items()
        if kept[name] != value
    ]
