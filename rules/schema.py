"""What a rule pack may say: the schema of rules/packs/<kind>/*.yml."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PositiveFloat,
    PositiveInt,
    Tag,
    model_validator,
)

from ingest.units import parse_quantity
from rules.duration import Duration
from rules.signal_schema import Detection, Selector, Signal, Silence
from rules.written import PLAIN, Names, Schema, Text

__all__ = ["Detection", "Selector", "Signal", "Silence"]


class Status(StrEnum):
    DRAFT = "draft"  #: being written; not judged
    SHADOW = "shadow"  #: judged, its events open no cases
    ACTIVE = "active"
    RETIRED = "retired"  #: kept for its history; not judged


class Level(StrEnum):
    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


class Bilingual(Schema):
    en: Text
    """In English, as people read it."""
    zh: Text
    """And in Chinese."""


_EITHER = Discriminator(lambda said: "" if isinstance(said, (dict, Bilingual)) else PLAIN)
#: What people read: {en: ..., zh: ...}, or plain text, which is shown in every language.
Words = Annotated[Annotated[Bilingual, Tag("")] | Annotated[Text, Tag(PLAIN)], _EITHER]
#: The same as an entry of a list, where versions of old may have an empty one.
Entry = Annotated[Annotated[Bilingual, Tag("")] | Annotated[str, Tag(PLAIN)], _EITHER]


class Need(Schema):
    """How many channels of a signal must stand at once: a number, or {least: 3, share: 0.8}."""

    least: PositiveInt = 1
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Of the subject's channels that the signal selects."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, written: Any) -> Any:
        if isinstance(written, dict):
            return written
        if type(written) is not int:
            raise ValueError(f"{written!r} is no number of channels; write 2, or {{share: 0.8}}")
        return {"least": written}


class Explanation(Schema):
    """Another rule whose event in the same place accounts for ours."""

    rule: str
    """Its id, such as weather.rain."""
    same: str
    """Scope in which both must lie: zone, gateway, device, ..., or city for anywhere."""
    before: Duration = timedelta(0)
    """The other may have ended this long before ours began."""
    after: Duration = timedelta(0)
    """The other may begin this long after ours began."""


class SeverityLevel(Schema):
    at: PositiveFloat
    """Peak score from which the level holds; 1.0 is the detector's limit."""
    level: Level


class EventCode(Schema):
    code_list: str
    """Of the class, such as GB/T 30428.2-2013."""
    code: str
    """Class of the event, or `component` for the class of the component concerned."""
    condition: str
    """Filing condition of that class in the catalogue, such as standing-water."""


def _in_metres(written: Any) -> Any:
    if isinstance(written, str):
        return parse_quantity(written, "level")
    raise ValueError(f"{written!r} lacks its unit; write it as 50 m")


class CaseKey(Schema):
    """What has one cause, and so one case."""

    one_per: Text
    """Scope whose findings are one case: channel, device, component, any tag, or city."""
    near: Annotated[float, BeforeValidator(_in_metres), Field(ge=0)] = 50.0
    """Findings of the same class this close join one case, begun within 24 h; 0 m: none do. [m]"""
    along: Names = ()
    """Tags (pipe, feeder, drain, gateway) along which findings of one kind join, within 24 h."""
    during: tuple[Explanation, ...] = ()
    """Findings of one kind begun during one event of another rule, as a storm, join one case."""


def _is_case(written: Any) -> Any:
    if isinstance(written, (dict, CaseKey)) or written == "none":
        return written
    raise ValueError(f"write {{one_per: component}}, or none; not {written!r}")


class Rule(Schema):
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
    """Name in small letters, digits, dots and hyphens, such as flood.road.deep; it stays."""
    title: Bilingual
    status: Status
    why: Words
    """Why this is worth a case, in words for whoever gets it."""
    source: Words
    """Where the limits come from: a standard with its section, a paper, or own default."""
    signals: Annotated[dict[str, Signal], Field(min_length=1)]
    """By a name of your own: the questions put to channels."""
    per: Text
    """What events are about: channel, device, component, or any tag (zone, pipe, ...), or city."""
    needs: dict[str, Need] = Field(default_factory=dict)
    """By signal; a signal that is not named needs one channel."""
    within: Duration | None = None
    """The beginnings must lie within this of each other; left out, it does not matter."""
    stays_while: Names = ()
    """Signals that suffice to keep an event standing that all of them raised."""
    rejoin: Duration = timedelta(0)
    """An event that comes back within this was never over."""
    explained_by: tuple[Explanation, ...] = ()
    """Other rules whose events account for ours: then it opens no case."""
    severity: Annotated[tuple[SeverityLevel, ...], Field(min_length=1)]
    """Levels by peak score, rising, the first at 1.0 or less."""
    event: EventCode
    case: Annotated[
        Annotated[CaseKey, Tag("")] | Annotated[Literal["none"], Tag("none")],
        Discriminator(lambda written: "none" if written == "none" else ""),
        BeforeValidator(_is_case),
    ]
    """What is one case, {one_per: component}; none: its events open no case."""
    false_alarms: tuple[Entry, ...] = ()
    """What looks like it and is not, as people will ask."""
    steps: tuple[Entry, ...] = ()
    """What whoever gets the case does first."""
    version: Annotated[str, Field(exclude=True)] = ""
    """Hash of all that is written, filled in by the loader."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for name in self.needs.keys() - self.signals.keys():
            raise ValueError(f"needs names the signal {name!r}, which the rule does not have")
        for name in set(self.stays_while) - self.signals.keys():
            raise ValueError(f"stays_while names the signal {name!r}, which the rule does not have")
        levels = [step.at for step in self.severity]
        if levels != sorted(levels) or levels[0] > 1.0:
            raise ValueError("severity must rise from a level at 1.0 or less")
        several = len(self.signals) > 1 or any(n.least > 1 or n.share for n in self.needs.values())
        if several and self.within == timedelta(0):
            raise ValueError("within PT0S would need all to begin at one instant; leave it out")
        return self

    @property
    def leans_on(self) -> tuple[Explanation, ...]:
        """The other rules whose events say what becomes of this one's."""
        during = self.case.during if isinstance(self.case, CaseKey) else ()
        return (*self.explained_by, *during)

    def need(self, signal: str) -> Need:
        return self.needs.get(signal, Need())

    def level(self, peak: float) -> Level:
        """Return the severity of an event whose highest score is `peak`."""
        reached = [step.level for step in self.severity if peak >= step.at]
        return reached[-1] if reached else self.severity[0].level


class Pack(Schema):
    pack: str
    rules: tuple[Rule, ...]


def content_hash(written: Any) -> str:
    """Return a short hash of the canonical JSON of `written`."""
    canonical = json.dumps(
        written, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
