"""One role of somebody lends another neither its place nor its rights, by whatever route."""

from __future__ import annotations

import pytest
from one_report import CALLER, NEW
from signed_in import as_key, as_person, key, session

from api.access.permissions import PERMISSIONS
from store.access import Grant

pytestmark = pytest.mark.server

CASES, REPORTS = "/api/v1/cases", "/api/v1/reports"
HERE, ELSEWHERE = "330106", "330102"  # the watched city's district, and another
SAID = {
    "source": "hotline", "text": "water on the road", "code_list": NEW, "code": "0506",
    "condition": "standing-water", "lon": 120.13, "lat": 30.3, "caller": CALLER,
}  # fmt: skip
WHY = {"why": "to call back"}


@pytest.fixture
def told(guarded):
    """Somebody who may do all, two reports of one problem, and the flood that sensors found."""
    client, url = guarded
    boss = as_key(key(url, "boss", *map(Grant, PERMISSIONS)))
    kept, gone = (client.post(REPORTS, json=SAID, headers=boss).json() for _ in range(2))
    listed = client.get(f"{CASES}?code=0506", headers=boss).json()["items"]
    [flood] = [case for case in listed if case["source"] == "sensor"]
    return boss, kept, gone, flood["number"]


def sees_all_and_is(url, role, **limit):
    grants = (Grant("observer"), Grant(role, **limit))
    return as_person(session(url, f"Zhao, {role}", *grants))


@pytest.mark.parametrize(("area", "theirs"), [(HERE, True), (ELSEWHERE, False)])
def test_who_sees_every_case_reads_only_reports_and_callers_of_their_own(
    guarded, told, area, theirs
):
    client, url = guarded
    _, kept, _, _ = told
    mine = sees_all_and_is(url, "intake", area=area)
    assert client.get(f"{CASES}/{kept['case']}", headers=mine).status_code == 200
    there = f"{REPORTS}/{kept['report']}"
    for path in (there, f"{there}/caller/looks", f"{CASES}/{kept['case']}/reports"):
        assert client.get(path, headers=mine).status_code == (200 if theirs else 404), path
    answer = client.post(f"{there}/caller/looks", json=WHY, headers=mine)
    assert answer.status_code == (201 if theirs else 404)
    answer = client.post(f"{there}/caller/erasure", json=WHY, headers=mine)
    assert (answer.status_code == 404) is not theirs
    answer = client.post(REPORTS, json=SAID | {"join_to": kept["case"]}, headers=mine)
    assert answer.status_code == (201 if theirs else 404)


@pytest.mark.parametrize(("area", "status"), [(HERE, 201), (ELSEWHERE, 404)])
def test_cases_are_joined_by_who_has_the_role_there(guarded, told, area, status):
    client, url = guarded
    _, kept, gone, _ = told
    mine = sees_all_and_is(url, "intake", area=area)
    join = {"into": kept["case"], "role": "intake", "version": 1}
    answer = client.post(f"{REPORTS}/{gone['report']}/join", json=join, headers=mine)
    assert answer.status_code == status, answer.text


def test_another_role_that_may_write_reports_here_joins_nothing_in_the_role_of_elsewhere(
    guarded, told
):
    client, url = guarded
    _, kept, gone, _ = told
    grants = (Grant("inspector", area=HERE), Grant("intake", area=ELSEWHERE))
    mine = as_person(session(url, "Qian", *grants))
    join = {"into": kept["case"], "role": "intake", "version": 1}
    answer = client.post(f"{REPORTS}/{gone['report']}/join", json=join, headers=mine)
    assert (answer.status_code, answer.json()["type"].split(":")[-1]) == (403, "not-your-case")


def test_no_report_tells_of_cases_that_its_sender_may_not_see(guarded, told):
    client, url = guarded
    crew = as_person(session(url, "crew", Grant("intake", department="nobody's")))
    answer = client.post(REPORTS, json=SAID, headers=crew)
    assert (answer.status_code, answer.json()["duplicates"]) == (201, [])


def test_no_case_is_merged_into_one_that_is_out_of_reach(guarded, told):
    client, url = guarded
    boss, _, _, flood = told
    [own] = client.get(f"{CASES}?code=0103", headers=boss).json()["items"]
    mine = as_person(session(url, "Sun", Grant("intake", area=own["grid_cell"])))
    step = {"verb": "merge", "role": "intake", "version": own["version"]}
    answer = client.post(
        f"{CASES}/{own['number']}/steps", json=step | {"details": {"into": flood}}, headers=mine
    )
    assert (answer.status_code, answer.json()["detail"]) == (404, f"There is no case {flood}.")


@pytest.mark.parametrize(("area", "status"), [(HERE, 201), (ELSEWHERE, 404)])
def test_who_warns_in_one_district_neither_warns_nor_calls_off_in_another(
    guarded, told, area, status
):
    client, url = guarded
    boss, _, _, flood = told
    lead = {"role": "shift-lead", "reason": "it rises"}
    standing = client.post("/api/v1/warnings", json=lead | {"case": flood}, headers=boss).json()
    mine = sees_all_and_is(url, "shift-lead", area=area)
    off = f"/api/v1/warnings/{standing['identifier']}/cancel"
    # Of a warning that they read the case is not theirs; of a case they do not even learn.
    followed = 201 if status == 201 else 403
    assert client.post(off, json=lead, headers=mine).status_code == followed
    answer = client.post("/api/v1/warnings", json=lead | {"case": flood}, headers=mine)
    assert answer.status_code == status


def test_who_is_limited_warns_of_cases_and_not_of_places(guarded):
    client, url = guarded
    mine = sees_all_and_is(url, "shift-lead", area=HERE)
    asked = {"role": "shift-lead", "reason": "it rises", "code_list": NEW, "code": "0506",
             "condition": "standing-water", "lon": 120.13, "lat": 30.3}  # fmt: skip
    answer = client.post("/api/v1/warnings", json=asked, headers=mine)
    assert (answer.status_code, answer.json()["type"].split(":")[-1]) == (403, "not-your-case")
