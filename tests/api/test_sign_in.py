"""Signing in by password and by one-time link: who comes in, for how long, and who does not."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from signed_in import as_key, key

from api.access import passwords, slowing
from api.app import create_app
from store.access import Grant, add_account
from store.access_sign_in import invite
from store.database import connect

pytestmark = pytest.mark.server

RIGHT = "seven herons over the weir"
FRESH = "a kettle, two maps and rain"
SIGN_IN = "/api/v1/sign-in"


@pytest.fixture
def door(guarded):
    """The API of a city where guests may do nothing, and its database's URL, with Li in it."""
    client, url = guarded
    with connect(url) as connection:
        hashed = passwords.hash_of(RIGHT)
        add_account(connection, "Li Wei", datetime.now(UTC), [Grant("dispatcher")], hashed)
    return client, url


def browser(client, address="192.0.2.1", base="http://testserver"):
    """A browser of its own: no cookies, another address."""
    return TestClient(
        client.app, base, raise_server_exceptions=False, client=(address, 50000),
        follow_redirects=False,
    )  # fmt: skip


def sign_in(page, name="Li Wei", password=RIGHT):
    return page.post(SIGN_IN, json={"name": name, "password": password})


def me(page):
    return page.get("/api/v1/me").json()


def csrf(page):
    return {"X-CSRF-Token": me(page)["csrf"]}


def trail(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT status, why FROM audit ORDER BY id").fetchall()


def test_the_right_password_opens_a_session_and_signing_out_ends_it(door):
    client, url = door
    page = browser(client)
    answer = sign_in(page)
    assert (answer.status_code, answer.json()) == (200, {"name": "Li Wei"})
    assert me(page)["name"] == "Li Wei"
    assert page.get("/api/v1/cases").status_code == 200
    kept = page.cookies["lifeline"]
    assert page.post("/api/v1/sign-out", headers=csrf(page)).status_code == 204
    assert "lifeline" not in page.cookies
    thief = browser(client)
    thief.cookies.set("lifeline", kept)
    assert thief.get("/api/v1/cases").status_code == 401
    assert trail(url)[:2] == [(200, "Li Wei signed in"), (204, "")]


@pytest.mark.parametrize("name", ["li wei", "  LI   WEI ", "Ｌｉ Wei"])
def test_a_name_is_known_however_it_is_typed(door, name):
    assert sign_in(browser(door[0]), name).status_code == 200


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Li Wei", "seven herons over the wei"),
        ("Li Wei", RIGHT.upper()),
        ("Li Wei", ""),
        ("Li Wei", RIGHT + " " * 200),
        ("Zhang San", RIGHT),
        ("' OR 1=1 --", RIGHT),
    ],
)
def test_what_is_wrong_is_not_said(door, name, password):
    client, url = door
    answers = [sign_in(browser(client), *pair) for pair in [(name, password), ("nobody", "x")]]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert "lifeline" not in answers[0].cookies
    assert password not in str(trail(url)) or not password


def test_a_name_that_is_none_does_not_stand_in_the_trail(door):
    client, url = door
    sign_in(browser(client), "my password typed too early", "x")
    assert trail(url) == [(401, "no such name")]


def test_somebody_disabled_or_without_a_password_does_not_come_in(door):
    client, url = door
    with connect(url) as connection:
        add_account(connection, "Invited", datetime.now(UTC), [Grant("observer")])
    assert sign_in(browser(client), "Invited", "").status_code == 401
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE accounts SET disabled = now() WHERE name = 'Li Wei'")
    assert sign_in(browser(client)).status_code == 401


def test_a_session_that_somebody_was_given_beforehand_is_not_the_one_they_come_in_by(door):
    client, _ = door
    page = browser(client)
    page.cookies.set("lifeline", "lifeline_chosen-by-a-stranger")
    assert sign_in(page).status_code == 200
    stranger = browser(client)
    stranger.cookies.set("lifeline", "lifeline_chosen-by-a-stranger")
    assert stranger.get("/api/v1/cases").status_code == 401


def test_signing_in_again_ends_the_session_before(door):
    client, _ = door
    page, former = browser(client), browser(client)
    sign_in(page)
    former.cookies.set("lifeline", page.cookies["lifeline"])
    headers = csrf(page)
    assert page.post(SIGN_IN, json={"name": "Li Wei", "password": RIGHT}).status_code == 403
    again = page.post(SIGN_IN, json={"name": "Li Wei", "password": RIGHT}, headers=headers)
    assert again.status_code == 200
    client.app.state.identities.forget()
    assert former.get("/api/v1/cases").status_code == 401


@pytest.mark.parametrize(
    ("public_url", "prefix", "secure"),
    [("", "", False), ("https://lifeline.example", "__Host-", True)],
)
def test_cookies_are_for_this_host_no_script_and_no_other_site(
    own_services, public_url, prefix, secure
):
    services = replace(own_services, guests=(), public_url=public_url)
    with services.pool.connection() as connection:
        hashed = passwords.hash_of(RIGHT)
        add_account(connection, "Li Wei", datetime.now(UTC), [Grant("observer")], hashed)
    with TestClient(create_app(services), public_url or "http://testserver") as client:
        answer = sign_in(client)
        for line in answer.headers.get_list("set-cookie"):
            assert line.startswith(f"{prefix}lifeline")
            told = line.lower()
            assert "httponly" in told
            assert "samesite=lax" in told
            assert "path=/" in told
            assert "domain" not in told
            assert ("; secure" in told) is secure
        assert me(client)["kind"] == "person"
        if secure:  # another host of the domain could have set one without the prefix
            token = client.cookies["__Host-lifeline"]
            client.cookies.clear()
            client.cookies.set("lifeline", token)
            assert me(client)["kind"] == "guest"


def test_another_site_does_not_sign_somebody_in(door):
    client, _ = door
    page = browser(client)
    for site in ("cross-site", "same-site"):
        answer = page.post(
            SIGN_IN,
            json={"name": "Li Wei", "password": RIGHT},
            headers={"Sec-Fetch-Site": site},
        )
        assert answer.status_code == 403
    form = {"content": f'{{"name":"Li Wei","password":"{RIGHT}"}}'}
    assert page.post(SIGN_IN, headers={"Content-Type": "text/plain"}, **form).status_code == 422


def test_who_fails_again_and_again_waits_but_only_there(door):
    client, _ = door
    page = browser(client)
    for _ in range(5):
        assert sign_in(page, password="guessed").status_code == 401
    for password in ("guessed", RIGHT):
        answer = sign_in(page, password=password)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 60
    assert sign_in(browser(client, "192.0.2.2")).status_code == 200
    assert sign_in(browser(client, "2001:db8::1"), password="guessed").status_code == 401


def test_no_attack_from_elsewhere_keeps_somebody_out_of_their_own_browser(door):
    client, _ = door
    mine = browser(client, "192.0.2.9")
    sign_in(mine)
    mine.post("/api/v1/sign-out", headers=csrf(mine))
    for n in range(20):
        assert sign_in(browser(client, f"198.51.100.{n}"), password="guessed").status_code == 401
    assert sign_in(browser(client, "198.51.100.99")).status_code == 429
    assert sign_in(mine).status_code == 200


def test_a_browser_is_known_for_its_own_person_only(door):
    client, url = door
    with connect(url) as connection:
        hashed = passwords.hash_of(FRESH)
        add_account(connection, "Attacker", datetime.now(UTC), [Grant("observer")], hashed)
    theirs = browser(client, "192.0.2.7")
    sign_in(theirs, "Attacker", FRESH)
    headers = csrf(theirs)
    for n in range(20):
        sign_in(browser(client, f"198.51.100.{n}"), password="guessed")
    theirs.post("/api/v1/sign-out", headers=headers)
    assert sign_in(theirs).status_code == 429


def test_one_address_cannot_try_every_name(door):
    client, _ = door
    page = browser(client, "192.0.2.5")
    tried = [sign_in(page, f"person {n}", "guessed").status_code for n in range(21)]
    assert tried == [401] * 20 + [429]


def test_waiting_is_never_for_good():
    slow = slowing.Slowing()
    for _ in range(100):
        slow.failed("li", "192.0.2.1")
    stats = [
        slow._limiter.get_window_stats(*c[:1], *c[1]) for c in slow._counts("li", "192.0.2.1", "")
    ]
    now = datetime.now(UTC).timestamp()
    assert max(each.reset_time for each in stats) - now <= 3600


def test_a_right_password_forgets_the_mistypings_before_it(door):
    client, _ = door
    page = browser(client)
    for _ in range(2):
        for _ in range(4):
            sign_in(page, password="mistyped")
        assert sign_in(page).status_code == 200
        page.post("/api/v1/sign-out", headers=csrf(page))


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "at least 12"),
        ("x" * 129, "at most 128"),
        ("password1234", "tried first"),
        ("Password1234!", "tried first"),
        ("123456789012", "tried first"),
        ("qwertyuiop[]", "tried first"),
        ("liweiliweiliwei", "tried first"),
        ("lifelinelifeline", "tried first"),
        ("aaaaaaaaaaaaaaaa", "tried first"),
    ],
)
def test_a_password_that_will_not_do_is_told_why(password, says):
    with pytest.raises(passwords.BadPassword, match=says):
        passwords.hash_of(password, "Li Wei", "lifeline")


@pytest.mark.parametrize(
    "password",
    [
        "seven herons over the weir",
        "杭州西湖的水很深啊朋友们",
        "j7 kaolin mug",
        "   odd   kettle 九  ",
        "😀 tram, moss & 3 doors",
    ],
)
def test_any_words_of_any_script_will_do_with_no_rule_of_what_signs_there_must_be(password):
    hashed = passwords.hash_of(password)
    assert hashed.startswith("$argon2id$")
    assert passwords.fits(hashed, password)
    assert not passwords.fits(hashed, password + "x")


def test_a_hash_of_less_cost_than_today_is_made_anew_when_its_password_comes(door):
    client, url = door
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(RIGHT)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE accounts SET password = %s", (cheap,))
    assert sign_in(browser(client)).status_code == 200
    with psycopg.connect(url) as connection:
        [(kept,)] = connection.execute("SELECT password FROM accounts").fetchall()
    assert kept != cheap
    assert not passwords.is_dated(kept)
    assert sign_in(browser(client)).status_code == 200


def test_changing_the_password_asks_for_it_and_ends_every_other_session(door):
    client, _ = door
    page, other = browser(client), browser(client)
    sign_in(page)
    sign_in(other)
    there, headers = "/api/v1/me/password", csrf(page)
    wrong = page.post(there, json={"current": "guessed", "new": FRESH}, headers=headers)
    assert wrong.status_code == 403
    weak = page.post(there, json={"current": RIGHT, "new": "li wei li wei"}, headers=headers)
    assert weak.status_code == 422
    former = page.cookies["lifeline"]
    assert other.get("/api/v1/cases").status_code == 200
    done = page.post(there, json={"current": RIGHT, "new": FRESH}, headers=headers)
    assert done.status_code == 204
    assert page.cookies["lifeline"] != former
    assert page.get("/api/v1/cases").status_code == 200
    assert other.get("/api/v1/cases").status_code == 401
    assert sign_in(browser(client)).status_code == 401
    assert sign_in(browser(client), password=FRESH).status_code == 200


def test_whoever_has_a_page_open_cannot_guess_the_password_there(door):
    client, _ = door
    page = browser(client)
    sign_in(page)
    asked = {"json": {"current": "guessed", "new": FRESH}, "headers": csrf(page)}
    codes = [page.post("/api/v1/me/password", **asked).status_code for _ in range(6)]
    assert codes == [403] * 5 + [429]


def test_a_person_sees_and_ends_their_own_sessions_and_no_others(door):
    client, url = door
    page, other = browser(client, "192.0.2.1"), browser(client, "192.0.2.2")
    sign_in(page)
    sign_in(other)
    listed = page.get("/api/v1/me/sessions").json()
    assert {each["address"] for each in listed} == {"192.0.2.1", "192.0.2.2"}
    assert [each["address"] for each in listed if each["current"]] == ["192.0.2.1"]
    assert not {"token", "browser"} & listed[0].keys()
    [number] = [each["number"] for each in listed if not each["current"]]
    with connect(url) as connection:
        add_account(connection, "Wang", datetime.now(UTC), [], passwords.hash_of(FRESH))
    wang = browser(client)
    sign_in(wang, "Wang", FRESH)
    ended = f"/api/v1/me/sessions/{number}"
    assert wang.delete(ended, headers=csrf(wang)).status_code == 404
    assert page.delete(ended, headers=csrf(page)).status_code == 204
    assert other.get("/api/v1/cases").status_code == 401
    sign_in(other)
    answer = page.delete("/api/v1/me/sessions", headers=csrf(page))
    assert answer.json() == {"ended": 1}
    assert other.get("/api/v1/cases").status_code == 401
    assert wang.get("/api/v1/me/sessions").status_code == 200


def test_a_key_has_no_sessions_and_no_password(door):
    client, url = door
    headers = as_key(key(url, "map", Grant("observer")))
    assert client.get("/api/v1/me/sessions", headers=headers).status_code == 403
    body = {"current": RIGHT, "new": FRESH}
    assert client.post("/api/v1/me/password", json=body, headers=headers).status_code == 403


# One-time links -----------------------------------------------------------------------------


def link(url, name, now=None, lasts=timedelta(hours=1)):
    with connect(url) as connection:
        found = connection.execute("SELECT id FROM accounts WHERE name = %s", (name,)).fetchone()
        return invite(connection, found and found[0], now or datetime.now(UTC), "Chen", lasts)


def use(page, token, password=FRESH, **more):
    return page.post(f"/api/v1/invitations/{token}", json={"password": password, **more})


def test_a_link_lets_in_once_sets_the_password_and_ends_sessions_of_before(door):
    client, url = door
    before = browser(client)
    sign_in(before)
    token, page = link(url, "Li Wei"), browser(client)
    assert use(page, token).json() == {"name": "Li Wei"}
    assert me(page)["name"] == "Li Wei"
    assert before.get("/api/v1/cases").status_code == 401
    assert use(browser(client), token).status_code == 403
    assert sign_in(browser(client), password=FRESH).status_code == 200
    assert token not in str(trail(url))
    with psycopg.connect(url) as connection:
        paths = [path for (path,) in connection.execute("SELECT path FROM audit")]
    assert "/api/v1/invitations/…" in paths
    assert not any(token in path for path in paths)


def test_a_bad_password_does_not_use_the_link_up(door):
    client, url = door
    token, page = link(url, "Li Wei"), browser(client)
    assert use(page, token, "password1234").json()["type"].endswith(":bad-password")
    assert use(page, token).status_code == 200


@pytest.mark.parametrize("wrong", ["expired", "replaced", "mistyped", "disabled"])
def test_a_link_that_is_not_good_says_no_more_than_that(door, wrong):
    client, url = door
    began = datetime.now(UTC) - timedelta(hours=2 if wrong == "expired" else 0)
    token = link(url, "Li Wei", began)
    if wrong == "replaced":
        link(url, "Li Wei")
    if wrong == "mistyped":
        token += "x"
    if wrong == "disabled":
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE accounts SET disabled = now()")
    answer = use(browser(client), token)
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("The link is used up, has expired or is mistyped")


def test_links_are_not_guessed(door):
    client, _ = door
    page = browser(client)
    codes = [use(page, f"lifeline_{n}").status_code for n in range(11)]
    assert codes == [403] * 10 + [429]


def test_the_first_administrator_comes_in_by_a_link_and_nobody_by_it_afterwards(door):
    client, url = door
    token = link(url, None)
    page = browser(client)
    assert use(page, token).json()["detail"].startswith("Choose a name")
    assert use(page, token, name="Chen").json() == {"name": "Chen"}
    assert {"role": "administrator", "department": "", "area": ""} in me(page)["grants"]
    late = link(url, None)
    assert use(browser(client), late, name="Eve").status_code == 403


# Nothing secret in logs -----------------------------------------------------------------------


def test_nothing_secret_is_logged_even_at_debug(door, caplog):
    client, url = door
    caplog.set_level(logging.DEBUG)
    page = browser(client)
    sign_in(page, password="guessed wrongly 77")
    sign_in(page)
    first, token = page.cookies["lifeline"], link(url, "Li Wei")
    page.post("/api/v1/me/password", json={"current": RIGHT, "new": FRESH}, headers=csrf(page))
    use(browser(client), token, "nine tall wet lamps")
    secret = key(url, "map", Grant("observer"))
    client.get("/api/v1/cases", headers=as_key(secret))
    ours = [each for each in caplog.records if not each.name.startswith("httpx")]  # the client's
    said = str([each.getMessage() for each in ours]) + str(trail(url))
    known = ["guessed wrongly 77", RIGHT, FRESH, "nine tall wet lamps", first, token, secret]
    known.append(page.cookies["lifeline-browser"])
    assert [each for each in known if each in said] == []
