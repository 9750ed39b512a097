"""When its sensors say that a problem is solved: what must hold of readings, as data with units.

A filing condition has a list of these, `verified_by`. Each looks at channels of one quantity:
at those that spoke, all of which must be normal, or where none of them did, at those of the same
place. Those that have nothing to look at do not count; all the others must hold.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from cases.data import Data
from detectors.limit import Difference, Limit
from ingest.quantities import QUANTITIES
from rules.duration import Duration
from rules.written import Names


def _long(duration: timedelta) -> timedelta:
    if duration <= timedelta(0):
        raise ValueError("must be longer than nothing, such as PT2H")
    return duration


def _known(quantity: str) -> str:
    if quantity not in QUANTITIES:
        raise ValueError(f"{quantity!r} is no quantity; known are {', '.join(QUANTITIES)}")
    return quantity


def _read_limits(written: Any, **limits: type[Limit]) -> Any:
    """Return what is written with its limits read in the units of its quantity."""
    if not isinstance(written, dict) or written.get("quantity") not in QUANTITIES:
        return written  # the quantity is refused by itself
    context = {"quantity": written["quantity"]}
    return written | {
        name: limit.model_validate(written[name], context=context)
        for name, limit in limits.items()
        if isinstance(written.get(name), (str, int, float, dict))
    }


Long = Annotated[Duration, AfterValidator(_long)]
#: How long it must have been so since the department fed back, without a gap.
For = Annotated[Duration, AfterValidator(_long), Field(alias="for")]
Known = Annotated[str, AfterValidator(_known)]
_HOUR = r"([01]\d|2[0-3]):[0-5]\d"
#: Hours of the local day, such as 02:00/04:00; 22:00/06:00 goes over midnight.
Hours = Annotated[str, Field(pattern=f"^{_HOUR}/{_HOUR}$")]


class Predicate(Data):
    tags: dict[str, str] = Field(default_factory=dict)
    """Only channels with these tags."""
    channels: float = Field(1.0, gt=0, le=1)
    """Share of the place's channels that suffices where none of them spoke; of `quiet`, of those
    that did."""


class Quiet(Predicate):
    """All findings of the case are over, and the channels that spoke have reported meanwhile.

    Asked where none of the other conditions has a channel to look at: how long a rule holds on
    to what it found is a matter of its policy, not of the problem.
    """

    kind: Literal["quiet"] = "quiet"
    lasting: For


class Level(Predicate):
    """The value stays under a limit, above one, or between two."""

    kind: Literal["level"] = "level"
    quantity: Known
    lasting: For
    below: Limit | None = None
    """With its unit, such as 0.5 %VOL, or {attribute: set_pressure, times: 1.15}."""
    above: Limit | None = None
    average: Long | None = None
    """Judge the mean of this long: of a sound level, of its energy."""
    hours: Hours | None = None
    """Judge only these hours of the day."""

    @model_validator(mode="before")
    @classmethod
    def _with_units(cls, written: Any) -> Any:
        return _read_limits(written, below=Limit, above=Limit)

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.below is None and self.above is None:
            raise ValueError("a level needs `below` or `above`")
        return self


class State(Predicate):
    """The device says that it is in one of these states; what it said last holds till it speaks."""

    kind: Literal["state"] = "state"
    quantity: Known
    lasting: For
    states: Annotated[Names, Field(alias="is", min_length=1)]
    """Words of the channel's `states`."""


class Pause(Predicate):
    """A meter has stood still for so long once: what leaks never does."""

    kind: Literal["pause"] = "pause"
    quantity: Annotated[tuple[Known, ...], Field(min_length=1)]
    """Flows, or counters of what has flowed."""
    lasting: For


class Learnt(Predicate):
    """A band that is learnt: median ± max(`spreads` · 1.4826 MAD, `share` · |median|, `floor`)."""

    quantity: Known
    side: Literal["low", "high", "both"]
    """Beyond which side of the band it is not normal: a burst takes pressure, and adds flow."""
    learn: Long
    """Time before the problem began whose readings the band is learnt from."""
    spreads: float = Field(4.0, gt=0)
    share: float = Field(0.1, ge=0)
    floor: Difference = Difference(offset=0.0)
    """Least width to each side, with its unit, such as 10 °."""

    @model_validator(mode="before")
    @classmethod
    def _with_units(cls, written: Any) -> Any:
        return _read_limits(written, floor=Difference)


class Band(Learnt):
    """The value is back in its band."""

    kind: Literal["back_in_band"] = "back_in_band"
    lasting: For
    compared: Literal["same-hour", "any-hour"] = "same-hour"
    """With the same hour of the local day before, or with all readings before."""


class Nights(Learnt):
    """The median of each night is back in the band of the nights before."""

    kind: Literal["nights_in_band"] = "nights_in_band"
    hours: Hours = "02:00/04:00"
    nights: int = Field(2, ge=1, le=7)
    """How many nights in a row, all of which begin after the department fed back."""


#: One of them, told apart by its `kind`.
ClosingCondition = Annotated[
    Quiet | Level | State | Pause | Band | Nights, Field(discriminator="kind")
]
