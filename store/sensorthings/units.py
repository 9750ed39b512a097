"""Quantities with their units as the standard wants them: symbol, full name, and a definition."""

from __future__ import annotations

from typing import Any

from ingest.quantities import QUANTITIES

QUDT = "http://qudt.org/vocab/unit/"
#: Full name and name in the vocabulary QUDT, by symbol.
UNITS = {
    "Pa": ("pascal", "PA"),
    "m³/s": ("cubic metre per second", "M3-PER-SEC"),
    "1": ("one", "UNITLESS"),
    "V": ("volt", "V"),
    "A": ("ampere", "A"),
    "Hz": ("hertz", "HZ"),
    "m": ("metre", "M"),
    "m/s": ("metre per second", "M-PER-SEC"),
    "dB": ("decibel", "DeciB"),
    "rad": ("radian", "RAD"),
    "m/s²": ("metre per square second", "M-PER-SEC2"),
    "K": ("kelvin", "K"),
    "dBm": ("decibel of milliwatts", "DeciB_M"),
    "kg/m³": ("kilogram per cubic metre", "KiloGM-PER-M3"),
    "NTU": ("nephelometric turbidity unit", "NTU"),
    "pH": ("acidity", "PH"),
    "J": ("joule", "J"),
    "m³": ("cubic metre", "M3"),
}


def quantities() -> list[dict[str, Any]]:
    """Return every quantity as the statements of the sets join it."""
    return [
        {
            "name": each.name,
            "unit": each.unit,
            "zh": each.zh,
            "unit_name": UNITS[each.unit][0],
            "unit_definition": QUDT + UNITS[each.unit][1],
        }
        for each in QUANTITIES.values()
    ]
