"""Keys of systems: made by administrators, shown once, held to what they are for, ended at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from signed_in import as_key, as_person, key, session

from store.access import Grant

pytestmark = pytest.mark.server

KEYS = "/api/v1/keys"
OBSERVER = {"role": "observer"}


@pytest.fixture
def office(guarded):
    """The API, its database's URL, and the headers of an administrator."""
    client, url = guarded
    return client, url, as_person(session(url, "Chen", Grant("administrator")))


def make(office, name="map", **more):
    client, _, chen = office
    body = {"name": name, "grants": [OBSERVER], **more}
    answer = client.post(KEYS, json=body, headers=chen)
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]["number"], answer.json()["secret"]


def test_a_secret_is_shown_once_and_kept_nowhere(office):
    client, url, chen = office
    number, secret = make(office)
    assert secret.startswith("lifeline_")
    assert client.get("/api/v1/cases", headers=as_key(secret)).status_code == 200
    for path in (KEYS, f"{KEYS}/{number}"):
        assert secret not in client.get(path, headers=chen).text
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT k::text FROM api_keys k").fetchall()
        rows += connection.execute("SELECT a::text FROM audit a").fetchall()
    assert secret not in str(rows)


def test_a_key_may_what_its_roles_may_within_its_scopes(office):
    client, _, _ = office
    _, secret = make(
        office,
        grants=[{"role": "gateway"}, OBSERVER],
        scopes=["telemetry.write", "telemetry.read"],
    )
    headers = as_key(secret)
    assert client.get("/api/v1/channels", headers=headers).status_code == 200
    assert client.get("/api/v1/cases", headers=headers).status_code == 403
    me = client.get("/api/v1/me", headers=headers).json()
    assert (me["kind"], me["permissions"]) == ("key", ["telemetry.read", "telemetry.write"])


def test_after_a_rotation_both_secrets_are_good_for_the_overlap(office):
    client, url, chen = office
    number, former = make(office)
    body = {"overlap": "PT1H", "lasts": "P30D"}
    told = client.post(f"{KEYS}/{number}/rotate", json=body, headers=chen).json()
    secret = told["secret"]
    assert told["key"]["former_until"] is not None
    for each in (former, secret):
        assert client.get("/api/v1/cases", headers=as_key(each)).status_code == 200
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE api_keys SET former_until = now()")
    client.app.state.identities.forget()
    assert client.get("/api/v1/cases", headers=as_key(former)).status_code == 401
    assert client.get("/api/v1/cases", headers=as_key(secret)).status_code == 200


def test_a_rotation_without_overlap_ends_the_former_secret_at_once(office):
    client, _, chen = office
    number, former = make(office)
    client.get("/api/v1/cases", headers=as_key(former))
    client.post(f"{KEYS}/{number}/rotate", json={"overlap": "PT0S"}, headers=chen)
    assert client.get("/api/v1/cases", headers=as_key(former)).status_code == 401


def test_a_revoked_key_opens_nothing_and_is_not_rotated(office):
    client, _, chen = office
    number, former = make(office)
    body = {"overlap": "PT1H"}
    secret = client.post(f"{KEYS}/{number}/rotate", json=body, headers=chen).json()["secret"]
    assert client.get("/api/v1/cases", headers=as_key(secret)).status_code == 200
    assert client.post(f"{KEYS}/{number}/revoke", headers=chen).json()["revoked"]
    for each in (former, secret):
        assert client.get("/api/v1/cases", headers=as_key(each)).status_code == 401
    for verb in ("rotate", "revoke"):
        answer = client.post(f"{KEYS}/{number}/{verb}", json={}, headers=chen)
        assert answer.status_code == 409


def test_a_key_expires(office):
    client, url, _ = office
    _, secret = make(office, lasts="PT5M")
    assert client.get("/api/v1/cases", headers=as_key(secret)).status_code == 200
    with psycopg.connect(url) as connection:
        [(expires,)] = connection.execute("SELECT expires FROM api_keys").fetchall()
        connection.execute("UPDATE api_keys SET expires = now()")
    assert timedelta(minutes=4) < expires - datetime.now(UTC) <= timedelta(minutes=5)
    client.app.state.identities.forget()
    assert client.get("/api/v1/cases", headers=as_key(secret)).status_code == 401


def test_the_list_says_when_a_key_was_used_last(office):
    client, _, chen = office
    _, secret = make(office, "used")
    make(office, "unused")
    client.get("/api/v1/cases", headers=as_key(secret))
    listed = client.get(KEYS, headers=chen).json()["items"]
    assert [(each["name"], each["used"] is not None) for each in listed] == [
        ("unused", False),
        ("used", True),
    ]
    page = client.get(f"{KEYS}?limit=1", headers=chen).json()
    rest = client.get(f"{KEYS}?limit=1&cursor={page['next']}", headers=chen).json()
    assert [each["name"] for each in page["items"] + rest["items"]] == ["unused", "used"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"grants": []}, 422),
        ({"grants": [{"role": "king"}]}, 422),
        ({"scopes": ["everything"]}, 422),
        ({"lasts": "P3Y"}, 422),
        ({"lasts": "PT1S"}, 422),
        ({"name": " "}, 409),
        ({"name": "taken"}, 409),
        ({"secret": "chosen"}, 422),
    ],
)
def test_a_key_that_cannot_be_is_refused(office, wrong, status):
    client, _, chen = office
    make(office, "taken")
    body = {"name": "map", "grants": [OBSERVER]} | wrong
    assert client.post(KEYS, json=body, headers=chen).status_code == status


@pytest.mark.parametrize("role", ["auditor", "engineer", "shift-lead", "observer", "leader"])
def test_nobody_but_administrators_sees_or_makes_keys(guarded, role):
    client, url = guarded
    headers = as_person(session(url, "Sun", Grant(role)))
    assert client.get(KEYS, headers=headers).status_code == 403
    body = {"name": "mine", "grants": [{"role": "administrator"}]}
    assert client.post(KEYS, json=body, headers=headers).status_code == 403


def test_a_gateways_key_speaks_for_its_device_and_no_other(office):
    """The payload is held against the key as it is against an MQTT topic."""
    client, url, _ = office
    secret = key(url, "no device", Grant("gateway"))
    answer = client.post("/ingest/json?device=b", content=b"{}", headers=as_key(secret))
    assert answer.status_code != 403
    _, secret = make(office, "roof", grants=[{"role": "gateway"}], device="roof-3")
    answer = client.post("/ingest/json?device=b", content=b"{}", headers=as_key(secret))
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:lifeline:problem:not-your-device"


def test_what_a_gateways_key_may_not_speak_for_is_a_dead_letter(own_city, stored_guarded):
    client = stored_guarded
    with psycopg.connect(own_city) as connection:
        [(device, name)] = connection.execute(
            "SELECT device, name FROM channels LIMIT 1"
        ).fetchall()
    secret = key(own_city, "roof", Grant("gateway"))
    with psycopg.connect(own_city) as connection:
        connection.execute("UPDATE api_keys SET device = 'roof-3'")
    body = json.dumps({"device": device, "time": "2024-03-01T08:00:00Z", name: 1.0})
    answer = client.post("/ingest/json", content=body, headers=as_key(secret))
    assert answer.status_code == 400
    assert "speaks for" in answer.json()["detail"]
    with psycopg.connect(own_city) as connection:
        connection.execute("UPDATE api_keys SET device = %s", (device,))
    client.app.state.identities.forget()
    assert client.post("/ingest/json", content=body, headers=as_key(secret)).status_code == 204
