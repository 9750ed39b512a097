"""Sensors, callers, people, clocks and a peer at the same cases at once: nobody waits in a ring."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import numpy as np
import pytest
from kept_row import check_row, lines
from one_event import START, an_event
from one_report import AT, CITY, report
from story import GAS, WATER

from cases.transitions import NEXT
from cases.words import ENDS, Role, State, Verb
from cases.workflow import Refused
from rules.event import Event, Standing
from rules.judgement import Requalified
from store.cases import REMARKS, apply, hold
from store.database import Connection, connect
from store.exchange import know, receive, state_of, tell
from store.firing import fire
from store.outbox import sort
from store.reports import take
from store.settlement import settle

pytestmark = pytest.mark.server

ROUNDS = 60
PEER = "district"
ROADS = [f"330106060200000{n}" for n in range(1, 5)]
NOTHING_NEW = Requalified(
    np.zeros(0, np.int32), np.zeros(0, "datetime64[us]"), np.zeros(0, np.uint16)
)
SETUP = """
INSERT INTO components (code, code_list, class, lon, lat)
    SELECT '330106060200000' || n, 'CJ/T 214-2007', '0602', 120.1 + n / 1e4, 30.2
    FROM generate_series(1, 4) n;
INSERT INTO devices (id, status, component)
    SELECT 'd' || n, 'active', '330106060200000' || n FROM generate_series(1, 4) n;
INSERT INTO channels (id, device, name, quantity, unit)
    SELECT 'd' || n || '/depth', 'd' || n, 'depth', 'depth', 'm' FROM generate_series(1, 4) n;
"""
SAID: dict[str, Any] = {
    "found": True, "passed": True, "amount": 0.5, "outcome": "real", "satisfaction": "fair",
    "until": (AT + timedelta(days=30)).isoformat(),
}  # fmt: skip
WHOLE = """
SELECT c.id, c.first_public, c.first_sensed, c.merged_into, c.state,
       (SELECT min(reported) FROM reports r WHERE r.case_id = c.id
           AND r.source IN ('hotline', 'police', 'system')),
       (SELECT min(found) FROM events e WHERE e.case_id = c.id AND e.standing IN ('standing', 'over')),
       (SELECT count(*) FROM case_timers t WHERE t.case_id = c.id AND fired IS NULL),
       (SELECT count(*) FROM outbox o WHERE o.case_id = c.id)
FROM cases c ORDER BY c.id
"""  # noqa: E501

#: Steps that tests of their own drive, because they say what changed.
ELSEWHERE = {Verb.AMEND, Verb.JOIN}
#: Steps that bring a case no further.
ASIDE = REMARKS | {Verb.REJECT, Verb.MERGE, Verb.VOID, Verb.RETURN, Verb.REFUSE}
#: What one of them does in a round: with a connection, its own chance, and the time.
Act = Callable[[Connection, random.Random, datetime], None]


def sensors(connection: Connection, chance: random.Random, now: datetime) -> None:
    found = {(e := an_event_of(chance)).id: e for _ in range(chance.randint(1, 5))}
    settle(connection, [*found.values()], NOTHING_NEW, now, CITY)


def an_event_of(chance: random.Random) -> Event:
    road = chance.randrange(4)
    minute = np.timedelta64(5 * chance.randrange(6), "m")
    # What two roads have in common is grouped by: cases are joined, and part again.
    paths = chance.choice([[], [f"drain {road // 2}"]])
    why = {"group": {"near": chance.choice([0.0, 30.0]), "paths": paths}}
    return an_event(
        subject=ROADS[road],
        case_key=f"0506|component|{ROADS[road]}",
        began=START + minute,
        raised=START + minute,
        found=START + minute + np.timedelta64(chance.randrange(4), "m"),
        channels=(road + 1,),
        standing=chance.choice([*Standing]),
        why=why,
    )


def callers(connection: Connection, chance: random.Random, now: datetime) -> None:
    case_id = a_case(connection, chance) if chance.random() < 0.4 else None
    spot = {"lon": 120.1 + chance.randrange(4) / 1e4}
    said = report(external_id=f"n{chance.randrange(90)}", system="12345", reported=now, **spot)
    with suppress(Refused):
        take(connection, said, now, CITY, case_id)


def people(connection: Connection, chance: random.Random, now: datetime) -> None:
    case_id = a_case(connection, chance)
    held = hold(connection, case_id, CITY)
    connection.rollback()
    ways = sorted(
        (verb, role)
        for (state, verb), move in NEXT.items()
        for role in move.roles
        if state is held.case.state and role is not Role.SYSTEM and verb not in ELSEWHERE
    )
    onward = [way for way in ways if way[0] not in ASIDE]
    verb, role = chance.choice(onward if chance.random() < 0.8 and onward else ways)
    into = connection.execute("SELECT number FROM cases ORDER BY random() LIMIT 1").fetchone()
    connection.rollback()
    told = {**SAID, "department": chance.choice([WATER, GAS]), "to": PEER, "into": into and into[0]}
    with suppress(Refused):
        apply(
            connection, case_id, held.case.version, verb, f"{role} {chance.randrange(3)}", role,
            now, CITY, "because", told,
        )  # fmt: skip


def clocks(connection: Connection, chance: random.Random, now: datetime) -> None:
    fire(connection, now + timedelta(hours=chance.randrange(30)), CITY)


def telling(connection: Connection, chance: random.Random, now: datetime) -> None:
    with connection.transaction():
        tell(connection, sort(connection, now), [PEER])


def hearing(connection: Connection, chance: random.Random, now: datetime) -> None:
    """The peer answers to what it was told last, or hands something over."""
    with connection.transaction():
        number = state_of(connection, PEER)["received"] + 1
        told = connection.execute(
            "SELECT body FROM messages_out WHERE body ->> 'kind' = 'step' ORDER BY random() LIMIT 1"
        ).fetchone()
        if told is None:
            return
        given = chance.random() < 0.4
        body = {
            **told[0],
            "case": f"D{told[0]['case']}",
            "yours": told[0]["case"],
            "version": number,
            "verb": Verb.HAND_OVER if given else chance.choice(ANSWERS),
            "handed_over": FACTS if given else None,
            "details": {},
            "reason": "so",
        }  # fmt: skip
        receive(connection, PEER, number, body, now, CITY)


ANSWERS = (Verb.CLOSE, Verb.REJECT, Verb.NOTE)
FACTS: dict[str, Any] = {
    "source": "hotline", "exercise": False, "code_list": "GB/T 30428.2-2013", "code": "0506",
    "condition": "standing-water", "title_zh": "道路积水", "title_en": "Standing water",
    "severity": "yellow", "lon": 120.1, "lat": 30.2, "component": "", "grid_cell": "",
    "address": "", "description": "water", "began": AT.isoformat(),
}  # fmt: skip


def a_case(connection: Connection, chance: random.Random) -> int:
    with connection.transaction():
        ids = [row[0] for row in connection.execute("SELECT id FROM cases ORDER BY id")]
    # Mostly a few, so that they meet; the newest among them, which nobody has touched.
    few = ids[:12] if chance.random() < 0.8 else ids[-12:]
    return int(chance.choice(few))


def work(url: str, act: Act, seed: int, over: threading.Event) -> None:
    """Act until people have taken so many steps; they tell when it is over."""
    chance = random.Random(seed)
    with connect(url) as connection:
        try:
            for n in count():
                act(connection, chance, AT + timedelta(minutes=n % 600))
                connection.commit()
                if over.is_set() or (act is people and n > ROUNDS):
                    return
        finally:
            over.set()


def test_whoever_meets_at_a_case_nothing_is_lost_double_or_stuck(
    database: Connection, database_url: str
) -> None:
    database.execute(SETUP)
    know(database, [PEER])
    database.commit()
    for n in range(3):
        callers(database, random.Random(n), AT) if n else take(database, report(), AT, CITY)
    sensors(database, random.Random(1), AT)
    database.commit()
    acts: list[Act] = [sensors, sensors, callers, people, people, people, clocks, telling, hearing]
    over = threading.Event()
    with ThreadPoolExecutor(len(acts)) as pool:
        done = [pool.submit(work, database_url, act, seed, over) for seed, act in enumerate(acts)]
        for each in done:
            each.result()
    check_whole(database)


def check_whole(connection: Connection) -> None:
    rows = connection.execute(WHOLE).fetchall()
    for case_id, public, sensed, into, state, told, found, waiting, sent in rows:
        check_row(connection, case_id)
        log = lines(connection, case_id)
        assert [line["version"] for line in log] == [*range(1, len(log) + 1)]
        assert [line["before"] for line in log] == ["", *(line["after"] for line in log[:-1])]
        assert sent == len(log)
        assert (public, sensed) == (told, found), case_id
        ended = State(state) in ENDS
        assert not (ended and waiting)
        last = [line["verb"] for line in log if line["verb"] in ("merge", "reopen")][-1:]
        assert (into is not None) == (last == ["merge"])
    lost = "SELECT id FROM events WHERE case_id IS NULL AND standing IN ('standing', 'over')"
    assert connection.execute(lost).fetchall() == []
