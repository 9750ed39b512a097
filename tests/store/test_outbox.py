"""The outbox: told with what it tells of, given to whom it concerns, taken in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from put_case import put_case
from story import AT, CITY, WATER, Story

from cases.notices import TYPES, CaseNotice, structured
from cases.words import Role, Source, State, Verb
from cases.workflow import Refused
from store import outbox, subscriptions
from store.cases import apply
from store.database import Connection, connect

pytestmark = pytest.mark.server

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
LEASE = timedelta(minutes=1)
EVERYTHING: dict[str, Any] = {
    "url": "https://receiver.example/events", "secret": "whsec_x", "mode": "structured",
    "handshake": "skipped", "exercises": "without", "types": [], "areas": [], "departments": [],
    "severities": [], "reported_by": [],
}  # fmt: skip


def subscribe(connection: Connection, name: str, **given: Any) -> None:
    subscriptions.subscribe(connection, NOW, name=name, **EVERYTHING | given)


def waiting(connection: Connection, name: str) -> list[str]:
    """Return the verbs of what waits for a subscription, oldest first."""
    rows = subscriptions.deliveries(connection, name, 1000, "pending")
    words = {type_: verb for verb, type_ in TYPES.items()}
    return [str(words[row["type"]]) for row in reversed(rows)]


def told(connection: Connection) -> list[tuple[str, int, str]]:
    return connection.execute("SELECT subject, sequence, type FROM outbox ORDER BY id").fetchall()


def story(number: int = 7, source: Source = Source.HOTLINE, **details: Any) -> Story:
    """Return the story of a case with an id of its own, dispatched."""
    one = Story(source, **details)
    one.case = replace(one.case, id=number)
    one.log = [replace(one.log[0], case_id=number)]
    return one.to(State.DISPATCHED)


def test_every_line_of_a_log_is_told_once(database: Connection) -> None:
    one = story()
    put_case(database, one)
    apply(database, 7, one.case.version, Verb.HANDLE, "crew", Role.DEPARTMENT, AT, CITY)
    log = database.execute("SELECT 'N7', version, verb FROM case_log ORDER BY version").fetchall()
    assert told(database) == [(n, version, TYPES[Verb(verb)]) for n, version, verb in log]


def test_what_was_rolled_back_or_refused_is_not_told(database: Connection) -> None:
    one = story()
    put_case(database, one)
    before = told(database)
    with pytest.raises(Refused):
        apply(database, 7, one.case.version, Verb.RETURN, "crew", Role.DEPARTMENT, AT, CITY)
    apply(database, 7, one.case.version, Verb.HANDLE, "crew", Role.DEPARTMENT, AT, CITY)
    database.rollback()
    assert told(database) == before


def test_what_is_told_has_its_schema_and_names_nobody(database: Connection) -> None:
    put_case(database, story(), grid_cell=None, lon=120.1, lat=30.2)
    subscribe(database, "all")
    outbox.sort(database, NOW)
    seen = []
    while claimed := outbox.claim(database, "all", NOW, LEASE, 10):
        for each in claimed:
            data = CaseNotice.model_validate(dict(each.notice.data))
            assert data.version == each.notice.sequence
            seen.append(data.verb)
            assert each.notice.source == "urn:lifeline:instance:lifeline"
            said = str(structured(each.notice))
            assert "reporter" not in said
            assert "dispatch-er" not in said
            assert "because" not in said
            outbox.delivered(database, "all", {each.event: 204}, NOW)
    assert seen[0] is Verb.REPORT
    assert seen[-1] is Verb.DISPATCH


def test_an_event_keeps_the_name_that_the_instance_had(database: Connection) -> None:
    put_case(database, story(1))
    outbox.name_instance(database, "city.example")
    put_case(database, story(2))
    sources = database.execute("SELECT DISTINCT case_id, source FROM outbox ORDER BY 1").fetchall()
    assert sources == [
        (1, "urn:lifeline:instance:lifeline"),
        (2, "urn:lifeline:instance:city.example"),
    ]


@pytest.mark.parametrize(
    ("asked", "heard"),
    [
        ({}, {1, 2}),
        ({"exercises": "with"}, {1, 2, 3}),
        ({"exercises": "only"}, {3}),
        ({"reported_by": ["sensor"]}, {2}),
        ({"reported_by": ["sensor", "hotline"]}, {1, 2}),
        ({"severities": ["red"]}, {2}),
        ({"areas": ["330106"]}, {1}),
        ({"areas": ["330106001"]}, {1}),
        ({"areas": ["330107", "330108"]}, {2}),
        ({"types": [TYPES[Verb.HANDLE]]}, set()),
        ({"types": [TYPES[Verb.DISPATCH], TYPES[Verb.HANDLE]]}, {1, 2}),
        ({"departments": [WATER]}, {1, 2}),
        ({"departments": ["another"]}, set()),
        ({"severities": ["red"], "areas": ["330106"]}, set()),
    ],
)
def test_a_subscription_hears_what_it_asks_for(
    database: Connection, asked: dict[str, Any], heard: set[int]
) -> None:
    database.execute(
        "INSERT INTO grid_cells (code) VALUES ('330106001001001'), ('330107002002002')"
    )
    subscribe(database, "one", **asked)
    put_case(database, story(1), grid_cell="330106001001001")
    put_case(database, story(2, Source.SENSOR), grid_cell="330107002002002", severity="red")
    put_case(database, story(3, exercise=True))
    outbox.sort(database, NOW)
    rows = subscriptions.deliveries(database, "one", 1000)
    assert {int(row["subject"].removeprefix("N")) for row in rows} == heard


def test_a_case_is_told_in_order_and_others_do_not_wait(database: Connection) -> None:
    subscribe(database, "all")
    put_case(database, story(1))
    put_case(database, story(2))
    outbox.sort(database, NOW)
    first = outbox.claim(database, "all", NOW, LEASE, 10)
    assert [(c.notice.subject, c.notice.sequence) for c in first] == [("N1", 1), ("N2", 1)]
    assert outbox.claim(database, "all", NOW, LEASE, 10) == [], "both are on the way"
    outbox.not_delivered(database, "all", first[0], NOW + timedelta(hours=1), 500, "broken")
    outbox.delivered(database, "all", {first[1].event: 200}, NOW)
    second = outbox.claim(database, "all", NOW, LEASE, 10)
    assert [(c.notice.subject, c.notice.sequence) for c in second] == [("N2", 2)]


def test_a_claim_that_has_run_out_is_anybodys(database: Connection) -> None:
    subscribe(database, "all")
    put_case(database, story())
    outbox.sort(database, NOW)
    [one] = outbox.claim(database, "all", NOW, LEASE, 10)
    later = NOW + LEASE
    [again] = outbox.claim(database, "all", later, LEASE, 10)
    assert (again.event, again.attempts, again.notice) == (one.event, 2, one.notice)
    outbox.not_delivered(database, "all", one, None, 500, "what the first says comes too late")
    assert waiting(database, "all")[0] == "report"


@pytest.fixture
def two(database: Connection, database_url: str) -> Iterator[tuple[Connection, Connection]]:
    with connect(database_url) as other:
        yield database, other


def test_of_two_processes_neither_takes_what_the_other_has(
    two: tuple[Connection, Connection],
) -> None:
    one, other = two
    subscribe(one, "all")
    for number in range(1, 9):
        put_case(one, story(number))
    outbox.sort(one, NOW)
    one.commit()
    mine = outbox.claim(one, "all", NOW, LEASE, 4)
    theirs = outbox.claim(other, "all", NOW, LEASE, 100)  # while the first has not committed
    assert len(mine) == len(theirs) == 4
    assert not {c.event for c in mine} & {c.event for c in theirs}


def test_one_sorts_at_a_time(two: tuple[Connection, Connection]) -> None:
    one, other = two
    put_case(one, story())
    assert outbox.sort(one, NOW)
    assert outbox.sort(other, NOW) == [], "the first has not committed"
    one.commit()
    assert outbox.sort(other, NOW) == [], "nothing is left"


def test_what_commits_later_than_it_was_numbered_is_not_missed(
    two: tuple[Connection, Connection],
) -> None:
    one, other = two
    subscribe(one, "all")
    mine, theirs = story(1), story(2)
    put_case(one, mine)
    put_case(one, theirs)
    apply(one, 1, mine.case.version, Verb.HANDLE, "crew", Role.DEPARTMENT, AT, CITY)
    apply(other, 2, theirs.case.version, Verb.HANDLE, "crew", Role.DEPARTMENT, AT, CITY)
    other.commit()
    outbox.sort(other, NOW)
    other.commit()
    one.commit()  # its event has the lower number
    outbox.sort(one, NOW)
    assert waiting(one, "all").count("handle") == 2


def test_paused_subscriptions_miss_nothing_and_ended_ones_hear_nothing(
    database: Connection,
) -> None:
    for name, state in (("paused", "paused"), ("gone", "gone"), ("ended", "ended")):
        subscribe(database, name)
        subscriptions.set_state(database, name, state)  # type: ignore[arg-type]
    put_case(database, story())
    outbox.sort(database, NOW)
    assert waiting(database, "paused")[-1] == "dispatch"
    assert waiting(database, "gone") == waiting(database, "ended") == []
    assert outbox.claim(database, "paused", NOW, LEASE, 10) == []
    assert subscriptions.targets(database, NOW) == []
    subscriptions.set_state(database, "paused", "active")
    assert outbox.claim(database, "paused", NOW, LEASE, 10)
    with pytest.raises(subscriptions.BadSubscription, match="it has ended"):
        subscriptions.set_state(database, "ended", "active")


def test_what_is_too_old_fails_stays_and_can_be_sent_again(database: Connection) -> None:
    subscribe(database, "one")
    put_case(database, story())
    outbox.sort(database, NOW)
    [claimed] = outbox.claim(database, "one", NOW, LEASE, 10)
    outbox.not_delivered(database, "one", claimed, NOW, 500, "500 Internal Server Error")
    later = NOW + timedelta(days=3, seconds=1)
    lines = len(told(database))
    assert outbox.give_up(database, later, timedelta(days=3)) == lines
    rows = subscriptions.deliveries(database, "one", 1000)
    assert {row["state"] for row in rows} == {"failed"}
    assert rows[-1]["trouble"] == "not sent in time: 500 Internal Server Error"
    assert subscriptions.send_again(database, "one", later, claimed.event) == 1
    assert waiting(database, "one") == ["report"]
    assert subscriptions.send_again(database, "one", later) == lines - 1
    assert outbox.give_up(database, later, timedelta(days=3)) == 0


def test_nothing_is_forgotten_that_somebody_waits_for(database: Connection) -> None:
    keep, later = timedelta(days=30), NOW + timedelta(days=31)
    subscribe(database, "one", types=[TYPES[Verb.REPORT]])
    put_case(database, story())
    put_case(database, story(8))
    outbox.sort(database, NOW)
    assert outbox.forget(database, NOW + keep, keep) == 0
    outbox.forget(database, later, keep)
    assert [sequence for _, sequence, _ in told(database)] == [1, 1]
    for claimed in outbox.claim(database, "one", later, LEASE, 10):
        outbox.delivered(database, "one", {claimed.event: 200}, later)
    outbox.forget(database, later, keep)
    assert told(database) == []
    assert subscriptions.deliveries(database, "one", 10) == []


def test_random_deliveries_keep_each_cases_order(database: Connection) -> None:
    """Against a naive reading of the log: what is delivered first of each event, in which order."""
    random = Random(4)
    subscribe(database, "all")
    for number in range(1, 6):
        put_case(database, story(number))
    now, seen = NOW, []
    for _ in range(1000):
        outbox.sort(database, now, most=random.randrange(1, 5))
        for claimed in outbox.claim(database, "all", now, LEASE, random.randrange(1, 4)):
            fate = random.random()
            if fate < 0.5:
                seen.append((claimed.notice.subject, claimed.notice.sequence))
                outbox.delivered(database, "all", {claimed.event: 200}, now)
            elif fate < 0.8:  # the rest is lost with its process
                later = now + timedelta(seconds=random.randrange(1, 200))
                outbox.not_delivered(database, "all", claimed, later, 503, "busy")
        now += timedelta(seconds=30)
    for number in range(1, 6):
        mine = [sequence for subject, sequence in seen if subject == f"N{number}"]
        assert mine == [s for n, s, _ in told(database) if n == f"N{number}"]
