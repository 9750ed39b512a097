"""What the catalogue and the departments add to a step that people take, before it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases.case import Case
from cases.catalogue import Filing, UnknownCondition
from cases.city import City
from cases.guards import Ask
from cases.opening import filed
from cases.words import Source, Verb
from cases.workflow import Refused

CLASS = ("code_list", "code", "condition")
#: What AMEND may change beside the class.
FACTS = ("component", "grid_cell", "lon", "lat", "severity", "description", "address")


def filing_of(
    known: Mapping[str, Any],
    details: Mapping[str, Any],
    city: City,
    at: datetime | None = None,
) -> Filing:
    """Return the condition that a step names, or that the case has; raises Refused.

    What is filed `at` a time is filed by the version in force then; a case that was filed keeps
    its condition though a later version may have it no more.
    """
    code_list, code, condition = (str(details.get(name) or known[name]) for name in CLASS)
    has = {
        each.slug: each.text
        for _, problem in city.catalogue.classes(code, code_list)
        for each in problem.conditions
    }
    if not condition and len(has) == 1:
        [condition] = has
    try:
        return city.catalogue.condition(code_list, code, condition, at=at)
    except UnknownCondition as why:
        named = "; ".join(f"{slug} ({text.zh} {text.en})" for slug, text in has.items())
        mend = f"one of {named}" if has else "a class of the catalogue, and its condition"
        raise Refused(f"{why}: name {mend}") from why


def enrich(case: Case, known: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """Return the details of a step, with what follows from them; raises Refused.

    `known` are the columns of the case that people do not set by steps of their own. FILE gets
    the limit and closing condition of its class, DISPATCH the department that is responsible,
    FEED_BACK of a sensor case whether people must inspect, AMEND what was known before.
    """
    details = dict(ask.details)
    if ask.verb is Verb.FILE:
        filing = filing_of(known, details, ask.city, ask.at)
        return {**details, **filed(filing, ask.at, ask.city)}
    if ask.verb is Verb.DISPATCH and not details.get("department") and not case.department:
        filing, component = filing_of(known, details, ask.city), known["component"] or ""
        area = known["grid_cell"] or component[:6]
        keeper = known.get("keeper") or ""
        named = ask.city.departments.dispatched(filing, area, component, keeper)
        details["department"] = named.code
    if ask.verb is Verb.FEED_BACK and case.source is Source.SENSOR:
        details["inspection"] = ask.city.closings.of(*(known[name] for name in CLASS)).inspection
    if ask.verb is Verb.AMEND:
        return _amended(case, known, ask)
    return details


def _amended(case: Case, known: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    given = {name: value for name, value in ask.details.items() if name != "photos"}
    if strange := sorted(set(given) - {*CLASS, *FACTS}):
        raise Refused(f"amend changes {', '.join((*CLASS, *FACTS))}; not {', '.join(strange)}")
    if not given:
        raise Refused(f"amend changes at least one of {', '.join((*CLASS, *FACTS))}")
    details: dict[str, Any] = {name: [known[name], value] for name, value in given.items()}
    if set(given) & set(CLASS):
        filing = filing_of(known, given, ask.city)
        if case.filed:
            details |= {"limit": filed(filing, ask.at, ask.city)["limit"]}
    return details
