"""Which days are public holidays at a place, and which weekend days are worked in exchange."""

from __future__ import annotations

from datetime import date, timedelta
from enum import IntEnum
from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

#: Of the calendars that come with the product, those of a time zone.
CALENDARS = {"Asia/Shanghai": "china", "Asia/Urumqi": "china"}
#: The days that are told about; before and after nothing is known.
FIRST, LAST = date(1990, 1, 1), date(2060, 1, 1)
DAYS = (LAST - FIRST).days


class Day(IntEnum):
    USUAL = 0  #: as its day of the week, or nothing is known of its year
    HOLIDAY = 1
    WORKED = 2  #: a weekend day worked in exchange for a holiday


@cache
def days_off(zone: str) -> NDArray[np.int8]:
    """Return what each local day since FIRST is at places in `zone`, as `Day`."""
    days = np.full(DAYS, Day.USUAL, dtype=np.int8)
    calendar = CALENDARS.get(zone)
    for year in files("ingest.calendars").iterdir():
        if calendar is None or not year.name.startswith(f"{calendar}-"):
            continue
        written = yaml.safe_load(year.read_text(encoding="utf-8"))
        for day in written["worked"]:
            days[(day - FIRST).days] = Day.WORKED
        for holiday in written["holidays"]:
            last = holiday["last"] + timedelta(days=1)
            days[(holiday["first"] - FIRST).days : (last - FIRST).days] = Day.HOLIDAY
    days.flags.writeable = False
    return days
