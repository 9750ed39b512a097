"""What the devices of a load measure, kind by kind: quiet values, so that trouble is put in."""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """One field that a device of the load sends, and the quiet range of its values."""

    name: str  #: of the field and of the quantity
    unit: str
    low: float
    high: float


TEMPERATURE = Field("temperature", "°C", 12.0, 18.0)
BATTERY = Field("battery", "%", 70.0, 95.0)

#: A device of the load is of one kind and sends these fields; a kind's role tag comes first.
KINDS: dict[str, tuple[str, tuple[Field, ...]]] = {
    "flood": ("road", (Field("depth", "cm", 0.0, 2.0), TEMPERATURE, BATTERY)),
    "water": ("network", (Field("pressure", "MPa", 0.31, 0.315), TEMPERATURE, BATTERY)),
    "gas": ("well", (Field("methane", "%VOL", 0.0, 0.2), TEMPERATURE, BATTERY)),
    "power": (
        "meter",
        (
            Field("voltage", "V", 225.0, 232.0),
            Field("current", "A", 4.0, 9.0),
            Field("frequency", "Hz", 49.95, 50.05),
        ),
    ),
    "noise": ("monitor", (Field("sound_level", "dB", 38.0, 44.0), TEMPERATURE, BATTERY)),
}
