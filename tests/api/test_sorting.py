"""Lists in any order: all pages together are the list, sorted as a naive sort would."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.routes import cases, dead_letters, events, windows

pytestmark = pytest.mark.server

LISTS = {
    "cases": cases.SORTED_BY,
    "events": events.SORTED_BY,
    "dead-letters": dead_letters.SORTED_BY,
    "windows": windows.SORTED_BY,
}
WINDOW = {"reason": "maintenance", "scope": "channel", "actor": "control room", "why": "a new head"}


@pytest.fixture(scope="module", autouse=True)
def some_windows(module_client: TestClient) -> None:
    for day, subject in ((5, "gas-001.methane"), (4, "gas-002.methane"), (5, "gas-003.methane")):
        until = f"2024-03-{day:02}T00:00:00Z"
        body = WINDOW | {"until": until, "subject": subject}
        assert module_client.post("/api/v1/windows", json=body).status_code == 201


def pages(client: TestClient, name: str, sort: str) -> list[Any]:
    found, cursor = [], None
    while True:
        asked = {"sort": sort, "limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = client.get(f"/api/v1/{name}", params=asked)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return found


def in_order(items: list[Any], column: str, descending: bool) -> list[Any]:
    nulls = [item[column] for item in items if item[column] is None]
    values = sorted((i[column] for i in items if i[column] is not None), reverse=descending)
    return values + nulls if descending else nulls + values


@pytest.mark.parametrize("minus", ["", "-"])
@pytest.mark.parametrize(
    ("name", "column"), [(name, column) for name, columns in LISTS.items() for column in columns]
)
def test_all_pages_together_are_the_list_in_this_order(module_client, name, column, minus):
    whole = module_client.get(f"/api/v1/{name}?limit=1000").json()["items"]
    assert len(whole) > 1
    found = pages(module_client, name, f"{minus}{column}")
    assert sorted(str(i["id" if "id" in i else "number"]) for i in found) == sorted(
        str(i["id" if "id" in i else "number"]) for i in whole
    )
    assert [item[column] for item in found] == in_order(whole, column, bool(minus))


def test_what_is_equal_by_the_first_is_sorted_by_the_next(module_client):
    found = pages(module_client, "windows", "until,-subject")
    assert [each["subject"] for each in found] == [f"gas-00{n}.methane" for n in (2, 3, 1)]


#: What is no order of the list, or no cursor of this order.
REFUSED = [
    ("sort=colour", 422, "by 'colour'"),
    ("sort=opened,opened", 422, "by 'opened'"),
    ("sort=opened,,due", 422, "by ''"),
    ("sort=id", 422, "by 'id'"),
    ("sort=opened&cursor=WzFd", 400, "unchanged"),
    ("sort=opened&cursor=WyItb3BlbmVkIiwieCIsMV0=", 400, "unchanged"),
    ("sort=opened&cursor=WyJvcGVuZWQiLFtdLDFd", 400, "unchanged"),
    ("sort=opened&cursor=WyJvcGVuZWQiLCJ4IiwxXQ==", 422, "invalid input syntax"),
]


@pytest.mark.parametrize(("query", "status", "says"), REFUSED)
def test_what_is_no_order_is_refused(module_client, query, status, says):
    answer = module_client.get(f"/api/v1/cases?{query}")
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
