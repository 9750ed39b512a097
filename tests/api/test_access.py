"""Who may do what: nobody unknown, nobody beyond their role, area and department; and the trail."""

from __future__ import annotations

import psycopg
import pytest
from signed_in import as_key, as_person, key, session

from api.access.guard import Guard, UnknownRoute, doors
from api.access.permissions import PERMISSIONS, Permission
from api.access.table import ROUTES
from api.app import create_app
from store.access import Grant

pytestmark = pytest.mark.server

CASES = "/api/v1/cases"
HERE, ELSEWHERE = "330106", "330102"  # the watched city's district, and another
WATER, GAS = "12000000000000011F", "12000000000000035B"


def trail(url):
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT kind, name, method, route, permission, status FROM audit ORDER BY id"
        ).fetchall()


def test_the_table_names_every_route_and_no_other(guarded):
    client, _ = guarded
    there = {f"{door.method} {door.route}" for door in doors(client.app)}
    assert {name for name in there if not name.startswith("HEAD ")} == set(ROUTES)


def test_a_route_that_the_table_does_not_name_stops_the_start(guarded, monkeypatch):
    client, _ = guarded
    fewer = {name: asks for name, asks in ROUTES.items() if name != "GET /api/v1/cases"}
    monkeypatch.setattr("api.access.guard.ROUTES", fewer)
    with pytest.raises(UnknownRoute, match="who may GET /api/v1/cases"):
        doors(client.app)


def test_strangers_do_not_fill_the_memory_with_paths(own_services):
    app = create_app(own_services)
    guard = Guard(app, app.state.doors, app.state.identities, own_services)
    held = guard._known.cache_info
    for method in ("GET", "PUT"):
        scope = {"method": method, "path": CASES + "/" + "x" * 100_000}
        assert (guard._door(scope) is not None) is (method == "GET")
    assert held().currsize == 0, "a path of any length would be kept"
    for number in range(held().maxsize + 10):
        assert guard._door({"method": "GET", "path": f"{CASES}/{number}"}) is not None
    assert held().currsize == held().maxsize


def test_nobody_is_told_to_sign_in_before_a_body_is_read(guarded):
    client, url = guarded
    answer = client.post(f"{CASES}/1/steps", content=b"{ this is no JSON")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["type"] == "urn:lifeline:problem:not-signed-in"
    assert trail(url) == [("guest", "", "POST", "/api/v1/cases/{case}/steps", "cases.step", 401)]


def test_a_session_opens_the_door_until_it_is_ended_or_idle(guarded):
    client, url = guarded
    token = session(url, "Li", Grant("dispatcher"))
    assert client.get(CASES, headers=as_person(token)).status_code == 200
    me = client.get("/api/v1/me", headers=as_person(token)).json()
    assert (me["kind"], me["name"], me["grants"][0]["role"]) == ("person", "Li", "dispatcher")
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE sessions SET seen = seen - interval '61 min'")
    client.app.state.identities.forget()
    answer = client.get(CASES, headers=as_person(token))
    assert answer.status_code == 401
    assert "sign in again" in answer.json()["detail"]


@pytest.mark.parametrize(
    "change",
    ["ends = now()", "ended = now()"],
)
def test_a_session_that_is_over_lets_nobody_in(guarded, change):
    client, url = guarded
    token = session(url, "Li", Grant("dispatcher"))
    with psycopg.connect(url) as connection:
        connection.execute(f"UPDATE sessions SET {change}")  # noqa: S608 (two of our own)
    assert client.get(CASES, headers=as_person(token)).status_code == 401


def test_somebody_disabled_is_out_at_once_everywhere(guarded):
    client, url = guarded
    token = session(url, "Li", Grant("dispatcher"))
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE accounts SET disabled = now()")
    assert client.get(CASES, headers=as_person(token)).status_code == 401


def test_a_cookie_alone_changes_nothing(guarded):
    client, url = guarded
    headers = as_person(session(url, "Li", Grant("shift-lead")))
    for sent in ({}, {"X-CSRF-Token": "x"}):
        answer = client.post(
            "/api/v1/windows", json={}, headers={"Cookie": headers["Cookie"], **sent}
        )
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:lifeline:problem:no-csrf-token"
    assert client.post("/api/v1/windows", json={}, headers=headers).status_code == 422


def test_a_key_needs_no_token_of_a_page_and_is_held_to_its_scopes(guarded):
    client, url = guarded
    secret = key(url, "gateway 7", Grant("gateway"), Grant("observer"), scopes=("telemetry.write",))
    assert client.get(CASES, headers=as_key(secret)).status_code == 403
    assert client.get("/api/v1/me", headers=as_key(secret)).json()["permissions"] == [
        "telemetry.write"
    ]
    assert client.get(CASES, headers=as_key(secret + "x")).status_code == 401


@pytest.mark.parametrize("column", ["revoked", "expires"])
def test_a_key_that_is_revoked_or_has_expired_opens_nothing(guarded, column):
    client, url = guarded
    secret = key(url, "map", Grant("observer"))
    assert client.get(CASES, headers=as_key(secret)).status_code == 200
    with psycopg.connect(url) as connection:
        connection.execute(f"UPDATE api_keys SET {column} = now()")  # noqa: S608 (two of our own)
    client.app.state.identities.forget()
    assert client.get(CASES, headers=as_key(secret)).status_code == 401


def test_what_a_role_lacks_is_named(guarded):
    client, url = guarded
    answer = client.get(CASES, headers=as_key(key(url, "gateway", Grant("gateway"))))
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("gateway lacks cases.read")
    assert answer.json()["permission"] == "cases.read"


def test_a_person_acts_in_no_other_name_and_in_no_role_but_theirs(guarded):
    client, url = guarded
    headers = as_person(session(url, "Wang", Grant("department")))
    [case] = client.get(f"{CASES}?code=0506", headers=headers).json()["items"]
    step = {"verb": "handle", "role": "department", "version": case["version"]}
    there = f"{CASES}/{case['number']}/steps"
    for wrong, kind in (
        ({"actor": "Li"}, "not-your-name"),
        ({"role": "inspector"}, "not-your-role"),
    ):
        answer = client.post(there, json=step | wrong, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, f"urn:lifeline:problem:{kind}")
    done = client.post(there, json=step, headers=headers).json()
    assert done["log"][-1]["actor"] == "Wang"
    assert trail(url)[-1] == (
        "person", "Wang", "POST", "/api/v1/cases/{case}/steps", "cases.step", 201,
    )  # fmt: skip


def test_a_system_names_whom_it_acts_for(guarded):
    client, url = guarded
    headers = as_key(key(url, "crews' app", Grant("integration"), Grant("department")))
    [case] = client.get(f"{CASES}?code=0506", headers=headers).json()["items"]
    step = {"verb": "handle", "role": "department", "version": case["version"], "actor": "crew 7"}
    done = client.post(f"{CASES}/{case['number']}/steps", json=step, headers=headers)
    assert done.json()["log"][-1]["actor"] == "crew 7"


#: Where somebody is a dispatcher, and whether the city's cases are theirs.
LIMITS = [
    (Grant("dispatcher"), True),
    (Grant("dispatcher", area=HERE), True),
    (Grant("dispatcher", area=ELSEWHERE), False),
    (Grant("department", department="nobody's"), False),
]


@pytest.mark.parametrize(("grant", "theirs"), LIMITS)
def test_cases_of_others_are_in_no_list_no_map_no_page_and_no_step(guarded, grant, theirs):
    client, url = guarded
    every = as_key(key(url, "every", Grant("observer")))
    cases = client.get(CASES, headers=every).json()["items"]
    mine = as_person(session(url, "Zhao", grant))
    assert len(client.get(CASES, headers=mine).json()["items"]) == (len(cases) if theirs else 0)
    features = client.get("/api/v1/cases.geojson", headers=mine).json()["features"]
    assert bool(features) is theirs
    assert bool(client.get("/api/v1/map/cases", headers=mine).json()["number"]) is theirs
    work = client.get(f"/api/v1/worklists/{grant.role}", headers=mine).json()["lists"]
    assert theirs or not any(any(each["items"]) for each in work)
    assert theirs or not any(sum(each["counts"].values()) - each["counts"]["most"] for each in work)
    number = cases[0]["number"]
    for path in ("", "/reports", "/duplicates"):
        answer = client.get(f"{CASES}/{number}{path}", headers=mine)
        assert answer.status_code == (200 if theirs else 404), path
    step = {"verb": "note", "role": grant.role, "version": cases[0]["version"], "reason": "seen"}
    answer = client.post(f"{CASES}/{number}/steps", json=step, headers=mine)
    assert (answer.status_code == 404) is not theirs


def test_a_department_sees_what_it_had_and_acts_on_what_it_has(guarded):
    client, url = guarded
    every = as_key(key(url, "every", *map(Grant, PERMISSIONS)))
    [case] = client.get(f"{CASES}?code=0506", headers=every).json()["items"]
    whose = case["department"]
    crew = as_person(session(url, "crew", Grant("department", department=whose)))
    seen = client.get(CASES, headers=crew).json()["items"]
    assert {each["department"] for each in seen} == {whose}
    there = f"{CASES}/{case['number']}"
    back = {"verb": "return", "role": "department", "version": case["version"], "reason": "no pipe"}
    assert client.post(f"{there}/steps", json=back, headers=crew).status_code == 201
    case = client.get(there, headers=every).json()["case"]
    assert client.get(there, headers=crew).status_code == 200, "it had it"


def test_numbers_of_persons_are_for_those_who_may(guarded):
    client, url = guarded
    asked = "/api/v1/evaluation?by=person"
    for role, status in (("dispatcher", 403), ("evaluator", 200)):
        headers = as_person(session(url, role, Grant(role)))
        assert client.get(asked, headers=headers).status_code == status
        assert client.get("/api/v1/evaluation?by=department", headers=headers).status_code == 200


def test_whole_tables_are_not_for_those_with_a_limit(guarded):
    client, url = guarded
    for grant, status in ((Grant("leader"), 200), (Grant("leader", area=HERE), 403)):
        headers = as_person(session(url, f"leader {status}", grant))
        assert client.get("/api/v1/exports/cases", headers=headers).status_code == status


def test_a_change_stands_in_the_trail_before_it_is_done_and_the_trail_only_grows(guarded):
    client, url = guarded
    headers = as_person(session(url, "Chen", Grant("shift-lead")))
    client.post("/api/v1/windows", json={}, headers=headers)
    assert trail(url) == [("person", "Chen", "POST", "/api/v1/windows", "windows.set", 422)]
    for wrong in ("DELETE FROM audit", "UPDATE audit SET name = 'nobody'"):
        with (
            psycopg.connect(url) as connection,
            pytest.raises(psycopg.Error, match="only ever added"),
        ):
            connection.execute(wrong)


def test_reading_leaves_no_line_but_a_refused_look_does(guarded):
    client, url = guarded
    headers = as_person(session(url, "Sun", Grant("partner")))
    client.get(CASES, headers=headers)
    assert trail(url) == []
    client.get("/api/v1/audit-nobody-has", headers=headers)
    client.get("/api/v1/rules", headers=headers)
    assert [line[3:] for line in trail(url)] == [("/api/v1/rules", "rules.read", 403)]


def test_every_permission_is_somebodys_and_asked_for_somewhere():
    held = frozenset[Permission]().union(*PERMISSIONS.values())
    assert held == set(Permission)
    unasked = set(Permission) - {asks for asks in ROUTES.values() if isinstance(asks, Permission)}
    assert unasked <= {Permission.NAME_OTHERS, Permission.READ_PERSONS}, "these two within routes"


def test_a_session_ends_after_a_shift_whatever_is_done_meanwhile(guarded):
    client, url = guarded
    token = session(url, "Li", Grant("observer"))
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE sessions SET ends = ends - interval '12 h'")
    assert client.get(CASES, headers=as_person(token)).status_code == 401
