"""Reading single cells of an assets file: numbers with or without units, durations, states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from math import inf, isfinite
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from ingest.quantity_names import fitting
from ingest.units import WrongUnit, conversion, parse_quantity, parse_rate

#: Quantities whose units an attribute may have that is not of the channel's own quantity.
OTHERS: Final = ("level", "pressure", "flow", "temperature", "voltage", "current", "tilt", "volume")

DURATION: Final = TypeAdapter(timedelta)
#: As people write them: 5min, 1 h, 30 s; and 00:05:00.
_PLAIN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\.?")
_CLOCK: Final = re.compile(r"(\d+):([0-5]\d)(?::([0-5]\d))?")
_SECONDS: Final[dict[str, int]] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
}


class Unreadable(ValueError):
    """A cell that cannot be read: column, what, mend."""


def degrees(cells: Mapping[str, str], column: str, most: float) -> float | None:
    text = cells.get(column, "")
    if not text:
        return None
    degrees = _number(column, text)
    if abs(degrees) > most:
        raise Unreadable(column, f"{text} is beyond {most} degrees", "Are lon and lat exchanged")
    return degrees


def check_time_zone(name: str | None) -> None:
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        raise Unreadable("time_zone", f"{name!r} is not known", "As in Asia/Shanghai") from None


def duration(cells: Mapping[str, str], column: str, otherwise: timedelta) -> timedelta:
    text = cells.get(column, "")
    if not text:
        return otherwise
    try:
        duration = DURATION.validate_python(_plain_seconds(text))
    except (ValueError, ValidationError):
        mend = "Write PT15M, 15min or seconds"
        raise Unreadable(column, f"{text!r} is not a duration", mend) from None
    if duration < timedelta(0) or (column == "interval" and not duration):
        raise Unreadable(column, f"{text!r} is not longer than nothing", "Write PT15M, or seconds")
    return duration


def _plain_seconds(text: str) -> str | float:
    """Return a duration in seconds, or as ISO 8601 has it; raise ValueError."""
    if text.startswith("P"):
        return text
    if written := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in written.groups())
        return 3600.0 * hours + 60 * minutes + seconds
    if (written := _PLAIN.fullmatch(text.lower())) and written[2] in _SECONDS:
        return float(written[1]) * _SECONDS[written[2]]
    return float(text)


def amount(
    cells: Mapping[str, str], column: str, quantity: str, unit: str, otherwise: float
) -> float:
    """Return a limit in SI: a bare number is in `unit`, "5 m" says its own."""
    text = cells.get(column, "")
    if not text:
        return otherwise
    if _has_unit(text):
        return float(_try(column, parse_quantity, text, quantity))
    factor, offset = _try(column, conversion, unit, quantity)
    return float(_number(column, text) * factor + offset)


def rate(cells: Mapping[str, str], quantity: str, unit: str) -> float:
    """Return the largest rate [SI/s]; a bare number is in `unit` a second."""
    text = cells.get("largest_rate", "")
    if not text:
        return inf
    if _has_unit(text):
        return float(_try("largest_rate", parse_rate, text, quantity))
    factor, _ = _try("largest_rate", conversion, unit, quantity)
    return float(_number("largest_rate", text) * factor)


def attribute(cells: Mapping[str, str], column: str, quantity: str, unit: str) -> float:
    """Return a number of the place in SI; with its unit it may be of another quantity."""
    text = cells[column]
    if _has_unit(text):
        for other in (quantity, *OTHERS):
            try:
                return parse_quantity(text, other)
            except WrongUnit:
                continue
    return amount(cells, column, quantity, unit, 0.0)


def states(text: str) -> dict[str, float]:
    """Read `open=1; closed=0`: the number that stands for each text."""
    states = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, sign, number = part.rpartition("=")
        if not sign or not name.strip():
            raise Unreadable("states", f"{part!r} has no number", 'Write "open=1; closed=0"')
        states[name.strip()] = _number("states", number)
    return states


def check_unit(unit: str, quantity: str) -> None:
    _try("unit", conversion, unit, quantity)


def _try(column: str, convert: Any, *arguments: Any) -> Any:
    try:
        return convert(*arguments)
    except WrongUnit as error:
        mend = 'Write a number, or one with its unit, as "5 m"'
        if column == "unit":
            others = fitting(arguments[0])
            measures = f"; {arguments[0]} measures {', '.join(others)}" if others else ""
            mend = f"Write the unit that the device sends{measures}"
        raise Unreadable(column, str(error), mend) from None


def _number(column: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise Unreadable(column, f"{text!r} is not a number", "Write one with a point") from None
    if not isfinite(number):
        raise Unreadable(column, f"{text!r} is not a finite number", "Leave it empty for none")
    return number


def _has_unit(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return True
    return False
