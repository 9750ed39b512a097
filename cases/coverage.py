"""Whether the catalogue covers what the rules can find."""

from __future__ import annotations

from collections.abc import Iterable

from cases.catalogue import Catalogue
from rules.schema import EventCode, Rule


def uncovered(rules: Iterable[Rule], catalogue: Catalogue) -> list[str]:
    """Return, for the operator, each rule whose cases would have no filing condition.

    A rule that takes the class from its component is covered if any class of its list has
    the condition; a component of a class without it becomes an unlisted case.
    """
    conditions = {(f.code_list, f.problem.code, f.condition.slug) for f in catalogue}
    of_any_class = {(f.code_list, f.condition.slug) for f in catalogue}
    missing = []
    for rule in rules:
        event = rule.event
        if rule.case == "none":
            continue
        if event.code == "component":
            covered = (event.code_list, event.condition) in of_any_class
        else:
            covered = (event.code_list, event.code, event.condition) in conditions
        if not covered:
            missing.append(
                f"{rule.id}: no filing condition {event.condition!r} for class {event.code} "
                f"of {event.code_list}; {_known(event, catalogue)}"
            )
    return missing


def _known(event: EventCode, catalogue: Catalogue) -> str:
    """Say what the catalogue has instead, as far as what is written is right."""
    lists = sorted({f.code_list for f in catalogue})
    if event.code_list not in lists:
        return f"code lists are {', '.join(lists)}"
    own = [f for f in catalogue if f.code_list == event.code_list]
    codes = sorted({f.problem.code for f in own})
    if event.code != "component" and event.code not in codes:
        return f"its classes are {', '.join(codes)}"
    slugs = {f.condition.slug for f in own if event.code in ("component", f.problem.code)}
    return f"its conditions are {', '.join(sorted(slugs))}"
