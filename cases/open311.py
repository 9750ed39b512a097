"""Open311 GeoReport v2 out of the catalogue and the cases: what the public may know, no more.

Source: the standard's text at wiki.open311.org/GeoReport_v2. It knows two states, open and
closed; ours go into `status_notes`. Reasons, people and what others wrote stay inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cases.catalogue import Catalogue, Filing, Text
from cases.publishing import Open311
from cases.words import ENDS, State

STATUS_WORDS = ("open", "closed")
CONDITION = "condition"  #: code of the one attribute that our services have


class Service(NamedTuple):
    """A class of problems that the public may report, and the conditions it can be under."""

    code: str
    filings: tuple[Filing, ...]
    group: Text

    @property
    def name(self) -> str:
        return both(self.filings[0].problem.name)

    @property
    def conditions(self) -> list[tuple[str, str, str, str]]:
        """Code list, code, condition and name of its cases; '' where nobody has settled which.

        A list may use a number for two things, which then only the name tells apart.
        """
        first = self.filings[0]
        slugs = ["", *(filing.condition.slug for filing in self.filings)]
        name = first.problem.name.zh
        return [(first.code_list, first.problem.code, slug, name) for slug in slugs]

    def filing(self, condition: str) -> Filing | None:
        return next((f for f in self.filings if f.condition.slug == condition), None)

    def listed(self) -> dict[str, Any]:
        """Return the service as GET services tells it."""
        problem = self.filings[0].problem
        tags = [problem.name.zh, problem.name.en, self.group.zh, self.group.en]
        tags += [filing.condition.slug.replace("-", " ") for filing in self.filings]
        return {
            "service_code": self.code,
            "service_name": self.name,
            "description": "; ".join(both(filing.condition.text) for filing in self.filings),
            "metadata": len(self.filings) > 1,
            "type": "realtime",
            # A comma parts keywords, so none may hold one.
            "keywords": ", ".join(dict.fromkeys(tag.replace(",", ";") for tag in tags if tag)),
            "group": both(self.group),
        }

    def definition(self) -> dict[str, Any]:
        """Return its attributes: which of the filing conditions it is, where there are several."""
        values = [
            {"key": filing.condition.slug, "name": both(filing.condition.text)}
            for filing in self.filings
        ]
        attribute = {
            "variable": True,
            "code": CONDITION,
            "datatype": "singlevaluelist",
            "required": False,
            "datatype_description": "选择最接近的一项 Choose the nearest",
            "order": 1,
            "description": "现场情况 What it looks like",
            "values": values,
        }
        return {"service_code": self.code, "attributes": [attribute] if len(values) > 1 else []}


def both(text: Text) -> str:
    return " ".join(filter(None, (text.zh, text.en)))


def service_code(filing: Filing) -> str:
    """Return a code that differs between generations, which reuse numbers, and between kinds."""
    words = f"{filing.code_list}-{filing.problem.kind}-{filing.problem.code}"
    return re.sub(r"[^a-z0-9]+", "-", words.lower())


def services(catalogue: Catalogue, policy: Open311) -> dict[str, Service]:
    """Return what the public is offered, by service code, in the catalogue's order."""
    gathered: dict[str, list[Filing]] = {}
    for filing in catalogue:
        if policy.code_lists and filing.code_list not in policy.code_lists:
            continue
        if policy.groups and filing.problem.responsible not in policy.groups:
            continue
        gathered.setdefault(service_code(filing), []).append(filing)
    return {
        code: Service(code, tuple(filings), _group(policy, filings[0].problem.responsible))
        for code, filings in gathered.items()
    }


def _group(policy: Open311, role: str) -> Text:
    return policy.groups.get(role) or Text(zh="", en=role)


def status(state: State) -> str:
    return "closed" if state in ENDS else "open"


def states(statuses: frozenset[str]) -> list[str]:
    """Return our states that the statuses of a query mean."""
    return [str(state) for state in State if status(state) in statuses]


def request(row: Mapping[str, Any], service: Service, zone: ZoneInfo) -> dict[str, Any]:
    """Return one case as the public sees it; `row` as `store.open311.requests` returns it."""
    state = State(row["state"])
    notes = f"{state.zh} {state}"
    if row["merged_into"]:
        notes += f"；并入 merged into {row['merged_into']}"
    filing = service.filing(row["condition"])
    department = Text(zh=row["department_zh"] or "", en=row["department_en"] or "")
    return {
        "service_request_id": row["number"],
        "status": status(state),
        "status_notes": notes,
        "service_name": service.name,
        "service_code": service.code,
        "description": row["text"] or (both(filing.condition.text) if filing else service.name),
        "agency_responsible": both(department) or None,
        "service_notice": f"办结条件 closed when: {both(filing.condition.closed_when)}"
        if filing
        else None,
        "requested_datetime": moment(row["opened"], zone),
        "updated_datetime": moment(row["updated"], zone),
        "expected_datetime": moment(row["due"], zone),
        "address": row["address"] or row["component_name"] or None,
        "address_id": row["component"],
        "zipcode": None,
        "lat": row["lat"],
        "long": row["lon"],
        "media_url": None,
    }


def moment(at: datetime | None, zone: ZoneInfo) -> str | None:
    """Return a time in the W3C's form, to the second, with the zone's offset."""
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None
