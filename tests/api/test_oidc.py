"""Signing in with another provider: a real one in this process, and tokens that are not good."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import psycopg
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from signed_in import as_person, session

from api.access.providers import NotLetIn, Provider, ProviderSettings
from api.app import create_app
from store.access import Grant, add_account
from store.database import connect

pytestmark = pytest.mark.server

HERE = "http://testserver"
CALLBACK = f"{HERE}/api/v1/sign-in/city/callback"
GROUPS = {
    "shift-leads": [{"role": "shift-lead"}],
    "west": [{"role": "dispatcher", "area": "330106"}, {"role": "observer"}],
}


@pytest.fixture(scope="module")
def provider():
    """URL of an OpenID provider that knows a client of ours, its id, and its secret."""
    with oidc_provider_mock.run_server_in_thread(
        require_client_registration=True, require_nonce=True
    ) as server:
        url = f"http://localhost:{server.server_port}"
        made = httpx.post(f"{url}/oauth2/clients", json={"redirect_uris": [CALLBACK]}).json()
        yield url, made["client_id"], made["client_secret"]


@pytest.fixture
def city(own_services, provider):
    """Open the API with the provider set so or so; also the URL of its database."""

    def opened(**more):
        issuer, client_id, client_secret = provider
        given = {"issuer": issuer, "client_id": client_id, "client_secret": client_secret, **more}
        settings = ProviderSettings(name="city", title="City", **given)
        services = replace(
            own_services,
            guests=(),
            public_url=HERE,
            providers={"city": Provider(settings, own_services.wall)},
        )
        return browser(create_app(services)), own_services.pool.conninfo

    return opened


def browser(app):
    return TestClient(app, HERE, raise_server_exceptions=False, follow_redirects=False)


def leave(page):
    """Return the address at the provider that the browser is sent to."""
    answer = page.get("/api/v1/sign-in/city")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def at_provider(provider, there, sub="li", **claims):
    """Sign in there; return the address that the browser is sent back to, without its host."""
    claims = {"name": "Li Wei", "groups": ["west"]} | claims
    httpx.put(f"{provider[0]}/users/{sub}", json=claims).raise_for_status()
    back = httpx.post(there, data={"sub": sub})
    assert back.status_code == 302
    assert back.headers["location"].startswith(CALLBACK)
    return back.headers["location"].removeprefix(HERE)


def come_in(page, provider, **claims):
    return page.get(at_provider(provider, leave(page), **claims))


def whys(url):
    with psycopg.connect(url) as connection:
        return [why for (why,) in connection.execute("SELECT why FROM audit ORDER BY id")]


def refused(answer):
    return answer.headers["location"] == "/#/sign-in?problem=provider" and not any(
        line.startswith("lifeline=") for line in answer.headers.get_list("set-cookie")
    )


def test_who_is_known_there_comes_in_here_with_the_roles_of_their_groups(city, provider):
    page, url = city(groups=GROUPS)
    assert page.get("/api/v1/sign-in/providers").json() == [{"name": "city", "title": "City"}]
    answer = come_in(page, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    me = page.get("/api/v1/me").json()
    assert (me["kind"], me["name"]) == ("person", "Li Wei")
    assert {(g["role"], g["area"]) for g in me["grants"]} == {
        ("dispatcher", "330106"),
        ("observer", ""),
    }
    assert whys(url) == ["Li Wei signed in with city"]


def test_roles_follow_the_groups_at_each_sign_in_and_leave_those_given_here(city, provider):
    page, url = city(groups=GROUPS)
    come_in(page, provider)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO grants (account, role) SELECT id, 'auditor' FROM accounts")
    come_in(browser(page.app), provider, groups=["shift-leads", "unheard of"])
    page.app.state.identities.forget()
    roles = {grant["role"] for grant in page.get("/api/v1/me").json()["grants"]}
    assert roles == {"auditor", "shift-lead"}


def test_who_is_in_no_group_of_ours_is_not_let_in(city, provider):
    page, url = city(groups=GROUPS)
    assert refused(come_in(page, provider, sub="eve", name="Eve", groups=["others"]))
    assert whys(url) == ["not let in: nobody has let in Eve (eve) of city yet"]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM accounts").fetchone() == (0,)


def test_without_groups_administrators_let_people_in_by_what_the_provider_calls_them(
    city, provider
):
    page, url = city()
    assert refused(come_in(page, provider))
    chen = as_person(session(url, "Chen", Grant("administrator")))
    asked = {"name": "Li", "grants": [{"role": "observer"}], "provider": "city", "subject": "li"}
    told = browser(page.app).post("/api/v1/people", json=asked, headers=chen).json()
    assert told["link"] is None
    assert come_in(page, provider).headers["location"] == "/"
    assert page.get("/api/v1/me").json()["name"] == "Li"


def test_a_name_of_somebody_here_is_not_taken_over(city, provider):
    page, url = city(groups=GROUPS)
    with connect(url) as connection:
        add_account(connection, "li WEI", datetime.now(UTC), [Grant("administrator")])
    assert refused(come_in(page, provider))
    assert "called Li Wei already" in whys(url)[0]


def test_who_is_disabled_here_does_not_come_in(city, provider):
    page, url = city(groups=GROUPS)
    come_in(page, provider)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE accounts SET disabled = now()")
    assert refused(come_in(browser(page.app), provider))


def test_an_answer_is_good_once_and_in_the_browser_that_asked(city, provider):
    page, _ = city(groups=GROUPS)
    back = at_provider(provider, leave(page))
    assert refused(browser(page.app).get(back)), "another browser"
    assert page.get(back).headers["location"] == "/"
    assert refused(page.get(back)), "once more"


def test_an_answer_to_another_visit_is_refused(city, provider):
    page, other = city(groups=GROUPS)[0], None
    first = at_provider(provider, leave(page))
    other = browser(page.app)
    at_provider(provider, leave(other))
    assert refused(other.get(first)), "a stranger's answer signs nobody in as the stranger"


def test_a_code_that_is_none_or_was_used_is_refused(city, provider):
    page, _ = city(groups=GROUPS)
    state = parse_qs(urlsplit(leave(page)).query)["state"][0]
    assert refused(page.get(f"/api/v1/sign-in/city/callback?state={state}&code=guessed"))
    back = at_provider(provider, leave(page))
    page.get(back)
    code = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(leave(page)).query)["state"][0]
    assert refused(page.get(f"/api/v1/sign-in/city/callback?state={state}&code={code}"))


def test_a_wrong_secret_of_ours_lets_nobody_in(city, provider):
    page, _ = city(groups=GROUPS, client_secret="wrong")
    assert refused(come_in(page, provider))


def test_a_visit_that_takes_too_long_is_over(city, provider):
    page, url = city(groups=GROUPS)
    back = at_provider(provider, leave(page))
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE provider_visits SET began = began - interval '11 min'")
    assert refused(page.get(back))


def test_who_says_no_there_is_back_at_the_sign_in_page(city, provider):
    page, _ = city(groups=GROUPS)
    there = leave(page)
    back = httpx.post(there, data={"sub": "li", "action": "deny"}).headers["location"]
    assert refused(page.get(back.removeprefix(HERE)))


def test_a_provider_that_is_away_or_unknown_is_said(city):
    page, url = city(issuer="http://localhost:9")
    assert page.get("/api/v1/sign-in/city").headers["location"].startswith("/#/sign-in?problem")
    assert page.get("/api/v1/sign-in/other").status_code == 404
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM provider_visits").fetchone() == (0,)


def test_nothing_of_it_is_logged(city, provider, caplog):
    caplog.set_level(logging.DEBUG)
    page, url = city(groups=GROUPS)
    back = at_provider(provider, leave(page))
    with psycopg.connect(url) as connection:
        [(verifier, nonce)] = connection.execute("SELECT verifier, nonce FROM provider_visits")
    page.get(back)
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("oidc", "werkzeug"))]
    # The test's own client asks for the callback by its address; a browser does.
    said = str([line for line in ours if "callback" not in line]) + str(whys(url))
    secrets = [
        provider[2],
        verifier,
        nonce,
        page.cookies["lifeline"],
        page.cookies["lifeline-browser"],
    ]
    assert [secret for secret in secrets if secret in said] == []


# Tokens, each wrong in one way -----------------------------------------------------------------

ISSUER, CLIENT = "https://login.example", "lifeline"
OWN, OTHERS = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}), RSAKey.generate_key(2048)
CURVE = ECKey.generate_key("P-256", {"kid": "2"})
VISIT_NONCE = "n-1"


class Stand:
    """What a provider publishes, and how often it was asked for."""

    def __init__(self, keys=(OWN, CURVE), issuer=ISSUER):
        self.keys, self.issuer, self.asked, self.sent = list(keys), issuer, [], []

    def __call__(self, request):
        self.asked.append(request.url.path)
        self.sent.append(request)
        if request.url.path == "/keys":
            return httpx.Response(200, json=KeySet(self.keys).as_dict(private=False))
        if request.url.path == "/token":
            token = sign(claims())
            return httpx.Response(200, json={"id_token": token, "access_token": "a"})
        return httpx.Response(
            200,
            json={
                "issuer": self.issuer,
                "jwks_uri": f"{ISSUER}/keys",
                "token_endpoint": f"{ISSUER}/token",
                "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
            },
        )


NOW = int(time.time())
MOMENT = datetime.fromtimestamp(NOW, UTC)


def provider_at(stand, wall=lambda: MOMENT, **more):
    settings = ProviderSettings(name="city", issuer=ISSUER, client_id=CLIENT, **more)
    return Provider(settings, wall, httpx.MockTransport(stand))


def claims(**more):
    good = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "li",
        "nonce": VISIT_NONCE,
        "iat": NOW,
        "exp": NOW + 300,
        "name": "Li",
    }
    return {name: value for name, value in (good | more).items() if value is not None}


def sign(body, key=OWN, alg="RS256", **header):
    kid = {"kid": key.kid} if getattr(key, "kid", None) else {}
    return jwt.encode({"alg": alg, **kid, **header}, body, key, [alg])


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


GOOD = [
    ("as it should be", {}),
    ("for us among others, asked for by us", {"aud": [CLIENT, "other"], "azp": CLIENT}),
    ("of a clock half a minute ahead", {"iat": NOW + 30}),
    ("over half a minute ago", {"exp": NOW - 30}),
]
BAD = [
    ("expired", {"exp": NOW - 120}),
    ("without an end", {"exp": None}),
    ("issued an hour ago", {"iat": NOW - 3600}),
    ("issued in an hour", {"iat": NOW + 3600}),
    ("without a beginning", {"iat": None}),
    ("not yet good", {"nbf": NOW + 3600}),
    ("of another issuer", {"iss": "https://evil.example"}),
    ("of an issuer spelt otherwise", {"iss": ISSUER + "/"}),
    ("of nobody", {"iss": None}),
    ("for another", {"aud": "other"}),
    ("for nobody", {"aud": []}),
    ("for us among others, not said who asked", {"aud": [CLIENT, "other"]}),
    ("asked for by another", {"azp": "other"}),
    ("replayed from another visit", {"nonce": "n-0"}),
    ("without the nonce", {"nonce": None}),
    ("with an empty nonce", {"nonce": ""}),
    ("about nobody", {"sub": None}),
    ("about somebody without a name", {"sub": ""}),
    ("about a number", {"sub": 7}),
]


@pytest.mark.parametrize(("what", "more"), GOOD, ids=[what for what, _ in GOOD])
def test_a_good_token_is_believed(what, more):
    stand = Stand()
    assert provider_at(stand).believed(sign(claims(**more)), VISIT_NONCE)["sub"] == "li"
    assert provider_at(stand).believed(sign(claims(**more), CURVE, "ES256"), VISIT_NONCE)


@pytest.mark.parametrize(("what", "more"), BAD, ids=[what for what, _ in BAD])
def test_a_token_that_says_something_wrong_is_not_believed(what, more):
    with pytest.raises(NotLetIn):
        provider_at(Stand()).believed(sign(claims(**more)), VISIT_NONCE)


def forged():
    good = sign(claims())
    head, body, signature = good.split(".")
    public = OWN.as_pem(private=False)
    none = part(b'{"alg":"none"}')
    changed = part(base64.urlsafe_b64decode(body + "==").replace(b'"li"', b'"eve"'))
    yield "signed by another", sign(claims(), OTHERS)
    yield "signed by another under our key's name", sign(claims(), OTHERS, kid="1")
    yield "changed after it was signed", f"{head}.{changed}.{signature}"
    yield "unsigned", f"{none}.{body}."
    yield "unsigned with a signature", f"{none}.{body}.{signature}"
    told = part(b'{"alg":"HS256"}') + "." + body
    proof = part(hmac.digest(public, told.encode(), "sha256"))
    yield "signed with the public key as a password", f"{told}.{proof}"
    yield "cut", good[:-20]
    yield "empty", ""
    yield "no token", "a.b.c"
    yield "not text", "\0"


FORGED = list(forged())


@pytest.mark.parametrize(("what", "token"), FORGED, ids=[what for what, _ in FORGED])
def test_a_forged_token_is_not_believed(what, token):
    with pytest.raises(NotLetIn):
        provider_at(Stand()).believed(token, VISIT_NONCE)


def test_a_key_that_is_newer_than_what_we_know_is_asked_for_but_not_again_and_again():
    stand, at = Stand([OTHERS]), [MOMENT]
    asked = provider_at(stand, lambda: at[0])
    with pytest.raises(NotLetIn):
        asked.believed(sign(claims()), VISIT_NONCE)
    stand.keys = [OWN]
    for _ in range(5):
        with pytest.raises(NotLetIn):
            asked.believed(sign(claims()), VISIT_NONCE)
    assert stand.asked.count("/keys") == 1
    at[0] += timedelta(seconds=61)
    assert asked.believed(sign(claims()), VISIT_NONCE)
    assert stand.asked.count("/keys") == 2


def test_a_provider_that_calls_itself_otherwise_is_not_asked():
    with pytest.raises(NotLetIn, match="calls itself"):
        provider_at(Stand(issuer="https://evil.example")).leave_for(CALLBACK)


def test_what_is_sent_there_is_a_code_request_with_proof_of_who_asked():
    stand = Stand()
    asked = provider_at(stand, client_secret="s3:cr/et")
    there, visit = asked.leave_for(CALLBACK)
    query = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    challenge = hashlib.sha256(visit.verifier.encode()).digest()
    assert query == {
        "tenant": "1",
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "state": visit.state,
        "nonce": visit.nonce,
        "code_challenge": part(challenge),
        "code_challenge_method": "S256",
    }
    again = asked.leave_for(CALLBACK)[1]
    assert not {visit.state, visit.nonce, visit.verifier} & {*again}
    visit = visit._replace(nonce=VISIT_NONCE)
    told = asked.returned(visit, {"state": visit.state, "code": "c"}, CALLBACK)
    assert asked.name_of(told) == "Li"
    [sent] = [request for request in stand.sent if request.url.path == "/token"]
    form = {name: values[0] for name, values in parse_qs(sent.content.decode()).items()}
    assert (form["code_verifier"], form["redirect_uri"]) == (visit.verifier, CALLBACK)
    assert sent.headers["authorization"].startswith("Basic ")
    proof = base64.b64decode(sent.headers["authorization"].removeprefix("Basic ")).decode()
    assert proof == f"{CLIENT}:s3%3Acr%2Fet"
    assert "s3" not in form.values()


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": "", "code": "c"},
        {"state": "other", "code": "c"},
        {"code": "c", "iss": "https://evil.example"},
        {"error": "access_denied"},
        {"code": ""},
    ],
)
def test_an_answer_that_does_not_fit_is_refused_before_the_code_is_used(query):
    stand = Stand()
    asked = provider_at(stand)
    _, visit = asked.leave_for(CALLBACK)
    with pytest.raises(NotLetIn):
        asked.returned(visit, {"state": visit.state} | query if query else {}, CALLBACK)
    assert "/token" not in stand.asked


def test_a_provider_is_set_with_its_secret_in_a_file(tmp_path):
    given = {"name": "city", "issuer": ISSUER, "client_id": CLIENT}
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    settings = ProviderSettings(**given, client_secret_file=str(file))
    assert settings.client_secret.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)
    for wrong, says in (
        ({"client_secret_file": str(tmp_path / "none")}, "No such file"),
        ({"client_secret_file": str(file), "client_secret": "x"}, "one of them"),
        ({"groups": {"a": [{"role": "king"}]}}, "no role is called king"),
    ):
        with pytest.raises(ValueError, match=says):
            ProviderSettings(**given, **wrong)
