"""A limit as people write it: a number with its unit, or a number of the place itself."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator

from ingest.channel import Channel
from ingest.quantities import QUANTITIES
from ingest.units import parse_difference, parse_quantity, parse_rate


class MissingAttribute(LookupError):
    """A limit refers to a number that the channel's place does not have."""


class Limit(BaseModel):
    """`times` x the channel's `attribute` + `offset`; without an attribute just `offset`.

    Written in a rule pack as "15 cm", or as {attribute: cover_level, minus: 0.5 m} or
    {attribute: set_pressure, times: 1.2, plus: 2 kPa}. Units are those of the signal's
    quantity, which the loader gives as validation context {"quantity": name}; there a
    bare number is refused unless the quantity has no unit. In Python a number is SI.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    offset: float = 0.0
    attribute: str = ""
    times: float = 1.0

    @model_validator(mode="before")
    @classmethod
    def _read(cls, written: Any, info: ValidationInfo) -> Any:
        if isinstance(written, bool):
            raise ValueError("a limit is a number with its unit, such as 15 cm")
        if isinstance(written, (int, float, str)):
            return {"offset": cls._number(written, info)}
        if not isinstance(written, dict) or "offset" in written:
            return written
        unknown = written.keys() - {"attribute", "times", "plus", "minus"}
        if unknown or not isinstance(written.get("attribute"), str):
            raise ValueError("write {attribute: name} and perhaps times, plus, minus")
        offset = 0.0
        if "plus" in written:
            offset += Difference._number(written["plus"], info)
        if "minus" in written:
            offset -= Difference._number(written["minus"], info)
        return {
            "offset": offset,
            "attribute": written["attribute"],
            "times": written.get("times", 1.0),
        }

    @classmethod
    def _number(cls, written: Any, info: ValidationInfo) -> float:
        """Return `written` in SI, its unit judged by the quantity in the context."""
        if info.context is None:
            return float(written)
        quantity = info.context.get("quantity")
        if isinstance(written, str):
            if quantity is None:
                raise ValueError(f"{written!r} has a unit, but the signal selects no one quantity")
            return cls._parse(written, quantity)
        if quantity is not None and QUANTITIES[quantity].unit != "1":
            raise ValueError(
                f"{written!r} lacks its unit; write {written} and a unit of {quantity}"
            )
        return float(written)

    @classmethod
    def _parse(cls, written: str, quantity: str) -> float:
        return parse_quantity(written, quantity)

    def resolve(self, channel: Channel) -> float:
        """Return the limit for `channel` [SI]; raise MissingAttribute where it has none."""
        if not self.attribute:
            return self.offset
        if self.attribute not in channel.attributes:
            raise MissingAttribute(f"channel {channel.id} has no attribute {self.attribute!r}")
        return self.times * channel.attributes[self.attribute] + self.offset

    @classmethod
    def of(cls, number: float) -> Self:
        """Return the fixed limit `number` [SI]."""
        return cls(offset=number)


class Difference(Limit):
    """A limit on a difference: "10 °C" is 10 K, where as a Limit it is 283.15 K."""

    @classmethod
    def _parse(cls, written: str, quantity: str) -> float:
        return parse_difference(written, quantity)


class RateLimit(Limit):
    """A limit on change: "10 cm / 10 min", or a number [SI/s]."""

    @classmethod
    def _parse(cls, written: str, quantity: str) -> float:
        return parse_rate(written, quantity)
