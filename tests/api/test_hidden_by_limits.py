"""Who is limited to an area learns of cases elsewhere by no side door."""

from __future__ import annotations

import pytest
from one_picture import photographed
from one_report import NEW
from signed_in import as_key, as_person, key, session

from api.access.permissions import PERMISSIONS
from store.access import Grant

pytestmark = pytest.mark.server

HERE, ELSEWHERE = "330106", "330102"  # the watched city's district, and another
API = "/api/v1"
SPAN = "start=2024-02-29T00:00:00Z&end=2024-03-02T00:00:00Z"
SAID = {
    "source": "hotline", "text": "water on the road", "code_list": NEW, "code": "0506",
    "condition": "standing-water", "lon": 120.13, "lat": 30.3,
}  # fmt: skip


@pytest.fixture
def boss(guarded):
    _, url = guarded
    return as_key(key(url, "boss", *map(Grant, PERMISSIONS)))


#: What tells of events, with the numbers of their cases somewhere in it.
TELLING = [
    "/events",
    "/channels/flood-003.depth/curve?" + SPAN,
    "/devices/flood-003/health",
    "/blind-spots?reason=silent",
]


def numbers(body):
    """Every number of a case in an answer."""
    if isinstance(body, list):
        return [number for each in body for number in numbers(each)]
    if not isinstance(body, dict):
        return []
    own = [body[name] for name in ("case_number", "case_state") if body.get(name)]
    return own + [number for each in body.values() for number in numbers(each)]


@pytest.mark.parametrize("path", TELLING)
def test_numbers_of_others_cases_are_in_no_list_of_what_sensors_found(guarded, boss, path):
    client, url = guarded
    every = numbers(client.get(API + path, headers=boss).json())
    assert every, "or there is nothing to hide"
    for area, found in ((HERE, every), (ELSEWHERE, [])):
        mine = as_person(session(url, f"Chu {area}", Grant("observer", area=area)))
        answer = client.get(API + path, headers=mine)
        assert (answer.status_code, numbers(answer.json())) == (200, found), area
    scoped = as_key(key(url, "gauges", Grant("observer"), scopes=("telemetry.read",)))
    assert numbers(client.get(API + path, headers=scoped).json()) == [], "not by its scopes"


def test_one_event_names_its_case_to_those_of_the_area(guarded, boss):
    client, url = guarded
    [event, *_] = [
        each for each in client.get(f"{API}/events", headers=boss).json()["items"]
        if each["case_number"]
    ]  # fmt: skip
    for area, number in ((HERE, event["case_number"]), (ELSEWHERE, None)):
        mine = as_person(session(url, f"Wei {area}", Grant("observer", area=area)))
        answer = client.get(f"{API}/events/{event['id']}", headers=mine)
        assert answer.json() == event | {"case_number": number}


def test_a_warning_is_everybodys_but_who_gave_it_and_why_is_of_its_case(guarded, boss):
    client, url = guarded
    [flood, *_] = client.get(f"{API}/cases?code=0506", headers=boss).json()["items"]
    decided = {"role": "command-lead", "reason": "Zhang asked for it", "status": "Exercise"}
    asked = {"case": flood["number"], "colour": "orange", "status": "Actual"}
    sent = client.post(f"{API}/warnings", json=decided | asked, headers=boss)
    assert sent.status_code == 201, sent.text
    whole = sent.json()
    less = whole | dict.fromkeys(("case_number", "actor", "role", "reason"))
    for area, seen in (("", whole), (HERE, whole), (ELSEWHERE, less)):
        mine = as_person(session(url, f"Jiang {area}", Grant("observer", area=area)))
        there = f"{API}/warnings/{whole['identifier']}"
        assert client.get(there, headers=mine).json() == seen, area
        assert client.get(f"{API}/warnings", headers=mine).json()["items"] == [seen], area
    # Nor does being told less of it let anybody call it off.
    lead = as_person(session(url, "Shen", Grant("command-lead", area=ELSEWHERE)))
    off = {"role": "command-lead", "reason": "over"}
    for what in ("cancel", "update", "preview"):
        said = off if what != "preview" else {"role": "command-lead"}
        there = f"{API}/warnings/{whole['identifier']}/{what}"
        answer = client.post(there, json=said, headers=lead)
        assert answer.status_code == 403, answer.text
        assert flood["number"] not in answer.text, "nor learn by trying of which case it is"


def test_a_picture_is_for_those_of_its_case_and_for_who_sent_it(guarded, boss):
    client, url = guarded
    sender = as_person(session(url, "Han", Grant("inspector", area=ELSEWHERE)))
    neighbour = as_person(session(url, "Yang", Grant("inspector", area=ELSEWHERE)))
    crew = as_person(session(url, "Zhu", Grant("inspector", area=HERE)))
    photo = client.post(f"{API}/photos", content=photographed(), headers=sender).json()["id"]
    there = f"{API}/photos/{photo}"

    def seen(headers):
        paths = (there, f"{there}/thumbnail", f"{there}/facts")
        [status] = {client.get(path, headers=headers).status_code for path in paths}
        return status == 200

    assert (seen(boss), seen(sender), seen(neighbour), seen(crew)) == (True, True, False, False)
    known = client.get(there, headers={**neighbour, "If-None-Match": f'"{photo}"'})
    assert known.status_code == 404, "not even that it is the same"
    told = client.post(f"{API}/reports", json=SAID | {"photos": [photo]}, headers=boss)
    assert told.status_code == 201, told.text
    assert (seen(sender), seen(neighbour), seen(crew)) == (True, False, True), "by the report"
    [flood, *_] = client.get(f"{API}/cases?code=0506", headers=boss).json()["items"]
    photo = client.post(f"{API}/photos", content=photographed(orientation=6), headers=boss)
    there = f"{API}/photos/{photo.json()['id']}"
    assert not seen(crew)
    step = {"verb": "note", "role": "dispatcher", "version": flood["version"], "reason": "look"}
    step["details"] = {"photos": [photo.json()["id"]]}
    done = client.post(f"{API}/cases/{flood['number']}/steps", json=step, headers=boss)
    assert done.status_code == 201, done.text
    assert (seen(neighbour), seen(crew)) == (False, True), "by a step"


def test_a_number_of_a_report_used_again_tells_of_no_case_elsewhere(guarded, boss):
    client, url = guarded
    said = SAID | {"system": "12345", "external_id": "2026-1"}
    first = client.post(f"{API}/reports", json=said, headers=boss).json()
    for area, case in ((HERE, first["case"]), (ELSEWHERE, None)):
        mine = as_person(session(url, f"Qin {area}", Grant("intake", area=area)))
        again = client.post(f"{API}/reports", json=said, headers=mine)
        assert (again.status_code, again.json()["again"]) == (200, True)
        assert again.json()["case"] == case, area
        assert case is not None or again.json()["duplicates"] == []
