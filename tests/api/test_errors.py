"""Every error is a problem as RFC 9457 describes it, and says what the operator can do."""

import psycopg
import pytest
from everything import EVERYTHING
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from psycopg_pool import ConnectionPool
from signed_in import as_key, key

from api.access.headers import ALWAYS
from api.app import create_app
from api.services import Services
from store.access import Grant

pytestmark = pytest.mark.server

REFUSED = [
    ("get", "/api/v1/nothing", 404, "no such route"),
    ("get", "/nothing.html", 404, "no such file of the page"),
    ("delete", "/api/v1/cases", 405, "no such method"),
    ("get", "/api/v1/channels/none", 404, "no such channel"),
    ("get", "/api/v1/channels/none/readings", 404, "readings of no such channel"),
    ("get", "/api/v1/devices/none", 404, "no such device"),
    ("get", "/api/v1/devices/none/ledger", 404, "ledger of no such device"),
    ("get", "/api/v1/events/00000000-0000-0000-0000-000000000000", 404, "no such event"),
    ("get", "/api/v1/events/7", 422, "no id of an event"),
    ("get", "/api/v1/cases/none", 404, "no such case"),
    ("post", "/api/v1/cases/none/steps", 422, "a step without a body"),
    ("get", "/api/v1/cases?state=sleeping", 422, "no such state"),
    ("get", "/api/v1/dead-letters/99999", 404, "no such dead letter"),
    ("get", "/api/v1/dead-letters/99999999999999999999999", 422, "a number beyond all ids"),
    ("get", "/api/v1/quarantine/none", 404, "nobody waits by that name"),
    ("get", "/api/v1/cases?cursor=x", 400, "a cursor of nobody"),
    ("get", "/api/v1/cases?cursor=WyJ4Il0=", 400, "a cursor of another list"),
    ("get", "/api/v1/events?cursor=WyJ4IiwgIngiXQ==", 422, "a cursor that was tampered with"),
    ("get", "/api/v1/channels?limit=0", 422, "an empty page"),
    ("get", "/api/v1/channels?limit=1001", 422, "too large a page"),
    ("get", "/api/v1/channels/flood-000.depth/readings?start=soon", 422, "no time"),
    ("get", "/api/v1/channels/flood-000.depth/readings?format=xml", 422, "no such format"),
    ("get", "/api/v1/devices/flood-000/ledger?days=0", 422, "no days"),
    ("post", "/ingest/morse", 422, "no such format"),
    ("post", "/api/v2/write?precision=year", 422, "no such precision"),
    ("get", "/api/v1/channels?contains=%00", 422, "a character that no text may have"),
]


def check(answer, status):
    problem = answer.json()
    assert answer.status_code == problem["status"] == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "about:blank" or problem["type"].startswith("urn:lifeline:problem:")
    assert problem["title"]
    assert problem["instance"] == answer.request.url.path
    return problem


@pytest.mark.parametrize(("method", "path", "status", "why"), REFUSED)
def test_every_refusal_is_a_problem(client, method, path, status, why):
    check(client.request(method, path), status)


def test_readings_in_no_format_of_ours_are_refused(client):
    path = "/api/v1/channels/flood-000.depth/readings"
    answer = client.get(path, headers={"Accept": "image/png"})
    assert "text/csv" in check(answer, 406)["detail"]


def test_an_invalid_request_names_every_field_at_fault(client):
    answer = client.post("/api/v1/cases/1/steps", json={"verb": "fly", "actor": 7, "x": 1})
    assert {error["at"] for error in check(answer, 422)["errors"]} == {
        "body.verb", "body.actor", "body.role", "body.x",
    }  # fmt: skip


@pytest.fixture
def without_database():
    pool = ConnectionPool("host=127.0.0.1 port=1", min_size=1, max_size=2, timeout=0.2, open=True)
    services = Services(pool, submit=lambda messages: 1 / 0, now=lambda: 0, guests=EVERYTHING)
    yield TestClient(create_app(services), raise_server_exceptions=False)
    pool.close()


def test_without_a_database_it_says_so_and_asks_to_come_again(without_database):
    answer = without_database.get("/api/v1/cases")
    assert check(answer, 503)["type"] == "urn:lifeline:problem:database-unavailable"
    assert answer.headers["retry-after"]


def test_a_bug_is_a_problem_that_tells_nothing_of_our_insides(without_database, caplog):
    answer = without_database.post("/ingest/json", content=b"{}")
    problem = check(answer, 500)
    assert "ZeroDivision" not in answer.text
    [line] = [one for one in caplog.records if problem["fault"] in one.getMessage()]
    assert problem["fault"] in problem["detail"]
    assert (line.levelname, line.exc_info[0]) == ("ERROR", ZeroDivisionError)
    assert "POST /ingest/{format}" in line.getMessage()


def test_a_bug_has_the_headers_that_every_other_answer_has(without_database):
    bug = without_database.post("/ingest/json", content=b"{}")
    other = without_database.get("/api/v1/cases")
    assert (bug.status_code, other.status_code) == (500, 503)
    for name in (*ALWAYS, "Content-Security-Policy", "Cache-Control"):
        assert bug.headers[name] == other.headers[name], name


def test_a_change_that_a_bug_ended_is_no_change_without_an_end_in_the_trail(guarded, monkeypatch):
    client, url = guarded
    monkeypatch.setattr("api.routes.windows.add_window", lambda *given: 1 / 0)
    window = {"reason": "calibration", "scope": "city", "subject": "city", "why": "probe",
              "until": "2030-01-01T00:00:00Z"}  # fmt: skip
    secret = key(url, "desk", Grant("engineer"))
    assert client.post("/api/v1/windows", json=window, headers=as_key(secret)).status_code == 500
    with psycopg.connect(url) as connection:
        [(status,)] = connection.execute("SELECT status FROM audit").fetchall()
    assert status == 500


def test_being_alive_needs_no_database_but_being_ready_does(without_database):
    assert without_database.get("/healthz").json() == {"status": "alive"}
    problem = check(without_database.get("/readyz"), 503)
    assert problem["parts"]["database"]["ready"] is False


@pytest.mark.parametrize(("role", "told"), [("monitor", True), ("observer", False)])
def test_details_of_the_parts_are_for_a_monitor_and_for_nobody_without_a_key(guarded, role, told):
    client, url = guarded
    secret = as_key(key(url, role, Grant(role)))
    for headers, details in ((secret, told), ({}, False)):
        answer = client.get("/readyz", headers=headers)
        assert (answer.status_code, answer.json()["ready"]) == (200, True)
        assert (answer.json()["parts"] is not None) is details


def test_a_guest_is_told_that_it_is_not_ready_and_nothing_else():
    pool = ConnectionPool("host=127.0.0.1 port=1", min_size=1, max_size=2, timeout=0.2, open=True)
    services = Services(pool, submit=lambda messages: 1 / 0, now=lambda: 0)
    problem = check(TestClient(create_app(services)).get("/readyz"), 503)
    assert "parts" not in problem
    assert "database" not in problem["detail"]
    pool.close()


def test_metrics_tell_that_the_database_is_away(without_database):
    assert "lifeline_database_up 0.0" in without_database.get("/metrics").text


def test_metrics_count_what_the_store_holds(client):
    lines = client.get("/metrics").text.splitlines()
    for line in (
        "lifeline_database_up 1.0", "lifeline_devices 96.0", "lifeline_open_cases 6.0",
        "lifeline_overdue_cases 0.0", "lifeline_standing_events 5.0",
        "lifeline_open_dead_letters 2.0", "lifeline_quarantined_devices 1.0",
    ):  # fmt: skip
        assert line in lines


def test_requests_are_counted_by_the_name_of_their_route_and_not_by_what_clients_make_up(client):
    def counted(route: str, status: str) -> float:
        labels = {"method": "GET", "route": route, "status": status}
        return REGISTRY.get_sample_value("lifeline_http_requests_total", labels) or 0.0

    before = counted("/api/v1/devices/{device}", "200"), counted("other", "404")
    assert client.get("/api/v1/devices/gas-001").status_code == 200
    assert client.get("/made/up").status_code == 404
    after = counted("/api/v1/devices/{device}", "200"), counted("other", "404")
    assert after == (before[0] + 1, before[1] + 1)


def test_metrics_tell_which_parts_work_and_what_waits_for_receivers(client):
    lines = client.get("/metrics").text.splitlines()
    for line in (
        'lifeline_part_ready{part="backlog"} 1.0', "lifeline_deliveries_pending 0.0",
        "lifeline_deliveries_failed 0.0", "lifeline_delivery_age_seconds 0.0",
    ):  # fmt: skip
        assert line in lines


def test_a_refused_method_names_those_that_there_are(client):
    answer = client.request("DELETE", "/api/v1/windows")
    check(answer, 405)
    assert answer.headers["allow"] == "GET, POST"
