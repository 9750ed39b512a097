import pytest
from pydantic import ValidationError

from ingest.topics import Topic, Topics


@pytest.mark.parametrize(
    ("topic_filter", "topic", "resolved"),
    [
        ("city/{device}/telemetry", "city/d7/telemetry", ("senml", "d7")),
        ("city/{device}/telemetry", "city/d7/telemetry/x", ("auto", "")),
        ("city/{device}/#", "city/d7/a/b", ("senml", "d7")),
        ("city/{device}/#", "city/d7", ("senml", "d7")),
        ("+/{device}", "any/d7", ("senml", "d7")),
        ("+/{device}", "/d7", ("senml", "d7")),
        ("a.b/{device}", "axb/d7", ("auto", "")),
        ("#", "what/ever", ("senml", "")),
        ("v1/gateway/telemetry", "v1/gateway/telemetry", ("senml", "")),
        ("city/{device}/up", "city/路口/up", ("senml", "路口")),
    ],
)
def test_a_topic_names_format_and_device(topic_filter, topic, resolved):
    assert Topics([Topic(filter=topic_filter, format="senml")]).resolve(topic) == resolved


def test_the_first_matching_filter_counts():
    topics = Topics(
        [Topic(filter="a/+/x", format="senml"), Topic(filter="a/{device}/#", format="json")]
    )
    assert topics.resolve("a/d/x") == ("senml", "")
    assert topics.resolve("a/d/y") == ("json", "d")


def test_the_broker_gets_a_plus_for_the_device():
    assert Topic(filter="city/{device}/#").subscription == "city/+/#"


@pytest.mark.parametrize(
    "bad",
    ["", "a/#/b", "a/x+/b", "a/{device}{device}", "{device}/{device}", "d-{device}", "a/{dev}"],
)
def test_a_filter_the_broker_would_refuse_is_refused_by_the_settings(bad):
    with pytest.raises(ValidationError):
        Topic(filter=bad)


def test_endless_new_topics_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("ingest.topics.REMEMBERED", 10)
    topics = Topics([Topic(filter="city/{device}")])
    for number in range(100):
        assert topics.resolve(f"city/{number}") == ("auto", str(number))
    assert len(topics._known) <= 10
