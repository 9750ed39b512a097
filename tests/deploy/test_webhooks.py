"""Webhooks over real HTTP: signed, in order, at least once, and nobody waits for somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from random import Random
from threading import Lock
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from hypothesis import given
from hypothesis import strategies as st
from psycopg_pool import ConnectionPool
from put_case import put_case
from receiver import Answer, Received, Receiver, receiving
from standardwebhooks import Webhook
from story import Story

from cases.signature import secret_of
from cases.words import State
from deploy.calling import Forbidden, check_url, is_allowed, retry_after
from deploy.delivering import Delivering
from deploy.webhooks import FIRST_PAUSE, LONGEST_PAUSE, Webhooks, pause
from store import outbox, subscriptions
from store.database import Connection, connect

SECRET = secret_of(bytes(range(32)))
LOOPBACK = (ip_network("127.0.0.0/8"),)
ORIGIN = "city.example"


class Clock:
    """The wall clock, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@contextmanager
def delivering(
    url: str,
    now: Callable[[], datetime],
    networks: Any = LOOPBACK,
    deliver_for: timedelta = timedelta(days=3),
) -> Iterator[Delivering]:
    """Run the delivering thread on the database as long as the block lasts."""
    with ConnectionPool[Connection](url, min_size=1, max_size=4, open=True) as pool:
        keep = timedelta(days=30)
        webhooks = Webhooks(now, ORIGIN, networks, deliver_for, keep, Random(1))
        thread = Delivering(pool, [webhooks])
        thread.start()
        yield thread
        thread.stop()


def subscribe(database: Connection, name: str, url: str, **given: Any) -> None:
    """Subscribe to everything of cases that are no exercises, without a handshake."""
    columns = {
        "name": name, "url": url, "secret": SECRET, "mode": "structured", "handshake": "skipped",
        "exercises": "without", "types": [], "areas": [], "departments": [], "severities": [],
        "reported_by": [],
    }  # fmt: skip
    subscriptions.subscribe(database, datetime.now(UTC), **columns | given)
    database.commit()


def open_cases(database: Connection, *numbers: int) -> list[tuple[str, int]]:
    """Open cases that are dispatched; return what is to be told of them."""
    for number in numbers:
        story = Story()
        story.case = replace(story.case, id=number)
        story.log = [replace(story.log[0], case_id=number)]
        put_case(database, story.to(State.DISPATCHED))
    rows = database.execute("SELECT subject, sequence FROM outbox ORDER BY id").fetchall()
    database.commit()
    return [(subject, sequence) for subject, sequence in rows]


def row(database: Connection, name: str) -> dict[str, Any]:
    [found] = subscriptions.subscriptions(database, name)
    database.commit()
    return found


def until(database: Connection, holds: Callable[[], bool]) -> None:
    """Wait until what the database says holds."""
    while not holds():
        database.execute("SELECT pg_sleep(0.02)")
        database.commit()


def in_order(heard: list[tuple[str, int]]) -> bool:
    """Return whether each subject's events came in their order."""
    subjects = {subject for subject, _ in heard}
    return all(
        (mine := [n for s, n in heard if s == subject]) == sorted(mine) for subject in subjects
    )


@pytest.mark.server
@pytest.mark.parametrize("mode", ["structured", "binary"])
def test_each_event_is_signed_and_read_by_independent_libraries(
    database: Connection, database_url: str, mode: str
) -> None:
    with receiving() as receiver, delivering(database_url, Clock()):
        subscribe(database, "one", receiver.url, mode=mode)
        told = open_cases(database, 1)
        receiver.until(lambda: len(receiver.taken) == len(told))
    for got, (subject, sequence) in zip(receiver.taken, told, strict=True):
        Webhook(SECRET).verify(got.body, got.headers)
        event = from_http_event(HTTPMessage(got.headers, got.body))
        assert (event.get_subject(), event.get_extension("sequence")) == (
            subject,
            f"{sequence:010}",
        )
        assert event.get_id() == got.headers["webhook-id"] == f"{subject}-{sequence}"
        assert got.headers["webhook-request-origin"] == ORIGIN


@pytest.mark.server
def test_every_event_arrives_in_each_cases_order_from_a_receiver_in_trouble(
    database: Connection, database_url: str
) -> None:
    """Half of the requests are refused or cut before or after they were taken."""
    random, lock = Random(3), Lock()

    def answer(_: Received) -> Answer:
        with lock:
            fate = random.random()
        if fate < 0.25:
            return 500, {}
        return None if fate < 0.5 else (202, {})

    clock = Clock()
    with receiving(answer) as receiver, delivering(database_url, clock):
        subscribe(database, "one", receiver.url)
        told = open_cases(database, *range(1, 13))
        while set(receiver.heard()) != set(told):
            clock.ahead += timedelta(seconds=20)
            database.execute("SELECT pg_sleep(0.05)")
            database.commit()
    assert in_order(receiver.heard())
    ids = [(r.event["source"], r.event["id"]) for r in receiver.taken]
    bodies = {r.event["id"]: r.body for r in receiver.requests}
    assert all(r.body == bodies[r.event["id"]] for r in receiver.requests), "retries say the same"
    assert len(set(ids)) == len(told)


@pytest.mark.server
def test_a_failing_event_holds_back_its_own_case_only(
    database: Connection, database_url: str
) -> None:
    with ExitStack() as stack:
        receiver = stack.enter_context(
            receiving(lambda r: (500, {}) if r.event["subject"] == "N2" else (204, {}))
        )
        stack.enter_context(delivering(database_url, Clock()))
        subscribe(database, "one", receiver.url)
        told = open_cases(database, 1, 2, 3)
        rest = [event for event in told if event[0] != "N2"]
        receiver.until(lambda: len(receiver.taken) == len(rest))
        tried = {int(r.event["sequence"]) for r in receiver.requests if r.event["subject"] == "N2"}
        assert tried == {1}
    [first] = subscriptions.deliveries(database, "one", 1, subject="N2", before=None, state=None)[
        -1:
    ]
    assert first["state"] == "pending"


@pytest.mark.server
def test_a_slow_subscription_keeps_no_other_waiting(
    database: Connection, database_url: str
) -> None:
    with ExitStack() as stack:
        quick = stack.enter_context(receiving())
        slow: Receiver = stack.enter_context(receiving())

        def never(_: Received) -> Answer:
            slow.closing.wait(60)
            return None

        slow.answer = never
        stack.enter_context(delivering(database_url, Clock()))
        subscribe(database, "a-slow", slow.url)
        subscribe(database, "quick", quick.url)
        told = open_cases(database, *range(1, 31))
        quick.until(lambda: len(quick.taken) == len(told))
        assert slow.taken == []
        slow.closing.set()


@pytest.mark.server
def test_a_receiver_that_is_gone_gets_no_more(database: Connection, database_url: str) -> None:
    with receiving(lambda _: (410, {})) as receiver, delivering(database_url, Clock()):
        subscribe(database, "one", receiver.url)
        open_cases(database, 1)
        until(database, lambda: row(database, "one")["state"] == "gone")
    assert "410 Gone" in row(database, "one")["trouble"]
    assert len(receiver.requests) == 1
    assert row(database, "one")["pending"] > 0


@pytest.mark.server
def test_retry_after_is_kept_to(database: Connection, database_url: str) -> None:
    clock = Clock()
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving(lambda _: (429, {"retry-after": "3600"})))
        stack.enter_context(delivering(database_url, clock))
        subscribe(database, "one", receiver.url)
        told = open_cases(database, 1)
        until(database, lambda: row(database, "one")["rests_until"] is not None)
        rests = row(database, "one")["rests_until"]
        assert timedelta(minutes=59) < rests - clock() <= timedelta(hours=1)
        [first] = subscriptions.deliveries(database, "one", 100)[-1:]
        assert (first["status"], first["attempts"]) == (429, 1)
        assert first["next_try"] >= rests
        receiver.answer = lambda _: (204, {})
        clock.ahead = timedelta(hours=1, seconds=1)
        receiver.until(lambda: len(receiver.taken) == len(told))
    assert row(database, "one")["trouble"] == ""


@pytest.mark.server
def test_who_does_not_answer_is_left_alone_for_longer_each_time(
    database: Connection, database_url: str
) -> None:
    clock = Clock()
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving(lambda _: None))
        stack.enter_context(delivering(database_url, clock))
        subscribe(database, "one", receiver.url)
        told = open_cases(database, *range(1, 6))
        for times in range(1, 5):
            until(database, lambda times=times: row(database, "one")["unanswered"] == times)
            clock.ahead += row(database, "one")["rests_until"] - clock()
        assert row(database, "one")["trouble"] != ""
        receiver.answer = lambda _: (204, {})
        clock.ahead += timedelta(hours=1)
        receiver.until(lambda: len(set(receiver.heard())) == len(told))
    assert row(database, "one")["unanswered"] == 0
    assert in_order(receiver.heard())


@pytest.mark.server
def test_what_fails_for_days_has_failed_and_is_sent_again_when_asked(
    database: Connection, database_url: str
) -> None:
    clock = Clock()
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving(lambda _: (400, {})))
        stack.enter_context(delivering(database_url, clock, deliver_for=timedelta(seconds=1)))
        subscribe(database, "one", receiver.url)
        told = open_cases(database, 1)
        until(database, lambda: row(database, "one")["failed"] == len(told))
        assert {r.event["id"] for r in receiver.requests} == {f"N1-{n}" for _, n in told}
        receiver.answer = lambda _: (204, {})
        subscriptions.send_again(database, "one", clock())
        database.commit()
        receiver.until(lambda: len(receiver.taken) == len(told))
    assert in_order(receiver.heard())


@pytest.mark.server
@pytest.mark.parametrize(
    ("said", "agreed", "rate"),
    [
        ({"webhook-allowed-origin": ORIGIN, "webhook-allowed-rate": "*"}, True, None),
        ({"webhook-allowed-origin": "*", "webhook-allowed-rate": "6000"}, True, 6000),
        ({"webhook-allowed-origin": "another.example"}, False, None),
        ({}, False, None),
    ],
)
def test_nothing_is_sent_before_the_target_agrees(
    database: Connection, database_url: str, said: dict[str, str], agreed: bool, rate: int | None
) -> None:
    def answer(got: Received) -> Answer:
        return (200, said) if got.method == "OPTIONS" else (204, {})

    with receiving(answer) as receiver, delivering(database_url, Clock()):
        subscribe(database, "one", receiver.url, handshake="required")
        told = open_cases(database, 1)
        if agreed:
            receiver.until(lambda: len(receiver.taken) == len(told))
        else:
            until(database, lambda: "has not agreed" in row(database, "one")["trouble"])
    [asked, *sent] = receiver.requests
    assert asked.method == "OPTIONS"
    assert asked.headers["webhook-request-origin"] == ORIGIN
    assert len(sent) == (len(told) if agreed else 0)
    assert (row(database, "one")["agreed"] is not None) is agreed
    assert row(database, "one")["rate"] == rate


@pytest.mark.server
def test_what_a_killed_process_had_claimed_is_sent_by_another(
    database: Connection, database_url: str
) -> None:
    clock = Clock()
    with receiving() as receiver:
        subscribe(database, "one", receiver.url)
        told = open_cases(database, 1, 2)
        with connect(database_url) as killed:
            outbox.sort(killed, clock())
            killed.commit()
            assert len(outbox.claim(killed, "one", clock(), timedelta(minutes=1), 10)) == 2
            killed.commit()  # it dies with the requests on the way
        with delivering(database_url, clock):
            open_cases(database, 3)
            receiver.until(lambda: ("N3", 1) in receiver.heard())
            assert {subject for subject, _ in receiver.heard()} == {"N3"}
            clock.ahead = timedelta(minutes=1)
            receiver.until(lambda: set(told) <= set(receiver.heard()))
    assert in_order(receiver.heard())


@pytest.mark.server
def test_two_processes_share_the_work(database: Connection, database_url: str) -> None:
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving())
        for _ in range(2):
            stack.enter_context(delivering(database_url, Clock()))
        subscribe(database, "one", receiver.url)
        told = open_cases(database, *range(1, 41))
        receiver.until(lambda: len(set(receiver.heard())) == len(told))
    assert len(receiver.taken) == len(told), "no event twice while all goes well"
    assert in_order(receiver.heard())


@pytest.mark.server
def test_no_address_inside_is_called_unless_the_operator_allows_it(
    database: Connection, database_url: str
) -> None:
    with receiving() as receiver, delivering(database_url, Clock(), networks=()):
        subscribe(database, "one", receiver.url.replace("127.0.0.1", "localhost"))
        open_cases(database, 1)
        until(database, lambda: "no public address" in row(database, "one")["trouble"])
    assert receiver.requests == []


@pytest.mark.server
def test_redirections_are_not_followed(database: Connection, database_url: str) -> None:
    with ExitStack() as stack:
        other = stack.enter_context(receiving())
        receiver = stack.enter_context(receiving(lambda _: (302, {"location": other.url})))
        stack.enter_context(delivering(database_url, Clock()))
        subscribe(database, "one", receiver.url)
        open_cases(database, 1)
        receiver.until(lambda: len(receiver.requests) >= 1)
    assert other.requests == []


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", True),  # the network that is allowed here
        ("10.2.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.1.0.1", True),
        ("64:ff9b::7f00:1", False),  # by way of NAT64
        ("2002:7f00:1::", False),  # by way of 6to4
    ],
)
def test_only_public_addresses_and_allowed_networks_are_called(address: str, allowed: bool) -> None:
    assert is_allowed(ip_address(address), [ip_network("10.1.0.0/16")]) is allowed


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/b",
        "file:///etc/passwd",
        "events",
        "http://",
        "https://user:word@host/",
        "http://[::",
    ],
)
def test_what_is_no_address_of_a_receiver_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        check_url(url)


@given(attempts=st.integers(1, 10_000), seed=st.integers())
def test_pauses_grow_up_to_a_bound_and_are_never_exact(attempts: int, seed: int) -> None:
    found = pause(attempts, Random(seed))
    whole = min(FIRST_PAUSE * 3 ** min(attempts - 1, 20), LONGEST_PAUSE)
    assert whole / 2 <= found <= whole


NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "until_"),
    [
        ("120", NOW + timedelta(minutes=2)),
        ("Fri, 06 Mar 2026 12:30:00 GMT", NOW + timedelta(minutes=30)),
        ("Fri, 06 Mar 2026 11:30:00 GMT", NOW),
        ("99999999999999999999", NOW + timedelta(days=1)),
        ("Fri, 06 Mar 2099 12:30:00 GMT", NOW + timedelta(days=1)),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(text: str, until_: datetime | None) -> None:
    assert retry_after(text, NOW) == until_
