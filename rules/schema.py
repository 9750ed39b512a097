"""What a rule pack may say: the schema of rules/packs/<kind>/*.yml."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from detectors.detector import Params
from detectors.registry import REGISTRY
from ingest.quality import Quality
from ingest.quantities import QUANTITIES
from rules.duration import Duration
from rules.policy import Policy


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _as_tuple(written: Any) -> Any:
    return tuple(written) if isinstance(written, (list, tuple)) else (written,)


Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


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


class Title(Schema):
    en: str
    zh: str


class Selector(Schema):
    """Which channels a signal looks at; what is left out does not matter."""

    quantity: Names = ()
    kind: Names = ()
    """The tag `kind`: water, gas, power, flood, noise, cover."""
    component_class: Annotated[Names, Field(alias="class")] = ()
    """Major and minor class of the component it stands on, four digits, such as "0103"."""
    zone: Names = ()
    tags: dict[str, Names] = {}
    ids: Names = ()
    """Channel ids."""
    attributes: Names = ()
    """Numbers of the place that a channel must have."""

    @field_validator("quantity")
    @classmethod
    def _is_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in QUANTITIES:
                raise ValueError(f"unknown quantity {name!r}; known are {', '.join(QUANTITIES)}")
        return names

    @field_validator("component_class")
    @classmethod
    def _is_a_class(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if len(name) != 4 or not name.isdigit():
                raise ValueError(f"{name!r} is no class; write its four digits, such as '0103'")
        return names


class Detection(Schema):
    """A detector and its parameters: {with: level, high: 15 cm}."""

    name: str
    params: Params

    @model_validator(mode="before")
    @classmethod
    def _read(cls, written: Any, info: ValidationInfo) -> Any:
        if not isinstance(written, dict) or not isinstance(written.get("with"), str):
            raise ValueError("write {with: name of a detector, and its parameters}")
        name = written["with"]
        if name not in REGISTRY:
            raise ValueError(f"unknown detector {name!r}; known are {', '.join(sorted(REGISTRY))}")
        rest = {key: value for key, value in written.items() if key != "with"}
        try:
            params = REGISTRY[name].Parameters.model_validate(rest, context=info.context)
        except ValidationError as refused:
            raise ValueError(in_words(refused, prefix=name)) from None
        return {"name": name, "params": params}


class Silence(Schema):
    """A signal that stands while a channel says nothing."""

    times: PositiveFloat = 3.0
    """Of the channel's interval, or of its reporting interval if that is longer."""
    grace: Duration = timedelta(minutes=2)
    """Added to the limit, for the journey of a reading."""


class Signal(Schema):
    """One question put to each channel by itself, with exactly one of detect, silent, flags."""

    select: Selector = Selector()
    detect: tuple[Detection, ...] = ()
    combine: Literal["any", "all"] | PositiveInt = "any"
    """How many of the detectors must be abnormal at once: any, all, or a number of them."""
    silent: Silence | None = None
    flags: Names = ()
    """Quality flags that count as abnormal, such as [FUTURE, EPOCH]; judged in receive time."""
    policy: Policy = Policy()

    @model_validator(mode="before")
    @classmethod
    def _read(cls, written: Any, info: ValidationInfo) -> Any:
        """Read the detections last, because their units depend on the quantity selected."""
        if not isinstance(written, dict) or not isinstance(written.get("detect"), list):
            return written
        select = written.get("select")
        named = select.get("quantity") if isinstance(select, dict) else None
        if isinstance(named, list) and len(named) == 1:
            named = named[0]
        if isinstance(named, str):
            Selector(quantity=(named,))  # an unknown one is to be told before its units
        quantity = named if isinstance(named, str) else None
        detections = []
        for place, entry in enumerate(written["detect"]):
            try:
                detections.append(Detection.model_validate(entry, context={"quantity": quantity}))
            except ValidationError as refused:
                words = refused.errors()[0]["msg"].removeprefix("Value error, ")
                raise ValueError(f"detect, entry {place + 1}: {words}") from None
        return {**written, "detect": detections}

    @field_validator("flags")
    @classmethod
    def _are_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in Quality.__members__:
                raise ValueError(
                    f"unknown flag {name!r}; known are {', '.join(Quality.__members__)}"
                )
        return names

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if sum((bool(self.detect), self.silent is not None, bool(self.flags))) != 1:
            raise ValueError("a signal has exactly one of detect, silent and flags")
        if self.detect and self.abnormal_at_once > len(self.detect):
            raise ValueError(
                f"combine: {self.combine} of {len(self.detect)} detectors; ask for no more than all"
            )
        return self

    @property
    def abnormal_at_once(self) -> int:
        """How many detectors must be abnormal."""
        if isinstance(self.combine, int):
            return self.combine
        return 1 if self.combine == "any" else len(self.detect)


class Need(Schema):
    """How many channels of a signal must stand at once: a number, or {least: 3, share: 0.8}."""

    least: PositiveInt = 1
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Of the subject's channels that the signal selects."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, written: Any) -> Any:
        return {"least": written} if isinstance(written, int) else written


class Explanation(Schema):
    """Another rule whose event in the same place accounts for ours."""

    rule: str
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
    code: str
    """Class of the event, or `component` for the class of the component concerned."""
    condition: str


class CaseKey(Schema):
    one_per: str


class Rule(Schema):
    id: str
    title: Title
    status: Status
    why: str
    source: str
    signals: Annotated[dict[str, Signal], Field(min_length=1)]
    per: str
    """What events are about: channel, device, component, or any tag (zone, pipe, ...), or city."""
    needs: dict[str, Need] = {}
    """By signal; a signal that is not named needs one channel."""
    within: Duration | None = None
    """The beginnings must lie within this of each other; left out, it does not matter."""
    rejoin: Duration = timedelta(0)
    """An event that comes back within this was never over."""
    explained_by: tuple[Explanation, ...] = ()
    severity: Annotated[tuple[SeverityLevel, ...], Field(min_length=1)]
    event: EventCode
    case: CaseKey | Literal["none"]
    false_alarms: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    version: Annotated[str, Field(exclude=True)] = ""
    """Hash of all that is written, filled in by the loader."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for name in self.needs.keys() - self.signals.keys():
            raise ValueError(f"needs names the signal {name!r}, which the rule does not have")
        levels = [step.at for step in self.severity]
        if levels != sorted(levels) or levels[0] > 1.0:
            raise ValueError("severity must rise from a level at 1.0 or less")
        several = len(self.signals) > 1 or any(n.least > 1 or n.share for n in self.needs.values())
        if several and self.within == timedelta(0):
            raise ValueError("within PT0S would need all to begin at one instant; leave it out")
        return self

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


def in_words(refused: ValidationError, prefix: str = "") -> str:
    """Return what pydantic found, one 'field: problem' an error, for whoever writes the pack."""
    found = []
    for error in refused.errors():
        field = ".".join(str(part) for part in (prefix, *error["loc"]) if part != "")
        problem = error["msg"].removeprefix("Value error, ")
        if error["type"] == "extra_forbidden":
            problem = "no such field here; mind the spelling"
            if error["loc"] and error["loc"][-1] in ("True", "False", True, False):
                problem = "YAML reads on, off, yes and no as booleans; name the field otherwise"
        elif error["type"] == "missing":
            problem = "is missing; add it"
        elif error["type"] == "string_type":
            problem = f"must be text, YAML read {error['input']!r}; put it in quotes"
        found.append(f"{field}: {problem}" if field else problem)
    return "; ".join(found)
