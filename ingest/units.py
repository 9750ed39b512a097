"""Units as devices and people write them, converted once to the SI unit of a quantity.

pint knows the units, `ingest.unit_names` what pint cannot. pint is loaded with the first
unit that the names do not settle.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from ingest.json_document import LONGEST_UNIT
from ingest.quantities import QUANTITIES
from ingest.unit_names import ANGLES, ANYWHERE, BY_QUANTITY, OURS, RATIOS, SI
from ingest.unusable import Unusable


class WrongUnit(Unusable):
    """The unit is unknown, or measures something else than the quantity."""


#: All that reaches pint: names with small exponents, joined by * and /. It evaluates arithmetic.
_READABLE = re.compile(r"(1/)?[A-Za-zµμΩ_]+(\*\*-?[1-9])?([*/][A-Za-zµμΩ_]+(\*\*-?[1-9])?){0,5}")
_EXPONENT = re.compile(r"(?<=[A-Za-z])\^?(-?[1-9])")
_SUPERSCRIPTS = str.maketrans({"²": "2", "³": "3", "·": "*", "×": "*", "µ": "u", "μ": "u", " ": ""})
_AMOUNT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?)\s*(.*?)\s*", re.DOTALL)


def conversion(unit: str, quantity: str) -> tuple[float, float]:
    """Return (factor, offset) with SI value = value * factor + offset; raise `WrongUnit`."""
    found = _convert(unit[:LONGEST_UNIT], quantity)  # no unit, and not kept, if it is longer
    if isinstance(found, str):
        raise WrongUnit(found)
    return found


def parse_quantity(text: str, quantity: str) -> float:
    """Return the SI value of an amount with its unit: "15 cm" of depth is 0.15.

    An amount of a dimensionless quantity needs no unit.
    """
    amount, unit = _split(text, quantity)
    factor, offset = conversion(unit, quantity)
    return _rounded(amount, factor, offset)


def parse_difference(text: str, quantity: str) -> float:
    """Return the SI value of a difference: "10 °C" is 10, where as an amount it is 283.15."""
    amount, unit = _split(text, quantity)
    return _rounded(amount, conversion(unit, quantity)[0], 0.0)


def parse_rate(text: str, quantity: str) -> float:
    """Return the change per second of "10 cm / 10 min" or "10 cm/h" [SI unit of the quantity/s]."""
    change, slash, period = text.rpartition("/")
    if not slash:
        raise WrongUnit(f'"{text}" is no rate; expected an amount / a time, as 10 cm / 10 min')
    length = _AMOUNT.fullmatch(period)
    seconds = _seconds(length[2] if length else period.strip())
    if length:
        seconds *= float(length[1])
    if not seconds > 0:
        raise WrongUnit(f'the time in "{text}" is not longer than nothing')
    return parse_difference(change, quantity) / seconds


def _split(text: str, quantity: str) -> tuple[str, str]:
    amount = _AMOUNT.fullmatch(text)
    if amount is None:
        raise WrongUnit(f'"{text}" is no amount; expected a number and a unit, as 15 cm')
    unit = amount[2]
    if not unit and QUANTITIES[quantity].unit != "1":
        raise WrongUnit(f'"{text}" has no unit; {quantity} is held in {QUANTITIES[quantity].unit}')
    return amount[1], unit or "1"


def _rounded(amount: str, factor: float, offset: float) -> float:
    """Multiply in decimals, so that 15 cm is 0.15 and not 0.15 and a bit."""
    return float(Fraction(amount) * Fraction(repr(factor)) + Fraction(repr(offset)))


def _seconds(unit: str) -> float:
    try:
        return float(_registry().Quantity(1, _readable(unit)).to("s").m)
    except _refusals():
        raise WrongUnit(f'"{unit}" is no unit of time; expected s, min, h or d') from None


@lru_cache(maxsize=4096)
def _convert(unit: str, quantity: str) -> tuple[float, float] | str:
    """Return the conversion, or why there is none: kept too, as devices repeat themselves."""
    if quantity not in QUANTITIES:
        return f'"{quantity}" is no quantity; known are {", ".join(QUANTITIES)}'
    wanted = QUANTITIES[quantity].unit
    refusal = f'the unit "{unit[:40]}" does not fit {quantity}, which is held in {wanted}'
    written = unit.strip()
    if written == wanted:
        return 1.0, 0.0
    spelled = BY_QUANTITY.get(quantity, {}).get(written) or ANYWHERE.get(written)
    if spelled in OURS:
        factor, offset = OURS[spelled]
        return float(factor), float(offset)
    if wanted == "1":
        ratio = RATIOS.get(spelled or ("" if written else "dimensionless"))
        return ratio or f"{refusal}, a ratio; expected for example {QUANTITIES[quantity].shown}"
    try:
        readable = spelled or _readable(written)
        if wanted == "rad" and readable not in ANGLES:
            return f"{refusal}; expected for example {QUANTITIES[quantity].shown}"
        target = SI.get(wanted, wanted)
        zero, one = _in(target, Fraction(0), readable), _in(target, Fraction(1), readable)
    except _refusals():
        shown = QUANTITIES[quantity].shown
        return f"{refusal}; expected for example {shown}" if shown != wanted else refusal
    return float(one - zero), float(zero)


def _in(target: str, amount: Fraction, unit: str) -> Fraction:
    converted: Fraction = _registry().Quantity(amount, unit).to(target).m
    return Fraction(converted)


def _readable(unit: str) -> str:
    """Return `unit` as pint reads it; ValueError where it is nothing that may reach pint."""
    plain = _EXPONENT.sub(r"**\1", unit.translate(_SUPERSCRIPTS).replace("**", ""))
    if len(plain) > 60 or not _READABLE.fullmatch(plain):
        raise ValueError(unit)
    return plain


@cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(non_int_type=Fraction)
    registry.define("million_gallon = 1000000 * gallon")
    return registry


@cache
def _refusals() -> tuple[type[Exception], ...]:
    """Return what pint raises on units that it does not know or cannot convert."""
    import pint

    return (pint.PintError, AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError)
