"""Pipes over HTTP: by view, one with its sensors and cases, as GeoJSON, by upload."""

import json

import pytest
from geojson_pydantic import FeatureCollection
from signed_in import as_key, key

from store.access import Grant

pytestmark = pytest.mark.server

HERE = "bbox=120.1,30.27,120.16,30.33"


def get(client, path):
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_networks_are_counted_and_measured(client):
    items = get(client, "pipes")["items"]
    assert [(each["network"], each["pipes"]) for each in items] == [("water", 1), ("gas", 1)]
    assert all(each["length"] > 1_000 for each in items)


def test_a_view_holds_courses_that_a_map_can_draw(client):
    told = get(client, f"map/pipes?{HERE}&zoom=17")
    assert (told["all_of_them"], set(told["id"])) == (2, {"p0", "p2"})
    row = told["id"].index("p2")
    [part] = told["course"][row]
    lons, lats = [sum(part[axis::2]) * told["step"] for axis in (0, 1)]
    exact = get(client, "pipes/gas/p2")["geometry"]["coordinates"]
    assert [lons, lats] == pytest.approx(exact[-1], abs=told["step"])
    assert get(client, "map/pipes?bbox=1,2,3,4&zoom=3")["all_of_them"] == 0
    assert get(client, f"map/pipes?{HERE}&zoom=17&without=gas&without=heat")["network"] == ["water"]


@pytest.mark.parametrize(
    "query", ["", "bbox=1,2,3&zoom=3", f"{HERE}&zoom=99", f"{HERE}&zoom=3&without=oil"]
)
def test_a_view_that_is_none_is_refused(client, query):
    assert client.get(f"/api/v1/map/pipes?{query}").status_code == 422


def test_who_has_a_view_already_gets_no_bytes(client):
    answer = client.get(f"/api/v1/map/pipes?{HERE}&zoom=14")
    same = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(f"/api/v1/map/pipes?{HERE}&zoom=14", headers=same).status_code == 304


def test_a_pipe_names_the_sensors_on_it_and_the_cases_in_which_they_spoke(client):
    told = get(client, "pipes/gas/p2")
    assert (told["name"], told["diameter"], told["year"]) == ("文一路中压管", 0.3, 2009)
    assert [each["device"] for each in told["sensors"]] == ["gas-002", "gas-007", "gas-012"]
    [case] = client.get("/api/v1/cases?code=0502").json()["items"]
    assert [each["number"] for each in told["cases"]] == [case["number"]]
    assert told["cases"][0]["light"] in ("green", "yellow", "red")
    assert get(client, "pipes/gas/p2?drill=7")["sensors"] == []
    assert client.get("/api/v1/pipes/water/p2").status_code == 404
    assert client.get("/api/v1/pipes/oil/p2").status_code == 422


def test_cases_of_another_area_are_not_among_those_of_a_pipe(guarded):
    client, url = guarded
    for area, count in (("330106", 1), ("110101", 0)):
        headers = as_key(key(url, f"key {area}", Grant("dispatcher", area=area)))
        told = client.get("/api/v1/pipes/gas/p2", headers=headers).json()
        assert len(told["cases"]) == count, area
    headers = as_key(key(url, "meter", Grant("gateway")))
    assert client.get("/api/v1/pipes/gas/p2", headers=headers).status_code == 403


def test_sensors_on_the_map_say_whose_pipe_has_a_course(client):
    told = get(client, "map/sensors")
    known = dict(zip(told["device"], zip(told["pipe"], told["network"], strict=True), strict=True))
    assert known["gas-007"] == ("p2", "gas")
    assert known["gas-003"] == ("p3", "")
    assert known["water-002"] == ("p2", ""), "a gas main of the same name is another pipe"


def test_a_case_names_the_pipe_that_it_is_about(client):
    [case] = client.get("/api/v1/cases?code=0502").json()["items"]
    [pipe] = get(client, f"cases/{case['number']}/surroundings")["pipes"]
    assert (pipe["network"], pipe["id"]) == ("gas", "p2")
    assert pipe["geometry"] == get(client, "pipes/gas/p2")["geometry"]
    [other] = client.get("/api/v1/cases?code=0506").json()["items"]
    assert get(client, f"cases/{other['number']}/surroundings")["pipes"] == []


def test_pipes_as_geojson_come_in_pages_and_by_network(client):
    first = client.get("/api/v1/pipes.geojson?limit=1")
    FeatureCollection.model_validate_json(first.text)
    assert [each["id"] for each in first.json()["features"]] == ["gas/p2"]
    second = client.get(first.links["next"]["url"]).json()
    assert [each["id"] for each in second["features"]] == ["water/p0"]
    assert second["next"] is None
    assert get(client, "pipes.geojson?network=heat")["features"] == []
    assert get(client, "pipes.geojson?bbox=1,2,3,4")["features"] == []


def test_what_is_exported_is_imported_by_upload_and_changes_nothing(own_client):
    document = own_client.get("/api/v1/pipes.geojson").content
    send = "/api/v1/imports/pipes?name=p.geojson&dry_run=false"
    told = own_client.post(send, content=document).json()
    assert (told["taken"], told["rows"], told["unchanged"]) == (True, 2, 2)
    features = json.loads(document)["features"]
    features[0]["properties"] = {"id": "new", "diameter": "wide"}
    bad = json.dumps({"features": features})
    told = own_client.post(send, content=bad).json()
    assert (told["taken"], told["added"], told["changed"]) == (False, 0, 0)
    [mistake] = told["mistakes"]
    assert (mistake["row"], mistake["column"]) == (1, "network")
    assert "(pipe new)" in mistake["what"]
    features[0]["properties"] = {"id": "new", "diameter": "DN300"}
    good = json.dumps({"features": features})
    told = own_client.post(f"{send}&network=heat", content=good).json()
    assert (told["taken"], told["added"], told["unchanged"]) == (True, 1, 1)
    assert own_client.get("/api/v1/pipes/heat/new").json()["diameter"] == 0.3
    features[0]["properties"]["removed"] = True
    told = own_client.post(
        f"{send}&network=heat", content=json.dumps({"features": features})
    ).json()
    assert (told["gone"], told["unchanged"]) == (1, 1)
