"""The words of the field: every quantity with its units, and how to show its values to people."""

from __future__ import annotations

from pydantic import BaseModel, Field

from api.resource import Resource
from ingest.quantities import QUANTITIES
from ingest.units import conversion

router = Resource("/quantities", tags=["channels"])


class Quantity(BaseModel):
    name: str = Field(examples=["depth"])
    zh: str = Field(examples=["积水深度"])
    unit: str = Field(description="Of all values here, SI", examples=["m"])
    shown: str = Field(description="What people read", examples=["cm"])
    factor: float = Field(description="value in `unit` = factor * value as shown + offset")
    offset: float


class Quantities(BaseModel):
    items: list[Quantity]


def quantities() -> Quantities:
    items = []
    for each in QUANTITIES.values():
        factor, offset = conversion(each.shown, each.name)
        items.append(
            Quantity(
                name=each.name,
                zh=each.zh,
                unit=each.unit,
                shown=each.shown,
                factor=factor,
                offset=offset,
            )
        )
    return Quantities(items=items)


@router.get("")
def list_quantities() -> Quantities:
    """All quantities that a channel may measure."""
    return quantities()
