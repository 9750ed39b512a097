"""When people work: spans of the wall clock by season, and the working time before any instant."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cases.catalogue import Data, Text

MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)/(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


def _read_span(given: object) -> object:
    """Read `08:00/12:00`, an interval as ISO 8601 writes it, into minutes of the day."""
    if not isinstance(given, str):
        return given
    if (parts := SPAN.fullmatch(given)) is None:
        raise ValueError(f"{given!r} is no span like 08:00/12:00")
    hour, minute, to_hour, to_minute = (int(part or 0) for part in parts.groups())
    return 60 * hour + minute, 60 * to_hour + to_minute if parts[3] else 24 * 60


def _read_month_and_day(given: str) -> str:
    date.fromisoformat(f"2024-{given}")  # a leap year
    return given


MonthDay = Annotated[str, AfterValidator(_read_month_and_day)]
Span = Annotated[tuple[int, int], BeforeValidator(_read_span)]


class Spans(Data):
    """Working time of a day."""

    spans: tuple[Span, ...] = Field(min_length=1)
    """By the wall clock, as `08:00/12:00`, earliest first; what passes midnight is two."""

    @model_validator(mode="after")
    def _in_order(self) -> Spans:
        bounds = [minute for span in self.spans for minute in span]
        if any(later <= earlier for earlier, later in pairwise(bounds)):
            raise ValueError("spans must follow each other, with a pause between them")
        return self


class Season(Spans):
    """A part of each year with a working time of its own."""

    name: Text
    first: MonthDay
    """Month and day, as `05-01`; a season may pass the new year."""
    last: MonthDay
    """Month and day, which is in the season."""
    until: date | None = None
    """The last day on which it was so; none: it still is. So what was worked formerly is kept
    when it changes, and cases of then are judged by it."""

    def has(self, day: date) -> bool:
        if self.until is not None and day > self.until:
            return False
        today = f"{day:%m-%d}"
        if self.first <= self.last:
            return self.first <= today <= self.last
        return today >= self.first or today <= self.last


class WorkingTime(Spans):
    source: str = "own default"
    working_day: timedelta = Field(timedelta(hours=8), gt=timedelta(0))
    """Working time that a limit of one working day gives."""
    seasons: tuple[Season, ...] = ()
    """Where several have a day, the first one's spans are that day's."""

    def of(self, day: date) -> tuple[tuple[int, int], ...]:
        """Return the spans of `day` if it is worked, in minutes of the wall clock."""
        return next((season.spans for season in self.seasons if season.has(day)), self.spans)


def microseconds(at: datetime) -> int:
    """Return the time since 1970 [us]."""
    if at.tzinfo is None:
        raise ValueError(f"{at} must carry a time zone")
    return (at - EPOCH) // MICROSECOND


@dataclass(frozen=True, slots=True)
class Worked:
    """The working time of some years in one zone, summed up; instants in [us] since 1970.

    An instant is working time when its wall clock lies in a span of a worked day, so that a
    span is an hour longer or shorter where the clocks are changed in it.
    """

    begins: int  #: with a year of the zone's own clock
    ends: int  #: with another, which is not in it
    starts: tuple[int, ...]
    stops: tuple[int, ...]
    before: tuple[int, ...]  #: working time before each start
    until: tuple[int, ...]  #: working time before each stop

    @classmethod
    def over(
        cls, first: int, last: int, spans: Callable[[date], tuple[tuple[int, int], ...]],
        zone: ZoneInfo,
    ) -> Worked:  # fmt: skip
        found: list[tuple[int, int]] = []
        day = date(first, 1, 1)
        while day.year <= last:
            found += _instants(day, spans(day), zone)
            day += timedelta(days=1)
        starts, stops = zip(*found, strict=True) if found else ((), ())
        until = tuple(accumulate(stop - start for start, stop in found))
        begins, ends = (microseconds(datetime(y, 1, 1, tzinfo=zone)) for y in (first, last + 1))
        return cls(begins, ends, starts, stops, (0, *until[:-1]) if until else (), until)

    def at(self, instant: int) -> int:
        """Return the working time before `instant`."""
        place = bisect_right(self.starts, instant) - 1
        if place < 0:
            return 0
        return self.before[place] + min(instant, self.stops[place]) - self.starts[place]

    def reach(self, worked: int) -> int | None:
        """Return the first instant before which there is so much working time, if there is."""
        place = bisect_left(self.until, worked)
        if place == len(self.until):
            return None
        return self.starts[place] + worked - self.before[place]


def _instants(
    day: date, spans: tuple[tuple[int, int], ...], zone: ZoneInfo
) -> Iterator[tuple[int, int]]:
    """Yield what lies in `spans` of `day` in the zone, in [us] since 1970, earliest first."""
    if not spans:
        return
    midnight = datetime.combine(day, time(), zone)
    following = datetime.combine(day + timedelta(days=1), time(), zone)
    if midnight.utcoffset() == following.utcoffset():
        start = microseconds(midnight)
        for first, last in spans:
            yield start + first * 60_000_000, start + last * 60_000_000
        return
    # The clocks are changed: look at each minute of the day. Some come twice, some never.
    began: int | None = None
    minute = midnight.astimezone(UTC) - 120 * MINUTE
    while minute <= following.astimezone(UTC) + 120 * MINUTE:
        there = minute.astimezone(zone)
        place = 60 * there.hour + there.minute
        works = there.date() == day and any(first <= place < last for first, last in spans)
        if works and began is None:
            began = microseconds(minute)
        elif not works and began is not None:
            yield began, microseconds(minute)
            began = None
        minute += MINUTE
