"""What the city adds to the steps of people: whom a case goes to, by which version it is filed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases.case import Case
from cases.catalogue import Catalogue
from cases.city import load_city
from cases.enriching import enrich
from cases.guards import Ask
from cases.versions import followed
from cases.words import Role, State, Verb
from cases.workflow import Refused

CITY = load_city()
GAS = "910000000000000431"
KNOWN = {"code_list": "GB/T 30428.2-2013", "code": "0111", "condition": "cover-missing"}
NOWHERE = {"grid_cell": None, "component": None, "keeper": None}
KEPT = {"component": "3401990111000001", "keeper": "12000000000000035B"}


@pytest.mark.parametrize(
    ("place", "given", "department"),
    [
        ({}, {}, GAS),
        (KEPT, {}, KEPT["keeper"]),
        (KEPT, {"department": "11000000000000019Q"}, "11000000000000019Q"),
        (KEPT | {"keeper": None}, {}, GAS),
    ],
    ids=["who is responsible", "who keeps the component", "who is named", "nobody keeps it"],
)
def test_a_dispatch_goes_to(place: dict[str, Any], given: dict[str, str], department: str) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    ask = Ask(Verb.DISPATCH, "chen", Role.DISPATCHER, at, "", given, CITY)
    told = enrich(Case(1, State.FILED), {**KNOWN, **NOWHERE, **place}, ask)
    assert told["department"] == department


def test_people_file_by_the_version_of_their_time() -> None:
    """A condition that the list no longer has is refused; a case that was filed by it keeps it."""
    older, *_ = CITY.catalogue.versions(KNOWN["code_list"])
    ends = datetime(2026, 12, 1, tzinfo=UTC)
    newer = older.model_copy(
        update={
            "version": "2",
            "in_force_from": ends,
            "classes": tuple(p for p in older.classes if p.code != "0111"),
        }
    )
    others = [each for each in CITY.catalogue.lists if each is not older]
    city = replace(CITY, catalogue=Catalogue([*others, *followed([older], [newer])]))
    for at in (ends - timedelta(seconds=1), ends):
        ask = Ask(Verb.FILE, "chen", Role.SHIFT_LEAD, at, "", {}, city)
        if at < ends:
            assert enrich(Case(1, State.ACCEPTED), KNOWN, ask)["catalogue"] == "2024.1"
        else:
            with pytest.raises(Refused, match="'cover-missing' for class 0111 of GB/T"):
                enrich(Case(1, State.ACCEPTED), KNOWN, ask)
    ask = Ask(Verb.DISPATCH, "chen", Role.DISPATCHER, ends, "", {}, city)
    assert enrich(Case(1, State.FILED), {**KNOWN, **NOWHERE}, ask)["department"] == GAS
