"""The catalogue, departments and areas over HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from store.areas import import_areas
from store.database import connect

pytestmark = pytest.mark.server
GB = "GB/T 30428.2-2013"
NOW = datetime(2024, 3, 1, tzinfo=UTC)


def test_a_class_is_asked_for_with_its_conditions(client):
    items = client.get("/api/v1/catalogue", params={"code_list": GB, "code": "0506"}).json()[
        "items"
    ]
    assert [(item["kind"], item["condition"]["slug"]) for item in items] == [
        ("component", "damaged"),
        ("event", "standing-water"),
    ]
    assert items[1]["condition"]["limit"] == {"amount": 2.0, "class": "emergency-hours"}
    assert (items[1]["version"], items[1]["name"]["zh"]) == ("2024.1", "道路积水")


def test_the_whole_catalogue_comes_in_pages(client):
    seen, cursor = [], None
    while True:
        answer = client.get(
            "/api/v1/catalogue", params={"limit": 50, "cursor": cursor} if cursor else {"limit": 50}
        ).json()
        seen += [(i["code_list"], i["code"], i["condition"]["slug"]) for i in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    lists = client.get("/api/v1/catalogue/versions").json()["items"]
    assert len(seen) == len(set(seen)) == sum(each["conditions"] for each in lists)
    assert {each["code_list"] for each in lists} >= {GB, "CJ/T 214-2007", "lifeline-local-1"}


def test_who_answers_is_said_with_the_reason(client):
    asked = {"code": "0506", "kind": "event", "area": "330106"}
    [who] = client.get("/api/v1/departments/who", params=asked).json()["items"]
    assert who["responsible"] == {
        "code": "12000000000000035B",
        "name": {"zh": "排水管理处", "en": "Drainage office"},
        "why": "排水管理处 Drainage office: responsible for drainage in 330106",
    }
    assert (who["owning"], who["maintaining"]) == (None, None)


def test_questions_that_cannot_be_answered_are_refused(client):
    assert client.get("/api/v1/departments/who", params={"code": "9999"}).status_code == 404
    bad = client.get("/api/v1/departments/who", params={"code": "0506", "area": "33010"})
    assert (bad.status_code, "has 5 characters" in bad.json()["detail"]) == (400, True)
    assert client.get("/api/v1/areas/330106009").status_code == 404


def test_one_department_takes_what_nobody_owns(client):
    answer = client.get("/api/v1/departments").json()
    assert answer["fallback"] in {each["code"] for each in answer["items"]}


@pytest.fixture
def with_tree(own_client: TestClient, own_city: str) -> TestClient:
    square = [[120.1, 30.27], [120.2, 30.27], [120.2, 30.37], [120.1, 30.37], [120.1, 30.27]]
    features = [
        {
            "properties": {"code": code, "name": name},
            "geometry": {"type": "Polygon", "coordinates": [square]} if drawn else None,
        }
        for code, name, drawn in (
            ("3301", "杭州市", False),
            ("330106", "西湖区", True),
            ("330106001", "北山街道", True),
        )
    ]
    with connect(own_city) as connection:
        document = json.dumps({"features": features}).encode()
        assert import_areas(connection, document, NOW, ZoneInfo("UTC")).problems == []
    return own_client


def test_areas_are_listed_with_their_cells(with_tree: TestClient):
    items = with_tree.get("/api/v1/areas", params={"within": "33"}).json()["items"]
    assert [(item["code"], item["level"], item["cells"]) for item in items] == [
        ("3301", 4, 9), ("330106", 3, 9), ("330106001", 2, 9)
    ]  # fmt: skip
    page = with_tree.get("/api/v1/areas", params={"limit": 1}).json()
    after = with_tree.get("/api/v1/areas", params={"cursor": page["next"], "level": 2}).json()
    assert [item["code"] for item in after["items"]] == ["330106001"]


def test_a_point_lies_in_a_cell_and_in_all_that_the_cell_lies_in(with_tree: TestClient):
    here = with_tree.get("/api/v1/areas/at", params={"lon": 120.13, "lat": 30.28}).json()
    assert here["cell"] == "330106001001001"
    assert [area["name_zh"] for area in here["within"]] == ["杭州市", "西湖区", "北山街道"]
    beside = with_tree.get("/api/v1/areas/at", params={"lon": 120.19, "lat": 30.36}).json()
    assert (beside["cell"], beside["within"][-1]["code"]) == (None, "330106001")
    nowhere = with_tree.get("/api/v1/areas/at", params={"lon": 0, "lat": 0}).json()
    assert nowhere == {"cell": None, "within": []}


def test_an_area_is_shown_with_its_polygon(with_tree: TestClient):
    street = with_tree.get("/api/v1/areas/330106001").json()
    assert street["polygon"]["type"] == "Polygon"
    assert [area["code"] for area in street["within"]] == ["3301", "330106"]
    assert with_tree.get("/api/v1/areas/330100").json()["name_zh"] == "杭州市"
