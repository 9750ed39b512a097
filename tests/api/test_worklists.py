"""Work lists over HTTP: what a post sees, page by page, and what is refused."""

import pytest

from cases.words import Role
from cases.worklists import lists_of

pytestmark = pytest.mark.server


def test_a_post_sees_all_its_lists_with_counts_and_what_comes_next(client):
    said = client.get("/api/v1/worklists/department").json()
    assert [each["name"] for each in said["lists"]] == [w.name for w in lists_of(Role.DEPARTMENT)]
    to_take_up = said["lists"][0]
    counted = to_take_up["counts"]
    assert len(to_take_up["items"]) == sum(counted[light] for light in LIGHTS) > 0
    assert to_take_up["verbs"] == ["handle", "return"]
    assert {task["state"] for task in to_take_up["items"]} == {"dispatched"}


LIGHTS = ("red", "yellow", "green", "standing")


def test_a_list_goes_on_page_by_page(client):
    whole = client.get("/api/v1/worklists/department?list=to-take-up").json()["lists"][0]["items"]
    assert len(whole) > 1
    found, cursor = [], ""
    while cursor is not None:
        url = (
            f"/api/v1/worklists/department?list=to-take-up&limit=1{cursor and f'&cursor={cursor}'}"
        )
        [work] = client.get(url).json()["lists"]
        found += work["items"]
        cursor = work["next"]
    assert found == whole


def test_a_list_is_narrowed_by_department_and_area(client):
    [work] = client.get("/api/v1/worklists/department?list=to-take-up").json()["lists"]
    departments = {task["department"] for task in work["items"]}
    one = departments.pop()
    url = f"/api/v1/worklists/department?list=to-take-up&department={one}"
    [own] = client.get(url).json()["lists"]
    assert own["items"] == [task for task in work["items"] if task["department"] == one]
    [nobody] = client.get(f"{url}&area=659001").json()["lists"]
    assert nobody["items"] == []


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("system", 422, "role"),  # the system has no work list
        ("department?list=to-dispatch", 404, "to-take-up"),  # another post's list
        ("department?cursor=x&list=in-work", 400, "cursor"),
        ("department?area=11010", 422, "area"),
        ("leader?level=5", 422, "level"),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_what_would_be_right(client, asked, status, says):
    answer = client.get(f"/api/v1/worklists/{asked}")
    assert answer.status_code == status
    assert says in answer.text


def test_a_cursor_without_its_list_is_refused(client):
    answer = client.get("/api/v1/worklists/department?cursor=W10=")
    assert answer.status_code == 400
    assert "Name the list" in answer.text


def test_one_list_is_a_page_of_its_own_and_narrowed_as_all_are(client):
    whole = client.get("/api/v1/worklists/department").json()["lists"]
    for each in whole:
        alone = client.get(f"/api/v1/worklists/department/{each['name']}").json()
        assert alone == each
    url = "/api/v1/worklists/department/to-take-up"
    [red] = client.get(f"{url}?severity=red").json()["items"]
    assert red["severity"] == "red"
    assert client.get(f"{url}?text={red['number']}").json()["items"] == [red]
    green = client.get(f"{url}?light=green").json()
    assert {task["light"] for task in green["items"]} <= {"green"}
    assert green["counts"] == client.get(url).json()["counts"]
    assert client.get(f"{url}?exercise=true").json()["items"] == []
    assert client.get("/api/v1/worklists/department/to-close").status_code == 404
