from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from one_event import an_event

from cases.city import load_city
from cases.opening import facts, find, open_case
from cases.placing import Component, Place
from cases.words import State, Verb
from rules.event import Event

CITY = load_city()
NOW = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
GB = "GB/T 30428.2-2013"


def component(problem_class: str, code_list: str = GB, department: str = "") -> Place:
    code = f"340199{problem_class}000001"
    return Place(Component(code, code_list, problem_class, "", 117.2, 31.8, "", department))


def what(code: str, condition: str) -> Event:
    return an_event(code=code, condition=condition)


@pytest.mark.parametrize(
    ("event", "place", "title", "department"),
    [
        (what("0506", "standing-water"), Place(), "Standing water on the road", "Drainage office"),
        (
            what("0128", "power-outage"),
            component("0128"),
            "Power facility: Outage: the customers of a transformer have no supply",
            "Power company",
        ),
        (
            what("0134", "power-quality"),
            component("0134", "CJ/T 214-2007"),
            "Transformer: Voltage, frequency or unbalance outside what is allowed",
            "Power company",
        ),
        (
            what("0111", "cover-missing"),
            component("0111"),
            "Gas cover: Cover missing, shifted or cracked: a hazard",
            "Gas company",
        ),
    ],
    ids=["an event", "a component", "a component coded by the older list", "a cover by its owner"],
)
def test_a_finding_has_a_title_and_a_department(
    event: Event, place: Place, title: str, department: str
) -> None:
    said = facts(event, place, CITY)
    assert said.title_en == title
    assert CITY.departments.by_code(said.department or "").name.en == department


def test_a_component_belongs_to_who_keeps_it_but_an_event_does_not() -> None:
    place = component("0103", department="kept-by")
    assert find(what("0103", "cover-missing"), place, CITY).department == "kept-by"
    assert find(what("0506", "standing-water"), place, CITY).department != "kept-by"


def test_the_system_takes_a_listed_finding_as_far_as_the_department() -> None:
    case, entries = open_case(7, an_event(), Place(), CITY, NOW)
    assert case.state is State.DISPATCHED
    assert [e.verb for e in entries] == [Verb.REPORT, Verb.ACCEPT, Verb.FILE, Verb.DISPATCH]
    assert [e.version for e in entries] == [1, 2, 3, 4]
    filed = entries[2]
    assert filed.reason.startswith("符合立案条件 filing condition met: ")
    assert filed.reason.endswith(" Area > 100 m² and depth > 15 cm; or traffic affected")
    assert entries[3].reason == ("排水管理处 Drainage office: responsible for drainage in the city")
    assert filed.details["due"] == (NOW + timedelta(hours=2)).isoformat()
    assert filed.details["closed_when"]["zh"] == "积水排除，恢复通行"
    assert "calendar" not in filed.details


def test_what_the_catalogue_lacks_stays_with_the_supervision_centre() -> None:
    case, entries = open_case(7, what("0506", "meteorite"), Place(), CITY, NOW)
    assert case.state is State.ACCEPTED
    assert entries[-1].reason == (
        "to be sorted out: no filing condition 'meteorite' for class 0506 of GB/T 30428.2-2013"
    )
    assert facts(what("0506", "meteorite"), Place(), CITY).department is None


def test_the_log_says_when_the_holidays_are_not_known() -> None:
    _, entries = open_case(7, an_event(), Place(), CITY, datetime(2031, 12, 31, 15, tzinfo=UTC))
    assert entries[2].details["calendar"] == "public holidays of 2031, 2032 are not known"
