"""Stretches of time that are evaluated: a month, a quarter, a year of the city, or any other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WRITTEN = re.compile(r"(?P<year>[12]\d{3})(-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4]))?")
#: Of the Gregorian calendar, for stretches that begin and end at any time.
MEAN_MONTH = timedelta(days=365.2425 / 12)


class BadPeriod(ValueError):
    """A period is written otherwise than one is. ``args[0]`` says how, for the operator."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` on and before `until`, both in UTC."""

    name: str
    since: datetime
    until: datetime
    months: float  #: its length

    @property
    def zh(self) -> str:
        found = WRITTEN.fullmatch(self.name)
        if found is None:
            return self.name
        if found["month"]:
            return f"{found['year']}年{int(found['month'])}月"
        return f"{found['year']}年" + (f"第{found['quarter']}季度" if found["quarter"] else "")


def period_of(written: str, zone: ZoneInfo) -> Period:
    """Return the year `2026`, quarter `2026-Q4` or month `2026-10` of `zone`."""
    found = WRITTEN.fullmatch(written)
    if found is None:
        raise BadPeriod(
            f"{written!r} is no period: write a month as 2026-10, a quarter as 2026-Q4, "
            "a year as 2026"
        )
    year = int(found["year"])
    if found["month"]:
        first, months = int(found["month"]), 1
    elif found["quarter"]:
        first, months = 3 * int(found["quarter"]) - 2, 3
    else:
        first, months = 1, 12
    return Period(
        written, _first(year, first, zone), _first(year, first + months, zone), float(months)
    )


def month_of(at: datetime, zone: ZoneInfo, back: int = 0) -> Period:
    """Return the month that holds `at`, or the one `back` months before."""
    local = at.astimezone(zone)
    number = 12 * local.year + local.month - 1 - back
    return period_of(f"{number // 12:04d}-{number % 12 + 1:02d}", zone)


def stretch(since: datetime, until: datetime) -> Period:
    if until <= since:
        raise BadPeriod("a period ends after it begins")
    name = f"{since:%Y-%m-%dT%H:%MZ}/{until:%Y-%m-%dT%H:%MZ}"
    return Period(name, since, until, (until - since) / MEAN_MONTH)


def _first(year: int, month: int, zone: ZoneInfo) -> datetime:
    """Return when a month begins; the thirteenth is the first of the year after."""
    whole, rest = divmod(month - 1, 12)
    return datetime(year + whole, rest + 1, 1, tzinfo=zone).astimezone(UTC)
