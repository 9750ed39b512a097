"""Who hears what on the live stream: a row a message, with the sentence that it stands for."""

import pytest

from api.access.permissions import SEES, Permission
from api.live import News
from api.routes.stream import hears
from store.access import EVERYWHERE, Reach

CASE = {
    "grid_cell": "330106001001001", "component": "3301060206000001", "department": "water",
    "handed_to": "", "drill": None, "exercise": False, "case_number": "20240301-0001",
}  # fmt: skip
HERE, STREET, THERE = Reach(["330106"], [""]), Reach(["330106001"], [""]), Reach(["330102"], [""])
ALL = SEES
NO_TELEMETRY = frozenset({Permission.READ_CASES})
NO_CASES = frozenset({Permission.READ_TELEMETRY})

HEARD = [
    ("a case of the whole city", "case", CASE, EVERYWHERE, ALL, None, True),
    ("a case of one's district", "case", CASE, HERE, ALL, None, True),
    ("no case of another district", "case", CASE, THERE, ALL, None, False),
    ("a case one's department has", "case", CASE, Reach([""], ["water"]), ALL, None, True),
    ("no case another department has", "case", CASE, Reach([""], ["gas"]), ALL, None, False),
    ("area and department both count", "case", CASE, Reach(["330102"], ["water"]), ALL, None,
     False),
    ("any one pair is enough", "case", CASE, Reach(["330102", "330106"], ["", "water"]), ALL, None,
     True),
    ("a partner hears what was handed to it", "case", CASE | {"handed_to": "110"},
     Reach([""], ["110"]), NO_TELEMETRY, None, True),
    ("without a cell the component's county counts", "case", CASE | {"grid_cell": None}, HERE, ALL,
     None, True),
    ("without a cell nobody knows the street", "case", CASE | {"grid_cell": None}, STREET, ALL,
     None, False),
    ("who may not read cases hears none", "case", CASE, EVERYWHERE, NO_CASES, None, False),
    ("who may not read telemetry hears no event", "event", CASE, EVERYWHERE, NO_TELEMETRY, None,
     False),
    ("nor of sensors", "sensors", {}, EVERYWHERE, NO_TELEMETRY, None, False),
    ("an event goes to whoever reads telemetry", "event", CASE, THERE, NO_CASES, None, True),
    ("a drill's case is not heard beside it", "case", CASE | {"drill": 3, "exercise": True},
     EVERYWHERE, ALL, None, False),
    ("but by those in the drill", "case", CASE | {"drill": 3, "exercise": True}, EVERYWHERE, ALL, 3,
     True),
    ("who hear nothing live", "case", CASE, EVERYWHERE, ALL, 3, False),
    ("the clock goes to everybody", "clock", {}, THERE, frozenset(), None, True),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "name", "data", "reach", "held", "drill", "heard"), HEARD)
def test_who_hears_what(sentence, name, data, reach, held, drill, heard):
    found = hears(reach, held, drill, News(name, data, OF_CASE))
    assert (found is not None) is heard, sentence


#: Where the event's case is and who has it.
OF_CASE = (CASE["grid_cell"], "water", "110")

NAMED = [
    ("the city knows which case an event became", EVERYWHERE, ALL, True),
    ("so does its district", HERE, ALL, True),
    ("another district hears of the event alone", THERE, ALL, False),
    ("the department that has it knows", Reach([""], ["water"]), ALL, True),
    ("so does whom it was handed to", Reach([""], ["110"]), ALL, True),
    ("another department does not", Reach([""], ["gas"]), ALL, False),
    ("nor who may not read cases", EVERYWHERE, NO_CASES, False),
]


@pytest.mark.parametrize(("sentence", "reach", "held", "named"), NAMED)
def test_who_is_told_which_case_an_event_became(sentence, reach, held, named):
    told = hears(reach, held, None, News("event", CASE, OF_CASE))
    assert told == CASE | {"case_number": CASE["case_number"] if named else None}, sentence
    assert named is (told is CASE), "written once for all who hear the whole"
