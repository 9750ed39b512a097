"""Which quantity is meant by the word that people write for it, its unit deciding where it must."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from ingest.quantities import QUANTITIES
from ingest.units import WrongUnit, conversion

_BETWEEN: Final = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")

#: By quantity: other words for it, in lower case with _ between. Where a word is of several
#: quantities, the unit decides: the first that it fits is meant.
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "pressure": (
        *("water_pressure", "head", "pressure_head", "hydraulic_head", "network_pressure"),
        *("pipe_pressure", "p"),
    ),
    "flow": (
        *("flow_rate", "flowrate", "discharge", "inflow", "outflow", "water_flow", "streamflow"),
        *("river_flow", "volume_flow", "volumetric_flow", "water", "gas", "gas_flow", "q"),
        *("consumption", "water_consumption", "gas_consumption", "demand", "usage", "leak_flow"),
    ),
    "gas_pressure": ("gas", "outlet_pressure"),
    "methane": ("gas", "ch4", "methane_concentration", "gas_concentration", "combustible_gas"),
    "ethane": ("c2h6", "ethane_concentration"),
    "voltage": ("mains_voltage", "line_voltage", "volts", "volt", "voltage_rms", "u", "v"),
    "current": ("amps", "amperes", "line_current", "current_rms"),
    "frequency": ("mains_frequency", "grid_frequency"),
    "last_gasp": ("outage", "power_off", "power_outage"),
    "depth": (
        *("water_depth", "street_depth", "flood_depth", "road_depth", "street_water_depth"),
        *("flood", "flooding", "street_flood", "inundation", "inundation_depth", "ponding"),
        *("standing_water", "street_flood_depth", "depth_of_water", "flood_water_depth"),
    ),
    "level": (
        *("water_level", "stage", "gauge_height", "gage_height", "liquid_level", "river_level"),
        *("tank_level", "manhole_level", "sewer_level", "well_level", "fill_level"),
    ),
    "rain_rate": ("rain", "rainfall", "rain_intensity", "rainfall_intensity", "precipitation"),
    "wind_speed": ("wind", "windspeed"),
    "sound_level": (
        *("noise", "noise_level", "laeq", "leq", "spl", "sound", "sound_pressure_level"),
        *("sound_pressure", "loudness", "laeq_1h", "environmental_noise", "noise_laeq"),
    ),
    "tilt": ("inclination", "tilt_angle", "angle"),
    "acceleration": ("accel", "vibration", "shock"),
    "water_contact": ("water_leak", "immersion", "water_sensor"),
    "battery": ("battery_level", "soc"),
    "temperature": ("temp", "water_temperature", "air_temperature"),
    "humidity": ("relative_humidity", "rh"),
    "signal": ("rssi", "signal_strength"),
    "chlorine": ("cl", "free_chlorine", "residual_chlorine", "chlorine_residual", "cl2"),
    "turbidity": ("turb",),
    "acidity": ("ph", "ph_value"),
    "energy": ("electricity", "active_energy", "consumption", "usage"),
    "volume": (
        *("water_volume", "gas_volume", "total_volume", "totalizer", "meter_reading", "litres"),
        *("liters", "litre", "liter", "water_meter", "gas_meter", "cumulative_volume", "water"),
        *("gas", "meter", "volume_total", "water_meter_reading", "gas_meter_reading"),
    ),
    "status": ("state", "cover_status", "cover_state"),
    "number": ("value", "count", "other"),
}
_MEANT: Final[dict[str, list[str]]] = {}
for _name, _words in WORDS.items():
    for _word in (_name, *_words, QUANTITIES[_name].zh):
        _MEANT.setdefault(_word, []).append(_name)


class UnknownQuantity(ValueError):
    """No quantity is called so, or several are: what, mend."""


def quantity_of(written: str, unit: str) -> str:
    """Return the quantity that is `written`, in any case and with any signs between its words.

    Raises UnknownQuantity, with the nearest names.
    """
    if written in QUANTITIES:
        return written
    word = _BETWEEN.sub("_", written.lower()).strip("_")
    meant = [word] if word in QUANTITIES else _MEANT.get(word, [])
    if len(meant) == 1:
        return meant[0]
    if meant:
        fitting = [name for name in meant if unit and _fits(unit, name)]
        if fitting:
            return fitting[0]
        what = f"{written!r} in {unit or 'no unit'} may be {', '.join(meant)}"
        raise UnknownQuantity(what, "Write one of these, and its unit")
    near = [_MEANT[name][0] for name in get_close_matches(word, _MEANT, 3, 0.7)]
    guess = f"Did you mean {' or '.join(dict.fromkeys(near))}? " if near else ""
    mend = f"{guess}Use one of {', '.join(sorted(QUANTITIES))}"
    raise UnknownQuantity(f"{written!r} is not known", mend)


def fitting(unit: str) -> list[str]:
    """Return the quantities that `unit` measures."""
    return [name for name in QUANTITIES if _fits(unit, name)]


def _fits(unit: str, name: str) -> bool:
    try:
        conversion(unit, name)
    except WrongUnit:
        return False
    return True
