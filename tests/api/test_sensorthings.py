"""SensorThings 1.1, requirement by requirement of OGC 18-088, over the watched city."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from fastapi.testclient import TestClient
from watched_city import EACH, KINDS, channel_number

from api.sensorthings.routes import CONFORMANCE, PREFIX, REQUIREMENTS
from store.sensorthings.model import ENTITIES

pytestmark = pytest.mark.server

DEVICES = EACH * len(KINDS)
WATER = channel_number("water", 5)  #: the one whose pressure is low
AREA = "geography'POLYGON((120.1 30.27,120.13 30.27,120.13 30.3,120.1 30.3,120.1 30.27))'"
INSTANT = "geography'POINT(120.12 30.28)'"


def ask(client: TestClient, path: str) -> Any:
    answer = client.get(f"{PREFIX}/{path}")
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


def names(body: Any) -> list[str]:
    return [each["name"] for each in body["value"]]


def results(body: Any) -> list[Any]:
    return [each["result"] for each in body["value"]]


def times(body: Any) -> list[str]:
    return [each["phenomenonTime"] for each in body["value"]]


#: Each row: the requirement, what it says here, a request, and what must be true of the answer.
CLAIMS: list[tuple[str, str, str, Callable[[Any], Any]]] = [
    ("resource-path", "the root names every entity set with its address", "",
     lambda a: {s["name"] for s in a["value"]} == {e.set for e in ENTITIES}
     and all(s["url"].endswith(f"{PREFIX}/{s['name']}") for s in a["value"])),
    ("resource-path", "the root says which requirements are kept", "",
     lambda a: a["serverSettings"]["conformance"] == [f"{REQUIREMENTS}/{c}" for c in CONFORMANCE]),
    ("resource-path", "an entity is found by its id", "Things(1)", lambda a: a["@iot.id"] == 1),
    ("resource-path", "an id that is a text stands in quotes", "ObservedProperties('depth')",
     lambda a: a["name"] == "depth"),
    ("resource-path", "a property stands alone", "Things(1)/name",
     lambda a: a == {"name": "flood-000"}),
    ("resource-path", "a member of a property stands alone", "Things(1)/properties/kind",
     lambda a: a == {"kind": "flood"}),
    ("resource-path", "what an entity leads to is a set", "Things(1)/Datastreams",
     lambda a: names(a) == ["flood-000.depth"]),
    ("resource-path", "or an entity, where it leads to one", "Datastreams(1)/Thing",
     lambda a: a["name"] == "flood-000"),
    ("resource-path", "paths go on", "Things(1)/Datastreams(1)/Observations(ID)/Datastream/Sensor",
     lambda a: a["name"] == "flood-000.depth"),
    ("resource-path", "links to the related are asked for by $ref", "Things(1)/Datastreams/$ref",
     lambda a: [*a["value"][0]] == ["@iot.selfLink"]),
    ("resource-path", "and to the one", "Datastreams(1)/Thing/$ref",
     lambda a: a["@iot.selfLink"].endswith("/Things(1)")),
    ("request-data/expand", "related entities stand inline",
     "Things?$expand=Datastreams,Locations&$top=1",
     lambda a: names({"value": a["value"][0]["Datastreams"]}) == ["flood-000.depth"]
     and a["value"][0]["Locations"][0]["location"]["type"] == "Point"),
    ("request-data/expand", "over several steps",
     "Things(1)?$expand=Datastreams/ObservedProperty,Datastreams/Sensor",
     lambda a: a["Datastreams"][0]["ObservedProperty"]["name"] == "depth"
     and a["Datastreams"][0]["Sensor"]["encodingType"] == "text/html"),
    ("request-data/expand", "with options of their own, for each owner by itself",
     "Datastreams?$top=3&$expand=Observations($top=2;$orderby=phenomenonTime desc;$count=true;"
     "$select=result,phenomenonTime;$filter=phenomenonTime lt 2024-03-01T00:00:00Z)",
     lambda a: all(
         [o["phenomenonTime"] for o in d["Observations"]]
         == ["2024-02-29T23:55:00Z", "2024-02-29T23:50:00Z"]
         and set(d["Observations"][0]) == {"result", "phenomenonTime"}
         and d["Observations@iot.count"] == 210 and "Observations@iot.nextLink" in d
         for d in a["value"])),
    ("request-data/select", "only what is named is returned", "Things?$select=name,id&$top=1",
     lambda a: set(a["value"][0]) == {"@iot.id", "@iot.selfLink", "name"}),
    ("request-data/select", "what is expanded is selected",
     "Datastreams(1)?$select=name&$expand=Thing($select=name)",
     lambda a: a == {"name": "flood-000.depth", "Thing": {"name": "flood-000"}}),
    ("request-data/orderby", "ascending where nothing is said", "Things?$orderby=name",
     lambda a: names(a) == sorted(names(a))),
    ("request-data/orderby", "descending, then by what follows",
     "Things?$orderby=properties/kind desc,name desc&$top=20",
     lambda a: names(a)[:2] == ["water-015", "water-014"] and names(a)[16] == "power-015"),
    ("request-data/orderby", "by a property of the related one",
     "Datastreams?$orderby=ObservedProperty/name desc,Thing/name desc&$top=1",
     lambda a: names(a) == ["power-015.voltage"]),
    ("request-data/orderby", "by a function",
     f"Locations?$orderby=geo.distance(location,{INSTANT})&$top=1",
     lambda a: abs(a["value"][0]["location"]["coordinates"][0] - 120.12) < 0.01),
    ("request-data/top", "so many and no more", "Things?$top=3", lambda a: len(a["value"]) == 3),
    ("request-data/top", "none is a number too", "Things?$top=0", lambda a: a == {"value": []}),
    ("request-data/skip", "from the next one on", "Things?$skip=2&$top=1",
     lambda a: names(a) == ["flood-002"]),
    ("request-data/count", "all that fit, whatever the page",
     "Things?$count=true&$top=1&$skip=5&$filter=properties/kind eq 'gas'",
     lambda a: a["@iot.count"] == EACH),
    ("request-data/count", "not asked for, not told", "Things?$count=false&$top=1",
     lambda a: "@iot.count" not in a),
    ("request-data/pagination", "a part leads on", "Things?$top=5", lambda a: "@iot.nextLink" in a),
    ("request-data/pagination", "the last part does not", "Things?$filter=name eq 'gas-001'",
     lambda a: "@iot.nextLink" not in a and names(a) == ["gas-001"]),
    ("filter", "eq", "Datastreams?$filter=unitOfMeasurement/name eq 'pascal'&$count=true",
     lambda a: a["@iot.count"] == EACH),
    ("filter", "ne, null is unequal too",
     "Things?$filter=properties/none ne 'x'&$count=true",
     lambda a: a["@iot.count"] == DEVICES),
    ("filter", "null",
     "Things?$filter=properties/none eq null and properties/kind ne null&$count=true",
     lambda a: a["@iot.count"] == DEVICES),
    ("filter", "gt", f"Datastreams({WATER})/Observations?$filter=result gt 200000&$top=1000",
     lambda a: min(results(a)) > 2e5),
    ("filter", "le", f"Datastreams({WATER})/Observations?$filter=result le 200000",
     lambda a: len(a["value"]) > 0 and max(results(a)) <= 2e5),
    ("filter", "ge and lt of times",
     "Datastreams(1)/Observations?$filter=phenomenonTime ge 2024-03-01T14:00:00%2B08:00"
     " and phenomenonTime lt 2024-03-01T06:10:00Z",
     lambda a: times(a) == ["2024-03-01T06:00:00Z", "2024-03-01T06:05:00Z"]),
    ("filter", "or, not and parentheses",
     "Things?$filter=not (properties/kind eq 'gas' or properties/kind eq 'water')"
     " and endswith(name,'-003')&$select=name",
     lambda a: names(a) == ["flood-003", "power-003", "noise-003", "cover-003"]),
    ("filter", "in", "Things?$filter=name in ('gas-001','gas-002')",
     lambda a: names(a) == ["gas-001", "gas-002"]),
    ("filter", "add, sub, mul, div and mod",
     "Datastreams?$filter=(id add 2) mul 3 sub 6 eq 15 and id mod 4 eq 1 and id div 2 ge 2.5",
     lambda a: [d["@iot.id"] for d in a["value"]] == [5]),
    ("filter", "of the related one by its id", "Observations?$filter=Datastream/id eq 7&$top=1",
     lambda a: a["value"][0]["@iot.id"].startswith("7-")),
    ("filter", "of the related one by its control information",
     "Observations?$filter=Datastream/@iot.id eq 7&$top=1",
     lambda a: a["value"][0]["@iot.id"].startswith("7-")),
    ("filter", "of any of many related",
     "Things?$filter=Datastreams/ObservedProperty/name eq 'tilt'&$count=true&$top=0",
     lambda a: a["@iot.count"] == EACH),
    ("filter", "of the feature watched",
     f"Datastreams({WATER})/Observations?$filter=FeatureOfInterest/id ne null&$top=1",
     lambda a: len(a["value"]) == 1),
    ("functions", "substringof", "Things?$filter=substringof('od-01',name)",
     lambda a: names(a) == [f"flood-{n:03}" for n in range(10, 16)]),
    ("functions", "contains", "Things?$filter=contains(name,'od-015')",
     lambda a: names(a) == ["flood-015"]),
    ("functions", "startswith", "Things?$filter=startswith(name,'gas')&$count=true",
     lambda a: a["@iot.count"] == EACH),
    ("functions", "length", "Things?$filter=length(name) eq 7&$count=true",
     lambda a: a["@iot.count"] == EACH),
    ("functions", "indexof begins at 0", "Things?$filter=indexof(name,'lood-001') eq 1",
     lambda a: names(a) == ["flood-001"]),
    ("functions", "substring to the end", "Things?$filter=substring(name,1) eq 'lood-001'",
     lambda a: names(a) == ["flood-001"]),
    ("functions", "substring of a length",
     "Things?$filter=substring(name,1,3) eq 'loo'&$count=true",
     lambda a: a["@iot.count"] == EACH),
    ("functions", "tolower, toupper, trim, concat",
     "Things?$filter=tolower(toupper(name)) eq 'gas-001'"
     " and concat(concat(name,' '),trim(' x ')) eq 'gas-001 x'",
     lambda a: names(a) == ["gas-001"]),
    ("functions", "year, month, day, hour, minute, second",
     "Datastreams(2)/Observations?$filter=year(phenomenonTime) eq 2024 and month(phenomenonTime)"
     " eq 3 and day(phenomenonTime) eq 1 and hour(phenomenonTime) eq 2 and minute(phenomenonTime)"
     " eq 35 and second(phenomenonTime) eq 0 and fractionalseconds(phenomenonTime) eq 0"
     " and totaloffsetminutes(phenomenonTime) eq 0",
     lambda a: times(a) == ["2024-03-01T02:35:00Z"]),
    ("functions", "date and time",
     "Datastreams(2)/Observations?$filter=date(phenomenonTime) eq 2024-03-01"
     " and time(phenomenonTime) le 00:05:00",
     lambda a: times(a) == ["2024-03-01T00:00:00Z", "2024-03-01T00:05:00Z"]),
    ("functions", "now, mindatetime, maxdatetime and durations",
     "Datastreams(2)/Observations?$filter=phenomenonTime gt now() sub duration'PT10M'"
     " and phenomenonTime gt mindatetime() and phenomenonTime lt maxdatetime()",
     lambda a: times(a) == ["2024-03-01T06:25:00Z", "2024-03-01T06:30:00Z"]),
    ("functions", "round, floor, ceiling",
     "Datastreams(65)/Observations?$filter=round(result) eq floor(result)"
     " and ceiling(result) ne floor(result)&$top=1000",
     lambda a: a["value"] and all(each % 1 < 0.5 for each in results(a))),
    ("functions", "geo.distance, of the place of a Thing",
     f"Things?$filter=geo.distance(Locations/location,{INSTANT}) lt 0.005&$expand=Locations",
     lambda a: a["value"] and all(
         abs(t["Locations"][0]["location"]["coordinates"][0] - 120.12) < 0.005
         for t in a["value"])),
    ("functions", "geo.length",
     "Things?$filter=geo.length(geography'LINESTRING(0 0,3 4)') eq 5&$top=1",
     lambda a: len(a["value"]) == 1),
    ("functions", "st_within is geo.intersects for points inside, and st_disjoint its contrary",
     f"Locations?$filter=st_within(location,{AREA}) and geo.intersects(location,{AREA})"
     f" and st_intersects(location,{AREA}) and not st_disjoint(location,{AREA})&$top=1000",
     lambda a: a["value"] and all(
         each["location"]["coordinates"][0] < 120.13 and each["location"]["coordinates"][1] < 30.3
         for each in a["value"])),
    ("functions", "no point overlaps or crosses or is on a far border",
     f"Locations?$filter=st_overlaps(location,{AREA}) or st_crosses(location,{AREA})"
     f" or st_touches(location,{AREA}) or st_equals(location,{INSTANT})"
     f" or st_contains(location,{INSTANT})",
     lambda a: a == {"value": []}),
    ("data-array", "Observations come as arrays, a Datastream together",
     "Observations?$resultFormat=dataArray&$top=2&$filter=Datastream/id in (1,2)&$count=true",
     lambda a: a["value"][0]["components"] == ["@iot.id", "phenomenonTime", "resultTime", "result"]
     and len(a["value"][0]["dataArray"]) == 2 and "resultFormat=dataArray" in a["@iot.nextLink"]),
    ("data-array", "with what is selected",
     "Datastreams(1)/Observations?$resultFormat=dataArray&$select=result&$top=3",
     lambda a: a["value"][0]["components"] == ["result"]
     and [len(row) for row in a["value"][0]["dataArray"]] == [1, 1, 1]),
    ("datamodel", "device time is when it happened, and flags are its quality",
     "Datastreams(1)/Observations?$filter=resultQuality/flags ne 0&$orderby=phenomenonTime",
     lambda a: [o["resultQuality"]["reasons"] for o in a["value"]] == [["out of range"], ["future"]]
     and a["value"][1]["phenomenonTime"] > a["value"][1]["resultTime"]),
    ("datamodel", "a Datastream tells from when to when it has Observations", "Datastreams(2)",
     lambda a: a["phenomenonTime"]
     == "2024-02-29T06:30:00.000000Z/2024-03-01T06:30:00.000000Z"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "holds"),
    [claim[2:] for claim in CLAIMS],
    ids=[f"{part}: {says}" for part, says, *_ in CLAIMS],
)
def test_the_requirement_is_kept(client: TestClient, path: str, holds: Callable[[Any], Any]):
    first = "Observations('1-1709188200000000')"
    body = ask(client, path.replace("Observations(ID)", first))
    assert holds(body), body


#: Mandatory properties (tables 3 to 19) and relations of each set.
MANDATORY = {
    "Things": ({"name", "description"}, {"Locations", "HistoricalLocations", "Datastreams"}),
    "Locations": (
        {"name", "description", "encodingType", "location"},
        {"Things", "HistoricalLocations"},
    ),
    "HistoricalLocations": ({"time"}, {"Thing", "Locations"}),
    "Datastreams": (
        {"name", "description", "unitOfMeasurement", "observationType"},
        {"Thing", "Sensor", "ObservedProperty", "Observations"},
    ),
    "Sensors": ({"name", "description", "encodingType", "metadata"}, {"Datastreams"}),
    "ObservedProperties": ({"name", "definition", "description"}, {"Datastreams"}),
    "Observations": (
        {"phenomenonTime", "result", "resultTime"},
        {"Datastream", "FeatureOfInterest"},
    ),
    "FeaturesOfInterest": ({"name", "description", "encodingType", "feature"}, {"Observations"}),
}


@pytest.mark.parametrize("name", MANDATORY)
def test_every_entity_has_its_mandatory_properties_and_links_that_lead(
    own_client: TestClient, own_city: str, name: str
):
    with psycopg.connect(own_city) as connection:
        connection.execute("UPDATE devices SET adopted_at = '2024-01-01Z'")
    properties, relations = MANDATORY[name]
    body = ask(own_client, f"{name}?$top=2")
    assert body["value"]
    for entity in body["value"]:
        assert {"@iot.id", "@iot.selfLink"} | properties <= set(entity)
        assert own_client.get(entity["@iot.selfLink"]).json() == entity
        links = {key for key in entity if key.endswith("@iot.navigationLink")}
        assert links == {f"{relation}@iot.navigationLink" for relation in relations}
        for link in links:
            assert own_client.get(entity[link], params={"$top": 1}).status_code == 200, link


def test_a_raw_value_is_text(client: TestClient):
    answer = client.get(f"{PREFIX}/Things(1)/name/$value")
    assert answer.text == "flood-000"
    assert answer.headers["content-type"].startswith("text/plain")
    time = client.get(f"{PREFIX}/Observations('1-1709188200000000')/phenomenonTime/$value")
    assert time.text == "2024-02-29T06:30:00Z"


def test_a_property_without_a_value_is_no_content(own_client: TestClient, own_city: str):
    with psycopg.connect(own_city) as connection:
        connection.execute("DELETE FROM readings WHERE channel = 3")
    assert own_client.get(f"{PREFIX}/Datastreams(3)/phenomenonTime").status_code == 204


#: A request, its status, and words of the detail.
REFUSALS = [
    ("Things(999999)", 404, "no such Thing"),
    ("Things('1')", 404, "whole number"),
    ("Rooms", 404, "There is no set Rooms"),
    ("Things(1)/colour", 404, "has no colour"),
    ("Things/Datastreams", 404, "name one"),
    ("Things(1)/Datastreams(2)", 404, "no such Datastream"),
    ("Things(1)/Locations(2)", 404, "does not belong"),
    ("Observations('x')", 404, "no Observation"),
    ("Things(1)/$count", 404, "not understood"),
    ("Things?$search=x", 501, "no $search"),
    ("Things?$top=-1", 400, "whole number"),
    ("Things?$count=yes", 400, "neither"),
    ("Things?$select=colour", 400, "has no colour"),
    ("Things?$expand=Rooms", 400, "not to 'Rooms'"),
    ("Things?$filter=name eq", 400, "$filter, at character 5"),
    ("Things?$filter=colour eq 1", 400, "$filter, at character 0: Thing has no colour"),
    ("Things?$filter=name eq 'x' and weight gt 1", 400, "at character 16"),
    ("Things?$filter=name eq 5", 400, "a number stands where a text is needed"),
    ("Things?$filter=paint(name) eq 1", 400, "at character 0: there is no function paint"),
    ("Things?$filter=length(name,name) eq 1", 400, "length takes 1 arguments, not 2"),
    ("Things?$filter=name", 400, "neither true nor false"),
    ("Things?$filter=Datastreams/any(d: d/id eq 1)", 400, "not understood"),
    ("Things?$expand=Datastreams($filter=colour eq 1)", 400, "$expand, at character 20"),
    ("Things?$orderby=Datastreams/name", 400, "many are related"),
    ("Things?$orderby=colour", 400, "$orderby, at character 0"),
    ("Locations?$filter=st_within(location,geography'CIRCLE(1 2)')", 400, "at character 19"),
    ("Observations?$filter=phenomenonTime gt 2024-02-31T00:00:00Z", 400, "cannot be read"),
    ("Things?$top=1&$top=2", 400, "twice"),
    ("Things?$skiptoken=x", 400, "unchanged"),
    ("Things?$skiptoken=W10x", 400, "unchanged"),
    ("Things?$skiptoken=WyJ4Il0=", 400, "unchanged"),
    ("Things?$resultFormat=dataArray", 400, "of Observations"),
    ("Observations?$resultFormat=CSV", 400, "not dataArray"),
    ("Datastreams?$filter=phenomenonTime gt now()", 400, "only shown"),
    ("Things?$filter=" + " or ".join(["id eq 1"] * 80), 400, "more than 150 operators"),
    ("Things?$filter=" + "not " * 200 + "true", 400, "more than 150 operators"),
    ("Datastreams?$top=1000&$expand=Observations($top=1000)", 400, "more than 50000"),
    ("Things?$expand=" + "Datastreams/Thing/" * 3 + "Datastreams", 400, "nested more than 4"),
]


@pytest.mark.parametrize(
    ("path", "status", "says"), REFUSALS, ids=[row[0][:60] for row in REFUSALS]
)
def test_what_cannot_be_answered_is_refused_and_the_place_named(
    client: TestClient, path: str, status: int, says: str
):
    answer = client.get(f"{PREFIX}/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    ), answer.text
    assert says in answer.json()["detail"]


def pages(client: TestClient, path: str) -> list[list[Any]]:
    found, link = [], f"{PREFIX}/{path}"
    while link:
        body = client.get(link).json()
        found.append(body["value"])
        link = body.get("@iot.nextLink")
    return found


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("Things?$top=7", DEVICES),
        ("Things?$top=7&$skip=10", DEVICES - 10),
        ("Things?$top=7&$orderby=properties/zone desc", DEVICES),
        ("Things?$top=7&$orderby=properties/none,properties/pipe desc,name", DEVICES),
        ("Things?$top=7&$orderby=properties/none desc", DEVICES),
        ("Datastreams?$top=9&$filter=startswith(name,'w')&$orderby=Thing/name desc", EACH),
        ("Datastreams(2)/Observations?$top=50", 289),
        ("Datastreams(2)/Observations?$top=50&$orderby=phenomenonTime desc", 289),
        ("Datastreams(2)/Observations?$top=50&$orderby=result", 289),
        ("Observations?$top=100&$filter=Datastream/id le 3 and result lt 0.003", None),
        ("ObservedProperties?$top=5", 28),
    ],
)
def test_following_the_links_gives_each_entity_once(
    client: TestClient, path: str, count: int | None
):
    """And in the order that one page would have."""
    parts = pages(client, path)
    ids = [each["@iot.id"] for part in parts for each in part]
    whole = ask(client, path.replace("$top=7", "$top=1000").replace("$top=50", "$top=1000")
                .replace("$top=9", "$top=1000").replace("$top=5", "$top=1000")
                .replace("$top=100&", "$top=1000&"))  # fmt: skip
    assert len(ids) == len(set(ids))
    assert ids == [each["@iot.id"] for each in whole["value"]]
    assert count is None or len(ids) == count
    assert len(parts) > 1


def test_a_page_stays_where_it_was_though_rows_come_before_it(
    own_client: TestClient, own_city: str
):
    first = ask(own_client, "Datastreams(2)/Observations?$top=5&$orderby=phenomenonTime desc")
    with psycopg.connect(own_city) as connection:
        connection.execute(
            "INSERT INTO readings (time, received, value, channel, quality)"
            " VALUES ('2024-03-01T06:29:00Z', '2024-03-01T06:31:00Z', 1, 2, 0)"
        )
    following = own_client.get(first["@iot.nextLink"]).json()
    assert times(following)[0] == "2024-03-01T06:05:00Z"


def test_a_link_within_an_expanded_set_leads_on(client: TestClient):
    body = ask(client, "Datastreams(2)?$expand=Observations($top=2;$orderby=phenomenonTime desc)")
    following = client.get(body["Observations@iot.nextLink"]).json()
    assert times({"value": body["Observations"]}) + times(following) == [
        f"2024-03-01T06:{minute}:00Z" for minute in (30, 25, 20, 15)
    ]


OF_A_DRILL = """
WITH drill AS (
    INSERT INTO drills (scenario, title_zh, title_en, seed, state, began, until, started_by, lon,
                        lat, plan)
    VALUES ('flood', '', '', 1, 'running', now(), now(), 'chen', 120, 30, '{}') RETURNING id
), device AS (
    UPDATE channels SET device = 'drill-1.flood-000' WHERE device = 'flood-000'
)
INSERT INTO devices (id, status, component, exercise)
SELECT 'drill-' || drill.id || '.flood-000', 'active', d.component, drill.id
FROM drill, devices d WHERE d.id = 'flood-000'
"""
OF_NOBODY = "UPDATE devices SET status = 'quarantined' WHERE id = 'flood-000'"


@pytest.mark.parametrize("hidden", [OF_A_DRILL, OF_NOBODY], ids=["of a drill", "in quarantine"])
def test_what_is_of_a_drill_or_in_quarantine_is_not_shown(
    own_client: TestClient, own_city: str, hidden: str
):
    with psycopg.connect(own_city) as connection:
        connection.execute(hidden)
        connection.execute("DELETE FROM devices WHERE id = 'flood-000' AND status = 'active'")
    assert own_client.get(f"{PREFIX}/Things(1)").status_code == 404
    for path in ("Locations", "Datastreams", "Sensors", "Observations", "FeaturesOfInterest"):
        shown = ask(own_client, f"{path}?$count=true&$top=1000")
        assert "flood-000" not in str(shown["value"])
        ids = [str(each["@iot.id"]) for each in shown["value"]]
        assert "1" not in ids
        assert not any(id.startswith("1-") for id in ids)
    assert ask(own_client, "Observations?$filter=Datastream/id eq 1") == {"value": []}


def test_a_reading_that_is_a_state_has_its_text_as_result(own_client: TestClient, own_city: str):
    with psycopg.connect(own_city) as connection:
        [number] = connection.execute(
            "INSERT INTO states (text) VALUES ('open') RETURNING number"
        ).fetchone()  # type: ignore[misc]
        connection.execute(
            "INSERT INTO readings (time, received, state, channel, quality)"
            " VALUES ('2024-03-01T06:29:00Z', '2024-03-01T06:31:00Z', %s, 2, 0)",
            (number,),
        )
    assert results(ask(own_client, "Datastreams(2)/Observations?$filter=result eq 'open'")) == [
        "open"
    ]
    assert "open" not in results(ask(own_client, "Datastreams(2)/Observations?$filter=result lt 9"))


def test_a_name_with_a_quote_or_a_slash_is_found(own_client: TestClient, own_city: str):
    with psycopg.connect(own_city) as connection:
        connection.execute("UPDATE components SET code = 'a''b/c' WHERE code = '3301060602000099'")
        connection.execute(
            "INSERT INTO components (code, code_list, class, lon, lat)"
            " VALUES ('a''b/c', 'x', '0602', 120.1, 30.2)"
        )
        connection.execute("UPDATE devices SET component = 'a''b/c' WHERE id = 'flood-000'")
    body = ask(
        own_client,
        f"FeaturesOfInterest?$filter=id eq {quote(chr(39) + 'a' + chr(39) * 2 + 'b/c' + chr(39))}",
    )
    [feature] = body["value"]
    assert own_client.get(feature["@iot.selfLink"]).json()["@iot.id"] == "a'b/c"
    assert own_client.get(feature["Observations@iot.navigationLink"]).json()["value"]
