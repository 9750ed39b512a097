"""What a posted form becomes, and what of it nobody is told."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cases.city import load_city
from cases.masking import MASK
from cases.open311 import services, states
from cases.open311_post import report_of
from cases.publishing import Open311
from cases.reporting import BadReport
from cases.words import ENDS, OPEN, Source

CITY = load_city()
OFFERED = services(CITY.catalogue, CITY.policy.open311)
PONDING = OFFERED["gb-t-30428-2-2013-event-0506"]
HERE = {"lat": ["30.28"], "long": ["120.12"]}


def test_every_service_has_a_code_of_its_own_and_says_everything_twice():
    told = [service.listed() for service in OFFERED.values()]
    assert len({one["service_code"] for one in told}) == len(told) > 20
    for one in told:
        assert one["type"] == "realtime"
        chinese, _, english = one["group"].partition(" ")
        assert chinese
        assert english.isascii()
        assert all(word.strip() for word in one["keywords"].split(","))


def test_without_a_choice_both_generations_are_offered_and_told_apart():
    every = services(CITY.catalogue, Open311())
    names = [one.name for code, one in every.items() if code.endswith(("event-0506", "event-0406"))]
    assert names == ["道路积水 Standing water on the road"] * 2
    assert {one.group.en for one in every.values()} >= {"drainage", "sensing"}


def test_closed_is_every_end_and_open_all_the_rest():
    assert set(states(frozenset({"closed"}))) == ENDS
    assert set(states(frozenset({"open"}))) == set(OPEN)


def test_a_form_becomes_a_report_of_another_system():
    form = {**HERE, "description": ["deep"], "first_name": ["Ada"], "phone": ["138 1234 9876"]}
    report = report_of(form, PONDING, "citizens' app")
    assert (report.source, report.system) == (Source.SYSTEM, "open311:citizens' app")
    assert (report.lon, report.lat, report.text) == (120.12, 30.28, "deep")
    assert report.caller is not None
    assert (report.caller.name, report.caller.phone) == ("Ada", "138 1234 9876")


@pytest.mark.parametrize(
    ("description", "left"),
    [
        ("write to ada@example.org, please", f"write to {MASK}, please"),
        ("I am Ada Li of door 7", f"I am {MASK} of door 7"),
        ("my account is 4711", f"my account is {MASK}"),
        ("call 138-1234-9876", f"call {MASK}"),
    ],
)
def test_who_writes_is_masked_in_what_they_write(description, left):
    told = {
        "description": [description],
        "first_name": ["Ada"],
        "last_name": ["Li"],
        "account_id": ["4711"],
        "phone": ["13812349876"],
    }
    assert report_of(HERE | told, PONDING, "app").text == left


fields = some.sampled_from(
    ["lat", "long", "address_string", "address_id", "description", "media_url", "phone", "email",
     "first_name", "last_name", "account_id", "attribute[condition]", "attribute[x][]"]
)  # fmt: skip


@given(some.dictionaries(fields, some.lists(some.text(max_size=30), min_size=1, max_size=2)))
def test_any_form_is_a_report_or_is_refused_with_a_reason(form):
    with suppress(BadReport):
        report = report_of(form, PONDING, "app")
        assert report.text
        assert report.code == "0506"
