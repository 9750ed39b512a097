"""Reports over HTTP: taken once, listed in pages, joined; who called is asked for by name."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from one_picture import PHOTO, PNG
from one_report import CALLER, NEW, PHONE

pytestmark = pytest.mark.server

SAID: dict[str, Any] = {
    "source": "hotline",
    "actor": "operator 3",
    "system": "12345",
    "text": "water on the road",
    "code_list": NEW,
    "code": "0506",
    "condition": "standing-water",
    "lon": 120.13,
    "lat": 30.3,
}
JOINER = {"actor": "operator 3", "role": "intake", "version": 1}


def send(client: TestClient, **changes: Any) -> Response:
    return client.post("/api/v1/reports", json=SAID | changes)


def test_a_report_is_answered_with_its_case_and_what_may_be_the_same(
    own_client: TestClient,
) -> None:
    first = send(own_client, external_id="1")
    assert first.status_code == 201
    assert first.json()["opened"]
    assert first.json()["duplicates"] == []
    second = send(own_client, external_id="2", lat=30.3001).json()
    [alike] = second["duplicates"]
    assert (alike["number"], alike["keep"]) == (first.json()["case"],) * 2
    assert (alike["metres"], alike["apart"], alike["same_class"]) == (11.1, "PT0S", True)
    [other] = own_client.get(f"/api/v1/cases/{alike['number']}/duplicates").json()
    assert (other["number"], other["keep"]) == (second["case"], first.json()["case"])


def test_the_same_report_again_is_harmless_and_says_so(own_client: TestClient) -> None:
    first, again = (send(own_client, external_id="1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    told = again.json()
    assert (told["case"], told["report"]) == (first.json()["case"], first.json()["report"])
    assert (told["opened"], told["again"]) == (False, True)
    assert len(own_client.get("/api/v1/reports").json()["items"]) == 1


@pytest.mark.parametrize(
    ("changes", "status", "kind", "said"),
    [
        ({"source": "sensor"}, 422, "invalid-request", "by rules, not by a report"),
        ({"lat": None}, 422, "invalid-request", "lon and lat come together"),
        ({"caller": {"phone": "?"}}, 422, "invalid-request", "pattern"),
        ({"code": "7777", "condition": ""}, 422, "bad-report", "has no class 7777"),
        ({"component": "9"}, 422, "bad-report", "there is no component 9"),
        ({"photos": ["f" * 64]}, 409, "step-refused", "there is no picture"),
        ({"join_to": "20990101-000001"}, 404, "about:blank", "no case 20990101-000001"),
    ],
)
def test_what_cannot_be_taken_is_a_problem_with_its_reason(
    own_client: TestClient, changes: dict[str, Any], status: int, kind: str, said: str
) -> None:
    answer = send(own_client, **changes)
    assert answer.status_code == status, answer.text
    assert answer.json()["type"].endswith(kind)
    assert said in answer.json()["detail"]
    assert own_client.get("/api/v1/reports").json()["items"] == []


def test_a_report_joins_the_case_that_intake_names(own_client: TestClient) -> None:
    [flood] = own_client.get("/api/v1/cases?code=0506").json()["items"]
    answer = send(own_client, join_to=flood["number"])
    assert (answer.status_code, answer.json()["case"]) == (201, flood["number"])
    assert not answer.json()["opened"]
    [shown] = own_client.get(f"/api/v1/cases/{flood['number']}/reports").json()
    assert (shown["id"], shown["case_number"]) == (answer.json()["report"], flood["number"])


def test_a_report_s_case_is_joined_to_another(own_client: TestClient) -> None:
    kept, gone = (send(own_client, external_id=n).json() for n in "12")
    url = f"/api/v1/reports/{gone['report']}/join"
    answer = own_client.post(url, json=JOINER | {"into": kept["case"]})
    assert answer.status_code == 201
    assert answer.json()["case"]["number"] == kept["case"]
    assert answer.json()["log"][-1]["verb"] == "join"
    shown = own_client.get(f"/api/v1/reports/{gone['report']}").json()
    assert shown["case_number"] == kept["case"]
    assert own_client.get(f"/api/v1/cases/{gone['case']}").json()["case"]["state"] == "void"
    again = send(own_client, external_id="2").json()
    assert (again["case"], again["again"]) == (kept["case"], True)


def test_the_step_merge_does_the_same(own_client: TestClient) -> None:
    kept, gone = (send(own_client, external_id=n).json() for n in "12")
    step = JOINER | {"verb": "merge", "details": {"into": kept["case"]}}
    answer = own_client.post(f"/api/v1/cases/{gone['case']}/steps", json=step)
    assert answer.status_code == 201, answer.text
    assert len(own_client.get(f"/api/v1/cases/{kept['case']}/reports").json()) == 2


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"version": 3}, "case-moved-on"),
        ({"role": "dispatcher"}, "step-refused"),
        ({"role": "system"}, "not-your-role"),
    ],
)
def test_a_joining_that_is_refused_says_why(
    own_client: TestClient, changes: dict[str, Any], kind: str
) -> None:
    kept, gone = (send(own_client, external_id=n).json() for n in "12")
    url = f"/api/v1/reports/{gone['report']}/join"
    answer = own_client.post(url, json=JOINER | {"into": kept["case"]} | changes)
    status = 403 if kind == "not-your-role" else 409
    assert (answer.status_code, answer.json()["type"].split(":")[-1]) == (status, kind)


def test_reports_come_in_pages_by_source_and_number(own_client: TestClient) -> None:
    sent = {send(own_client, external_id=str(n)).json()["report"] for n in range(5)}
    listed: list[str] = []
    url = "/api/v1/reports?limit=2"
    while url:
        page = own_client.get(url).json()
        listed += [row["id"] for row in page["items"]]
        url = page["next"] and f"/api/v1/reports?limit=2&cursor={page['next']}"
    assert (set(listed), len(listed)) == (sent, 5)
    [one] = own_client.get("/api/v1/reports?system=12345&external_id=3").json()["items"]
    assert one["external_id"] == "3"
    assert own_client.get("/api/v1/reports?source=leader").json()["items"] == []
    assert own_client.get("/api/v1/reports?cursor=bm8=").status_code == 400


def test_a_report_that_is_not_there_is_not_found(client: TestClient) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    assert client.get(f"/api/v1/reports/{nobody}").status_code == 404
    assert client.get("/api/v1/reports/7").status_code == 422


def test_who_called_is_shown_to_who_says_why(own_client: TestClient) -> None:
    report = send(own_client, caller=CALLER).json()["report"]
    url = f"/api/v1/reports/{report}/caller/looks"
    assert own_client.post(url, json={"actor": "operator 3"}).status_code == 422
    assert own_client.get(url).json() == []
    answer = own_client.post(url, json={"actor": "operator 3", "why": "which gate?"})
    assert (answer.status_code, answer.json()) == (201, CALLER)
    assert answer.headers["cache-control"] == "no-store"
    assert own_client.get(url).json() == [
        {"at": "2024-03-01T06:30:00Z", "actor": "operator 3", "why": "which gate?"}
    ]


def test_a_caller_is_called_back_when_the_case_has_ended(own_client: TestClient) -> None:
    sent = send(own_client, caller=CALLER).json()
    url = f"/api/v1/cases/{sent['case']}/steps"
    step = {"actor": "operator 3", "role": "intake", "reason": "dry by now"}
    back = step | {"verb": "call-back", "details": {"satisfaction": "satisfied"}}
    assert own_client.get("/api/v1/call-backs").json()["items"] == []
    assert own_client.post(url, json=step | {"verb": "reject", "version": 1}).status_code == 201
    [due] = own_client.get("/api/v1/call-backs").json()["items"]
    assert (due["report"], due["case_number"]) == (sent["report"], sent["case"])
    done = own_client.post(url, json=back | {"version": due["version"]})
    assert done.status_code == 201, done.text
    assert own_client.get("/api/v1/call-backs").json()["items"] == []
    shown = own_client.get(f"/api/v1/reports/{sent['report']}").json()
    assert shown["has_caller"]
    assert shown["called_back"] == "2024-03-01T06:30:00Z"


def test_a_step_that_names_an_unknown_picture_is_refused(own_client: TestClient) -> None:
    [flood] = own_client.get("/api/v1/cases?code=0506").json()["items"]
    url = f"/api/v1/cases/{flood['number']}/steps"
    step = {"verb": "handle", "actor": "crew 7", "role": "department", "version": 4}
    step |= {"details": {"photos": [PHOTO]}}
    answer = own_client.post(url, json=step)
    assert (answer.status_code, PHOTO in answer.json()["detail"]) == (409, True)
    assert own_client.post("/api/v1/photos?actor=crew 7", content=PNG).status_code == 201
    assert own_client.post(url, json=step).json()["log"][-1]["details"]["photos"] == [PHOTO]


def test_the_answer_to_a_bad_caller_does_not_repeat_them(own_client: TestClient) -> None:
    for caller in ({"phone": PHONE, "age": 7}, {"phone": f"{PHONE}x"}, PHONE):
        answer = send(own_client, caller=caller)
        assert answer.status_code == 422
        assert PHONE not in answer.text
