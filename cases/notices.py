"""What others are told of a case: each line of its log as a CloudEvent, without personal data.

Who acted, what people wrote and who called stay here; what was done, in which role, and where the
case stands go out. The form is CloudEvents 1.0 in its JSON format, or as headers and a body
(cloudevents.io, HTTP protocol binding 1.0.2, §3.1 and §3.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pydantic import AwareDatetime, Field, JsonValue

from cases.case import Entry
from cases.catalogue import Data, Text
from cases.words import Outcome, Role, Source, State, Verb

PREFIX = "org.lifeline.case"
#: What has happened, as the last word of the type but the version.
HAPPENED: dict[Verb, str] = {
    Verb.REPORT: "reported",
    Verb.ASK_VERIFY: "verification_ordered",
    Verb.VERIFY: "verified",
    Verb.ACCEPT: "accepted",
    Verb.REJECT: "rejected",
    Verb.FILE: "filed",
    Verb.DISPATCH: "dispatched",
    Verb.REDIRECT: "redirected",
    Verb.HANDLE: "taken_up",
    Verb.FEED_BACK: "fed_back",
    Verb.ASK_INSPECT: "inspection_ordered",
    Verb.INSPECT: "inspected",
    Verb.CONFIRM: "confirmed",
    Verb.REWORK: "sent_to_rework",
    Verb.CLOSE: "closed",
    Verb.RETURN: "returned",
    Verb.VOID: "voided",
    Verb.REOPEN: "reopened",
    Verb.ASK_EXTENSION: "extension_asked",
    Verb.ASK_SUSPENSION: "suspension_asked",
    Verb.APPEAL: "appealed",
    Verb.APPROVE: "approved",
    Verb.EXTEND: "extended",
    Verb.SUSPEND: "suspended",
    Verb.EXEMPT: "exempted",
    Verb.REFUSE: "refused",
    Verb.RESUME: "resumed",
    Verb.HAND_OVER: "handed_over",
    Verb.SUPERVISE: "supervised",
    Verb.URGE: "urged",
    Verb.ESCALATE: "escalated",
    Verb.CALL_BACK: "called_back",
    Verb.NOTE: "noted",
    Verb.MERGE: "merged",
    Verb.JOIN: "joined",
    Verb.AMEND: "amended",
}
TYPES: dict[Verb, str] = {verb: f"{PREFIX}.{word}.v1" for verb, word in HAPPENED.items()}
SCHEMA = "urn:lifeline:schema:case-notice:v1"  #: of `data`, see CaseNotice

#: Details of steps that say nothing of any person; all others stay here.
TOLD = (
    "amount", "catalogue", "code", "code_list", "condition", "department", "due", "found",
    "holds", "into", "limit", "outcome", "passed", "said", "severity", "since", "to", "until",
)  # fmt: skip


class CaseNotice(Data):
    """`data` of the events of a case: the step, and the case as it stood after it."""

    number: str
    version: int = Field(ge=1)
    """Grows by one each step; is the `sequence` of the event too."""
    verb: Verb
    role: Role
    before: State | None
    """None: the case began with this."""
    state: State
    details: dict[str, JsonValue]
    """What the step says beside that: its department, outcome, limit and the like."""
    reported_by: Source
    exercise: bool
    code_list: str
    code: str
    condition: str
    """Of the filing, in the catalogue."""
    title: Text
    severity: str
    department: str | None
    component: str | None
    grid_cell: str | None
    lon: float | None
    lat: float | None
    level: int = Field(ge=1, le=4)
    """1 community grid, 2 street, 3 district, 4 city."""
    handed_to: str
    outcome: Outcome | None
    opened: AwareDatetime
    due: AwareDatetime | None
    """Of handling; None while its clock stands or has not begun."""


def told_of(entry: Entry) -> dict[str, Any]:
    """Return what is told of a line; the rest of the event is the case as it stands."""
    return {
        "version": entry.version,
        "type": TYPES[entry.verb],
        "at": entry.at.isoformat(),
        "verb": entry.verb,
        "role": entry.role,
        "before": entry.before,
        "after": entry.after,
        "details": {name: entry.details[name] for name in TOLD if name in entry.details},
    }


@dataclass(frozen=True, slots=True)
class Notice:
    """What the outbox keeps of an event; none of it ever changes."""

    source: str
    subject: str
    sequence: int
    type: str
    time: datetime
    exercise: bool
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """With the source, by what a receiver knows that it has the event already."""
        return f"{self.subject}-{self.sequence}"


def attributes(notice: Notice) -> dict[str, Any]:
    """Return the context attributes, the extensions `sequence` and `exercise` among them."""
    told: dict[str, Any] = {
        "specversion": "1.0",
        "id": notice.id,
        "source": notice.source,
        "type": notice.type,
        "subject": notice.subject,
        "time": notice.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": SCHEMA,
        # Sorts as text too, as the extension's own specification asks.
        "sequence": f"{notice.sequence:010}",
    }
    return told | ({"exercise": True} if notice.exercise else {})


def structured(notice: Notice) -> tuple[dict[str, str], Any]:
    """Return headers and body, all of the event being in the body."""
    body = {**attributes(notice), "data": dict(notice.data)}
    return {"content-type": "application/cloudevents+json; charset=utf-8"}, body


def binary(notice: Notice) -> tuple[dict[str, str], Any]:
    """Return headers and body, the body being the data alone."""
    told = attributes(notice)
    headers = {"content-type": told.pop("datacontenttype")}
    for name, value in told.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        headers[f"ce-{name}"] = quote(text, safe=" !#$&'()*+,-./:;<=>?@[]^_`{|}~")
    return headers, dict(notice.data)
