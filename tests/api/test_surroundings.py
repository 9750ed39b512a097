"""What is around a case, and what a report to come may be the same as."""

import pytest
from signed_in import as_person, session

from cases.duplicates import metres
from store.access import Grant

pytestmark = pytest.mark.server


@pytest.fixture
def flood(client):
    [case] = client.get("/api/v1/cases?code=0506").json()["items"]
    return case


def around(client, case, within):
    answer = client.get(f"/api/v1/cases/{case['number']}/surroundings?metres={within}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_near_is_what_a_look_at_everything_finds(client, flood):
    """The naive twin: every component and open case of the city, by its distance."""
    everything = client.get("/api/v1/components.geojson?limit=1000").json()["features"]
    cases = client.get("/api/v1/cases?open=true").json()["items"]
    for within in (10, 700, 1000):
        found = around(client, flood, within)
        near = {
            each["properties"]["code"]
            for each in everything
            if metres(flood["lon"], flood["lat"], *each["geometry"]["coordinates"]) <= within
        }
        assert {each["code"] for each in found["components"]} == near
        others = {
            each["number"]
            for each in cases
            if each["number"] != flood["number"]
            and metres(flood["lon"], flood["lat"], each["lon"], each["lat"]) <= within
        }
        assert {each["number"] for each in found["cases"]} == others
        for name in ("components", "cases"):
            assert found[name] == sorted(found[name], key=lambda each: each["metres"])


def test_its_sensors_are_told_apart_from_those_beside_them(client, flood):
    sensors = around(client, flood, 10)["sensors"]
    assert [each["channel"] for each in sensors if each["spoke"]] == ["flood-003.depth"]
    beside = {each["channel"] for each in sensors if not each["spoke"]}
    [piece] = client.get(f"/api/v1/cases/{flood['number']}").json()["evidence"]
    assert beside == {each["channel"] for each in piece["body"]["neighbours"]} != set()


def test_a_report_to_come_is_told_what_it_may_be_the_same_as(client, flood):
    at = f"lon={flood['lon'] + 0.0001}&lat={flood['lat']}"
    kind = f"code_list={flood['code_list']}&code=0506&condition=standing-water"
    [same] = client.get(f"/api/v1/reports/alike?{at}&{kind}").json()
    assert (same["number"], same["same_class"], same["metres"]) == (flood["number"], True, 9.6)
    [maybe] = client.get(f"/api/v1/reports/alike?{at}").json()
    assert (maybe["number"], maybe["same_class"]) == (flood["number"], False)
    assert client.get(f"/api/v1/reports/alike?{at}&{kind}&exercise=true").json() == []
    assert client.get(f"/api/v1/reports/alike?lon=121&lat=31&{kind}").json() == []


def test_of_the_neighbours_only_what_one_may_see_is_told(guarded):
    """A department is not told that there is another one's case beside its own."""
    client, url = guarded
    chief = as_person(session(url, "Chen", Grant("shift-lead")))
    drainage = as_person(session(url, "Sun", Grant("department", "12000000000000035B")))
    [flood] = client.get("/api/v1/cases?code=0506", headers=chief).json()["items"]
    report = {"source": "leader", "text": "a pipe has burst", "code_list": flood["code_list"],
              "code": "0501", "lon": flood["lon"] + 0.0001, "lat": flood["lat"]}  # fmt: skip
    told = client.post("/api/v1/reports", json=report, headers=chief)
    assert told.status_code == 201, told.text
    path = f"/api/v1/cases/{flood['number']}/surroundings?metres=50"
    beside = [told.json()["case"]]
    near = client.get(path, headers=chief).json()["cases"]
    assert [each["number"] for each in near] == beside
    assert client.get(path, headers=drainage).json()["cases"] == []
    at = f"lon={flood['lon']}&lat={flood['lat']}"
    alike = client.get(f"/api/v1/reports/alike?{at}", headers=chief).json()
    assert {each["number"] for each in alike} == {flood["number"], *beside}
    alike = client.get(f"/api/v1/reports/alike?{at}", headers=drainage).json()
    assert {each["number"] for each in alike} == {flood["number"]}
