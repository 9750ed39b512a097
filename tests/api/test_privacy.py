"""Who called is in no list, no case, no export, no live message, no log; whatever else there is."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient
from one_report import CALLER, NAME, NEW, PHONE

from api.routes.stream import look_up

pytestmark = pytest.mark.server

#: As people write it: what they say in words holds it too.
WRITTEN = f"{NAME} asks to be called at 138-1234 9876 or {PHONE}"
SECRETS = [PHONE, NAME, "1234 9876", "138-1234"]


@pytest.fixture
def told(own_client: TestClient, own_city: str) -> Iterator[tuple[str, str, list[str]]]:
    """The case of a call that has gone through some steps, its report, and what was announced."""
    with psycopg.connect(own_city, autocommit=True) as listener:
        listener.execute("LISTEN lifeline_live")
        said = {
            "source": "hotline", "actor": "operator 3", "system": "12345", "external_id": "7",
            "text": f"water on the road; {WRITTEN}", "address": f"gate 3, {WRITTEN}",
            "code_list": NEW, "code": "0506", "condition": "standing-water",
            "lon": 120.13, "lat": 30.3, "caller": CALLER,
        }  # fmt: skip
        sent = own_client.post("/api/v1/reports", json=said).json()
        second = own_client.post("/api/v1/reports", json=said | {"external_id": "8"}).json()
        joining = {"into": sent["case"], "actor": "desk", "role": "intake", "version": 1}
        url = f"/api/v1/reports/{second['report']}/join"
        assert own_client.post(url, json=joining).status_code == 201
        for verb, version in (("reject", 2), ("call-back", 3)):
            step = {
                "verb": verb, "actor": "desk", "role": "intake", "version": version,
                "reason": "dry", "details": {"satisfaction": "fair"} if version == 3 else {},
            }  # fmt: skip
            answer = own_client.post(f"/api/v1/cases/{sent['case']}/steps", json=step)
            assert answer.status_code == 201, answer.text
        yield (
            sent["case"],
            sent["report"],
            [notify.payload for notify in listener.notifies(timeout=0.5)],
        )


def shown(secret: bytes | str) -> list[str]:
    text = secret.decode("utf-8", "replace") if isinstance(secret, bytes) else secret
    return [each for each in SECRETS if each in text]


def test_nothing_that_can_be_read_over_http_tells_who_called(
    own_client: TestClient, told: tuple[str, str, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    case, report, _ = told
    caplog.set_level(logging.DEBUG)
    [device] = own_client.get("/api/v1/devices?limit=1").json()["items"]
    event = own_client.get("/api/v1/events?limit=1").json()["items"][0]["id"]
    names = {"case": case, "service_request_id": case, "report": report, "token": report,
             "event": event, "device": device["id"], "format": "json", "role": "intake",
             "channel": device["channels"][0]}  # fmt: skip
    asked, read = 0, set()
    for path, methods in own_client.get("/openapi.json").json()["paths"].items():
        if "get" not in methods or path.endswith("/stream"):
            continue
        url = path
        for name, value in names.items():
            url = url.replace("{" + name + "}", str(value))
        for parameter in methods["get"].get("parameters", ()):
            if parameter["in"] == "query" and parameter["required"]:
                url += f"{'&' if '?' in url else '?'}{parameter['name']}=2024-03"
        answer = own_client.get(url)
        asked += 1
        assert answer.status_code != 500, url  # this city has no scenarios for drills: 503
        assert shown(answer.content) == [], url
        if answer.status_code == 200 and case in answer.text:
            read.add(path)
    assert asked > 30
    # Or the search has looked where the case is not.
    assert {
        "/api/v1/cases", "/api/v1/cases/{case}", "/api/v1/cases/{case}/reports",
        "/api/v1/reports", "/api/v1/reports/{report}", "/open311/v2/requests.{format}",
    } <= read  # fmt: skip
    assert shown(caplog.text) == []


def test_no_live_message_tells_who_called(
    own_client: TestClient, told: tuple[str, str, list[str]]
) -> None:
    case, _, announced = told
    assert announced
    assert shown("".join(announced)) == []
    messages = look_up(own_client.app.state.services, announced)  # type: ignore[attr-defined]
    assert case in str(messages)
    assert shown(str(messages)) == []


def test_no_table_but_that_of_callers_tells_who_called(
    told: tuple[str, str, list[str]], own_city: str
) -> None:
    found = {}
    with psycopg.connect(own_city) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ).fetchall()
        for (table,) in tables:
            query = f'SELECT t::text FROM "{table}" t WHERE t::text LIKE ANY (%s)'  # noqa: S608
            like = [f"%{secret}%" for secret in SECRETS]
            if rows := connection.execute(query, (like,)).fetchall():  # type: ignore[arg-type]
                found[table] = rows
    assert set(found) == {"callers"}, found


def test_what_is_refused_is_not_logged_with_who_called(
    own_client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = {
        "source": "hotline",
        "actor": "a",
        "text": WRITTEN,
        "caller": CALLER,
        "lon": 1,
        "lat": 1,
    }
    for wrong in ({"code": "x"}, {"lon": 999}, {"photos": ["x"]}, {"component": "x"},
                  {"caller": CALLER | {"name": f"{NAME}\0"}}):  # fmt: skip
        answer = own_client.post("/api/v1/reports", json=said | wrong)
        assert answer.status_code in (409, 422), answer.text
        assert shown(answer.text) == []
    assert shown(caplog.text) == []
