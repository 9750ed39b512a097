"""Whether the catalogue covers what the rules can find."""

from __future__ import annotations

from collections.abc import Iterable

from cases.catalogue import Catalogue
from rules.schema import Rule


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
                f"of {event.code_list}"
            )
    return missing
