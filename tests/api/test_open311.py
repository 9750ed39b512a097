"""Open311 GeoReport v2: as its clients ask, as its examples look, and what stays inside."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree

import orjson
import psycopg
import pytest
from fastapi.testclient import TestClient
from georeport import GeoReport
from hypothesis import given
from hypothesis import strategies as some

from api.app import create_app
from api.open311.answers import Format, answer
from cases.reporting import Report
from cases.words import Source
from store.reports import take

V2 = "/open311/v2"
PONDING = "gb-t-30428-2-2013-event-0506"
NOISE = "gb-t-30428-2-2013-event-0128"
POWER = "gb-t-30428-2-2013-component-0128"
COVER = "gb-t-30428-2-2013-component-0103"
#: The example request of the standard, for a class and a place that this city has.
EXAMPLE = {
    "api_key": "xyz",
    "jurisdiction_id": "city.gov",
    "service_code": PONDING,
    "lat": "30.28524078",
    "long": "120.1242043",
    "address_string": "1234 5th street",
    "email": "smit333@sfgov.edu",
    "device_id": "tt222111",
    "account_id": "123456789",
    "first_name": "john",
    "last_name": "smith",
    "phone": "1111111118",
    "description": "A large sinkhole is destroying the street\nsmit333@sfgov.edu, 111-1111118",
    "media_url": "http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg",
}
#: The fields of each answer, in the standard's tables.
REQUEST = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime",
    "expected_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url",
]  # fmt: skip
FIELDS = {
    "services.xml": [
        "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
    ],
    "requests.xml": REQUEST,
}  # fmt: skip


def serving(services, **changes):
    """Return a client of the services, with these changes to the city's policy of Open311."""
    policy = services.city.policy
    policy = policy.model_copy(update={"open311": policy.open311.model_copy(update=changes)})
    return TestClient(create_app(replace(services, city=replace(services.city, policy=policy))))


def post(client, format="json", **changes):
    form = urlencode({k: v for k, v in (EXAMPLE | changes).items() if v is not None})
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    return client.post(f"{V2}/requests.{format}", content=form, headers=headers)


def xml(answer):
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    return ElementTree.fromstring(answer.content)


def listed(client, **asked):
    return client.get(f"{V2}/requests.json", params=asked).json()


@pytest.mark.server
@pytest.mark.parametrize("format", ["xml", "json"])
def test_a_client_of_others_reads_services_definitions_and_requests(server, format):
    theirs = GeoReport(f"{server.url}{V2}", output_format=format)
    services = {each["service_code"]: each for each in theirs.get_service_list()}
    assert services[PONDING]["service_name"] == "道路积水 Standing water on the road"
    assert "flooding" in services[PONDING]["group"]

    [code] = [c for c, s in services.items() if s["service_name"].startswith("雨水井盖")]
    definition = theirs.get_service_definition(code)
    attribute = definition["attributes"]
    attribute = attribute["attribute"] if format == "xml" else attribute[0]
    assert (attribute["code"], attribute["datatype"]) == ("condition", "singlevaluelist")

    found = theirs.get_service_requests(start_date="2024-02-01T00:00:00Z", status="open")
    assert {one["service_code"] for one in found} <= set(services)
    [flood] = [one for one in found if one["service_code"] == PONDING]
    assert theirs.get_service_request(flood["service_request_id"]) == flood
    assert flood["status"] == "open"
    assert datetime.fromisoformat(flood["requested_datetime"]).utcoffset() == timedelta(hours=8)
    assert -90 <= float(flood["lat"]) <= 90
    nothing = (
        theirs.get_service_requests(
            start_date="2023-01-01T00:00:00Z", end_date="2023-02-01T00:00:00Z"
        )
        if format == "json"
        else []
    )  # their reader of XML expects at least one
    assert nothing == []


@pytest.mark.server
@pytest.mark.parametrize(("path", "fields"), FIELDS.items())
def test_answers_have_the_elements_of_the_standards_tables(client, path, fields):
    root = xml(client.get(f"{V2}/{path}"))
    assert root.tag == ("services" if path == "services.xml" else "service_requests")
    assert {child.tag for child in root} == {"service" if root.tag == "services" else "request"}
    for child in root:
        assert [field.tag for field in child] == fields
    told = client.get(f"{V2}/{path.replace('xml', 'json')}").json()
    assert [[*each] for each in told] == [fields] * len(root)


@pytest.mark.server
def test_discovery_names_the_endpoint_and_both_formats(client):
    root = xml(client.get(f"{V2}/discovery.xml"))
    assert root.tag == "discovery"
    [endpoint] = root.iterfind("endpoints/endpoint")
    assert endpoint.findtext("specification") == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint.findtext("url") == "http://testserver/open311/v2"
    formats = [each.text for each in endpoint.iterfind("formats/format")]
    assert formats == ["text/xml", "application/json"]
    told = client.get(f"{V2}/discovery.json").json()
    assert told["endpoints"][0]["formats"] == formats


@pytest.mark.server
def test_the_public_is_not_offered_what_only_a_device_can_know(client):
    services = client.get(f"{V2}/services.json").json()
    names = " ".join(service["service_name"] for service in services)
    assert "道路积水" in names
    assert "感知设备故障" not in names
    assert len({service["service_code"] for service in services}) == len(services)
    for service in services:
        definition = client.get(f"{V2}/services/{service['service_code']}.json").json()
        assert bool(definition["attributes"]) == service["metadata"]


@pytest.mark.server
@pytest.mark.parametrize("format", ["xml", "json"])
def test_the_standards_example_becomes_a_report_whose_caller_nobody_sees(own_client, format):
    answered = post(own_client, format)
    assert answered.status_code == 200, answered.text
    if format == "xml":
        root = xml(answered)
        assert [[c.tag for c in r] for r in root] == [
            ["service_request_id", "service_notice", "account_id"]
        ]
        number = root.findtext("request/service_request_id")
    else:
        [told] = answered.json()
        assert told["account_id"] is None
        number = told["service_request_id"]

    [shown] = own_client.get(f"{V2}/requests/{number}.json").json()
    assert shown["service_code"] == PONDING
    assert shown["status_notes"] == "已上报 reported"
    assert shown["description"].startswith("A large sinkhole is destroying the street")
    assert shown["address"] == "1234 5th street"
    assert (shown["lat"], shown["long"]) == (30.28524078, 120.1242043)
    told = own_client.get(f"/api/v1/cases/{number}").json()
    assert told["log"][0]["details"]["source"] == "system"
    everything = str(told) + str(shown) + str(listed(own_client))
    for private in ("smit333", "111-1111118", "1111111118", "123456789", "tt222111", "john smith"):
        assert private not in everything


@pytest.mark.server
@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"api_key": None}, 403, "api_key is missing or not known here"),
        ({"api_key": "xyZ"}, 403, "api_key is missing or not known here"),
        ({"service_code": None}, 400, "service_code was not provided"),
        ({"service_code": ""}, 400, "service_code was not provided"),
        ({"service_code": "001"}, 404, "service_code 001 was not found"),
        ({"lat": None}, 400, "lon and lat come together"),
        ({"lat": None, "long": None, "address_string": None}, 400, "say where"),
        ({"lat": "north"}, 400, "lat: 'north' is no number of degrees"),
        ({"lat": "91"}, 400, "lat: Input should be less than or equal to 90"),
        ({"phone": "call me"}, 400, "phone"),
        ({"description": "x" * 4001}, 400, "4001 characters; 4000 at most"),
        ({"media_url": "javascript:alert(1)"}, 400, "give an http or https address"),
        (
            {"service_code": COVER, "attribute[condition]": "deep"},
            400,
            "attribute[condition]: 'deep' is none of cover-missing,",
        ),
    ],
)
@pytest.mark.parametrize("format", ["xml", "json"])
def test_a_post_that_cannot_be_taken_says_what_to_mend(client, format, changes, status, said):
    answered = post(client, format, **changes)
    assert answered.status_code == status, answered.text
    if format == "xml":
        root = xml(answered)
        assert root.tag == "errors"
        [(code, description)] = [(e.findtext("code"), e.findtext("description")) for e in root]
    else:
        [error] = answered.json()
        code, description = error["code"], error["description"]
    assert int(code) == status
    assert said in description


@pytest.mark.server
@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("services/nothing.json", 404, "service_code nothing was not found"),
        ("requests/20200101-000001.json", 404, "was not found"),
        ("requests.json?service_code=nothing", 404, "service_code nothing was not found"),
        ("requests.json?start_date=yesterday", 400, "start_date: 'yesterday' is no time"),
        ("requests.json?start_date=2024-01-01T00:00:00Z&end_date=2024-06-01T00:00:00Z", 400,
         "90 days apart"),
        ("requests.json?status=pending", 400, "say open or closed"),
        ("tokens/1.json", 404, "token 1 was not found"),
        ("nothing.json", 404, "There is no nothing.json here"),
        ("services.yaml", 400, "format: Input should be 'xml' or 'json'"),
        ("requests/%00.json", 400, "cannot be looked up"),
    ],
)  # fmt: skip
def test_errors_are_the_standards_list_of_code_and_description(client, path, status, said):
    answered = client.get(f"{V2}/{path}")
    assert answered.status_code == status, answered.text
    if path.endswith("yaml"):
        assert said in xml(answered).findtext("error/description")
    else:
        [error] = answered.json()
        assert error["code"] == status
        assert said in error["description"]


@pytest.mark.server
def test_requests_are_chosen_by_id_service_status_and_time(own_client):
    numbers = [post(own_client).json()[0]["service_request_id"] for _ in range(2)]
    two = listed(own_client, service_request_id=", ".join(numbers), status="closed")
    assert {one["service_request_id"] for one in two} == set(numbers)  # overrides all else
    all_open = listed(own_client, status="open")
    assert all_open == listed(own_client) == listed(own_client, status="open,closed")
    assert listed(own_client, status="closed") == []
    assert listed(own_client, status="", service_code="", start_date="") == all_open
    ponding = listed(own_client, service_code=f"{PONDING},{NOISE}")
    assert {one["service_code"] for one in ponding} == {PONDING}
    assert listed(own_client, end_date="2023-12-31T00:00:00Z") == []
    assert listed(own_client, start_date="2023-12-30T00:00:00Z") == all_open
    times = [one["requested_datetime"] for one in all_open]
    assert times == sorted(times, reverse=True)
    assert len(ponding) == 3


@pytest.mark.server
def test_no_more_than_the_largest_answer_is_given(own_services):
    assert len(listed(serving(own_services, most=2))) == 2


@pytest.mark.server
def test_an_exercise_is_never_shown(own_client, own_city):
    [told] = post(own_client).json()
    number = told["service_request_id"]
    with psycopg.connect(own_city) as connection:
        connection.execute("UPDATE cases SET exercise = true WHERE number = %s", (number,))
    assert own_client.get(f"{V2}/requests/{number}.json").status_code == 404
    assert number not in str(listed(own_client))
    assert listed(own_client, service_request_id=number) == []


@pytest.mark.server
def test_what_people_write_about_a_case_stays_inside(own_client):
    [told] = post(own_client).json()
    number = told["service_request_id"]
    step = {"verb": "reject", "actor": "operator 4", "role": "intake", "version": 1}
    done = own_client.post(
        f"/api/v1/cases/{number}/steps", json=step | {"reason": "the caller is known to us"}
    )
    assert done.status_code == 201, done.text
    [shown] = own_client.get(f"{V2}/requests/{number}.json").json()
    assert (shown["status"], shown["status_notes"]) == ("closed", "不予立案 rejected")
    assert "known to us" not in str(shown)
    assert "operator 4" not in str(shown)


@pytest.mark.server
@pytest.mark.parametrize(
    ("service", "condition", "closed_when"),
    [
        (NOISE, None, "停止 Stopped"),  # the only one it can be
        (POWER, None, None),  # the same number in the list, and another thing
        (COVER, None, None),
        (COVER, "", None),
        (COVER, "cover-missing", "恢复原状 Restored"),
    ],
)
def test_the_condition_may_be_chosen_or_left_open(own_client, service, condition, closed_when):
    chosen = {"service_code": service, "attribute[condition]": condition, "description": None}
    [told] = post(own_client, media_url=None, **chosen).json()
    [shown] = own_client.get(f"{V2}/requests/{told['service_request_id']}.json").json()
    assert shown["service_code"] == service
    assert shown["description"] == shown["service_name"]  # the caller wrote nothing
    assert (shown["service_notice"] is None) == (closed_when is None)
    assert (closed_when or "") in (shown["service_notice"] or "")


@pytest.mark.server
def test_the_words_of_who_did_not_come_by_this_door_are_not_published(own_services):
    told = Report(
        source=Source.HOTLINE, actor="operator 4", text="behind the house of my aunt",
        address="door 7, the green one", lon=120.13, lat=30.29,
        code_list="GB/T 30428.2-2013", code="0506", condition="standing-water",
    )  # fmt: skip
    with own_services.pool.connection() as connection:
        taken = take(connection, told, own_services.time(), own_services.city)
    client = TestClient(create_app(own_services))
    [shown] = client.get(f"{V2}/requests/{taken.number}.json").json()
    assert shown["description"].startswith("积水面积大于")
    assert "aunt" not in str(shown)
    assert "green" not in str(shown)


@pytest.mark.server
def test_the_id_of_a_report_is_a_token_for_its_case(own_client, own_city):
    [told] = post(own_client).json()
    with psycopg.connect(own_city) as connection:
        [(report,)] = connection.execute("SELECT id FROM reports").fetchall()
    [found] = own_client.get(f"{V2}/tokens/{report}.json").json()
    assert found == {"service_request_id": told["service_request_id"], "token": str(report)}


@pytest.mark.server
def test_without_keys_nobody_may_post_and_the_operator_is_told_what_to_set(own_services):
    answered = post(TestClient(create_app(replace(own_services, open311_keys={}))))
    assert answered.status_code == 403
    assert "the operator sets open311_keys" in answered.json()[0]["description"]


@pytest.mark.server
@pytest.mark.parametrize(
    ("jurisdiction", "status"), [("", 200), ("hangzhou.gov.cn", 200), ("city.gov", 404)]
)
def test_a_city_with_a_name_refuses_what_is_meant_for_another(own_services, jurisdiction, status):
    client = serving(own_services, jurisdiction="hangzhou.gov.cn")
    asked = {"jurisdiction_id": jurisdiction}
    assert client.get(f"{V2}/services.json", params=asked).status_code == status
    assert post(client, jurisdiction_id=jurisdiction).status_code == status


cells = some.none() | some.booleans() | some.floats(-1e9, 1e9) | some.text()
tables = some.dictionaries(
    some.sampled_from(["code", "description", "lat", "zipcode"]), cells, min_size=1
)


@given(some.lists(tables))
def test_whatever_is_told_both_forms_can_be_read_and_say_the_same(rows):
    told = orjson.loads(answer(Format.JSON, "errors", rows).body)
    root = ElementTree.fromstring(answer(Format.XML, "errors", rows).body)
    assert len(told) == len(root) == len(rows)
    for row, element in zip(told, root, strict=True):
        assert [*row] == [field.tag for field in element]
        for name, value in row.items():
            shown = element.findtext(name) or ""
            if isinstance(value, str):
                assert shown == value.replace("\r\n", "\n").replace("\r", "\n")
            elif value is None or isinstance(value, bool):
                assert shown == ("" if value is None else str(value).lower())
            else:
                assert float(shown) == value
