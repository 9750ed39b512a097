"""When a limit runs out: emergency hours on the clock, working time by the calendar.

Working time is a set of spans of each working day. A working day is a weekday that is no
public holiday, or a weekend day worked in exchange (调休).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import model_validator

from cases.catalogue import Data, Limit, Text, TimeClass, read_data, yaml_files

#: Working time: eight hours, which is what a limit of one working day means.
WORKING_TIME = ((time(8), time(12)), (time(14), time(18)))
WORKING_DAY = timedelta(hours=8)


class Holiday(Data):
    name: Text
    first: date
    last: date


class Year(Data):
    year: int
    source: str
    holidays: tuple[Holiday, ...]
    worked: tuple[date, ...]
    """Weekend days worked in exchange for a holiday."""

    @model_validator(mode="after")
    def _days_belong_to_the_year(self) -> Year:
        for day in [d for h in self.holidays for d in (h.first, h.last)] + list(self.worked):
            if day.year != self.year:
                raise ValueError(f"{day} is not a day of {self.year}")
        for holiday in self.holidays:
            if holiday.last < holiday.first:
                raise ValueError(f"{holiday.name.en} ends before it begins")
        for day in self.worked:
            if day.weekday() < 5:
                raise ValueError(f"{day} is no weekend day")
        return self


class Calendar:
    """Working days of the years that are known; of other years, every weekday."""

    def __init__(self, years: Iterable[Year] = ()) -> None:
        self.years: set[int] = set()
        self._holidays: set[date] = set()
        self._worked: set[date] = set()
        for year in years:
            self.years.add(year.year)
            self._worked.update(year.worked)
            for holiday in year.holidays:
                length = (holiday.last - holiday.first).days + 1
                self._holidays.update(holiday.first + timedelta(days=n) for n in range(length))

    def is_working_day(self, day: date) -> bool:
        return day in self._worked or (day.weekday() < 5 and day not in self._holidays)

    def working_spans(self, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Yield the working time of `day` as UTC instants, earliest first."""
        if self.is_working_day(day):
            for first, last in WORKING_TIME:
                yield (
                    datetime.combine(day, first, zone).astimezone(UTC),
                    datetime.combine(day, last, zone).astimezone(UTC),
                )


def deadline(opened: datetime, limit: Limit, calendar: Calendar, zone: ZoneInfo) -> datetime:
    """Return when `limit`, running since `opened`, is used up; in UTC.

    A limit that ends with a span of working time ends there, not when the next begins.
    """
    if opened.utcoffset() is None:
        raise ValueError("`opened` must carry a time zone")
    now = opened.astimezone(UTC)
    if limit.time_class is TimeClass.EMERGENCY_HOURS:
        return now + timedelta(hours=limit.amount)
    unit = WORKING_DAY if limit.time_class is TimeClass.WORKING_DAYS else timedelta(hours=1)
    left = limit.amount * unit
    day = now.astimezone(zone).date()
    while True:
        for first, last in calendar.working_spans(day, zone):
            begins = max(first, now)
            if begins + left <= last:
                return begins + left
            left -= max(last - begins, timedelta(0))
        day += timedelta(days=1)


def load_calendar(folder: Path | None = None) -> Calendar:
    """Read every ``*.yml`` of `folder`, or the years that come with the product."""
    return Calendar(read_data(f, Year) for f in yaml_files(folder or files("ingest.calendars")))
