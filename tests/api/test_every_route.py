"""The OpenAPI document and the routes: all described, all there, all answering as described."""

import json
import os
from urllib.parse import quote

import examples_made
import pytest
from jsonschema import Draft202012Validator
from one_picture import PHOTO, PNG
from one_rule import BY, PACK, SAVED, TRIED, WATER_TESTS

from api.app import TAGS

pytestmark = pytest.mark.server

STEP = {"verb": "handle", "actor": "crew 7", "role": "department", "version": 4}
ADOPTION = {"fields": {"depth": {"quantity": "depth", "unit": "m"}}}
ENDING = {"actor": "control room", "why": "the crew is back"}
WINDOW = ENDING | {
    "reason": "maintenance",
    "scope": "channel",
    "subject": "gas-001.methane",
    "until": "2024-03-02T00:00:00Z",
}

PONDING = "gb-t-30428-2-2013-event-0506"
POSTED = f"api_key=xyz&service_code={PONDING}&lat=30.28&long=120.12&description=deep"

REPORTED = {
    "source": "hotline",
    "actor": "operator 3",
    "text": "water",
    "lon": 120.1,
    "lat": 30.28,
    "photos": [PHOTO],
    "caller": {"phone": "13800138000"},
}
JOINING = {"into": "CASE", "actor": "operator 3", "role": "intake", "version": 1}

WARNING = "warning-000001"
LEAD = {"actor": "chen", "role": "shift-lead", "reason": "the water rises"}
WARNED = LEAD | {
    "code_list": "GB/T 30428.2-2013",
    "code": "0506",
    "condition": "standing-water",
    "colour": "red",
    "lon": 120.12,
    "lat": 30.28,
}
DRAFTED = {name: said for name, said in WARNED.items() if name not in ("actor", "reason")}

GIVEN = {"role": "dispatcher", "area": "330106"}
SUBSCRIPTION = {"name": "water", "url": "https://receiver.example/events"}
WEBHOOK = "/api/v1/subscriptions/water"

TICKET = "0123456789abcdef"
ASSETS = "channel,device,quantity,unit\ngas-001.new,gas-001,methane,%VOL\n"

#: Every route, with a request that succeeds: method, path as documented, path asked, status, body.
EVERY_ROUTE = [
    ("get", "/api/v1/channels", "", 200, None),
    ("get", "/api/v1/channels/{channel}", "/api/v1/channels/gas-001.methane", 200, None),
    (
        "get",
        "/api/v1/channels/{channel}/readings",
        "/api/v1/channels/gas-001.methane/readings",
        200,
        None,
    ),
    (
        "get",
        "/api/v1/channels/{channel}/curve",
        "/api/v1/channels/gas-001.methane/curve",
        200,
        None,
    ),
    ("get", "/api/v1/quantities", "", 200, None),
    ("get", "/api/v1/devices", "", 200, None),
    ("get", "/api/v1/devices/{device}", "/api/v1/devices/gas-001", 200, None),
    ("get", "/api/v1/devices/{device}/ledger", "/api/v1/devices/gas-001/ledger", 200, None),
    ("get", "/api/v1/devices/{device}/health", "/api/v1/devices/gas-001/health", 200, None),
    ("get", "/api/v1/events", "", 200, None),
    ("get", "/api/v1/events/{event}", "/api/v1/events/EVENT", 200, None),
    ("get", "/api/v1/cases", "", 200, None),
    ("get", "/api/v1/cases/{case}", "/api/v1/cases/CASE", 200, None),
    ("get", "/api/v1/map/sensors", "", 200, None),
    ("get", "/api/v1/map/sensors/states", "", 200, None),
    ("get", "/api/v1/map/cases", "", 200, None),
    ("get", "/api/v1/blind-spots", "", 200, None),
    ("post", "/api/v1/cases/{case}/steps", "/api/v1/cases/CASE/steps", 201, STEP),
    ("post", "/api/v1/photos", "/api/v1/photos?actor=operator 3", 201, PNG),
    ("get", "/api/v1/photos/{photo}", f"/api/v1/photos/{PHOTO}", 200, None),
    ("get", "/api/v1/photos/{photo}/thumbnail", f"/api/v1/photos/{PHOTO}/thumbnail", 200, None),
    ("get", "/api/v1/photos/{photo}/facts", f"/api/v1/photos/{PHOTO}/facts", 200, None),
    ("post", "/api/v1/reports", "", 201, REPORTED),
    ("get", "/api/v1/reports", "", 200, None),
    ("get", "/api/v1/reports/{report}", "/api/v1/reports/REPORT", 200, None),
    ("post", "/api/v1/reports/{report}/join", "/api/v1/reports/REPORT/join", 201, JOINING),
    (
        "post",
        "/api/v1/reports/{report}/caller/looks",
        "/api/v1/reports/REPORT/caller/looks",
        201,
        ENDING,
    ),
    (
        "get",
        "/api/v1/reports/{report}/caller/looks",
        "/api/v1/reports/REPORT/caller/looks",
        200,
        None,
    ),
    # Kept until long after the end of the case: see test_callers.py of the store.
    (
        "post",
        "/api/v1/reports/{report}/caller/erasure",
        "/api/v1/reports/REPORT/caller/erasure",
        409,
        ENDING,
    ),
    ("get", "/api/v1/call-backs", "", 200, None),
    ("get", "/api/v1/cases/{case}/reports", "/api/v1/cases/CASE/reports", 200, None),
    ("get", "/api/v1/cases/{case}/duplicates", "/api/v1/cases/CASE/duplicates", 200, None),
    ("get", "/api/v1/cases/{case}/surroundings", "/api/v1/cases/CASE/surroundings", 200, None),
    ("get", "/api/v1/reports/alike", "/api/v1/reports/alike?lon=120.1&lat=30.28", 200, None),
    ("get", "/api/v1/worklists/{role}", "/api/v1/worklists/dispatcher?limit=1", 200, None),
    (
        "get",
        "/api/v1/worklists/{role}/{work_list}",
        "/api/v1/worklists/department/in-work",
        200,
        None,
    ),
    ("post", "/api/v1/subscriptions", "", 201, SUBSCRIPTION),
    ("get", "/api/v1/subscriptions", "", 200, None),
    ("get", "/api/v1/subscriptions/types", "", 200, None),
    ("get", "/api/v1/subscriptions/{name}", "/api/v1/subscriptions/water", 200, None),
    ("get", "/api/v1/subscriptions/{name}/deliveries", f"{WEBHOOK}/deliveries", 200, None),
    ("post", "/api/v1/subscriptions/{name}/redeliver", f"{WEBHOOK}/redeliver", 200, None),
    ("post", "/api/v1/subscriptions/{name}/pause", f"{WEBHOOK}/pause", 200, None),
    ("post", "/api/v1/subscriptions/{name}/resume", f"{WEBHOOK}/resume", 200, None),
    ("post", "/api/v1/subscriptions/{name}/end", f"{WEBHOOK}/end", 200, None),
    ("get", "/api/v1/exchange", "", 200, None),
    ("get", "/api/v1/exchange/{peer}/conflicts", "/api/v1/exchange/district/conflicts", 200, None),
    # Only peers may ask these, with their signature; the last needs a conflict: test_exchange.py.
    ("post", "/api/v1/exchange/messages", "", None, None),
    ("get", "/api/v1/exchange/messages", "", None, None),
    ("get", "/api/v1/exchange/photos/{photo}", "", None, None),
    ("put", "/api/v1/exchange/photos/{photo}", "", None, None),
    ("post", "/api/v1/exchange/{peer}/conflicts/{number}/dismiss", "", None, None),
    ("get", "/api/v1/dead-letters", "", 200, None),
    ("get", "/api/v1/dead-letters/reasons", "", 200, None),
    ("get", "/api/v1/dead-letters/{letter}", "/api/v1/dead-letters/1", 200, None),
    (
        "post",
        "/api/v1/dead-letters/{letter}/replay",
        "/api/v1/dead-letters/1/replay",
        200,
        {"format": "json"},
    ),
    ("post", "/api/v1/dead-letters/replay", "", 200, {"alike": "not UTF-# at byte #"}),
    (
        "post",
        "/api/v1/dead-letters/{letter}/discard",
        "/api/v1/dead-letters/1/discard",
        200,
        {"reason": "a test"},
    ),
    ("post", "/api/v1/dead-letters/discard", "", 200, {"alike": "x", "reason": "a test"}),
    ("post", "/api/v1/windows", "", 201, WINDOW),
    ("get", "/api/v1/windows", "", 200, None),
    ("get", "/api/v1/windows/{number}", "/api/v1/windows/1", 200, None),
    ("post", "/api/v1/windows/{number}/end", "/api/v1/windows/1/end", 200, ENDING),
    ("get", "/api/v1/alarm-hygiene", "", 200, None),
    ("get", "/api/v1/evaluation", "", 200, None),
    ("get", "/api/v1/evaluation/cases", "/api/v1/evaluation/cases?measure=due", 200, None),
    ("get", "/api/v1/evaluation/indicators", "", 200, None),
    ("get", "/api/v1/evaluation/sensors", "", 200, None),
    ("get", "/api/v1/evaluation/ranking", "", 200, None),
    ("get", "/api/v1/evaluation/ranking.csv", "", 200, None),
    ("get", "/api/v1/evaluation/ranking.pdf", "", 200, None),
    ("get", "/api/v1/statistics", "", 200, None),
    ("get", "/api/v1/quarantine", "", 200, None),
    ("get", "/api/v1/quarantine/{device}", "/api/v1/quarantine/new/one", 200, None),
    (
        "post",
        "/api/v1/quarantine/{device}/adopt",
        "/api/v1/quarantine/new/one/adopt",
        201,
        ADOPTION,
    ),
    ("post", "/api/v1/rules/save", "", 201, SAVED),
    ("post", "/api/v1/rules/shadow", "", 201, TRIED),
    ("get", "/api/v1/rules", "", 200, None),
    ("get", "/api/v1/rules/{rule}", "/api/v1/rules/water", 200, None),
    ("get", "/api/v1/rules/schema", "", 200, None),
    ("post", "/api/v1/rules/check", "", 200, {"pack": PACK}),
    ("post", "/api/v1/rules/test", "", 200, {"pack": PACK, "tests": WATER_TESTS}),
    ("get", "/api/v1/rules/{rule}/diff", "/api/v1/rules/water/diff", 200, None),
    # A version is a hash, tests come with a pack, and a backtest needs a process that runs it:
    # see test_rules_http.py.
    ("get", "/api/v1/rules/{rule}/versions/{version}", "", None, None),
    ("get", "/api/v1/rules/{rule}/tests", "", None, None),
    ("get", "/api/v1/backtests", "", 200, None),
    ("post", "/api/v1/backtests", "", None, None),
    ("get", "/api/v1/backtests/{backtest}", "", None, None),
    ("delete", "/api/v1/backtests/{backtest}", "", None, None),
    ("get", "/api/v1/backtests/{backtest}/result", "", None, None),
    ("get", "/api/v1/backtests/{backtest}/{table}.csv", "", None, None),
    ("get", "/api/v1/rules/{rule}/log", "/api/v1/rules/water/log", 200, None),
    ("get", "/api/v1/rules/{rule}/comparison", "/api/v1/rules/water/comparison", 200, None),
    ("post", "/api/v1/rules/{rule}/promote", "/api/v1/rules/water/promote", 201, BY),
    ("post", "/api/v1/rules/{rule}/rollback", "/api/v1/rules/water/rollback", 201, BY),
    ("post", "/api/v1/rules/shadow", "", 201, TRIED),
    ("post", "/api/v1/rules/{rule}/discard", "/api/v1/rules/water/discard", 201, BY),
    ("get", "/api/v1/drills", "", 200, None),
    # What plays drills is of the running system: see tests/deploy/test_drills.py.
    ("get", "/api/v1/drills/scenarios", "", None, None),
    ("post", "/api/v1/drills", "", None, None),
    ("get", "/api/v1/drills/{drill}", "", None, None),
    ("post", "/api/v1/drills/{drill}/faults", "", None, None),
    ("post", "/api/v1/drills/{drill}/pause", "", None, None),
    ("post", "/api/v1/drills/{drill}/resume", "", None, None),
    ("post", "/api/v1/drills/{drill}/end", "", None, None),
    ("get", "/api/v1/drills/{drill}/report", "", None, None),
    # Endless, so it is asked on a real server: see test_stream.py.
    ("get", "/api/v1/stream", "", None, None),
    ("get", "/api/v1/me", "", 200, None),
    # test_sign_in.py and test_oidc.py: for these somebody is signed in, or has a link.
    ("post", "/api/v1/sign-in", "", None, None),
    ("post", "/api/v1/sign-out", "", 204, None),
    ("get", "/api/v1/sign-in/providers", "", 200, None),
    ("get", "/api/v1/sign-in/{provider}", "", None, None),
    ("get", "/api/v1/sign-in/{provider}/callback", "", None, None),
    ("post", "/api/v1/invitations/{token}", "", None, None),
    ("get", "/api/v1/me/sessions", "", None, None),
    ("delete", "/api/v1/me/sessions", "", None, None),
    ("delete", "/api/v1/me/sessions/{session}", "", None, None),
    ("post", "/api/v1/me/password", "", None, None),
    ("get", "/api/v1/me/second-factor", "", None, None),
    ("post", "/api/v1/me/second-factor", "", None, None),
    ("post", "/api/v1/me/second-factor/confirm", "", None, None),
    ("post", "/api/v1/me/second-factor/show", "", None, None),
    ("post", "/api/v1/me/second-factor/codes", "", None, None),
    ("post", "/api/v1/me/second-factor/end", "", None, None),
    ("get", "/api/v1/roles", "", None, None),
    ("post", "/api/v1/people", "", 201, {"name": "Li Wei"}),
    ("get", "/api/v1/people", "", 200, None),
    ("get", "/api/v1/people/{account}", "/api/v1/people/1", 200, None),
    ("post", "/api/v1/people/{account}/link", "/api/v1/people/1/link", 201, None),
    ("post", "/api/v1/people/{account}/grants", "/api/v1/people/1/grants", 201, GIVEN),
    (
        "delete",
        "/api/v1/people/{account}/grants/{role}",
        "/api/v1/people/1/grants/dispatcher?area=330106",
        200,
        None,
    ),
    ("post", "/api/v1/people/{account}/second-factor/reset", "", None, None),
    ("post", "/api/v1/people/{account}/disable", "/api/v1/people/1/disable", 200, None),
    ("post", "/api/v1/people/{account}/enable", "/api/v1/people/1/enable", 200, None),
    ("post", "/api/v1/keys", "", 201, {"name": "gauges", "grants": [GIVEN]}),
    ("get", "/api/v1/keys", "", 200, None),
    ("get", "/api/v1/keys/{key}", "/api/v1/keys/1", 200, None),
    ("post", "/api/v1/keys/{key}/rotate", "/api/v1/keys/1/rotate", 201, {"overlap": "PT1H"}),
    ("post", "/api/v1/keys/{key}/revoke", "/api/v1/keys/1/revoke", 200, None),
    ("get", "/api/v1/audit", "", 200, None),
    ("get", "/api/v1/audit.csv", "", 200, None),
    ("get", "/api/v1/cases.geojson", "", 200, None),
    ("get", "/api/v1/devices.geojson", "", 200, None),
    ("get", "/api/v1/components.geojson", "", 200, None),
    ("get", "/api/v1/grid-cells.geojson", "", 200, None),
    ("get", "/api/v1/pipes", "", 200, None),
    ("get", "/api/v1/pipes.geojson", "", 200, None),
    ("get", "/api/v1/pipes/{network}/{pipe}", "/api/v1/pipes/gas/p2", 200, None),
    ("get", "/api/v1/map/pipes", "/api/v1/map/pipes?bbox=120,30,121,31&zoom=14", 200, None),
    ("get", "/api/v1/catalogue", "", 200, None),
    ("get", "/api/v1/catalogue/versions", "", 200, None),
    ("get", "/api/v1/departments", "", 200, None),
    ("get", "/api/v1/departments/who", "/api/v1/departments/who?code=0506", 200, None),
    ("get", "/api/v1/areas", "", 200, None),
    ("post", "/api/v1/imports/{what}", "/api/v1/imports/assets?name=a.csv", 200, ASSETS),
    ("get", "/api/v1/imports/going/{ticket}", f"/api/v1/imports/going/{TICKET}", 200, None),
    ("delete", "/api/v1/imports/going/{ticket}", f"/api/v1/imports/going/{TICKET}", 200, None),
    ("get", "/api/v1/areas/at", "/api/v1/areas/at?lon=120.13&lat=30.28", 200, None),
    ("get", "/api/v1/areas/{code}", "/api/v1/areas/330106001001001", 200, None),
    ("get", "/api/v1/exports/{table}", "/api/v1/exports/log", 200, None),
    ("post", "/api/v1/warnings", "", 201, WARNED),
    ("post", "/api/v1/warnings/preview", "", 200, DRAFTED),
    ("get", "/api/v1/warnings", "", 200, None),
    ("get", "/api/v1/warnings/{identifier}", f"/api/v1/warnings/{WARNING}-1", 200, None),
    (
        "post",
        "/api/v1/warnings/{identifier}/preview",
        f"/api/v1/warnings/{WARNING}-1/preview",
        200,
        {"role": "shift-lead", "colour": "orange"},
    ),
    (
        "post",
        "/api/v1/warnings/{identifier}/update",
        f"/api/v1/warnings/{WARNING}-1/update",
        201,
        LEAD,
    ),
    (
        "post",
        "/api/v1/warnings/{identifier}/cancel",
        f"/api/v1/warnings/{WARNING}-2/cancel",
        201,
        LEAD,
    ),
    ("get", "/cap/feed.atom", "", 200, None),
    ("get", "/cap/{identifier}.xml", f"/cap/{WARNING}-1.xml", 200, None),
    ("get", "/open311/v2/discovery.{format}", "/open311/v2/discovery.xml", 200, None),
    ("get", "/open311/v2/services.{format}", "/open311/v2/services.json", 200, None),
    (
        "get",
        "/open311/v2/services/{service_code}.{format}",
        f"/open311/v2/services/{PONDING}.xml",
        200,
        None,
    ),
    ("get", "/open311/v2/requests.{format}", "/open311/v2/requests.xml", 200, None),
    ("post", "/open311/v2/requests.{format}", "/open311/v2/requests.json", 200, POSTED),
    (
        "get",
        "/open311/v2/requests/{service_request_id}.{format}",
        "/open311/v2/requests/CASE.json",
        200,
        None,
    ),
    # A token is the id of a report: see test_open311.py.
    ("get", "/open311/v2/tokens/{token}.{format}", "", None, None),
    ("get", "/sensorthings/v1.1", "", 200, None),
    ("get", "/sensorthings/v1.1/{path}", "/sensorthings/v1.1/Things", 200, None),
    ("post", "/ingest/{format}", "/ingest/json", 204, {"device": "new/one", "depth": 1}),
    ("post", "/api/v2/write", "", 204, "f,device=gas-001 methane=0.1"),
    ("post", "/write", "", 204, "f,device=gas-001 methane=0.1"),
    ("get", "/health", "", 200, None),
    ("get", "/ping", "", 204, None),
    ("get", "/healthz", "", 200, None),
    ("get", "/readyz", "", 200, None),
    ("get", "/metrics", "", 200, None),
]


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield (method, path), operation


def test_the_document_names_exactly_these_routes(document):
    assert {key for key, _ in operations(document)} == {entry[:2] for entry in EVERY_ROUTE}


def test_every_route_answers_as_its_document_says(own_client, document):
    """And what it is asked here is the example of the document, so that each example works.

    With LIFELINE_WRITE_EXAMPLES set, what is asked and answered becomes the examples.
    """
    [case] = own_client.get("/api/v1/cases?code=0506").json()["items"]
    event = own_client.get("/api/v1/events").json()["items"][0]
    names = {"CASE": case["number"], "EVENT": event["id"]}
    described = dict(operations(document))
    heard: examples_made.Heard = []
    for method, path, asked, status, body in EVERY_ROUTE:
        if status is None:
            continue
        url = asked or path
        for name, value in names.items():
            url = url.replace(name, value)
        if isinstance(body, dict):
            body = {key: names.get(str(value), value) for key, value in body.items()}
        raw = isinstance(body, str | bytes)
        form = {"content": body} if raw else {"json": body} if body else {}
        answer = own_client.request(method, url, **form)
        assert answer.status_code == status, (url, answer.text)
        assert str(status) in described[method, path]["responses"], path
        if (method, path) == ("post", "/api/v1/reports"):
            names["REPORT"] = answer.json()["report"]
        spoken = answer.headers.get("content-type", "").partition(";")[0] == "application/json"
        told = answer.json() if spoken and answer.content else None
        heard.append((method, path, status, None if raw else body, told))
    if "LIFELINE_WRITE_EXAMPLES" in os.environ:
        examples_made.write(heard)
    offered = json.loads(examples_made.FILE.read_bytes())
    first: dict[str, object] = {}
    for method, path, _, body, _ in heard:
        first.setdefault(f"{method.upper()} {path}", body)
    assert {name: each.get("request") for name, each in offered.items()} == first


#: Answers that are too large for an example: a JSON Schema, a plan of everything.
TOO_LARGE = {"/api/v1/rules/schema"}


def test_every_json_answer_has_an_example_that_fits_its_schema(document):
    asked = {row[:2] for row in EVERY_ROUTE if row[3] is not None}
    for key, operation in operations(document):
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/json")
            if content is None or not status.startswith("2"):
                continue
            if key in asked and key[1].startswith("/api/v1/") and key[1] not in TOO_LARGE:
                known = [each[3] for each in EVERY_ROUTE if each[:2] == key]
                assert "example" in content or int(status) not in known, key
            if "example" in content:
                check(content["example"], content["schema"], document)


def test_every_json_body_has_an_example_that_fits_its_schema(document):
    asked = {row[:2] for row in EVERY_ROUTE if row[3] is not None and isinstance(row[4], dict)}
    for key, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        assert key not in asked or "example" in content, key
        if "example" in content:
            check(content["example"], content.get("schema", {}), document)


def test_the_examples_of_types_fit_them(document):
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            check(example, {"$ref": f"#/components/schemas/{name}"}, document)


def check(example, schema, document):
    Draft202012Validator(schema | {"components": document["components"]}).validate(example)


def test_every_route_tells_its_purpose_its_errors_and_where_it_belongs(document):
    known = {tag["name"] for tag in TAGS}
    for key, operation in operations(document):
        assert operation["description"], key
        assert operation["tags"][-1] in known, key
        assert "default" in operation["responses"], key
        for parameter in operation.get("parameters", ()):
            assert parameter["schema"], key


def test_the_form_of_errors_is_described(document):
    described = document["components"]["schemas"]["ProblemDetails"]
    assert set(described["properties"]) == {"type", "title", "status", "detail", "instance"}


def test_the_page_and_all_it_is_made_of_come_from_us(client):
    page = client.get("/").text
    assert 'src="console.js"' in page
    for name in ("console.js", "console.css", "icon.svg"):
        answer = client.get(f"/{name}")
        assert answer.status_code == 200
        assert "https://" not in answer.text


NASTY = [
    "", "\0", "☃", "-1", "9" * 30, "null", "NaN", "1e400", "-inf", "' OR 1=1", "%s", "a:b:c",
    "2024-13-45", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:00", "W10=", "WzFd",
    "😀" * 500, "../../etc/passwd", "2024-03-01T00:00:00", "true", "P1D", "[]", "{}",
]  # fmt: skip


def test_no_value_of_any_parameter_is_a_fault_of_ours(client, document):
    """Each parameter of each GET route, in the path and in the query, takes each nasty value."""
    for (method, path), operation in operations(document):
        if method != "get" or path.endswith("/stream"):
            continue
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "header":
                continue
            for value in NASTY:
                url, query = path, {}
                for other in operation["parameters"]:
                    if other["in"] == "path":
                        given = value if other is parameter else "gas-001.methane"
                        url = url.replace(f"{{{other['name']}}}", quote(given, safe=""))
                if parameter["in"] == "query":
                    query = {parameter["name"]: value}
                answer = client.get(url, params=query)
                assert answer.status_code < 500, (url, query, answer.text)
