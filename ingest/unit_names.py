"""How units are written in the field, in SenML (RFC 8428 sec. 12.1, RFC 8798) and in UCUM.

Here stands what pint cannot know: spellings, and units whose meaning depends on the
quantity (metres of water as a pressure, %LEL of methane, g as an acceleration).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

#: By quantity: spellings that mean a unit only there; the unit is one that pint reads.
BY_QUANTITY: Final[dict[str, dict[str, str]]] = {
    "pressure": {
        **dict.fromkeys(
            ("m", "mH2O", "mH₂O", "mWC", "mwc", "m[H2O]", "mwg", "m H2O", "mwater"), "m_water"
        ),
        **dict.fromkeys(("m of water", "metre of water", "meter of water", "mca"), "m_water"),
        **dict.fromkeys(("cmH2O", "cm[H2O]"), "cm_water"),
        **dict.fromkeys(("mmH2O", "mm[H2O]"), "mm_water"),
    },
    "gas_pressure": {
        **dict.fromkeys(("cmH2O", "cm[H2O]"), "cm_water"),
        **dict.fromkeys(("mmH2O", "mm[H2O]", "mmWC"), "mm_water"),
    },
    "methane": {
        **dict.fromkeys(("%LEL", "% LEL", "LEL%", "LEL", "%lel", "%EL"), "percent_lel"),
        "EL": "hundred_percent_lel",
    },
    "temperature": {"C": "degC", "F": "degF"},
    "acceleration": {"g": "g_0", "mg": "milli_g_0", "gn": "g_0", "G": "g_0"},
    "sound_level": {
        **dict.fromkeys(
            (
                "dB(A)",
                "dBA",
                "dB A",
                "dB(C)",
                "dBC",
                "dB",
                "db",
                "dBa",
                "dB(a)",
                "dB(Z)",
                "dB[SPL]",
            ),
            "SI",
        ),
        **dict.fromkeys(("Bspl", "B[SPL]"), "ten_SI"),
    },
    "signal": {"dBm": "SI", "dBW": "dBW"},
    "turbidity": dict.fromkeys(("NTU", "FNU", "FTU", "[NTU]"), "SI"),
    "acidity": dict.fromkeys(("pH", "[pH]"), "SI"),
    # One litre of drinking water weighs a kilogram.
    "chlorine": {"ppm": "mg/L", "ppb": "ug/L"},
    "energy": {"度": "kWh"},
    "rain_rate": {"mm/hr": "mm/h", "in/hr": "inch/h"},
}

#: Spellings that mean the same wherever they stand; the unit is one that pint reads.
ANYWHERE: Final[dict[str, str]] = {
    **dict.fromkeys(("/", "1", "dimensionless", "count", "counts", "{count}"), "dimensionless"),
    **dict.fromkeys(("bool", "state"), "dimensionless"),
    **dict.fromkeys(("%", "%RH", "%rh", "% RH", "pct", "percent", "％", "/100"), "percent"),
    **dict.fromkeys(("%VOL", "%vol", "%Vol", "% VOL", "VOL%", "vol%", "Vol%", "vol.%"), "percent"),
    **dict.fromkeys(("% vol", "% v/v", "%v/v", "%V/V"), "percent"),
    **dict.fromkeys(("‰", "/1000"), "permille"),
    **dict.fromkeys(("ppm", "ppmv", "[ppm]", "PPM"), "ppm"),
    **dict.fromkeys(("ppb", "ppbv", "[ppb]"), "ppb"),
    **dict.fromkeys(("Cel", "°C", "℃", "degC", "celsius", "Celsius", "摄氏度"), "degC"),
    **dict.fromkeys(("°F", "℉", "[degF]", "degF"), "degF"),
    **dict.fromkeys(("°", "deg", "º", "度"), "degree"),
    **dict.fromkeys(("psi", "[psi]", "psig", "psia", "PSI"), "psi"),
    **dict.fromkeys(("bar", "barg", "bara", "Bar", "BAR"), "bar"),
    **dict.fromkeys(("mbar", "mBar"), "mbar"),
    **dict.fromkeys(("kpa", "KPa", "Kpa", "KPA", "kPag"), "kPa"),
    **dict.fromkeys(("MPA", "Mpa", "MPag", "兆帕"), "MPa"),
    **dict.fromkeys(("kgf/cm2", "kgf/cm²", "kg/cm2", "kg/cm²", "at"), "kgf/cm**2"),
    **dict.fromkeys(("mmHg", "mm[Hg]"), "mmHg"),
    **dict.fromkeys(("inHg", "[in_i'Hg]"), "inHg"),
    **dict.fromkeys(("inH2O", "[in_i'H2O]"), "inch_water"),
    **dict.fromkeys(("in", "inch", "inches", "[in_i]", '"', "″"), "inch"),
    **dict.fromkeys(("ft", "feet", "[ft_i]", "'", "′"), "foot"),
    **dict.fromkeys(("CMH", "cmh", "m3/hr", "m³/hr", "cbm/h", "方/时"), "m**3/h"),
    **dict.fromkeys(("LPS", "lps", "l/sec", "L/sec"), "L/s"),
    **dict.fromkeys(("LPM", "lpm", "l/min"), "L/min"),
    **dict.fromkeys(("GPM", "gpm", "[gal_us]/min"), "gallon/min"),
    **dict.fromkeys(("MGD", "mgd"), "million_gallon/day"),
    **dict.fromkeys(("cfs", "CFS", "cusec", "ft3/s"), "foot**3/s"),
    **dict.fromkeys(("MLD", "ML/d"), "megaliter/day"),
    **dict.fromkeys(("KWH", "kwh", "KWh", "kW.h", "kW·h", "度电"), "kWh"),
    **dict.fromkeys(("m/s2", "m/s²", "m/s^2"), "m/s**2"),
    **dict.fromkeys(("beat/min", "beats/min", "bpm", "/min"), "1/min"),
    **dict.fromkeys(("beat/s", "/s", "s-1"), "1/s"),
    **dict.fromkeys(("V", "v", "Volt", "Volts", "伏"), "V"),
    **dict.fromkeys(("degree", "degrees"), "degree"),
    "beats": "dimensionless",
    "gal": "gallon",
    "[gal_us]": "gallon",
    "kn": "knot",
    "[kn_i]": "knot",
    "[mi_i]/h": "mile/h",
    "mph": "mile/h",
    "米": "m",
    "厘米": "cm",
    "毫米": "mm",
}

#: Units of our own: factor and offset to the SI unit of their quantity.
OURS: Final[dict[str, tuple[Fraction, Fraction]]] = {
    "SI": (Fraction(1), Fraction(0)),
    "ten_SI": (Fraction(10), Fraction(0)),
    "dBW": (Fraction(1), Fraction(30)),
    # Methane explodes from 5 %VOL: 100 %LEL.
    "percent_lel": (Fraction(5, 10_000), Fraction(0)),
    "hundred_percent_lel": (Fraction(5, 100), Fraction(0)),
    "m_water": (Fraction("9806.65"), Fraction(0)),
    "cm_water": (Fraction("98.0665"), Fraction(0)),
    "mm_water": (Fraction("9.80665"), Fraction(0)),
    "inch_water": (Fraction("249.08891"), Fraction(0)),
    "milli_g_0": (Fraction("0.00980665"), Fraction(0)),
}

#: Of quantities without a unit. pint would take radians for such, and a ratio for an angle.
RATIOS: Final[dict[str, tuple[float, float]]] = {
    "dimensionless": (1.0, 0.0),
    "percent": (0.01, 0.0),
    "permille": (1e-3, 0.0),
    "ppm": (1e-6, 0.0),
    "ppb": (1e-9, 0.0),
}
ANGLES: Final = frozenset({"degree", "rad", "radian", "mrad", "milliradian", "arcmin", "arcsec"})

#: What pint reads of the SI units that `QUANTITIES` writes for people.
SI: Final = {"m³/s": "m**3/s", "m/s²": "m/s**2", "kg/m³": "kg/m**3"}
