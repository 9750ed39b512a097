"""Quarantine over HTTP: what unknown devices sent, what it may be, and their adoption."""

import pytest

pytestmark = pytest.mark.server

STRANGER = "/api/v1/quarantine/new/one"


def test_a_stranger_shows_what_it_sends_how_often_and_what_that_may_be(client):
    stranger = client.get(STRANGER).json()
    depth, door = stranger["samples"]
    assert (depth["readings"], depth["interval"], depth["units"]) == (4, "PT1M", ["m"])
    assert (depth["lowest"], depth["highest"]) == (0.1, 0.4)
    assert depth["suggested"]["quantity"] == "depth"
    assert depth["suggested"]["grounds"] == "name"
    assert depth["suggested"]["is_declared"]
    assert (door["states"], door["interval"]) == (["open"], None)
    assert (door["suggested"]["quantity"], door["suggested"]["grounds"]) == ("status", "text")


def test_what_came_last_is_shown_as_it_came(client):
    messages = client.get(STRANGER).json()["messages"]
    assert len(messages) == 5
    assert messages[0]["values"] == {"depth": 0.1}
    assert messages[0]["units"] == {"depth": "m"}


def test_the_topic_of_another_device_is_named_as_its_possible_gateway(client):
    assert client.get(STRANGER).json()["senders"] == ["x"]


@pytest.mark.parametrize(
    ("place", "moved"),
    [
        ({"gateway": "x"}, 4),
        ({}, 0),
        ({"gateway": "another"}, 0),
    ],
)
def test_what_came_by_a_gateway_comes_over_if_the_device_is_said_to_be_behind_it(
    own_client, place, moved
):
    adoption = {"fields": {"depth": {"quantity": "depth", "unit": "m"}}, "place": place}
    answer = own_client.post(f"{STRANGER}/adopt", json=adoption).json()
    assert (answer["readings"], answer["waiting"]) == (moved, 5 - moved)


def test_adopting_twice_changes_nothing_and_says_so(own_client):
    adoption = {
        "fields": {"depth": {"quantity": "depth", "unit": "m"}, "door": {"quantity": "status"}},
        "place": {"gateway": "x"},
    }
    first = own_client.post(f"{STRANGER}/adopt", json=adoption).json()
    again = own_client.post(f"{STRANGER}/adopt", json=adoption).json()
    assert (first["readings"], first["waiting"]) == (5, 0)
    assert (again["readings"], again["channels"]) == (0, first["channels"])
