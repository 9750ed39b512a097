"""What a step must say beside its reason: one model a verb, so that no log line lacks its facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from cases.words import Outcome, Satisfaction, Verb
from rules.schema import Level


class Details(BaseModel):
    """What any step may say; further fields are kept as they are."""

    model_config = ConfigDict(
        extra="allow", frozen=True, str_strip_whitespace=True, use_attribute_docstrings=True
    )

    photos: tuple[str, ...] = ()
    """Ids of stored pictures."""


class Verified(Details):
    found: bool
    """Whether there is the problem that was reported."""


class Classified(Details):
    code_list: str = ""
    """With `code` and `condition`; none: what the case has."""
    code: str = ""
    """Class of the problem."""
    condition: str = ""
    """Filing condition of the class; none: the one of the case, or the only one."""


class Bettered(Details):
    code_list: str | None = None
    """With `code` and `condition`."""
    code: str | None = None
    """Class of the problem."""
    condition: str | None = None
    """Filing condition of the class."""
    severity: Level | None = None
    """How bad it is."""
    component: str | None = None
    """Code of what is broken."""
    grid_cell: str | None = None
    """Code of the cell that it is in."""
    lon: float | None = Field(None, ge=-180, le=180)
    """Degrees east."""
    lat: float | None = Field(None, ge=-90, le=90)
    """Degrees north."""
    address: str | None = None
    """How people call the place."""
    description: str | None = None
    """What is wrong, in words."""


class Sent(Details):
    department: str = ""
    """Code; none: the one that the case has."""


class SentElsewhere(Details):
    department: str = Field(min_length=1)
    """Code of another department than before."""


class HandedOver(Details):
    to: str = Field(min_length=1)
    """Name of the other instance, or `110`."""


class Inspected(Details):
    passed: bool
    """Whether the closing condition holds on site."""


class Confirmed(Details):
    holds: bool = True
    """False: later readings have taken back what was confirmed."""


class Ended(Details):
    outcome: Outcome
    """What the case turned out to be."""


class Voided(Details):
    outcome: Outcome | None = None
    """What the case turned out to be."""


class Merged(Details):
    into: str = Field(min_length=1)
    """Number of the case that has the same problem."""


class MoreTime(Details):
    amount: float = Field(gt=0)
    """In hours or days, as the limit of the filing condition counts."""


class Until(Details):
    until: AwareDatetime
    """When the clock runs on."""


class CalledBack(Details):
    satisfaction: Satisfaction
    """What the caller says of the outcome."""
    report: str | None = None
    """Id of the report, where several called."""


DETAILS: dict[Verb, type[Details]] = {
    Verb.VERIFY: Verified,
    Verb.DISPATCH: Sent,
    Verb.REDIRECT: SentElsewhere,
    Verb.HAND_OVER: HandedOver,
    Verb.INSPECT: Inspected,
    Verb.CONFIRM: Confirmed,
    Verb.CLOSE: Ended,
    Verb.VOID: Voided,
    Verb.MERGE: Merged,
    Verb.ASK_EXTENSION: MoreTime,
    Verb.ASK_SUSPENSION: Until,
    Verb.CALL_BACK: CalledBack,
}

#: What people are asked for; of some of it the log keeps more than they say (see `enriching`).
ASKED: dict[Verb, type[Details]] = {**DETAILS, Verb.FILE: Classified, Verb.AMEND: Bettered}


class BadDetails(ValueError):
    """A step does not say what it must. ``args[0]`` names the field, for the operator."""


def read_details(verb: Verb, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return `given` as the log keeps it; raises BadDetails."""
    model = DETAILS.get(verb, Details)
    try:
        read = model.model_validate(given)
    except ValidationError as why:
        fault = why.errors(include_url=False)[0]
        field = ".".join(map(str, fault["loc"]))
        told = model.model_fields[str(fault["loc"][0])].description or "" if fault["loc"] else ""
        raise BadDetails(f"{verb} needs details.{field}: {told} {fault['msg']}") from why
    # What was meant, not what was typed: "false" is false.
    meant = {**given, **{name: getattr(read, name) for name in model.model_fields if name in given}}
    return {name: _plain(value) for name, value in meant.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
