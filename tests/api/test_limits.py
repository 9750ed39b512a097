"""What every answer has a browser refuse; which hosts, proxies, bodies and how much we take."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from signed_in import as_key, as_person, key, session

from api.access.bodies import LARGEST
from api.access.headers import ALWAYS, answers_to
from api.access.table import ROUTES
from api.app import create_app
from api.server import make_server
from deploy.settings import BadSettings, Settings, Source, read_settings
from store.access import Grant

pytestmark = pytest.mark.server


@pytest.fixture
def opened(own_services):
    """Open the API with its services changed, asked from an address."""

    def opened(address="192.0.2.1", base="http://testserver", **more):
        app = create_app(replace(own_services, **({"guests": ()} | more)))
        return TestClient(app, base, raise_server_exceptions=False, client=(address, 50000))

    return opened


ANSWERS = [  # asked, status: a page, data, errors of each kind, files
    ("/", 200),
    ("/console.js", 200),
    ("/api/v1/me", 200),
    ("/api/v1/quantities", 200),
    ("/api/v1/cases", 401),
    ("/api/v1/nowhere", 404),
    ("/openapi.json", 200),
    ("/healthz", 200),
    ("/%2e%2e/etc/passwd", 404),
]


@pytest.mark.parametrize(("path", "status"), ANSWERS)
def test_every_answer_says_what_a_browser_must_not_do(opened, path, status):
    answer = opened().get(path)
    assert answer.status_code == status
    for name, value in ALWAYS.items():
        assert answer.headers[name] == value
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "server" not in answer.headers
    assert "strict-transport-security" not in answer.headers
    if path.startswith("/api/"):
        assert answer.headers["cache-control"] in ("no-store", "private, no-cache")


def test_a_page_may_use_what_we_serve_and_data_nothing(opened):
    client = opened()
    assert client.get("/").headers["content-security-policy"].startswith("default-src 'self';")
    data = client.get("/api/v1/quantities").headers["content-security-policy"]
    assert data.startswith("default-src 'none';")


def test_over_https_browsers_come_by_https_only(opened):
    client = opened(public_url="https://lifeline.example")
    assert client.get("/").headers["strict-transport-security"].startswith("max-age=31536000")


def test_what_has_a_tag_is_asked_for_again_and_what_is_of_persons_is_kept_nowhere(opened, own_city):
    client = opened(guests=(Grant("observer"),))
    [case] = client.get("/api/v1/cases?code=0506").json()["items"]
    told = client.get(f"/api/v1/cases/{case['number']}")
    assert told.headers["cache-control"] == "private, no-cache"
    chen = as_person(session(own_city, "Chen", Grant("administrator")))
    for path in ("people", "people/1", "keys", "audit", "audit.csv", "me", "me/sessions"):
        answer = client.get(f"/api/v1/{path}", headers=chen)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store", path


HOSTS = frozenset({"lifeline.example"})


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("lifeline.example", True),
        ("LIFELINE.example:8443", True),
        ("localhost:8080", True),
        ("127.0.0.1:8080", True),
        ("[::1]:8080", True),
        ("10.1.2.3", True),
        ("evil.example", False),
        ("lifeline.example.evil.example", False),
        ("evil.example:443", False),
    ],
)
def test_we_answer_to_our_names_and_addresses_only(opened, host, ours):
    answer = opened(hosts=HOSTS).get("/api/v1/me", headers={"Host": host})
    assert answer.status_code == (200 if ours else 421)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answers_to(answer.request.headers, HOSTS) is ours


# Bodies ----------------------------------------------------------------------------------------


def chunks():
    for _ in range(LARGEST // 65_536 + 2):
        yield b" " * 65_536


def test_a_body_that_is_too_large_is_not_read_to_its_end(opened):
    client = opened(guests=(Grant("shift-lead"),))
    for body in (b" " * (LARGEST + 1), chunks()):
        answer = client.post("/api/v1/windows", content=body)
        assert answer.status_code == 413
        assert answer.json()["type"] == "urn:lifeline:problem:body-too-large"
    assert client.post("/api/v1/windows", content=b" " * (LARGEST - 1)).status_code == 422


def test_whoever_may_not_is_told_so_before_a_body_is_read(opened):
    assert opened().post("/api/v1/windows", content=chunks()).status_code == 401


@pytest.mark.parametrize(
    "route", [name for name in ROUTES if name.split()[0] in ("POST", "PUT", "PATCH")]
)
def test_every_route_that_takes_a_body_has_a_limit(opened, route):
    """None but those that take files reads more than a little; those have a limit of their own."""
    method, path = route.split()
    roles = [Grant(role) for role in ("intake", "integration", "gateway", "administrator")]
    roles += [Grant(role) for role in ("engineer", "shift-lead", "drill-leader")]
    client = opened(guests=tuple(roles), largest_body=LARGEST)
    answer = client.request(method, path, content=b"x" * (4 * LARGEST))
    assert answer.status_code < 500, answer.text
    assert answer.status_code not in (200, 201, 202, 204)


# Rates -----------------------------------------------------------------------------------------


def test_who_asks_too_often_waits_and_the_others_do_not(opened, own_city):
    client = opened(rates={"person": "3/minute"})
    li = as_person(session(own_city, "Li", Grant("observer")))
    wang = as_person(session(own_city, "Wang", Grant("observer")))
    answers = [client.get("/api/v1/cases", headers=li) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"person";q=3;w=60'
    left = [answer.headers["ratelimit"].split(";")[1] for answer in answers]
    assert left == ["r=2", "r=1", "r=0", "r=0"]
    assert 0 < int(answers[3].headers["retry-after"]) <= 60
    assert client.get("/api/v1/cases", headers=wang).status_code == 200


def test_guests_count_by_address_and_keys_by_themselves(opened, own_city):
    rates = {"guest": "2/minute", "key": "3/minute"}
    client = opened(rates=rates)
    secret = as_key(key(own_city, "map", Grant("observer")))
    codes = [client.get("/api/v1/me").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    codes = [client.get("/api/v1/me", headers=secret).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    other = TestClient(client.app, client=("192.0.2.2", 50000))
    assert other.get("/api/v1/me").status_code == 200


def test_whoever_has_a_net_of_ipv6_is_one_guest(opened):
    client = opened(address="2001:db8::1", rates={"guest": "2/minute"})
    other = TestClient(client.app, client=("2001:db8::2", 50000))
    assert [each.get("/api/v1/me").status_code for each in (client, other, client, other)] == [
        200, 200, 429, 429
    ]  # fmt: skip


def test_a_change_without_the_database_says_so_and_its_link_stands_in_no_log(
    opened, own_services, caplog
):
    client = opened()
    own_services.pool.close()
    secret = "lifeline_lets-in"
    answer = client.post(f"/api/v1/invitations/{secret}", json={"password": "x"})
    assert (answer.status_code, answer.json()["type"]) == (
        503, "urn:lifeline:problem:database-unavailable",
    )  # fmt: skip
    assert "POST /api/v1/invitations/{token}" in caplog.text
    assert secret not in caplog.text


def test_readings_that_a_key_sends_are_not_counted(opened, own_city):
    client = opened(rates={"key": "1/minute"}, largest_body=1)
    secret = as_key(key(own_city, "roof", Grant("gateway")))
    codes = {client.post("/ingest/json", content=b"xx", headers=secret).status_code
             for _ in range(3)}  # fmt: skip
    assert codes == {413}


def test_who_is_refused_again_and_again_does_not_fill_the_trail(opened, own_city):
    client = opened(rates={"refused": "3/minute"})
    bad = as_key("lifeline_guessed")
    codes = [client.get("/api/v1/cases", headers=bad).status_code for _ in range(6)]
    assert codes == [401] * 3 + [429] * 3
    with psycopg.connect(own_city) as connection:
        assert connection.execute("SELECT count(*) FROM audit").fetchone() == (3,)
    good = as_key(key(own_city, "map", Grant("observer")))
    assert client.get("/api/v1/cases", headers=good).status_code == 200, "from the same address"


# Proxies and settings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [((), "127.0.0.1"), (("127.0.0.0/8",), "203.0.113.7"), (("10.0.0.0/8",), "127.0.0.1")],
)
def test_only_a_proxy_of_ours_is_believed_whom_it_asks_for(own_services, own_city, proxies, seen):
    server = make_server(replace(own_services, guests=()), port=0, proxies=proxies)
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    try:
        headers = {"X-Forwarded-For": "203.0.113.7"}
        httpx.get(f"http://127.0.0.1:{server.port}/api/v1/cases", headers=headers)
    finally:
        server.should_exit = True
        thread.join(20)
    with psycopg.connect(own_city) as connection:
        assert connection.execute("SELECT address FROM audit").fetchall() == [(seen,)]


def test_secrets_stand_in_files_or_the_environment_and_in_no_text_of_the_settings(
    tmp_path, monkeypatch
):
    file = tmp_path / "secret"
    file.write_text("pa55word\n")
    source = Source(url="mqtt://broker", password_file=str(file))
    assert source.password.get_secret_value() == "pa55word"
    database = tmp_path / "database"
    database.write_text("postgresql://lifeline:pa55word@db/lifeline\n")
    written = tmp_path / "settings.yml"
    written.write_text(f"database_file: {database}\n")
    assert read_settings(written).database.endswith("@db/lifeline")
    settings = Settings(sources=(source,))
    assert "pa55word" not in repr(settings)
    assert "pa55word" not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"password": "x", "password_file": "y"}, "give one of them"),
        ({"password_file": "/nowhere/at-all"}, "No such file"),
    ],
)
def test_a_secret_that_cannot_be_read_stops_the_start(given, says):
    with pytest.raises(ValidationError, match=says):
        Source(url="mqtt://broker", **given)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rates: {guest: often}", "is no rate"),
        ("rates: {king: 1/minute}", "rates"),
        ("public_url: lifeline.example", "public_url"),
        ("public_url: https://lifeline.example/path", "public_url"),
        ("trusted_proxies: [everybody]", "trusted_proxies"),
        ("providers: [{name: city, issuer: 'https://x', client_id: y}]", "public_url"),
        (
            "public_url: https://a\nproviders: [{name: a, issuer: 'https://x', client_id: y},"
            " {name: a, issuer: 'https://x', client_id: y}]",
            "a name of its own",
        ),
    ],
)
def test_settings_that_cannot_be_stop_the_start(tmp_path, text, says):
    file = tmp_path / "settings.yml"
    file.write_text(text)
    with pytest.raises(BadSettings, match=says):
        read_settings(file)


# Who stays on the line ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sessions SET ended = now()",
        "UPDATE sessions SET seen = now() - interval '2 h'",
        "UPDATE accounts SET disabled = now()",
        "DELETE FROM grants",
    ],
)
def test_a_stream_ends_with_the_session_the_account_or_the_role(
    server, own_city, monkeypatch, change
):
    monkeypatch.setattr("api.access.staying.LOOK_EVERY", 0.0)
    headers = as_person(session(own_city, "Li", Grant("observer")))
    with httpx.stream("GET", f"{server.url}/api/v1/stream", headers=headers, timeout=20) as stream:
        lines = stream.iter_lines()
        next(lines)
        with psycopg.connect(own_city) as connection:
            connection.execute(change)
        assert len(list(lines)) < 100, "it ends, and is not cut off by a timeout"


def test_an_open_page_does_not_keep_its_session_from_ending(server, own_city, monkeypatch):
    monkeypatch.setattr("api.access.staying.LOOK_EVERY", 0.0)
    headers = as_person(session(own_city, "Li", Grant("observer")))
    with httpx.stream("GET", f"{server.url}/api/v1/stream", headers=headers, timeout=20) as stream:
        lines = stream.iter_lines()
        next(lines)
        with psycopg.connect(own_city) as connection:
            connection.execute("UPDATE sessions SET seen = now() - interval '50 min'")
        told = [next(lines) for _ in range(12)]
        with psycopg.connect(own_city) as connection:
            [(kept,)] = connection.execute(
                "SELECT seen < now() - interval '49 min' FROM sessions"
            ).fetchall()
    assert told
    assert kept
