"""The trail is read by those who may, filtered, page by page, and whole."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import pytest
from signed_in import as_person, session

from api.access.doings import doing
from api.access.table import ROUTES, Open
from store.access import Grant, audit
from store.database import connect

pytestmark = pytest.mark.server

AUDIT = "/api/v1/audit"
BEGAN = datetime(2026, 3, 1, 8, tzinfo=UTC)
LINES = [  # name, kind, permission, status, path, why
    ("Li", "person", "cases.step", 201, "/api/v1/cases/1/steps", ""),
    ("", "guest", "cases.read", 401, "/api/v1/cases", "Sign in"),
    ("map", "key", "rules.change", 403, "/api/v1/rules/save", "map lacks rules.change"),
    ("Li", "person", "rules.change", 403, "/api/v1/rules/save", "Li lacks rules.change"),
    ("=cmd", "person", "access.manage", 200, "/api/v1/people/1", '=HYPERLINK("x"), a\nline'),
    ("Chen", "person", "access.manage", None, "/api/v1/people", ""),
]


@pytest.fixture
def trail(guarded):
    """The API, and the headers of an auditor; six lines are there."""
    client, url = guarded
    with connect(url) as connection:
        for n, (name, kind, permission, status, path, why) in enumerate(LINES):
            audit(
                connection, at=BEGAN + timedelta(hours=n), kind=kind, name=name, account=None,
                key=None, address="192.0.2.1", method="POST", route=path, path=path,
                permission=permission, status=status, why=why,
            )  # fmt: skip
    return client, as_person(session(url, "Sun", Grant("auditor")))


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("", [6, 5, 4, 3, 2, 1]),
        ("name=Li", [4, 1]),
        ("kind=key", [3]),
        ("permission=rules.change", [4, 3]),
        ("refused=true", [4, 3, 2]),
        ("refused=false", [6, 5, 1]),
        ("contains=/people", [6, 5]),
        ("contains=lacks", [4, 3]),
        ("contains=%25", []),
        ("since=2026-03-01T10:00:00Z&until=2026-03-01T12:00:00Z", [4, 3]),
        ("name=Li&refused=true", [4]),
        ("name=nobody", []),
    ],
)
def test_each_filter_leaves_what_it_says(trail, asked, numbers):
    client, headers = trail
    lines = client.get(f"{AUDIT}?{asked}", headers=headers).json()["items"]
    assert [line["number"] for line in lines] == numbers
    table = client.get(f"{AUDIT}.csv?{asked}", headers=headers).text
    assert [int(row["number"]) for row in csv.DictReader(table.splitlines(True))] == numbers


@pytest.mark.parametrize(("route", "asks"), ROUTES.items(), ids=ROUTES)
def test_the_trail_says_in_both_languages_what_was_done_or_refused(route, asks):
    method, path = route.split()
    said = doing(method, path, str(asks))
    if method == "GET" and asks is Open.PUBLIC and "callback" not in path:
        assert said is None  # it stands in no trail: nobody is refused
    else:
        assert said is not None
        assert said.en.isascii()
        assert not said.zh.isascii()


def test_a_line_says_what_was_done_and_a_command_is_its_own_word(trail):
    client, headers = trail
    client.post("/api/v1/rules/save", headers=headers)
    newest = client.get(f"{AUDIT}?limit=1", headers=headers).json()["items"][0]
    assert newest["doing"] == {"zh": "保存规则并生效", "en": "put rules in force"}
    [old] = client.get(f"{AUDIT}?name=Chen", headers=headers).json()["items"]
    assert old["doing"] == {"zh": "邀请人员", "en": "invite somebody"}
    table = client.get(f"{AUDIT}.csv?name=Chen", headers=headers).text
    [row] = csv.DictReader(table.splitlines(True))
    assert (row["doing_zh"], row["doing_en"]) == ("邀请人员", "invite somebody")


def test_pages_follow_on_each_other_while_lines_are_added(trail):
    client, headers = trail
    found, cursor = [], ""
    while cursor is not None:
        page = client.get(f"{AUDIT}?limit=2{cursor}", headers=headers).json()
        found += [line["number"] for line in page["items"]]
        cursor = page["next"] and f"&cursor={page['next']}"
        client.post(f"{AUDIT}-nowhere", headers=headers)
    assert found == [6, 5, 4, 3, 2, 1]


def test_no_cell_of_the_table_is_a_formula(trail):
    client, headers = trail
    answer = client.get(f"{AUDIT}.csv?contains=HYPER", headers=headers)
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    [row] = csv.DictReader(answer.text.splitlines(True))
    assert row["name"] == "'=cmd"
    assert row["why"].startswith("'=HYPERLINK")


@pytest.mark.parametrize(
    ("role", "status"),
    [("auditor", 200), ("administrator", 200), ("engineer", 403), ("leader", 403)],
)
def test_the_trail_is_for_auditors_and_administrators(guarded, role, status):
    client, url = guarded
    headers = as_person(session(url, role, Grant(role)))
    for path in (AUDIT, f"{AUDIT}.csv"):
        assert client.get(path, headers=headers).status_code == status
