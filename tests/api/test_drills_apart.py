"""Nothing of a drill is in what is live: every route that reads answers the same beside one."""

from __future__ import annotations

import json
import re

import psycopg
import pytest
from put_drill import flooded, put_drill, settle_drill
from watched_city import NOW

from api.routes.stream import hears, look_up
from store.access import EVERYWHERE
from store.database import connect
from store.quarantine import sweep
from tests.api.test_every_route import EVERY_ROUTE

pytestmark = pytest.mark.server

#: What is asked of drills, tells of this process or of who asks, or is a whole table with a column
#: that says what is an exercise.
ELSEWHERE = re.compile(r"/drills|/stream|/metrics|/exports|/audit|/healthz|/readyz|/me|openapi")
READS = [
    (asked or path)
    for method, path, asked, status, _ in EVERY_ROUTE
    if method == "get" and status == 200 and not ELSEWHERE.search(path)
]


@pytest.fixture
def beside(own_client, own_city):
    """A client of a city, and how to begin a drill there with all that it brings."""

    def begin():
        with connect(own_city) as connection:
            [(lon, lat)] = connection.execute(
                "SELECT lon, lat FROM devices WHERE id = 'flood-003'"
            ).fetchall()
            drill = put_drill(connection, NOW, lon, lat)
            event = flooded(connection, drill, NOW, "flood-003")
            [case] = settle_drill(connection, [event], NOW)
        for topic, body in (
            (f"drill/{drill}/city/flood-900/telemetry", {"device": "flood-900", "depth": 44.0}),
            (f"drill/{drill}/city/nobody/telemetry", {"device": "nobody", "depth": 1.0}),
            (f"drill/{drill}/city/flood-003/telemetry", "no object"),
        ):
            own_client.post(f"/ingest/json?topic={topic}", content=json.dumps(body))
        swept(own_city)
        return drill, case, event

    return own_client, own_city, begin


def swept(url):
    """The storing of these tests began before the drill: what it did not know is moved by now."""
    with connect(url) as connection:
        sweep(connection)
        connection.commit()


def answers(client):
    [case] = client.get("/api/v1/cases?code=0506").json()["items"]
    event = client.get("/api/v1/events").json()["items"][0]
    found = {}
    for url in dict.fromkeys(READS):
        url = url.replace("CASE", case["number"]).replace("EVENT", event["id"])
        answer = client.get(url)
        if answer.status_code == 200:
            found[url] = answer.content
    return found


def test_a_drill_changes_no_answer_of_any_route_that_reads(beside):
    client, url, begin = beside
    before = answers(client)
    assert len(before) > 60
    drill, *_ = begin()
    with psycopg.connect(url) as connection:
        stored = connection.execute(
            "SELECT count(*) FROM readings r JOIN channels c ON c.number = r.channel"
            " WHERE c.id = %s", (f"drill-{drill}.flood-900.depth",),
        ).fetchone()  # fmt: skip
        waiting = connection.execute("SELECT device FROM quarantine WHERE of_drill(device)")
        letters = connection.execute("SELECT count(*) FROM dead_letters WHERE topic ~ '^drill/'")
        assert stored == (1,)
        assert waiting.fetchall() == [(f"drill-{drill}.nobody",)]
        assert letters.fetchone() == (1,)
    after = answers(client)
    assert {url for url in before if before[url] != after.get(url)} == set()


def test_no_gauge_counts_what_is_a_drills(beside):
    client, _, begin = beside

    def gauges():
        text = client.get("/metrics").text
        names = (
            "devices", "channels", "open_cases", "overdue_cases", "standing_events",
            "open_dead_letters", "quarantined_devices", "last_received_timestamp_seconds",
        )  # fmt: skip
        return re.findall(rf"^lifeline_(?:{'|'.join(names)}) .*$", text, re.MULTILINE)

    before = gauges()
    assert len(before) == 8
    begin()
    assert gauges() == before


def test_a_drills_world_is_asked_for_by_its_number_and_has_nothing_live(beside):
    client, _, begin = beside
    drill, _, event = begin()
    for path, name in (
        ("cases", "number"), ("events", "id"), ("devices", "id"), ("channels", "id"),
    ):  # fmt: skip
        live = {row[name] for row in client.get(f"/api/v1/{path}").json()["items"]}
        own = {row[name] for row in client.get(f"/api/v1/{path}?drill={drill}").json()["items"]}
        assert own, path
        assert not own & live, path
    lists = client.get(f"/api/v1/worklists/department?drill={drill}").json()["lists"]
    work = [task for each in lists for task in each["items"]]
    [case] = client.get(f"/api/v1/cases?drill={drill}").json()["items"]
    assert {task["number"] for task in work} == {case["number"]}
    assert (case["exercise"], case["drill"]) == (True, drill)
    assert client.get(f"/api/v1/cases?drill={drill + 1}").json()["items"] == []
    shown = client.get(f"/api/v1/map/sensors?drill={drill}").json()["device"]
    assert shown == [f"drill-{drill}.flood-003", f"drill-{drill}.flood-900"]
    assert client.get(f"/api/v1/map/cases?drill={drill}").json()["number"] == [case["number"]]
    states = client.get(f"/api/v1/map/sensors/states?drill={drill}").json()["states"]
    assert states == {shown[0]: {"state": "alarming", "since": found_began(client, drill)}}
    [found] = client.get(f"/api/v1/events?drill={drill}").json()["items"]
    assert (found["drill"], found["case_number"]) == (drill, case["number"])
    assert str(event.id) == found["id"]


def found_began(client, drill):
    return client.get(f"/api/v1/events?drill={drill}").json()["items"][0]["began"]


def test_cases_of_two_drills_are_never_one(own_client, own_city):
    """Nor is a drill's finding put into a case that people told of by hand."""
    with connect(own_city) as connection:
        numbers = []
        for _ in range(2):
            drill = put_drill(connection, NOW, 120.13, 30.28, ("flood-003",))
            event = flooded(connection, drill, NOW, "flood-003")
            [case] = settle_drill(connection, [event], NOW)
            [[number]] = connection.execute("SELECT number FROM cases WHERE id = %s", (case,))
            numbers.append(number)
    one, other = numbers
    assert own_client.get(f"/api/v1/cases/{one}/duplicates").json() == []
    version = own_client.get(f"/api/v1/cases/{one}").json()["case"]["version"]
    merge = {
        "verb": "merge", "actor": "chen", "role": "shift-lead", "version": version,
        "reason": "it looks the same", "details": {"into": other},
    }  # fmt: skip
    answer = own_client.post(f"/api/v1/cases/{one}/steps", json=merge)
    assert (answer.status_code, "the other one is not" in answer.text) == (409, True)


def test_the_live_stream_tells_of_no_drill_and_a_drills_of_nothing_live(beside, own_services):
    _, _, begin = beside
    drill, case, event = begin()
    news = [
        json.dumps({"kind": "case", "id": case}),
        json.dumps({"kind": "event", "id": str(event.id)}),
    ]
    messages = look_up(own_services, news)
    held = frozenset({"cases.read", "telemetry.read"})
    assert [each.name for each in messages] == ["event", "case"]
    for each in messages:
        assert hears(EVERYWHERE, held, None, each) is None
        assert hears(EVERYWHERE, held, drill, each) is each.data
        assert hears(EVERYWHERE, held, drill + 1, each) is None


def test_no_reading_of_a_drill_is_a_live_devices_and_the_reverse(beside):
    """Whatever a payload calls its device: the tree of topics says whose it is."""
    client, url, begin = beside
    drill, *_ = begin()
    body = {"device": "flood-003", "time": "2024-03-01T06:29:00Z", "depth": 44.0}
    client.post(f"/ingest/json?topic=drill/{drill}/city/flood-003/up", json=body)
    swept(url)
    spoofed = {**body, "device": f"drill-{drill}.flood-003", "depth": 55.0}
    answer = client.post("/ingest/json", json=spoofed)
    assert (answer.status_code, "is a device of a drill" in answer.text) == (400, True)
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT c.id, r.value FROM readings r JOIN channels c ON c.number = r.channel"
            " WHERE r.time = '2024-03-01T06:29:00Z' AND c.id LIKE '%%flood-003%%'"
        ).fetchall()
    assert rows == [(f"drill-{drill}.flood-003.depth", 0.44)]


def test_nobody_adopts_a_device_of_a_drill(beside):
    client, _, begin = beside
    drill, *_ = begin()
    fields = {"fields": {"depth": {"quantity": "depth", "unit": "m"}}}
    answer = client.post(f"/api/v1/quarantine/drill-{drill}.nobody/adopt", json=fields)
    assert (answer.status_code, "begins as the names of drills do" in answer.text) == (422, True)
