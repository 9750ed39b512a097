"""A second factor beside the password: enrolled, shown, asked for, recovered, reset."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pyotp
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from signed_in import as_key, as_person, key, session

from api.access import passwords, slowing
from api.app import create_app
from deploy.cli import lifeline
from store import access_second_factor as store
from store.access import Grant, add_account
from store.access_sign_in import invite
from store.database import connect

pytestmark = pytest.mark.server

RIGHT = "seven herons over the weir"
FACTOR = "/api/v1/me/second-factor"
NOW = datetime(2026, 7, 1, 8, 0, 5, tzinfo=UTC)


class Hall:
    """A city whose wall clock is ours, as some setting has it, with a person of two roles."""

    def __init__(self, services, url, asks="none"):
        self.now, self.url = datetime.now(UTC), url
        services = replace(services, guests=(), second_factor=asks, wall=lambda: self.now)
        self.app = create_app(services)
        with connect(url) as connection:
            self.li = add_account(
                connection, "Li Wei", self.now, [Grant("administrator"), Grant("observer")],
                passwords.hash_of(RIGHT),
            )  # fmt: skip

    def browser(self, address="192.0.2.1"):
        return TestClient(self.app, raise_server_exceptions=False, client=(address, 50000))

    def signed_in(self, address="192.0.2.1"):
        page = self.browser(address)
        said = {"name": "Li Wei", "password": RIGHT}
        assert page.post("/api/v1/sign-in", json=said).status_code == 200
        return page

    def enrolled(self):
        """A browser whose person has enrolled just now, the app, and the recovery codes."""
        page = self.signed_in()
        begun = send(page, FACTOR, password=RIGHT)
        assert begun.status_code == 201, begun.text
        app = pyotp.TOTP(begun.json()["secret"])
        confirmed = send(page, f"{FACTOR}/confirm", code=app.at(self.now))
        assert confirmed.status_code == 201, confirmed.text
        self.later()
        return page, app, confirmed.json()["recovery_codes"]

    def later(self, seconds=30):
        self.now += timedelta(seconds=seconds)

    def trail(self):
        with psycopg.connect(self.url) as connection:
            return connection.execute("SELECT status, why FROM audit ORDER BY id").fetchall()


def me(page):
    return page.get("/api/v1/me").json()


def send(page, path, **body):
    return page.post(path, json=body, headers={"X-CSRF-Token": me(page)["csrf"]})


def kind(answer):
    return answer.json()["type"].rpartition(":")[2]


@pytest.fixture
def hall(own_services, own_city):
    return Hall(own_services, own_city)


def test_who_has_one_holds_no_role_before_a_code_was_shown(hall):
    _, app, _ = hall.enrolled()
    page = hall.signed_in()
    told = me(page)
    assert (told["owes"], told["permissions"], told["grants"]) == ("code", [], [])
    for method, path in (
        ("GET", "/api/v1/cases"), ("GET", "/api/v1/me/sessions"), ("GET", "/api/v1/people"),
        ("DELETE", "/api/v1/me/sessions"), ("POST", "/api/v1/me/password"),
        ("POST", f"{FACTOR}/end"), ("POST", f"{FACTOR}/codes"),
    ):  # fmt: skip
        answer = page.request(method, path, headers={"X-CSRF-Token": told["csrf"]})
        assert (answer.status_code, kind(answer)) == (403, "second-factor-owed"), path
    before = page.cookies["lifeline"]
    assert send(page, f"{FACTOR}/show", code=app.at(hall.now)).status_code == 204
    assert page.cookies["lifeline"] != before, "the session goes on under another token"
    assert (me(page)["owes"], page.get("/api/v1/people").status_code) == ("", 200)
    page.cookies.set("lifeline", before)
    assert page.get("/api/v1/people").status_code == 401


def test_a_code_is_good_once_and_none_before_it_is_good_after_it(hall):
    _, app, _ = hall.enrolled()
    code, before = app.at(hall.now), app.at(hall.now - timedelta(seconds=30))
    assert send(hall.signed_in(), f"{FACTOR}/show", code=code).status_code == 204
    other = hall.signed_in("192.0.2.2")
    for used in (code, before):
        answer = send(other, f"{FACTOR}/show", code=used)
        assert (answer.status_code, kind(answer)) == (403, "wrong-code")
    hall.later()
    assert send(other, f"{FACTOR}/show", code=app.at(hall.now)).status_code == 204


@pytest.mark.parametrize(
    ("off", "good", "why"),
    [(0, True, "now"), (-30, True, "a clock behind"), (30, True, "a clock ahead"),
     (-90, False, "too far behind"), (90, False, "too far ahead")],
)  # fmt: skip
def test_a_telephone_may_be_half_a_minute_off(database, off, good, why):
    account = add_account(database, "Li", NOW)
    secret = store.begin(database, account, NOW)
    code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=off))
    assert store.shown(database, account, code, NOW) is good, why
    assert store.shown(database, account, code, NOW) is False, "once"


def test_the_code_is_that_of_the_standard(database):
    """RFC 6238, appendix B: 94287082 at 59 s with SHA-1, of which an app shows six."""
    account, at = add_account(database, "Li", NOW), datetime.fromtimestamp(59, UTC)
    store.begin(database, account, NOW)
    database.execute("UPDATE second_factors SET secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'")
    assert store.shown(database, account, "287082", at)


def test_a_recovery_code_lets_in_once_and_new_ones_end_the_old(hall):
    page, app, codes = hall.enrolled()
    assert (len(codes), len(set(codes))) == (10, 10)
    assert page.get(FACTOR).json() == {"on": True, "asked": False, "codes_left": 10}
    other = hall.signed_in()
    assert send(other, f"{FACTOR}/show", code=codes[0].lower().replace("-", " ")).status_code == 204
    assert other.get(FACTOR).json()["codes_left"] == 9
    assert send(hall.signed_in("192.0.2.2"), f"{FACTOR}/show", code=codes[0]).status_code == 403
    assert send(other, f"{FACTOR}/codes", code=codes[1]).status_code == 403, "not by one of them"
    renewed = send(other, f"{FACTOR}/codes", code=app.at(hall.now)).json()["recovery_codes"]
    third = hall.signed_in("192.0.2.3")
    assert send(third, f"{FACTOR}/show", code=codes[2]).status_code == 403
    assert send(third, f"{FACTOR}/show", code=renewed[0]).status_code == 204
    with psycopg.connect(hall.url) as connection:
        kept = str(connection.execute("SELECT code FROM recovery_codes").fetchall())
    assert renewed[1] not in kept


def test_codes_are_tried_as_often_as_passwords_are_in_whatever_session(hall, monkeypatch):
    hall.enrolled()
    monkeypatch.setattr(slowing, "HERE", "3/hour")
    answers = [
        send(hall.signed_in(), f"{FACTOR}/show", code="000000").status_code for _ in range(4)
    ]
    assert answers == [403, 403, 403, 429]
    assert hall.signed_in().get("/api/v1/me").status_code == 200, "the password alone is not slowed"


#: The setting, the roles, and whether a password is enough.
ASKED = [
    ("none", [Grant("administrator")], ""),
    ("administrators", [Grant("administrator")], "enrolment"),
    ("administrators", [Grant("administrator", area="330106")], "enrolment"),
    ("administrators", [Grant("dispatcher")], ""),
    ("all", [Grant("dispatcher")], "enrolment"),
]


@pytest.mark.parametrize(("asks", "grants", "owes"), ASKED)
def test_whom_the_setting_asks_enrols_before_anything_else(
    own_services, own_city, asks, grants, owes
):
    hall = Hall(own_services, own_city, asks)
    with connect(own_city) as connection:
        add_account(connection, "Zhao", hall.now, grants, passwords.hash_of(RIGHT))
    page = hall.browser()
    page.post("/api/v1/sign-in", json={"name": "Zhao", "password": RIGHT})
    assert me(page)["owes"] == owes
    assert bool(me(page)["permissions"]) is (owes == "")
    if owes:
        begun = send(page, FACTOR, password=RIGHT).json()
        code = pyotp.TOTP(begun["secret"]).at(hall.now)
        assert send(page, f"{FACTOR}/confirm", code=code).status_code == 201
        assert me(page)["owes"] == ""
        assert me(page)["permissions"]
        assert page.get(FACTOR).json()["asked"] is True


def test_keys_and_who_came_by_a_provider_owe_none(own_services, own_city):
    hall = Hall(own_services, own_city, "all")
    page = hall.browser()
    assert page.get(
        "/api/v1/cases", headers=as_key(key(own_city, "map", Grant("observer")))
    ).is_success
    token = session(own_city, "Sun", Grant("observer"))
    assert page.get("/api/v1/cases", headers=as_person(token)).status_code == 403
    with psycopg.connect(own_city) as connection:
        connection.execute("UPDATE sessions SET provider = 'city'")
    hall.app.state.identities.forget()
    assert page.get("/api/v1/cases", headers=as_person(token)).status_code == 200
    answer = page.post(FACTOR, json={"password": RIGHT}, headers=as_person(token))
    assert (answer.status_code, kind(answer)) == (409, "no-password")


def test_enrolling_asks_for_the_password_and_ends_every_other_session(hall):
    elsewhere, page = hall.signed_in("192.0.2.9"), hall.signed_in()
    assert kind(send(page, FACTOR, password="not it")) == "wrong-password"
    begun = send(page, FACTOR, password=RIGHT)
    assert begun.headers["cache-control"] == "no-store"
    assert begun.json()["uri"].startswith("otpauth://totp/lifeline:Li%20Wei?secret=")
    assert begun.json()["picture"].startswith("<svg")
    assert me(page)["owes"] == "", "nothing is asked before a code was shown"
    assert kind(send(page, f"{FACTOR}/confirm", code="000000")) == "wrong-code"
    code = pyotp.TOTP(begun.json()["secret"]).at(hall.now)
    assert send(page, f"{FACTOR}/confirm", code=code).status_code == 201
    assert elsewhere.get("/api/v1/cases").status_code == 401
    assert page.get("/api/v1/cases").status_code == 200
    assert kind(send(page, FACTOR, password=RIGHT)) == "second-factor-there"
    assert kind(send(page, f"{FACTOR}/confirm", code=code)) == "second-factor-not-begun"


def test_a_link_for_a_new_password_does_not_go_round_it(hall):
    _, app, _ = hall.enrolled()
    with connect(hall.url) as connection:
        token = invite(connection, hall.li, hall.now, "boss", timedelta(days=1))
    page = hall.browser()
    said = {"password": "a kettle, two maps and rain"}
    assert page.post(f"/api/v1/invitations/{token}", json=said).status_code == 200
    assert me(page)["owes"] == "code"
    assert send(page, f"{FACTOR}/show", code=app.at(hall.now)).status_code == 204
    new = {"current": said["password"], "new": RIGHT}
    assert send(page, "/api/v1/me/password", **new).status_code == 204
    assert me(page)["owes"] == "", "a new password is not a new session without it"


def test_it_is_ended_by_a_code_and_reset_by_another_administrator(hall):
    page, _, _ = hall.enrolled()
    mine = f"/api/v1/people/{hall.li}/second-factor/reset"
    assert page.get("/api/v1/people").json()["items"][0]["second_factor"] is True
    assert send(page, mine).status_code == 409, "not one's own: that takes a code"
    boss = as_person(session(hall.url, "boss", Grant("administrator")))
    answer = hall.browser().post(mine, headers=boss)
    assert (answer.status_code, answer.json()["second_factor"]) == (200, False)
    assert hall.trail()[-1] == (200, "reset the second factor of Li Wei")
    assert page.get("/api/v1/cases").status_code == 401, "sessions end with it"
    assert me(hall.signed_in())["owes"] == ""
    assert hall.browser().post(mine, headers=boss).status_code == 404
    page, _, codes = hall.enrolled()
    assert send(page, f"{FACTOR}/end", code="000000").status_code == 403
    assert send(page, f"{FACTOR}/end", code=codes[0]).status_code == 204
    assert page.get(FACTOR).json()["on"] is False


def test_by_command_it_is_reset_when_no_administrator_gets_in(hall):
    page, _, _ = hall.enrolled()
    reset = ["--database", hall.url, "people", "reset-second-factor", "li wei"]
    assert CliRunner().invoke(lifeline, reset).exit_code == 0
    hall.app.state.identities.forget()
    assert page.get("/api/v1/cases").status_code == 401
    assert me(hall.signed_in())["owes"] == ""
    again = CliRunner().invoke(lifeline, reset)
    assert (again.exit_code, "has no second factor" in again.output) == (1, True)
    told = [line for line in hall.trail() if "reset" in line[1]]
    assert told == [
        (200, "reset the second factor of li wei"),
        (409, "reset the second factor of li wei: li wei has no second factor"),
    ]


def test_the_trail_tells_how_somebody_came_in_and_holds_no_code(hall):
    _, app, codes = hall.enrolled()
    page = hall.signed_in()
    send(page, f"{FACTOR}/show", code="123456")
    send(page, f"{FACTOR}/show", code=codes[0])
    told = [why for _, why in hall.trail()]
    assert "Li Wei enrolled a second factor" in told
    assert told[-2:] == ["wrong code", "Li Wei showed a recovery code"]
    assert not any(code in str(told) for code in (*codes, "123456", app.secret))


def test_nothing_of_it_is_kept_to_be_answered_twice(hall):
    """A key that says once is no reason to write a secret down, nor a digest of a password."""
    page = hall.signed_in()

    def once(path, **body):
        headers = {"X-CSRF-Token": me(page)["csrf"], "Idempotency-Key": path}
        answer = page.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    app = pyotp.TOTP(once(FACTOR, password=RIGHT)["secret"])
    once(f"{FACTOR}/confirm", code=app.at(hall.now))
    hall.later()
    once(f"{FACTOR}/codes", code=app.at(hall.now))
    once("/api/v1/me/password", current=RIGHT, new="a kettle, two maps and rain")
    with psycopg.connect(hall.url) as connection:
        assert connection.execute("SELECT key FROM idempotency").fetchall() == []


def test_who_ends_one_that_is_asked_for_owes_it_at_once(own_services, own_city):
    hall = Hall(own_services, own_city, "all")
    page, app, _ = hall.enrolled()
    assert page.get("/api/v1/people").status_code == 200
    assert send(page, f"{FACTOR}/end", code=app.at(hall.now)).status_code == 204
    assert me(page)["owes"] == "enrolment", "a session is no second factor"
    assert page.get("/api/v1/people").status_code == 403


def test_who_came_by_a_provider_has_shown_no_code_by_a_new_password(hall):
    _, app, _ = hall.enrolled()
    page = hall.signed_in()
    with psycopg.connect(hall.url) as connection:
        connection.execute("UPDATE sessions SET provider = 'city' WHERE proven IS NULL")
    hall.app.state.identities.forget()
    assert me(page)["owes"] == ""
    new = {"current": RIGHT, "new": "a kettle, two maps and rain"}
    assert send(page, "/api/v1/me/password", **new).status_code == 204
    assert me(page)["owes"] == "code"
    assert send(page, f"{FACTOR}/show", code=app.at(hall.now)).status_code == 204


def test_codes_that_are_sent_at_once_are_no_more_than_those_sent_in_turn(hall):
    hall.enrolled()
    page = hall.signed_in()
    headers = {"X-CSRF-Token": me(page)["csrf"], "Cookie": f"lifeline={page.cookies['lifeline']}"}

    def guess(number):
        said = {"code": f"{number:06d}"}
        return hall.browser().post(f"{FACTOR}/show", json=said, headers=headers).status_code

    with ThreadPoolExecutor(24) as threads:
        answers = sorted(threads.map(guess, range(24)))
    assert answers == [403] * 5 + [429] * 19
