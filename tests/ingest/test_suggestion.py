"""What an unknown field may be: guessed from its words and unit, never beyond them."""

import pytest

from ingest.quantities import QUANTITIES
from ingest.suggestion import Grounds, suggest

GUESSES = [
    ("depth", ["cm"], False, "depth", Grounds.NAME, "cm", "the word of the field itself"),
    ("积水深度", [], False, "depth", Grounds.NAME, "cm", "in Chinese, with the usual unit"),
    ("P", ["MPa"], False, "pressure", Grounds.NAME, "MPa", "a letter that has one meaning"),
    ("gas", ["%LEL"], False, "methane", Grounds.NAME, "%LEL", "a word of many, told by its unit"),
    ("street_water_level", ["m"], False, "level", Grounds.PART, "m", "the last words say most"),
    ("sensor1Temperature", [], False, "temperature", Grounds.PART, "°C", "words in capitals"),
    ("ch4", ["V"], False, None, Grounds.NONE, "V", "a name that contradicts its unit is no ground"),
    ("x7", ["NTU"], False, "turbidity", Grounds.UNIT, "NTU", "measured by nothing else"),
    ("x7", ["m"], False, None, Grounds.NONE, "m", "a unit of several"),
    ("x7", [], False, None, Grounds.NONE, "", "nothing tells"),
    ("door", [], True, "status", Grounds.TEXT, "1", "words are a status"),
]


@pytest.mark.parametrize(("name", "units", "text", "quantity", "grounds", "unit", "why"), GUESSES)
def test_a_guess_says_what_it_rests_on(name, units, text, quantity, grounds, unit, why):
    guess = suggest(name, units, text)
    assert (guess.quantity, guess.grounds, guess.unit) == (quantity, grounds, unit), why
    assert guess.is_declared == bool(units)


def test_a_unit_that_fits_several_names_them_all():
    assert {"depth", "level"} <= {*suggest("x7", ["m"], False).others}


@pytest.mark.parametrize("name", [*QUANTITIES, *(each.zh for each in QUANTITIES.values())])
def test_every_quantity_is_found_by_its_own_name(name):
    guess = suggest(name, [], False)
    assert guess.quantity is not None
    assert name in (guess.quantity, QUANTITIES[guess.quantity].zh)
