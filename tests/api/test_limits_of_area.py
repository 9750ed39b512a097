"""Who is limited to an area or department changes nothing that lies elsewhere, nor the city's."""

from __future__ import annotations

import psycopg
import pytest
from put_drill import put_drill
from signed_in import as_key, as_person, key, session
from watched_city import NOW

from store.access import Grant
from store.database import connect

pytestmark = pytest.mark.server

HERE, ELSEWHERE = "330106", "330102"  # the watched city's district, and another
CELL = "330106001001001"
WINDOWS, DRILLS = "/api/v1/windows", "/api/v1/drills"
UNTIL = "2030-01-01T00:00:00Z"
WATER = "water company"  #: whose component flood-003 is; it has no other


@pytest.fixture
def shared(guarded):
    """A client, and how to sign somebody in; one device of the zone of flood-003 is nowhere."""
    client, url = guarded
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO departments (code, name_zh, name_en) VALUES (%s, '水', 'Water')", (WATER,)
        )
        [(zone,)] = connection.execute(
            "UPDATE components SET department = %s FROM devices d WHERE d.component = code"
            " AND d.id = 'flood-003' RETURNING d.tags ->> 'zone'", (WATER,),
        ).fetchall()  # fmt: skip
        connection.execute(
            "UPDATE devices SET component = NULL WHERE id = (SELECT min(id) FROM devices"
            " WHERE tags ->> 'zone' = %s AND id <> 'flood-003')", (zone,),
        )  # fmt: skip
    return client, url, zone


#: The role, what the window is about, and the answer to setting it.
PLACES = [
    (Grant("engineer"), "city", "city", 201, "without a limit the whole city"),
    (Grant("engineer", area=HERE), "device", "flood-003", 201, "a device of one's district"),
    (Grant("engineer", area=CELL[:9]), "device", "flood-003", 403, "in no street that is known"),
    (Grant("engineer", area=ELSEWHERE), "device", "flood-003", 403, "a device of another"),
    (Grant("shift-lead", area=ELSEWHERE), "channel", "flood-003.depth", 403, "nor its channel"),
    (Grant("engineer", area=HERE), "city", "city", 403, "the city is no part of a district"),
    (Grant("engineer", area=HERE), "zone", None, 403, "a zone with a device that is nowhere"),
    (Grant("engineer", area=HERE), "device", "nobody", 403, "nothing lies there"),
    (Grant("engineer", department=WATER), "device", "flood-003", 201, "a component of theirs"),
    (Grant("engineer", department=WATER), "device", "flood-004", 403, "a component of another's"),
]


@pytest.mark.parametrize(("grant", "scope", "subject", "status", "why"), PLACES)
def test_a_window_holds_back_only_what_is_ones_own(shared, grant, scope, subject, status, why):
    client, url, zone = shared
    mine = as_person(session(url, "Zhou", grant))
    body = {"reason": "calibration", "scope": scope, "subject": subject or zone,
            "until": UNTIL, "why": "probe"}  # fmt: skip
    body["began"] = "2029-12-31T00:00:00Z"
    answer = client.post(WINDOWS, json=body, headers=mine)
    assert answer.status_code == status, (why, answer.text)
    if status == 403:
        assert answer.json()["type"].endswith("not-your-area")
        boss = as_key(key(url, "boss", Grant("engineer")))
        made = client.post(WINDOWS, json=body, headers=boss)
        if made.status_code == 201:  # nor is another's ended
            ended = client.post(f"{WINDOWS}/{made.json()['id']}/end", json={"why": "x"},
                                headers=mine)  # fmt: skip
            assert ended.status_code == 403, why
    else:
        number = answer.json()["id"]
        ended = client.post(f"{WINDOWS}/{number}/end", json={"why": "done"}, headers=mine)
        assert ended.status_code == 200, why


#: What is the whole city's: asked of somebody with the role, limited.
OF_THE_CITY = [
    ("engineer", "post", "/api/v1/rules/save"),
    ("engineer", "post", "/api/v1/rules/shadow"),
    ("engineer", "post", "/api/v1/rules/flood.road.standing-water/promote"),
    ("engineer", "post", "/api/v1/rules/flood.road.standing-water/rollback"),
    ("engineer", "post", "/api/v1/quarantine/nobody/adopt"),
    ("engineer", "post", "/api/v1/dead-letters/replay"),
    ("engineer", "get", "/api/v1/exports/cases"),
    ("administrator", "post", "/api/v1/imports/departments"),
    ("administrator", "get", "/api/v1/people"),
    ("administrator", "get", "/api/v1/audit"),
    ("auditor", "get", "/api/v1/audit.csv"),
]


@pytest.mark.parametrize(("role", "method", "path"), OF_THE_CITY)
def test_what_is_the_whole_citys_is_for_those_without_a_limit(guarded, role, method, path):
    client, url = guarded
    for limit in ({"area": HERE}, {"department": WATER}):
        mine = as_person(session(url, f"Wu {limit}", Grant(role, **limit)))
        answer = client.request(method, path, headers=mine)
        assert (answer.status_code, answer.json()["type"]) == (
            403, "urn:lifeline:problem:not-permitted",
        )  # fmt: skip
        assert "concerns the whole city" in answer.json()["detail"]
    unlimited = as_person(session(url, "Wu", Grant(role)))
    answer = client.request(method, path, headers=unlimited)
    assert answer.status_code != 403, answer.text


#: Where the leader leads, what the drill is to be held at, and whether it is theirs.
HELD = [
    (Grant("drill-leader"), {}, True, "without a limit anywhere"),
    (Grant("drill-leader", area=HERE), {"grid_cell": CELL}, True, "in one's district"),
    (Grant("drill-leader", area=ELSEWHERE), {"grid_cell": CELL}, False, "not in another's"),
    (Grant("drill-leader", area=HERE), {}, False, "amid the city is nobody's place"),
    (Grant("drill-leader", area=HERE), {"grid_cell": CELL, "lon": 1.0, "lat": 1.0}, False,
     "the place must not lie outside of the cell"),
    (Grant("drill-leader", department=WATER), {"grid_cell": CELL}, False,
     "a department has no place"),
]  # fmt: skip


@pytest.mark.parametrize(("grant", "where", "theirs", "why"), HELD)
def test_a_drill_is_held_in_ones_own_area(guarded, grant, where, theirs, why):
    client, url = guarded
    mine = as_person(session(url, "Zheng", grant))
    body = {"scenario": "flood-underpass", **where}
    # 503: this process plays no drills, which is asked after who may.
    answer = client.post(DRILLS, json=body, headers=mine)
    assert answer.status_code == (503 if theirs else 403), (why, answer.text)


@pytest.mark.parametrize(("area", "theirs"), [("", True), (HERE, True), (ELSEWHERE, False)])
def test_a_drill_is_led_and_its_truth_known_by_those_of_its_area(guarded, area, theirs):
    client, url = guarded
    with connect(url) as connection:
        drill = put_drill(connection, NOW, 120.1, 30.3)
        connection.execute("UPDATE drills SET grid_cell = %s", (CELL,))
        connection.commit()
    mine = as_person(session(url, "Feng", Grant("drill-leader", area=area)))
    there = f"{DRILLS}/{drill}"
    assert client.get(there, headers=mine).json()["leads"] is theirs
    assert client.get(f"{there}/report", headers=mine).status_code == (200 if theirs else 409)
    fault = {"what": "silent", "where": "flood-003"}
    for what, said in (("pause", None), ("resume", None), ("end", None), ("faults", fault)):
        answer = client.post(f"{there}/{what}", json=said, headers=mine)
        assert answer.status_code == (503 if theirs else 403), (what, answer.text)


#: Who sends to the topics of a drill, and what becomes of it.
SENDERS = [
    ((Grant("gateway"),), 403, "a gateway rehearses nothing"),
    ((Grant("gateway"), Grant("drill-leader", area=HERE)), 403, "nor in a part of the city"),
    ((Grant("gateway"), Grant("drill-leader")), 204, "a key that may run drills plays one"),
]


@pytest.mark.parametrize(("grants", "status", "why"), SENDERS)
def test_readings_of_a_drill_come_from_whoever_may_play_one(
    stored_guarded, own_city, grants, status, why
):
    secret = as_key(key(own_city, "sender", *grants))
    with connect(own_city) as connection:
        drill = put_drill(connection, NOW, 120.1, 30.3)
    body = {"device": "flood-900", "time": NOW.isoformat(), "depth": 4.0}
    for topic in (f"drill/{drill}/city/flood-900/up", "drill/none/of/them"):
        answer = stored_guarded.post(f"/ingest/json?topic={topic}", json=body, headers=secret)
        assert answer.status_code in (status, 400 if status == 204 else status), (why, answer.text)
    with psycopg.connect(own_city) as connection:
        [(hidden,)] = connection.execute(
            "SELECT count(*) FROM dead_letters WHERE starts_with(topic, 'drill/')"
        ).fetchall()
    assert status != 403 or hidden == 0, "a letter that no list shows"
