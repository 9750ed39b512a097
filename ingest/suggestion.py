"""What a field of an unknown device may be: a guess for a person to confirm, with its grounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from ingest.quantities import QUANTITIES
from ingest.quantity_names import UnknownQuantity, fitting, quantity_of

_BETWEEN = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=\d)")


class Grounds(StrEnum):
    """What a quantity was guessed from."""

    NAME = "name"  #: the field is called so
    PART = "part-of-name"  #: a part of the field's name is called so
    UNIT = "unit"  #: nothing else is measured in the declared unit
    TEXT = "text"  #: it sends words, no numbers
    NONE = "none"  #: nothing tells: a person must say


class Suggestion(NamedTuple):
    quantity: str | None
    grounds: Grounds
    word: str  #: of the name, or the unit, that it was guessed from
    unit: str  #: as declared, or else as is usual; "" where there is no guess
    is_declared: bool  #: the unit stands in the payloads
    others: tuple[str, ...]  #: quantities that the declared unit fits as well


def suggest(name: str, units: Sequence[str], sends_text: bool) -> Suggestion:
    """Return what the field `name` may be, by its words and the `units` that payloads declared.

    Never more than a guess: `m` fits a depth and a level alike, and a name can be anything.
    """
    declared = next((unit for unit in units if unit), "")
    quantity, grounds, word = _guess(name, declared, sends_text)
    fit = fitting(declared) if declared else []
    if quantity is not None and declared and quantity not in fit:
        # A name that contradicts the unit is no ground to go by.
        quantity, grounds, word = None, Grounds.NONE, name
    usual = QUANTITIES[quantity].shown if quantity else ""
    return Suggestion(
        quantity=quantity,
        grounds=grounds,
        word=word,
        unit=declared or usual,
        is_declared=bool(declared),
        others=tuple(each for each in fit if each != quantity),
    )


def _guess(name: str, unit: str, sends_text: bool) -> tuple[str | None, Grounds, str]:
    if sends_text:
        return "status", Grounds.TEXT, name
    whole = _called(name, unit)
    if whole is not None:
        return whole, Grounds.NAME, name
    words = [word for word in _BETWEEN.split(name) if word]
    # The last word says most: street_water_level is a level.
    for first in range(len(words)):
        for word in ("_".join(words[first:]), words[len(words) - 1 - first]):
            found = _called(word, unit) if len(word) > 1 else None
            if found is not None:
                return found, Grounds.PART, word
    only = fitting(unit) if unit else []
    if len(only) == 1:
        return only[0], Grounds.UNIT, unit
    return None, Grounds.NONE, unit or name


def _called(word: str, unit: str) -> str | None:
    try:
        return quantity_of(word, unit)
    except UnknownQuantity:
        return None
