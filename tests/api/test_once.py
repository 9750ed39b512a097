"""What is sent twice is done once; what the client has is not sent again; only what is named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app

pytestmark = pytest.mark.server

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
WINDOW = {
    "reason": "maintenance",
    "scope": "channel",
    "subject": "gas-001.methane",
    "until": "2024-03-02T00:00:00Z",
    "actor": "control room",
    "why": "a new head",
}


def windows(client: TestClient) -> int:
    return len(client.get("/api/v1/windows").json()["items"])


def test_the_same_request_twice_is_done_once_and_answered_twice(own_client: TestClient):
    first = own_client.post("/api/v1/windows", json=WINDOW, headers=KEY)
    second = own_client.post("/api/v1/windows", json=WINDOW, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert windows(own_client) == 1


def test_without_a_key_it_is_done_twice(own_client: TestClient):
    for _ in range(2):
        assert own_client.post("/api/v1/windows", json=WINDOW).status_code == 201
    assert windows(own_client) == 2


#: What may not be sent with a key that was used, each with the status of its refusal.
OTHERS = [
    ("/api/v1/windows", WINDOW | {"why": "another"}, 422),
    ("/api/v1/windows?x=1", WINDOW, 422),
    ("/api/v1/reports", WINDOW, 422),
]


@pytest.mark.parametrize(("path", "body", "status"), OTHERS)
def test_another_request_with_the_same_key_is_refused(own_client, path, body, status):
    own_client.post("/api/v1/windows", json=WINDOW, headers=KEY)
    answer = own_client.post(path, json=body, headers=KEY)
    assert answer.status_code == status
    assert answer.json()["type"] == "urn:lifeline:problem:idempotency-key"
    assert windows(own_client) == 1


def test_a_refusal_is_an_answer_and_is_repeated(own_client: TestClient):
    bad = WINDOW | {"scope": "moon"}
    first, second = (own_client.post("/api/v1/windows", json=bad, headers=KEY) for _ in range(2))
    assert first.status_code == second.status_code == 409
    assert second.headers["idempotent-replayed"] == "true"


def test_what_failed_by_a_fault_of_ours_may_be_sent_again(own_services, own_city):
    with psycopg.connect(own_city, autocommit=True) as connection:
        connection.execute("ALTER TABLE windows RENAME TO windows_away")
        client = TestClient(create_app(own_services), raise_server_exceptions=False)
        assert client.post("/api/v1/windows", json=WINDOW, headers=KEY).status_code == 500
        connection.execute("ALTER TABLE windows_away RENAME TO windows")
    assert client.post("/api/v1/windows", json=WINDOW, headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "smile \u263a".encode().decode("latin-1")])
def test_a_key_that_is_none_is_refused(own_client: TestClient, key: str):
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = own_client.post("/api/v1/windows", json=WINDOW, headers=headers)
    assert answer.status_code == 400
    assert windows(own_client) == 0


def test_a_day_later_the_key_is_free_and_the_answer_gone(own_services, own_city):
    wall = datetime(2024, 3, 1, tzinfo=UTC)
    client = TestClient(create_app(replace(own_services, wall=lambda: wall)))
    client.post("/api/v1/windows", json=WINDOW, headers=KEY)
    wall += timedelta(hours=23)
    assert client.post("/api/v1/windows", json=WINDOW, headers=KEY).headers["idempotent-replayed"]
    wall += timedelta(hours=2)
    again = client.post("/api/v1/windows", json=WINDOW, headers=KEY)
    assert "idempotent-replayed" not in again.headers
    assert windows(client) == 2
    wall += timedelta(hours=25)
    client.post("/api/v1/windows", json=WINDOW, headers={"Idempotency-Key": "other"})
    with psycopg.connect(own_city) as connection:
        assert connection.execute("SELECT key FROM idempotency").fetchall() == [("other",)]


def test_of_many_at_once_one_is_done_and_none_is_answered_otherwise(server):
    import httpx

    together = Barrier(8)

    def send(_: int) -> httpx.Response:
        together.wait()
        return httpx.post(f"{server.url}/api/v1/windows", json=WINDOW, headers=KEY, timeout=30)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer.content for answer in answers if answer.status_code == 201]
    assert len(set(done)) == 1
    assert len(httpx.get(f"{server.url}/api/v1/windows").json()["items"]) == 1


def test_what_the_client_has_is_not_sent_again(client: TestClient):
    for path in ("/api/v1/cases", "/api/v1/devices/gas-001", "/api/v1/quantities"):
        first = client.get(path)
        tag = first.headers["etag"]
        again = client.get(path, headers={"If-None-Match": f'"other", {tag}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        other = client.get(path, headers={"If-None-Match": 'W/"other"'})
        assert (other.status_code, other.content) == (200, first.content)
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        assert plain.headers["etag"] == tag


def test_a_case_that_moved_on_is_sent_and_no_step_is_taken_on_what_was_seen(own_client: TestClient):
    number = own_client.get("/api/v1/cases?code=0506").json()["items"][0]["number"]
    path = f"/api/v1/cases/{number}"
    tag = own_client.get(path).headers["etag"]
    step = {"verb": "handle", "actor": "crew 7", "role": "department"}
    answer = own_client.post(f"{path}/steps", json=step, headers={"If-Match": tag})
    assert answer.status_code == 201
    again = own_client.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 200
    stale = own_client.post(f"{path}/steps", json=step, headers={"If-Match": tag})
    assert stale.status_code == 412


def test_only_the_fields_that_are_named_are_shown(client: TestClient):
    whole = client.get("/api/v1/cases").json()
    part = client.get("/api/v1/cases?fields=number,state").json()
    assert part["items"] == [{k: c[k] for k in ("number", "state")} for c in whole["items"]]
    assert part["next"] == whole["next"]
    assert client.get("/api/v1/devices/gas-001?fields=id").json() == {"id": "gas-001"}


def test_a_field_that_is_none_is_refused_with_those_there_are(client: TestClient):
    answer = client.get("/api/v1/cases?fields=number,colour")
    assert answer.status_code == 422
    assert "There is no colour" in answer.json()["detail"]
    assert "severity" in answer.json()["detail"]


def test_every_list_offers_its_fields_and_its_pages(client: TestClient):
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        if "get" not in methods or not path.startswith("/api/v1/"):
            continue
        content = methods["get"]["responses"].get("200", {}).get("content", {})
        shown = content.get("application/json", {})
        name = shown.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if name.endswith("Page"):
            offered = {each["name"] for each in methods["get"]["parameters"]}
            assert {"limit", "cursor", "fields", "If-None-Match"} <= offered, path
