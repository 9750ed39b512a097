"""What is not watched, why, and where: over a city where each reason holds somewhere."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from watched_city import component_of

from api.app import create_app
from api.services import Health

pytestmark = pytest.mark.server

SPOTS = "/api/v1/blind-spots"
WINDOW = {"until": "2024-03-02T00:00:00Z", "actor": "control room", "why": "valves exchanged"}


def reasons(client, query=""):
    return [spot["reason"] for spot in client.get(f"{SPOTS}?limit=1000{query}").json()["items"]]


def test_a_silent_device_is_a_blind_spot_since_its_silence_began(client):
    [spot] = client.get(f"{SPOTS}?reason=silent").json()["items"]
    assert (spot["scope"], spot["subject"], spot["kinds"]) == ("device", "power-011", ["power"])
    assert spot["since"] == "2024-03-01T01:30:00Z"
    assert spot["rules"] == ["health.silent"]
    assert spot["name"].endswith("变压器 11")
    assert spot["case_number"]


def test_a_stranger_is_a_blind_spot_with_the_fields_that_it_sends(client):
    [spot] = client.get(f"{SPOTS}?reason=stranger").json()["items"]
    assert (spot["subject"], spot["why"]) == ("new/one", "depth, door")


def test_a_cell_lacks_the_kinds_that_stand_elsewhere_only(client):
    cells = {
        spot["subject"]: spot
        for spot in client.get(f"{SPOTS}?reason=no-sensor&limit=1000").json()["items"]
    }
    columns = client.get("/api/v1/map/sensors").json()
    outlines = client.get("/api/v1/grid-cells.geojson").json()["features"]
    assert len(outlines) == 9
    for cell in outlines:
        (west, south), _, (east, north) = cell["geometry"]["coordinates"][0][:3]
        there = {
            kind
            for lon, lat, kind in zip(columns["lon"], columns["lat"], columns["kind"], strict=True)
            if west <= lon <= east and south <= lat <= north
        }
        missing = sorted(set(columns["kind"]) - there)
        assert missing == (cells[cell["id"]]["kinds"] if cell["id"] in cells else []), cell["id"]


@pytest.mark.parametrize(
    ("window", "devices", "said"),
    [
        ({"scope": "device", "subject": "gas-007", "reason": "calibration"}, 1, "calibration"),
        ({"scope": "zone", "subject": "z1", "reason": "planned_work"}, 30, "planned_work"),
        ({"scope": "city", "subject": "city", "reason": "maintenance"}, 96, "maintenance"),
        (
            {"scope": "component", "subject": component_of("gas", 7), "reason": "shelved"},
            1,
            "shelved",
        ),
    ],
)  # fmt: skip
def test_a_window_is_a_blind_spot_of_all_devices_in_its_place_until_it_ends(
    own_client, window, devices, said
):
    set_ = own_client.post("/api/v1/windows", json=WINDOW | window)
    assert set_.status_code == 201, set_.text
    [spot] = own_client.get(f"{SPOTS}?reason={said}").json()["items"]
    assert (spot["reason"], spot["devices"]) == (said, devices)
    assert (spot["until"], spot["why"]) == (WINDOW["until"], WINDOW["why"])
    ended = {"actor": "control room", "why": "done"}
    number = set_.json()["id"]
    assert own_client.post(f"/api/v1/windows/{number}/end", json=ended).status_code == 200
    assert reasons(own_client, f"&reason={said}") == []


def test_pages_together_are_the_whole_list(client):
    whole = client.get(f"{SPOTS}?limit=1000").json()
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"{SPOTS}?limit=2{cursor and '&cursor=' + cursor}").json()
        assert len(page["items"]) <= 2
        assert (page["counts"] is None) == bool(seen)
        seen += page["items"]
        cursor = page["next"]
    assert seen == whole["items"]
    assert whole["counts"] == {
        reason: sum(spot["reason"] == reason for spot in seen) for reason in whole["counts"]
    }


def test_a_kind_leaves_what_is_about_its_devices(client):
    told = client.get(f"{SPOTS}?kind=power&limit=1000").json()["items"]
    assert {spot["reason"] for spot in told} <= {"silent", "no-sensor"}
    assert "silent" in {spot["reason"] for spot in told}
    assert all(spot["kinds"] == ["power"] for spot in told)
    assert "silent" not in reasons(client, "&kind=gas")


def test_a_cursor_of_another_list_is_refused(client):
    other = client.get("/api/v1/events?limit=1").json()["next"]
    assert client.get(f"{SPOTS}?cursor={other}").status_code == 400


def test_the_map_has_every_device_and_says_which_are_not_normal(client):
    columns = client.get("/api/v1/map/sensors").json()
    assert len(columns["device"]) == 96
    assert columns["device"] == sorted(columns["device"])
    states = client.get("/api/v1/map/sensors/states").json()["states"]
    found = {device: about["state"] for device, about in states.items()}
    assert found == {
        "gas-007": "alarming", "water-005": "alarming", "cover-002": "alarming",
        "noise-009": "alarming", "power-011": "silent",
    }  # fmt: skip
    assert states["power-011"]["since"] == "2024-03-01T01:30:00Z"


def test_a_device_in_a_window_is_under_maintenance_unless_another_rule_speaks(own_client):
    for device in ("flood-001", "gas-007"):
        about = {"scope": "device", "subject": device, "reason": "maintenance"}
        assert own_client.post("/api/v1/windows", json=WINDOW | about).status_code == 201
    states = own_client.get("/api/v1/map/sensors/states").json()["states"]
    assert states["flood-001"]["state"] == "maintenance"
    assert states["gas-007"]["state"] == "alarming"


@pytest.mark.parametrize("path", ["sensors", "cases"])
def test_what_has_not_changed_is_not_sent_again(client, path):
    first = client.get(f"/api/v1/map/{path}")
    again = client.get(f"/api/v1/map/{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_open_cases_on_the_map_are_those_of_the_list(client):
    listed = client.get("/api/v1/cases?open=true").json()["items"]
    columns = client.get("/api/v1/map/cases").json()
    for name, values in columns.items():
        shown = [case[name] for case in listed]
        if name in ("stage_due", "stage_yellow", "opened"):
            shown = [time and datetime.fromisoformat(time).astimezone(UTC) for time in shown]
            values = [time and datetime.fromisoformat(time) for time in values]
        assert values == shown, name


EVENT = """
INSERT INTO events (id, rule, version, scope, subject, code_list, code, condition, severity, began,
                    raised, found, standing, channels, peak, case_key, why, settled)
SELECT gen_random_uuid(), '{rule}', '1', '{scope}', '{subject}', 'lifeline-local-1', '99', 'fault',
       'blue', '2024-03-01 05:00Z', '2024-03-01 05:00Z', '2024-03-01 05:00Z', 'standing',
       array_agg(c.number), 1, 'key', '{{}}', '2024-03-01 05:00Z'
FROM channels c JOIN devices d ON d.id = c.device WHERE {where}"""
GATEWAY = EVENT.format(
    rule="health.gateway-dead", scope="gateway", subject="gw-1", where="d.gateway = 'gw-1'"
)
DRIFT = EVENT.format(rule="health.drift", scope="channel", subject="w", where="d.id = 'water-003'")
BATTERY = DRIFT.replace("health.drift", "health.battery")
NEW = "INSERT INTO devices (id, status, adopted_at) VALUES ('new', 'active', '2024-02-29 12:00Z')"
RULE = """
INSERT INTO shipped_rules (rule, version, status, pack, body)
VALUES ('gas.odour', '1', 'active', 'gas', '{}')"""


@pytest.mark.parametrize(
    ("made", "reason", "told"),
    [
        (GATEWAY, "gateway-down", {"subject": "gw-1", "devices": 24, "scope": "gateway"}),
        (DRIFT, "unreliable", {"subject": "water-003", "rules": ["health.drift"]}),
        (NEW, "never-heard", {"subject": "new", "since": "2024-02-29T12:00:00Z", "lon": None}),
        (RULE, "rule-off", {"subject": "gas.odour", "scope": "rule", "devices": 0}),
    ],
)
def test_what_blinds_a_place_is_told_with_what_it_blinds(own_services, made, reason, told):
    with own_services.pool.connection() as connection:
        connection.execute(made)
    with TestClient(create_app(own_services)) as client:
        [spot] = client.get(f"{SPOTS}?reason={reason}").json()["items"]
    assert told.items() <= spot.items()


def test_a_battery_that_is_low_blinds_nobody(own_services):
    with own_services.pool.connection() as connection:
        connection.execute(BATTERY)
    with TestClient(create_app(own_services)) as client:
        assert reasons(client, "&reason=unreliable") == []
        states = client.get("/api/v1/map/sensors/states").json()["states"]
    assert states["water-003"]["state"] == "unwell"


def test_a_part_of_this_system_that_is_not_ready_is_the_first_blind_spot(own_services):
    down = {
        "broker": lambda: Health(False, "no session since 06:12"),
        "x": lambda: Health(True, ""),
    }
    with TestClient(create_app(replace(own_services, health=down))) as client:
        told = client.get(f"{SPOTS}?limit=1").json()
    assert told["items"][0]["reason"] == "part-down"
    assert told["items"][0]["subject"] == "broker"
    assert told["items"][0]["why"] == "no session since 06:12"
    assert told["counts"]["part-down"] == 1


def test_what_a_drill_brings_is_neither_on_the_map_nor_a_blind_spot(own_services):
    with own_services.pool.connection() as connection:
        connection.execute(
            "INSERT INTO drills (scenario, title_zh, title_en, seed, state, began, until,"
            " started_by, lon, lat, plan)"
            " VALUES ('rain', '雨', 'rain', 1, 'running', now(), now(), 'Li', 120, 30, '{}')"
        )
        connection.execute(
            "INSERT INTO devices (id, status, exercise, lon, lat)"
            " VALUES ('drill-1.gauge', 'active', 1, 120.1, 30.3)"
        )
    with TestClient(create_app(own_services)) as client:
        assert "drill-1.gauge" not in client.get("/api/v1/map/sensors").json()["device"]
        assert "drill-1.gauge" not in client.get("/api/v1/map/sensors/states").text
        assert reasons(client, "&reason=never-heard") == []
