"""Amounts, times and durations in sentences for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.quantities import QUANTITIES
from ingest.units import conversion


def amount(quantity: str, value: float) -> str:
    """Return `value` [SI] with its quantity's name left out, in the unit that people see."""
    shown = QUANTITIES[quantity].shown
    factor, offset = conversion(shown, quantity)
    return f"{(value - offset) / factor:.4g}{'' if shown == '1' else f' {shown}'}"


def spoken(duration: timedelta) -> str:
    """Return a duration as people say it: 2 h, 30 min, 14 days."""
    seconds = duration.total_seconds()
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            count = int(seconds // unit)
            return f"{count} {'day' if (count, name) == (1, 'days') else name}"
    return f"{seconds:g} s"


def clock(zone: str, now: datetime) -> Callable[[datetime], str]:
    """Return what writes a time on the local clock, with its day where that is not today."""
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()

    def tell(time: datetime) -> str:
        local = time.astimezone(here)
        return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"

    return tell
