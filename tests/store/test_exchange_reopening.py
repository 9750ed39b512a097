"""A peer that hands a closed case back, where another case of the same cause is open by now."""

from __future__ import annotations

import pytest
from kept_row import check_row
from put_case import put_case
from story import AT, CITY, MINUTE, Story

from cases.words import Role, Source, State, Verb
from store.database import Connection
from store.exchange import know, receive

pytestmark = pytest.mark.server

NOW = AT + 60 * MINUTE
BODY = {
    "kind": "step", "case": "D1", "yours": "N1", "version": 9, "verb": Verb.HAND_OVER,
    "role": Role.DISPATCHER, "state": State.HANDED_OVER, "at": AT.isoformat(), "reason": "wet",
    "details": {}, "handed_over": {
        "source": Source.SENSOR, "exercise": False, "code_list": "", "code": "", "condition": "",
        "title_zh": "水", "title_en": "water", "severity": "", "lon": 120.1, "lat": 30.2,
        "component": "", "grid_cell": "", "address": "", "description": "",
        "began": AT.isoformat(),
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "outcome", "state"),
    [
        ("another", "applied", State.FILED),
        ("one cause", "conflict", State.CLOSED),
    ],
)
def test_it_is_reopened_unless_that_would_be_a_second_one_and_the_exchange_goes_on(
    database: Connection, key: str, outcome: str, state: State
) -> None:
    put_case(database, Story(case_id=1).to(State.CLOSED), key="one cause")
    put_case(database, Story(case_id=2).to(State.HANDLING), key=key)
    know(database, ["district"])
    database.execute("INSERT INTO case_links (peer, case_id, theirs) VALUES ('district', 1, 'D1')")
    database.commit()
    with database.transaction():
        assert receive(database, "district", 1, BODY, NOW, CITY) == 1
    [(came_out, why)] = database.execute("SELECT outcome, why FROM messages_in").fetchall()
    assert came_out == outcome
    assert ("same cause" in why) == (outcome == "conflict")
    told = database.execute("SELECT count(*) FROM messages_out WHERE body ->> 'kind' = 'refusal'")
    assert told.fetchone() == (outcome == "conflict",)
    check_row(database, 1)
    [(now,)] = database.execute("SELECT state FROM cases WHERE id = 1").fetchall()
    assert now == state
    with database.transaction():
        note = {**BODY, "case": "D2", "verb": Verb.NOTE, "handed_over": None}
        assert receive(database, "district", 2, note, NOW, CITY) == 2
