"""A city's own public holidays and days worked in exchange (调休), a day a row, read into years."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from cases.clock import Holiday, Year
from cases.data import Text
from store.import_tables import Fault, Unusable, find_tables, read_sheets, unread
from store.import_words import CALENDAR, CALENDAR_NEEDS, DAYS

FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
FEWEST = 5  #: [days] of a year's holidays; China has 13, and a table with fewer is a part
EARLIEST, LATEST = 1990, 2100


@dataclass(slots=True)
class ReadCalendar:
    """A table as years, none where something is wrong with it."""

    rows: int = 0
    years: list[Year] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


def read_calendar(path: Path, source: str) -> ReadCalendar:
    """Read every sheet that has the header. A year is a whole: it replaces what was known of it.

    Nothing is left out: a table with a fault gives no years. Raises UnreadableTable.
    """
    sheets = read_sheets(path)
    tables, faults = find_tables(sheets, CALENDAR, CALENDAR_NEEDS)
    read = ReadCalendar(sum(len(table.rows) for table in tables), faults=faults)
    if not tables:
        return read
    read.warnings = unread(tables, sheets)
    days: dict[date, tuple[str, str]] = {}
    for table in tables:
        for row in table.rows:
            try:
                day, kind, name = _day(row.cells, days)
            except Unusable as why:
                read.faults.append(table.fault(row.number, *why.args))
                continue
            days[day] = (kind, name)
    for year in sorted({day.year for day in days}):
        off = [day for day, (kind, _) in days.items() if day.year == year and kind == "holiday"]
        if len(off) < FEWEST:
            what = f"{year} has {len(off)} holidays, and they are all that it will have"
            read.faults.append(
                tables[0].fault(0, "date", what, "Give the whole year in one import")
            )
    if not read.faults:
        read.years = [_year(year, days, source) for year in sorted({d.year for d in days})]
    return read


def _day(cells: dict[str, str], others: dict[date, tuple[str, str]]) -> tuple[date, str, str]:
    day = _date(cells["date"])
    kind = DAYS.get(cells["kind"].lower())
    if kind is None:
        raise Unusable(
            "kind", f"{cells['kind']!r} is neither", "Write holiday (放假) or worked (调休)"
        )
    if day in others:
        raise Unusable("date", f"{day} is there already", "Give a day one row")
    if kind == "worked" and day.weekday() < 5:
        what = f"{day} is a {day:%A}, which is worked anyway"
        raise Unusable("date", what, "Only weekend days are worked in exchange")
    name = cells.get("name", "")
    if kind == "holiday" and not name:
        raise Unusable("name", "is empty", "Name the holiday")
    return day, kind, name


def _date(text: str) -> date:
    for form in FORMS:
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if EARLIEST <= day.year <= LATEST:
            return day
    raise Unusable("date", f"{text!r} is no day", "Write it as 2026-10-01")


def _year(year: int, days: dict[date, tuple[str, str]], source: str) -> Year:
    holidays: list[Holiday] = []
    for day in sorted(d for d, (kind, _) in days.items() if d.year == year and kind == "holiday"):
        name = days[day][1]
        last = holidays[-1] if holidays else None
        if last and last.name.zh == name and last.last == day - timedelta(days=1):
            holidays[-1] = last.model_copy(update={"last": day})
        else:
            holidays.append(Holiday(name=Text(zh=name, en=""), first=day, last=day))
    worked = tuple(
        sorted(d for d, (kind, _) in days.items() if d.year == year and kind == "worked")
    )
    return Year(year=year, source=source, holidays=tuple(holidays), worked=worked)
