"""From an event to a case: what it is a case of, whose it is, and its first log lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from cases.case import Case, Entry
from cases.catalogue import Catalogue, Filing, UnknownCondition
from cases.city import City
from cases.clock import deadline
from cases.placing import Component, Place
from cases.words import Role, Source, Verb
from cases.workflow import NOTHING, begin, step
from rules.event import Event

#: Who the system is in a log.
SYSTEM = "lifeline"
SENSED = "传感器发现，证据代替核实 found by sensors: the evidence takes the place of verification"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an event says of its case; the columns of `cases` that people do not set."""

    code_list: str
    code: str
    condition: str
    title_zh: str
    title_en: str
    severity: str
    component: str | None
    grid_cell: str | None
    lon: float | None
    lat: float | None
    department: str | None  #: None: for people to decide


@dataclass(frozen=True, slots=True)
class Finding:
    """The filing condition that an event meets, and the department it makes responsible."""

    filing: Filing
    listed: bool  #: False: the catalogue has no such condition
    department: str
    department_why: str


def find(event: Event, place: Place, city: City) -> Finding:
    """Return what the catalogue and the departments say of `event`."""
    component = place.component
    try:
        filing = _filing(event, component, city.catalogue)
    except UnknownCondition as unknown:
        return Finding(city.catalogue.unlisted(), False, "", str(unknown))
    code, keeper = (component.code, component.department) if component else ("", "")
    named = city.departments.dispatched(filing, place.area, code, keeper)
    return Finding(filing, True, named.code, named.why)


def _filing(event: Event, component: Component | None, catalogue: Catalogue) -> Filing:
    try:
        return catalogue.condition(event.code_list, event.code, event.condition)
    except UnknownCondition:
        # The rule means the component's class, which another generation's list numbers.
        if component is None or component.problem_class != event.code:
            raise
        return catalogue.condition(component.code_list, event.code, event.condition)


def facts(event: Event, place: Place, city: City) -> Facts:
    """Return what `event` says of its case."""
    found = find(event, place, city)
    filing = found.filing
    title = filing.title
    return Facts(
        code_list=filing.code_list,
        code=filing.problem.code,
        condition=filing.condition.slug,
        title_zh=title.zh,
        title_en=title.en,
        severity=event.severity,
        component=place.component.code if place.component else None,
        grid_cell=place.grid_cell or None,
        lon=place.lon,
        lat=place.lat,
        department=found.department or None,
    )


def open_case(
    case_id: int, event: Event, place: Place, city: City, now: datetime
) -> tuple[Case, list[Entry]]:
    """Return the new case of `event`, and the steps that the system took with it.

    A sensor's report needs nobody to verify it, and a rule speaks only when the filing
    condition it names is met: so intake, filing and dispatch are the system's. What the
    catalogue does not have waits for the shift lead.
    """
    told: dict[str, Any] = {
        "event": str(event.id), "version": event.version, "source": Source.SENSOR,
    }  # fmt: skip
    if event.exercise is not None:
        told |= {"exercise": True, "drill": event.exercise}
    case, report = begin(
        case_id, actor=event.rule, role=Role.SYSTEM, at=now, city=city, details=told
    )
    case, steps = take_up(case, event, place, city, now)
    return case, [report, *steps]


def take_up(
    case: Case, event: Event, place: Place, city: City, now: datetime
) -> tuple[Case, list[Entry]]:
    """Return a reported case after intake, filing and dispatch by the system."""
    entries = []
    for verb, reason, details in _first_steps(event, place, city, now):
        case, entry = by_system(case, verb, now, city, reason, details)
        entries.append(entry)
    return case, entries


def by_system(
    case: Case,
    verb: Verb,
    at: datetime,
    city: City,
    reason: str = "",
    details: Mapping[str, Any] = NOTHING,
) -> tuple[Case, Entry]:
    """Return the case after a step of the system's own, and its log line; raises Refused."""
    return step(
        case,
        verb,
        actor=SYSTEM,
        role=Role.SYSTEM,
        at=at,
        city=city,
        reason=reason,
        details=details,
    )


def _first_steps(
    event: Event, place: Place, city: City, now: datetime
) -> Iterator[tuple[Verb, str, dict[str, Any]]]:
    found = find(event, place, city)
    if not found.listed:
        yield Verb.ACCEPT, f"to be sorted out: {found.department_why}", {}
        return
    text = found.filing.condition.text
    yield Verb.ACCEPT, SENSED, {}
    yield (
        Verb.FILE,
        f"符合立案条件 filing condition met: {text.zh} {text.en}",
        filed(found.filing, now, city),
    )
    yield Verb.DISPATCH, found.department_why, {"department": found.department}


def filed(filing: Filing, now: datetime, city: City) -> dict[str, Any]:
    """Return what the log keeps of the condition under which a case is filed.

    `due` is when its limit ends if handling begins at once, as it does for a sensor's case.
    """
    condition = filing.condition
    due = deadline(now, condition.limit, city.calendar, city.zone)
    years = {now.astimezone(city.zone).year, due.astimezone(city.zone).year}
    told: dict[str, Any] = {
        "code_list": filing.code_list,
        "catalogue": filing.version,
        "code": filing.problem.code,
        "condition": condition.slug,
        "text": {"zh": condition.text.zh, "en": condition.text.en},
        "limit": {"amount": condition.limit.amount, "class": condition.limit.time_class},
        "due": due.isoformat(),
        "closed_when": {"zh": condition.closed_when.zh, "en": condition.closed_when.en},
    }
    if unknown := sorted(years - city.calendar.years):
        told["calendar"] = f"public holidays of {', '.join(map(str, unknown))} are not known"
    return told


def as_datetime(time: np.datetime64) -> datetime:
    """Return `time` as a datetime in UTC."""
    naive: datetime = time.astype("datetime64[us]").item()
    return naive.replace(tzinfo=UTC)
