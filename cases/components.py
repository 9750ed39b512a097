"""What is known of a component: its code checked against class and place, its state, its accuracy.

A component without a code of a national list goes by a name of the operator's own. What looks
like a code is held to be one: of about that length, and digits but for a slip or two.
"""

from __future__ import annotations

from cases.catalogue import Catalogue
from cases.codes import BadCode, component_code, grid_cell_code
from cases.words import Word

LENGTHS = range(12, 21)
SLIPS = 2  #: characters of a code that are no digits, as the letter O


class ComponentState(Word):
    INTACT = "intact", "完好"
    DAMAGED = "damaged", "破损"
    MISSING = "missing", "丢失"
    ABANDONED = "abandoned", "废弃"
    OCCUPIED = "occupied", "占用"
    REMOVED = "removed", "移除"


#: Classes of a position's accuracy, each with how far off it may be [m].
ACCURACY = {"A": 0.5, "B": 1.0, "C": 10.0}


class BadComponent(ValueError):
    """What a row says of its component contradicts itself: column, what, mend."""


def class_of(
    code: str, code_list: str, given: str, grid_cell: str, catalogue: Catalogue | None
) -> str:
    """Return the class of a component by its code, or the class given; raises BadComponent.

    A list of `catalogue` may split codes in its own way, or have no such list.
    """
    if looks_like_code(grid_cell):
        try:
            grid_cell_code(grid_cell)
        except BadCode as why:
            raise BadComponent("grid_cell", str(why), "Mend the code") from why
    if not looks_like_code(code):
        return given
    lists = catalogue.versions(code_list) if catalogue else []
    if catalogue and not lists:
        known = ", ".join(sorted({each.code_list for each in catalogue.lists}))
        raise BadComponent("code_list", f"{code_list!r} is not known", f"Use one of {known}")
    try:
        parts = component_code(code, lists[0].split(code) if lists else None)
    except BadCode as why:
        raise BadComponent("component", str(why), "Mend the code") from why
    if given and given != parts.problem_class:
        what = f"{given} is not the class of {code}, which is {parts.problem_class}"
        raise BadComponent("class", what, "Mend the class or the component's code")
    if looks_like_code(grid_cell) and grid_cell[:6] != parts.county:
        what = f"{grid_cell} is in county {grid_cell[:6]}, the component {code} in {parts.county}"
        raise BadComponent("grid_cell", what, "Mend one of the two")
    return parts.problem_class


def read_state(text: str) -> ComponentState:
    """Return the state that is written in English or Chinese; raises BadComponent."""
    for state in ComponentState:
        if text.lower() in (state.value, state.zh):
            return state
    known = ", ".join(f"{state} {state.zh}" for state in ComponentState)
    raise BadComponent("component_state", f"{text!r} is not known", f"Use one of {known}")


def read_accuracy(text: str) -> str:
    """Return the class of a position's accuracy; raises BadComponent."""
    if text.upper() in ACCURACY:
        return text.upper()
    known = ", ".join(f"{name} (within {metres:g} m)" for name, metres in ACCURACY.items())
    raise BadComponent("component_accuracy", f"{text!r} is not known", f"Use one of {known}")


def looks_like_code(text: str) -> bool:
    return len(text) in LENGTHS and sum(not c.isdigit() for c in text) <= SLIPS
