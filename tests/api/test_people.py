"""People and their roles: what administrators change, what they cannot, and what the trail says."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from signed_in import as_person, session

from api.access import passwords
from deploy.cli import lifeline
from deploy.first_start import first_link
from store.access import Grant
from store.access_sign_in import administrators, set_password
from store.database import connect

pytestmark = pytest.mark.server

PEOPLE = "/api/v1/people"
FRESH = "a kettle, two maps and rain"


@pytest.fixture
def office(guarded):
    """The API, its database's URL, and the headers of an administrator who has a password."""
    client, url = guarded
    headers = as_person(session(url, "Chen", Grant("administrator")))
    with connect(url) as connection:
        set_password(connection, number(url, "Chen"), passwords.NOBODYS, datetime.now(UTC))
    return client, url, headers


def number(url, name):
    with psycopg.connect(url) as connection:
        [(found,)] = connection.execute("SELECT id FROM accounts WHERE name = %s", (name,))
    return found


def whys(url):
    with psycopg.connect(url) as connection:
        return [why for (why,) in connection.execute("SELECT why FROM audit ORDER BY id")]


def browser(client):
    return TestClient(client.app, raise_server_exceptions=False)


def invite(office, name="Li Wei", **more):
    client, _, chen = office
    answer = client.post(PEOPLE, json={"name": name, **more}, headers=chen)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_whoever_is_invited_comes_in_by_the_link_with_the_roles_given(office):
    client, url, _ = office
    told = invite(office, grants=[{"role": "dispatcher", "area": "330106"}])
    assert told["person"]["has_password"] is False
    address, _, token = told["link"]["link"].rpartition("/#/invitations/")
    assert address == "http://testserver"
    page = browser(client)
    assert page.post(f"/api/v1/invitations/{token}", json={"password": FRESH}).status_code == 200
    me = page.get("/api/v1/me").json()
    assert me["grants"] == [{"role": "dispatcher", "department": "", "area": "330106"}]
    assert whys(url) == ["let in Li Wei: dispatcher in 330106", "Li Wei used a one-time link"]


def test_the_list_tells_who_is_there_and_how_they_sign_in(office):
    client, _, chen = office
    invite(office, "Zhao")
    invite(office, "Li Wei", grants=[{"role": "observer"}])
    listed = client.get(PEOPLE, headers=chen).json()["items"]
    assert [each["name"] for each in listed] == ["Chen", "Li Wei", "Zhao"]
    assert [each["has_password"] for each in listed] == [True, False, False]
    assert listed[1]["grants"] == [
        {"role": "observer", "department": "", "area": "", "by_provider": False}
    ]
    assert listed[1]["invited_until"] is not None
    assert "argon2" not in client.get(PEOPLE, headers=chen).text
    found = client.get(f"{PEOPLE}?search=LI", headers=chen).json()["items"]
    assert [each["name"] for each in found] == ["Li Wei"]
    page = client.get(f"{PEOPLE}?limit=2", headers=chen).json()
    rest = client.get(f"{PEOPLE}?limit=2&cursor={page['next']}", headers=chen).json()
    assert [each["name"] for each in rest["items"]] == ["Zhao"]


def test_a_role_is_given_and_taken_back_and_works_at_once(office):
    client, url, chen = office
    li = as_person(session(url, "Li Wei"))
    there = f"{PEOPLE}/{number(url, 'Li Wei')}/grants"
    assert client.get("/api/v1/cases", headers=li).status_code == 403
    given = {"role": "department", "department": "12000000000000011F"}
    assert client.post(there, json=given, headers=chen).status_code == 201
    assert client.get("/api/v1/cases", headers=li).status_code == 200
    assert client.delete(f"{there}/department", headers=chen).status_code == 404
    taken = client.delete(f"{there}/department?department=12000000000000011F", headers=chen)
    assert taken.json()["grants"] == []
    assert client.get("/api/v1/cases", headers=li).status_code == 403
    done = [why for why in whys(url) if why.startswith(("gave", "took"))]
    assert done == [
        "gave Li Wei department as 12000000000000011F",
        "took department as 12000000000000011F from Li Wei",
    ]


def test_whoever_raises_themselves_leaves_a_line_that_says_so(office):
    client, url, chen = office
    there = f"{PEOPLE}/{number(url, 'Chen')}/grants"
    assert client.post(there, json={"role": "shift-lead"}, headers=chen).status_code == 201
    with psycopg.connect(url) as connection:
        [line] = connection.execute("SELECT kind, name, status, why FROM audit").fetchall()
    assert line == ("person", "Chen", 201, "gave Chen shift-lead")


def test_somebody_disabled_is_out_at_once_and_comes_back_only_when_enabled(office):
    client, url, chen = office
    li = as_person(session(url, "Li Wei", Grant("observer")))
    there = f"{PEOPLE}/{number(url, 'Li Wei')}"
    assert client.get("/api/v1/cases", headers=li).status_code == 200
    assert client.post(f"{there}/disable", headers=chen).json()["disabled"]
    assert client.get("/api/v1/cases", headers=li).status_code == 401
    assert client.post(f"{there}/disable", headers=chen).status_code == 404
    assert client.post(f"{there}/link", headers=chen).status_code == 409
    assert client.post(f"{there}/enable", headers=chen).json()["disabled"] is None
    assert client.get("/api/v1/cases", headers=li).status_code == 401, "that session has ended"
    assert client.post(f"{there}/link", headers=chen).status_code == 201


def test_the_last_administrator_is_neither_disabled_nor_loses_the_role(office):
    client, url, chen = office
    there = f"{PEOPLE}/{number(url, 'Chen')}"
    invite(office, "Never came", grants=[{"role": "administrator"}])
    for answer in (
        client.post(f"{there}/disable", headers=chen),
        client.delete(f"{there}/grants/administrator", headers=chen),
    ):
        assert answer.status_code == 409
        assert "nobody would be left" in answer.json()["detail"].lower()
    session(url, "Zhao", Grant("administrator"))
    with connect(url) as connection:
        set_password(connection, number(url, "Zhao"), passwords.NOBODYS, datetime.now(UTC))
    assert client.delete(f"{there}/grants/administrator", headers=chen).status_code == 200
    assert client.get(PEOPLE, headers=chen).status_code == 403


@pytest.mark.parametrize("limit", [{"area": "330106"}, {"department": "water"}])
def test_an_administrator_with_a_limit_does_not_lift_it(office, limit):
    client, url, _ = office
    mine = as_person(session(url, "Zhao", Grant("administrator", **limit)))
    assert client.get(PEOPLE, headers=mine).status_code == 403
    there = f"{PEOPLE}/{number(url, 'Zhao')}/grants"
    assert client.post(there, json={"role": "administrator"}, headers=mine).status_code == 403
    hook = {"name": "all", "url": "https://receiver.example/events"}
    assert client.post("/api/v1/subscriptions", json=hook, headers=mine).status_code == 403
    # Nor are they the one who is left to let others in.
    with connect(url) as connection:
        set_password(connection, number(url, "Zhao"), passwords.NOBODYS, datetime.now(UTC))
        assert administrators(connection) == 1


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"name": ""}, 422),
        ({"name": " \u200b"}, 409),
        ({"name": "ＣＨＥＮ"}, 409),
        ({"grants": [{"role": "king"}]}, 422),
        ({"grants": [{"role": "gateway"}]}, 422),
        ({"grants": [{"role": "observer", "area": "x"}]}, 422),
        ({"provider": "nowhere", "subject": "1"}, 422),
        ({"provider": "nowhere"}, 422),
        ({"password": "chosen for them 12"}, 422),
    ],
)
def test_a_person_that_cannot_be_is_refused(office, wrong, status):
    client, url, chen = office
    answer = client.post(PEOPLE, json={"name": "Li Wei"} | wrong, headers=chen)
    assert answer.status_code == status, answer.text
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM accounts").fetchone() == (1,)


@pytest.mark.parametrize("role", ["auditor", "engineer", "shift-lead", "leader", "observer"])
def test_nobody_but_administrators_sees_or_changes_people(guarded, role):
    client, url = guarded
    headers = as_person(session(url, "Sun", Grant(role)))
    there = f"{PEOPLE}/{number(url, 'Sun')}"
    asked = [
        ("GET", PEOPLE, None),
        ("GET", there, None),
        ("POST", PEOPLE, {"name": "Eve"}),
        ("POST", f"{there}/grants", {"role": "administrator"}),
        ("POST", f"{there}/link", {}),
        ("POST", f"{there}/disable", {}),
        ("DELETE", f"{there}/grants/{role}", None),
    ]
    for method, path, body in asked:
        assert client.request(method, path, json=body, headers=headers).status_code == 403, path
    with psycopg.connect(url) as connection:
        refused = connection.execute("SELECT count(*) FROM audit WHERE status = 403").fetchone()
    assert refused == (len(asked),)


# From the command line ---------------------------------------------------------------------


@pytest.fixture
def command(database_url):
    def command(*words, fails=False):
        said = CliRunner().invoke(lifeline, ["--database", database_url, *words])
        assert bool(said.exit_code) is fails, said.output
        return said.output

    return command


def test_the_first_start_offers_a_link_until_there_is_an_administrator(
    database, database_url, command
):
    now = datetime.now(UTC)
    former = first_link(database_url, "https://lifeline.example", now)
    link = first_link(database_url, "https://lifeline.example", now)
    assert link.startswith("https://lifeline.example/#/invitations/lifeline_")
    rows = database.execute("SELECT used IS NULL FROM invitations ORDER BY used NULLS LAST")
    assert rows.fetchall() == [(False,), (True,)]
    assert link != former
    command("people", "invite", "Chen", "--role", "administrator")
    assert first_link(database_url, "", now), "Chen has not come yet"
    with connect(database_url) as connection:
        set_password(connection, number(database_url, "Chen"), "x", now)
        assert administrators(connection) == 1
    assert first_link(database_url, "", now) is None


def test_people_are_let_in_changed_and_disabled_by_command_and_the_trail_says_so(
    database_url, command
):
    said = command("people", "invite", "Li Wei", "--role", "dispatcher@330106")
    assert "/#/invitations/lifeline_" in said
    command("people", "grant", "li wei", "department/12000000000000011F")
    command("people", "grant", "li wei", "dispatcher@330106", "--withdraw")
    listed = command("people", "list")
    assert "department as 12000000000000011F" in listed
    assert "dispatcher" not in listed
    command("people", "disable", "Li Wei")
    assert "disabled" in command("people", "list")
    command("people", "disable", "Li Wei", "--enable")
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT kind, status, why FROM audit ORDER BY id").fetchall()
    assert {kind for kind, _, _ in rows} == {"command"}
    assert [(status, why) for _, status, why in rows] == [
        (200, "a one-time link for Li Wei dispatcher in 330106"),
        (200, "gave department as 12000000000000011F to li wei"),
        (200, "took dispatcher in 330106 from li wei"),
        (200, "disabled Li Wei"),
        (200, "enabled Li Wei"),
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("people", "grant", "Nobody", "observer"), "nobody is called Nobody"),
        (("people", "grant", "Chen", "king"), "no role is called king"),
        (("people", "grant", "Chen", "gateway"), "only keys of systems"),
        (("people", "invite", "Chen", "--role", "observer@here"), "first digits"),
        (("people", "disable", "Chen"), "nobody would be left"),
        (("people", "grant", "Chen", "administrator", "--withdraw"), "nobody would be left"),
        (("keys", "add", "x", "--role", "king"), "no role is called king"),
        (("keys", "rotate", "x"), "no key is called x"),
        (("keys", "revoke", "x"), "no key is called x"),
    ],
)
def test_a_command_that_cannot_be_says_why(database_url, command, words, says):
    command("people", "invite", "Chen", "--role", "administrator")
    with connect(database_url) as connection:
        set_password(connection, number(database_url, "Chen"), "x", datetime.now(UTC))
    assert says in command(*words, fails=True)


def test_keys_are_made_rotated_and_revoked_by_command(database_url, command):
    secret = command("keys", "add", "roof", "--role", "gateway", "--device", "roof-3").strip()
    assert secret.startswith("lifeline_")
    assert command("keys", "rotate", "roof").strip() != secret
    listed = command("keys", "list")
    assert "roof-3" in listed
    assert secret not in listed
    command("keys", "revoke", "roof")
    assert "revoked" in command("keys", "list")
    assert "revoked" in command("keys", "rotate", "roof", fails=True)
