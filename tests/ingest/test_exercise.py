"""What comes on the topics of a drill is its own, whatever it says; and live messages go first."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.channel import Channel
from ingest.exercise import drill_of_name, drill_of_topic, namespace, outside, within
from ingest.inbox import DRILLS_AT_ONCE, MOST_OF_DRILLS, Inbox
from ingest.intake import take_in
from ingest.message import Message
from ingest.registry import Registry
from ingest.topics import Topic, Topics
from rules.binding import scope_of

NOW = 1_790_000_000_000_000  # [µs]
DRILL = 7


def registry():
    return Registry(
        [
            Channel(1, "road/depth", "road", "depth", "depth", "cm"),
            Channel(2, "drill-7.road/depth", "drill-7.road", "depth", "depth", "cm", exercise=7),
            Channel(3, "drill-8.road/depth", "drill-8.road", "depth", "depth", "cm", exercise=8),
        ],
        {},
        lambda texts: list(range(len(texts))),
    )


def fate(topic, device, sender=""):
    """Return (channels stored, devices unknown, dead letters) of one message."""
    body = json.dumps({"device": device, "time": NOW // 1000, "depth": 5.0}).encode()
    intake = take_in([Message("city", topic, body, NOW, "json", sender)], registry(), 0)
    return intake.batch.channel.tolist(), intake.unknown.device, len(intake.rejects)


@pytest.mark.parametrize(
    ("topic", "device", "what"),
    [
        ("city/road/up", "road", ([1], [], 0)),
        ("drill/7/city/road/up", "road", ([2], [], 0)),  # whoever it says it is
        ("drill/7/city/road/up", "drill-7.road", ([2], [], 0)),  # with or without the prefix
        ("drill/7/city/road/up", "drill-8.road", ([], ["drill-7.drill-8.road"], 0)),
        ("drill/9/city/road/up", "road", ([], ["drill-9.road"], 0)),
        ("city/road/up", "drill-7.road", ([], [], 1)),  # a live topic speaks for no drill
        ("city/road/up", "drill-9.new", ([], [], 1)),  # be it there or not
        ("drill/07/city/road/up", "road", ([1], [], 0)),  # no drill's topic
        ("drills/7/city/road/up", "road", ([1], [], 0)),
    ],
)
def test_the_topic_says_whose_a_reading_is(topic, device, what):
    assert fate(topic, device) == what


def test_the_sender_that_a_drills_topic_names_is_the_drills():
    topics = Topics([Topic(filter="drill/+/city/{device}/#")])
    assert topics.resolve("drill/7/city/road/up") == ("auto", "drill-7.road")
    assert fate("drill/7/city/road/up", "road", "drill-7.road") == ([2], [], 0)
    assert fate("drill/7/city/road/up", "other", "drill-7.road")[2] == 0  # unknown: waits
    assert fate("drill/8/city/road/up", "road", "drill-8.road") == ([3], [], 0)


@given(st.text(max_size=30), st.integers(1, 10**8))
def test_names_go_in_and_out_of_a_drill(name, drill):
    inside = within(drill, name)
    assert drill_of_name(inside) == drill
    assert within(drill, inside) == inside
    if drill_of_name(name) is None:
        assert outside(inside) == name == outside(name)


@given(st.integers(-5, 10**9 - 1))
def test_a_topic_and_its_name_space_agree(drill):
    named = drill_of_topic(f"drill/{drill}/city/x/up")
    assert named == (drill if drill > 0 else None)
    assert drill_of_name(f"{namespace(drill)}x") == named


SCOPES = ("city", "channel", "device", "component", "zone", "gateway", "pipe", "elsewhere")


@given(
    st.sampled_from(SCOPES),
    st.dictionaries(st.sampled_from(SCOPES), st.text(max_size=8)),
    st.sampled_from(["", "3401990104000001", "drill-7.3401990104000001"]),
)
def test_no_place_of_a_drill_is_a_live_one_or_another_drills(scope, tags, component):
    places = []
    for drill in (None, 7, 8):
        facts = {"component": component, "tags": tags, "exercise": drill}
        places.append(scope_of(Channel(1, "a/b", "a", "b", "depth", "m", **facts), scope))
    assert len({place is None for place in places}) == 1
    if places[0] is not None:
        assert places[1] != places[2]
        assert places[2] != places[0]
        assert places[1][1].startswith(namespace(7))


def message(number, topic="city/a/up"):
    return Message("city", topic, b"{}", number)


def test_what_is_live_is_drained_first_and_waits_for_few_of_a_drills():
    inbox = Inbox()
    inbox.put([message(n, "drill/7/city/a/up") for n in range(2 * DRILLS_AT_ONCE)])
    assert len(inbox.drain(linger=0)) == DRILLS_AT_ONCE
    inbox.put([message(n) for n in range(3)])
    assert [one.topic for one in inbox.drain(linger=0)] == ["city/a/up"] * 3
    assert (len(inbox), inbox.of_drills) == (0, DRILLS_AT_ONCE)


def test_drills_take_no_room_of_what_is_live():
    inbox = Inbox(most=10)
    assert inbox.put([message(n, "drill/7/city/a/up") for n in range(MOST_OF_DRILLS)], 0)
    assert not inbox.put([message(0, "drill/7/city/a/up")], 0)
    assert inbox.put([message(n) for n in range(10)], 0)
    assert not inbox.put([message(11)], 0)
