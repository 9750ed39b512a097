"""The live stream, on a real server: what happens, in order, and again after a break."""

import json
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from store.cases import tell

pytestmark = pytest.mark.server

HANDLE = {"verb": "handle", "actor": "crew 7", "role": "department", "version": 4}


@contextmanager
def listening(url, last_id=""):
    """Messages of a new stream, each as (id, name, data); the stream stands when it begins."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    with httpx.stream("GET", f"{url}/api/v1/stream", headers=headers, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        messages = read(answer.iter_lines())
        assert next(messages)[1] == "clock"
        yield messages


def read(lines):
    fields = {}
    for line in lines:
        if line:
            name, _, rest = line.partition(": ")
            fields[name] = rest
        elif "event" in fields:
            yield fields.get("id"), fields["event"], json.loads(fields["data"])
            fields = {}


def next_but_clock(messages):
    """The next that somebody's doing brought, not the time nor the states of sensors."""
    return next(message for message in messages if message[1] not in ("clock", "sensors"))


def step(url, number, **changes):
    answer = httpx.post(f"{url}/api/v1/cases/{number}/steps", json=HANDLE | changes)
    assert answer.status_code == 201, answer.text


@pytest.fixture
def case(server):
    [found] = httpx.get(f"{server.url}/api/v1/cases?code=0506").json()["items"]
    return found


def test_the_clock_tells_event_time_and_the_newest_receipt(server):
    with listening(server.url) as messages:
        [_, name, data] = next(messages)
        while name != "clock":
            [_, name, data] = next(messages)
    assert data["now"].startswith("2024-03-01T06:30:00")
    assert data["received"].startswith("2024-03-01T06:30:00")


def test_a_step_of_a_case_is_told_to_everybody_who_listens(server, case):
    server.wait_until_it_listens()
    with listening(server.url) as here, listening(server.url) as there:
        step(server.url, case["number"])
        for messages in (here, there):
            [_, name, told] = next_but_clock(messages)
            assert (name, told["number"], told["state"]) == ("case", case["number"], "handling")


def test_who_comes_back_gets_what_was_missed_and_nothing_twice(server, case):
    server.wait_until_it_listens()
    number = case["number"]
    with listening(server.url) as messages:
        step(server.url, number)
        [seen, *_] = next_but_clock(messages)
    with listening(server.url) as other:
        step(server.url, number, verb="feed-back", version=5)
        next_but_clock(other)
    with listening(server.url, seen) as messages:
        [_, name, told] = next_but_clock(messages)
        assert (name, told["state"]) == ("case", "fed-back")


def test_who_comes_back_after_too_long_is_told_to_load_again(server, case):
    server.wait_until_it_listens()
    for last_id in ("deadbeef-3", "nonsense"):
        with listening(server.url, last_id) as messages:
            assert next_but_clock(messages)[1] == "reset"


def test_a_lost_database_connection_is_mended_and_the_gap_announced(server, case):
    server.wait_until_it_listens()
    with listening(server.url) as messages:
        server.end_sessions_of_the_database()
        assert next_but_clock(messages)[1] == "reset"
        step(server.url, case["number"])
        assert next_but_clock(messages)[1] == "case"


def test_a_sensor_whose_state_changes_is_told_once_and_with_all_others_that_changed(server):
    server.wait_until_it_listens()
    with listening(server.url) as messages:
        first = next(data for _, name, data in messages if name == "sensors")
        assert first["states"]["silent"] == ["power-011"]
        assert "normal" not in first["states"]
        with psycopg.connect(server.database_url) as connection:
            connection.execute("UPDATE events SET standing = 'over' WHERE rule LIKE 'health.%'")
            [(event,)] = connection.execute(
                "UPDATE events SET standing = 'standing' WHERE rule LIKE 'flood.%' RETURNING id"
            )
            tell(connection, "event", event)
        told = next(data for _, name, data in messages if name == "sensors")
        assert told["states"] == {"alarming": ["flood-003"], "normal": ["power-011"]}


def test_open_streams_do_not_keep_the_server_from_stopping(server):
    with listening(server.url) as messages:
        server.stop()
        assert list(messages) == []
