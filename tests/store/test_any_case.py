"""Many people at many cases at once: whatever comes of it, no log line is lost or double."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from kept_row import check_row, lines
from put_case import put_case
from story import AT, CITY, GAS, WATER, Story

from cases.transitions import NEXT
from cases.words import Role, Source, State, Verb
from cases.workflow import Refused
from store.cases import apply, hold
from store.database import Connection, connect

pytestmark = pytest.mark.server

SAID = {
    "found": True, "passed": True, "amount": 0.5, "outcome": "real", "department": WATER,
    "until": (AT + timedelta(days=30)).isoformat(), "to": "110", "satisfaction": "fair",
}  # fmt: skip
#: Steps that tests of their own drive, because they need another case, or say what changed.
ELSEWHERE = {Verb.MERGE, Verb.AMEND, Verb.JOIN}


def work(url: str, seed: int, case_ids: list[int], steps: int) -> dict[int, int]:
    """Take `steps` random steps as one person in many roles; return how many succeeded a case."""
    chance = random.Random(seed)
    done = dict.fromkeys(case_ids, 0)
    with connect(url) as connection:
        for n in range(steps):
            case_id = chance.choice(case_ids)
            held = hold(connection, case_id, CITY)
            connection.rollback()  # seen, and let go: others may be faster
            ways = [(v, r) for (s, v), m in NEXT.items() if s is held.case.state
                    for r in m.roles if r is not Role.SYSTEM and v not in ELSEWHERE]  # fmt: skip
            verb, role = chance.choice(sorted(ways))
            told = {**SAID, "department": chance.choice([WATER, GAS])}
            try:
                apply(
                    connection, case_id, held.case.version, verb, f"{role} {seed}", role,
                    AT + timedelta(minutes=n), CITY, "because", told,
                )  # fmt: skip
            except Refused:
                continue
            done[case_id] += 1
    return done


def test_what_many_do_at_once_is_in_the_log_once_and_the_row_is_what_the_log_says(
    database: Connection, database_url: str
) -> None:
    sources = [Source.HOTLINE, Source.INSPECTOR, Source.VIDEO, Source.SENSOR]
    ids = []
    for number, source in enumerate(sources, 1):
        story = Story(source, case_id=number)
        ids.append(put_case(database, story.to(State.HANDLING)))
    before = {case_id: len(lines(database, case_id)) for case_id in ids}
    database.commit()
    with ThreadPoolExecutor(4) as pool:
        done = [*pool.map(lambda seed: work(database_url, seed, ids, 60), range(4))]
    assert sum(sum(each.values()) for each in done) > 60
    for case_id in ids:
        log = lines(database, case_id)
        assert len(log) == before[case_id] + sum(each[case_id] for each in done)
        assert [line["version"] for line in log] == [*range(1, len(log) + 1)]
        assert [line["before"] for line in log] == ["", *(line["after"] for line in log[:-1])]
        check_row(database, case_id)
