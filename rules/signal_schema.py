"""What a signal of a rule may say: which channels, which detectors, how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from detectors.detector import Params
from detectors.registry import REGISTRY, TOGETHER
from ingest.quality import Quality
from ingest.quantities import QUANTITIES
from rules.duration import Duration
from rules.grouping import Grouping
from rules.mend import in_words
from rules.policy import Policy
from rules.written import Names, Schema


class Selector(Schema):
    """Which channels a signal looks at; what is left out does not matter."""

    quantity: Names = ()
    """What is measured; limits are read in its units where it is one."""
    kind: Names = ()
    """The tag `kind`: water, gas, power, flood, noise, cover."""
    component_class: Annotated[Names, Field(alias="class")] = ()
    """Major and minor class of the component it stands on, four digits, such as "0103"."""
    zone: Names = ()
    """The tag `zone`."""
    tags: dict[str, Names] = Field(default_factory=dict)
    """Any tag with the values that fit, such as {role: road}."""
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
        parameters = _parameters(name, bool(info.context and info.context.get("together")))
        rest = {key: value for key, value in written.items() if key != "with"}
        try:
            params = parameters.model_validate(rest, context=info.context)
        except ValidationError as refused:
            raise ValueError(in_words(refused, parameters, prefix=name)) from None
        return {"name": name, "params": params}


def _parameters(name: str, together: bool) -> type[Params]:
    """Return the parameters of a detector on single channels, or of one on a group."""
    known: dict[str, type[Params]] = {
        each: kind.Parameters for each, kind in (TOGETHER if together else REGISTRY).items()
    }
    if name in known:
        return known[name]
    if not together and name in TOGETHER:
        raise ValueError(f"{name!r} looks at channels side by side; add together: {{per: zone}}")
    sort = "detector of channels side by side" if together else "detector"
    raise ValueError(f"unknown {sort} {name!r}; known are {', '.join(sorted(known))}")


class Silence(Schema):
    """A signal that stands while a channel says nothing."""

    times: PositiveFloat = 3.0
    """Of the channel's interval, or of its reporting interval if that is longer."""
    grace: Duration = timedelta(minutes=2)
    """Added to the limit, for the journey of a reading."""


def _is_agreement(written: Any) -> Any:
    if written in ("any", "all") or (type(written) is int and written > 0):
        return written
    raise ValueError(f"{written!r} is none of any, all, or how many detectors: 1, 2, ...")


class Signal(Schema):
    """One question put to each channel by itself, with exactly one of detect, silent, flags."""

    select: Selector = Selector()
    detect: tuple[Detection, ...] = ()
    """Detectors, each with its parameters: [{with: level, high: 15 cm}]."""
    combine: Annotated[Literal["any", "all"] | PositiveInt, BeforeValidator(_is_agreement)] = "any"
    """How many of the detectors must be abnormal at once: any, all, or a number of them."""
    together: Grouping | None = None
    """Look at the channels of one place side by side, with the one detector in `detect`."""
    silent: Silence | None = None
    """Stands while a channel says nothing."""
    flags: Names = ()
    """Quality flags that count as abnormal, such as [FUTURE, EPOCH]; judged in receive time."""
    policy: Policy = Policy()

    @model_validator(mode="before")
    @classmethod
    def _read(cls, written: Any) -> Any:
        """Read the detections last, because their units depend on the quantity selected."""
        if not isinstance(written, dict) or not isinstance(written.get("detect"), list):
            return written
        try:
            select = Selector.model_validate(written.get("select", {}))
        except ValidationError:  # to be told by itself, before what follows from it
            return {key: value for key, value in written.items() if key != "detect"}
        quantity = select.quantity[0] if len(select.quantity) == 1 else None
        context = {"quantity": quantity, "together": written.get("together") is not None}
        detections = []
        for place, entry in enumerate(written["detect"]):
            try:
                detections.append(Detection.model_validate(entry, context=context))
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
        if self.together is not None and len(self.detect) != 1:
            raise ValueError("together takes exactly one detector, in detect")
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
