"""When a limit runs out: emergency hours on the clock, working time by the calendar.

Working time is a set of spans of each working day. A working day is a weekday that is no
public holiday, or a weekend day worked in exchange (调休). Both questions, how much time has
passed and when a limit is used up, are looked up in sums that are made once a calendar, zone
and stretch of years: casework asks them at every step.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import model_validator

from cases.catalogue import Data, Limit, Text, TimeClass, read_data, yaml_files
from cases.working_time import EPOCH, MICROSECOND, Worked, WorkingTime, microseconds

#: Eight hours, which is what a limit of one working day means.
USUAL = WorkingTime.model_validate({"spans": ["08:00/12:00", "14:00/18:00"]})


CENTURY = 36525 * 86_400_000_000  #: [us] what is to last longer is a mistake


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
    """Working days of the years that are known, of other years every weekday; and working time."""

    def __init__(self, years: Iterable[Year] = (), working_time: WorkingTime = USUAL) -> None:
        self.given = tuple(years)
        self.years = {year.year for year in self.given}
        self.working_time = working_time
        self._holidays: set[date] = set()
        self._exchanged: set[date] = set()
        self._worked: dict[ZoneInfo, Worked] = {}
        for year in self.given:
            self._exchanged.update(year.worked)
            for holiday in year.holidays:
                days = (holiday.last - holiday.first).days + 1
                self._holidays.update(holiday.first + timedelta(days=n) for n in range(days))

    def replaced(self, years: Iterable[Year]) -> Calendar:
        """Return a calendar in which `years` take the places of those of their numbers."""
        new = tuple(years)
        kept = [year for year in self.given if year.year not in {each.year for each in new}]
        return Calendar([*kept, *new], self.working_time)

    def is_working_day(self, day: date) -> bool:
        return day in self._exchanged or (day.weekday() < 5 and day not in self._holidays)

    def worked(self, zone: ZoneInfo, since: int, until: int) -> Worked:
        """Return the sums of working time in a zone from before `since` to after `until` [us].

        Kept, and made anew when more years are asked for. Two threads may both make them:
        each goes on with its own, and the sums are the same.
        """
        known = self._worked.get(zone)
        if known is None or since < known.begins or until >= known.ends:
            if known is not None:
                since, until = min(since, known.begins), max(until, known.ends)
            first, last = (
                (EPOCH + at * MICROSECOND).astimezone(zone).year for at in (since, until)
            )
            known = self._worked[zone] = Worked.over(first, last, self._spans, zone)
        return known

    def _spans(self, day: date) -> tuple[tuple[int, int], ...]:
        return self.working_time.of(day) if self.is_working_day(day) else ()


def length(limit: Limit, calendar: Calendar) -> timedelta:
    """Return the time that `limit` gives, in clock or working time as its class says."""
    if limit.time_class is TimeClass.WORKING_DAYS:
        return limit.amount * calendar.working_time.working_day
    return timedelta(hours=limit.amount)


def deadline(opened: datetime, limit: Limit, calendar: Calendar, zone: ZoneInfo) -> datetime:
    """Return when `limit`, running since `opened`, is used up; in UTC."""
    return reach(opened, length(limit, calendar), limit.time_class, calendar, zone)


def reach(
    since: datetime, left: timedelta, time_class: TimeClass, calendar: Calendar, zone: ZoneInfo
) -> datetime:
    """Return when `left` of a class, running since `since`, is used up; in UTC.

    Time that ends with a span of working time ends there, not when the next begins. What is
    used up already was so at `since`. Raises OverflowError when a century is not enough.
    """
    start, span = microseconds(since), max(left // MICROSECOND, 0)
    if time_class is TimeClass.EMERGENCY_HOURS or not span:
        return EPOCH + (start + span) * MICROSECOND
    worked = calendar.worked(zone, start, start)
    while (found := worked.reach(worked.at(start) + span)) is None:
        if worked.ends - start > CENTURY:
            raise OverflowError(f"{left} of working time from {since} on do not end in a century")
        worked = calendar.worked(zone, start, 2 * worked.ends - start)
    return EPOCH + found * MICROSECOND


def elapsed(
    start: datetime, stop: datetime, time_class: TimeClass, calendar: Calendar, zone: ZoneInfo
) -> timedelta:
    """Return how much time of a class lies between two instants; none if they are reversed."""
    since, until = microseconds(start), microseconds(stop)
    if until <= since:
        return timedelta(0)
    if time_class is TimeClass.EMERGENCY_HOURS:
        return (until - since) * MICROSECOND
    worked = calendar.worked(zone, since, until)
    return (worked.at(until) - worked.at(since)) * MICROSECOND


def load_calendar(folder: Path | None = None, working_time: Path | None = None) -> Calendar:
    """Read every ``*.yml`` of `folder`, or the years that come with the product.

    `working_time` is the city's file of it; without one people work from 08:00 to 12:00 and
    from 14:00 to 18:00.
    """
    years = (read_data(f, Year) for f in yaml_files(folder or files("ingest.calendars")))
    return Calendar(years, read_data(working_time, WorkingTime) if working_time else USUAL)
