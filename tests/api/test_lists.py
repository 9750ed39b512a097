"""Lists: pages that add up to the whole, filters, and what one item says."""

import pytest
from watched_city import EACH, KINDS, PROBLEMS

pytestmark = pytest.mark.server


def pages(client, path, limit):
    items, cursor = [], None
    while True:
        asked = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = client.get(path, params=asked).json()
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


@pytest.mark.parametrize(
    ("path", "total"),
    [
        ("/api/v1/channels", EACH * len(KINDS)),
        ("/api/v1/devices", EACH * len(KINDS)),
        ("/api/v1/events", len(PROBLEMS)),
        ("/api/v1/cases", len(PROBLEMS)),
        ("/api/v1/dead-letters", 2),
        ("/api/v1/quarantine", 1),
    ],
)
@pytest.mark.parametrize("limit", [1, 4, 1000])
def test_pages_of_any_size_add_up_to_the_whole_list(client, path, total, limit):
    whole = client.get(path, params={"limit": 1000}).json()
    assert whole["next"] is None
    assert len(whole["items"]) == total
    if limit > 1 or total < 20:
        assert pages(client, path, limit) == whole["items"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("device=flood-003", {"flood-003.depth"}),
        ("quantity=voltage&limit=1000", {f"power-{n:03d}.voltage" for n in range(EACH)}),
        ("contains=R-01&quantity=voltage", {f"power-{n:03d}.voltage" for n in range(10, EACH)}),
        ("tag=kind:gas&tag=zone:z1", {f"gas-{n:03d}.methane" for n in range(1, EACH, 3)}),
        ("tag=kind:none", set()),
    ],
)
def test_channels_are_chosen_by_what_they_are(client, query, ids):
    items = client.get(f"/api/v1/channels?{query}").json()["items"]
    assert {item["id"] for item in items} == ids


def test_a_channel_tells_its_contract_and_its_latest_believable_reading(client):
    channel = client.get("/api/v1/channels/flood-000.depth").json()
    assert (channel["quantity"], channel["unit"]) == ("depth", "m")
    assert channel["contract"]["wire_unit"] == "cm"
    assert channel["contract"]["interval"] == "PT5M"
    assert channel["contract"]["lowest"] is None
    assert channel["contract"]["highest"] == 10.0
    # The reading of tomorrow is newer, but its clock is wrong.
    assert channel["latest"]["time"] == "2024-03-01T06:30:00Z"


def test_a_device_long_silent_still_has_its_last_reading(client):
    device = client.get("/api/v1/devices/power-011").json()
    assert device["standing"] == ["health.silent"]
    assert device["latest"][0]["time"] == "2024-03-01T01:25:00Z"


def test_devices_come_with_readings_only_when_asked(client):
    plain, full = (
        client.get("/api/v1/devices", params={"kind": "gas", "latest": latest}).json()["items"]
        for latest in (False, True)
    )
    assert len(plain) == len(full) == EACH
    assert all(device["latest"] is None for device in plain)
    assert all(device["latest"][0]["quantity"] == "methane" for device in full)


@pytest.mark.parametrize(
    ("query", "rules"),
    [
        ("standing=over", ["flood.road.standing-water"]),
        ("rule=cover.opened", ["cover.opened"]),
        ("severity=blue", ["noise.construction-night", "health.silent"]),
        ("start=2024-03-01T05:00:00Z&end=2024-03-01T05:30:00Z", ["water.pressure.low"]),
    ],
)
def test_events_are_chosen_by_rule_severity_standing_and_time(client, query, rules):
    items = client.get(f"/api/v1/events?{query}").json()["items"]
    assert [item["rule"] for item in items] == rules


def test_an_event_is_found_by_its_id(client):
    event = client.get("/api/v1/events?rule=cover.opened").json()["items"][0]
    assert client.get(f"/api/v1/events/{event['id']}").json() == event
    assert event["channels"] == ["cover-002.tilt"]
    assert event["case_number"]


def test_a_dead_letter_shows_payload_and_reason(client):
    part, whole = client.get("/api/v1/dead-letters").json()["items"]
    assert (part["reason"], part["record"]) == ("record 1 is no object", 7)
    assert part["payload"] == '[{"device": "x"}, 7]'
    assert (whole["payload"], whole["payload_base64"]) == (None, "//5ub3QgdGV4dA==")
    assert client.get(f"/api/v1/dead-letters/{part['id']}").json() == part | {"log": []}
    assert client.get("/api/v1/dead-letters?open=false").json()["items"] == []


def test_a_ledger_adds_up(client):
    [day] = client.get("/api/v1/devices/flood-000/ledger").json()["items"]
    assert day["day"] == "2024-03-01"
    assert day["received"] == day["stored"] == 291
    assert (day["duplicate"], day["rejected"], day["quarantined"]) == (0, 0, 0)


def test_a_stranger_has_a_ledger_too(client):
    [day] = client.get("/api/v1/devices/new/one/ledger").json()["items"]
    assert (day["received"], day["quarantined"]) == (5, 5)


def test_every_quantity_can_be_shown_to_people(client):
    items = {item["name"]: item for item in client.get("/api/v1/quantities").json()["items"]}
    depth, temperature = items["depth"], items["temperature"]
    assert (depth["shown"], depth["factor"], depth["offset"]) == ("cm", 0.01, 0.0)
    assert (temperature["shown"], temperature["offset"]) == ("°C", 273.15)
