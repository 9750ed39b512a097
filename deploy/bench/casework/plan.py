"""Which template is copied to which day and cell, so that copies add up to a year of a city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from cases.city import City
from deploy.bench.casework.place import Cells
from deploy.bench.casework.templates import Template

DAY = 86_400  #: [s]
#: Days of heavy rain, and how many times the weather's cases of a usual day they bring.
STORMS = {(5, 28): 20, (6, 25): 40, (7, 12): 30, (7, 29): 120, (7, 30): 160, (8, 20): 40}
#: In the last days of the year so few templates are copied that not too many need be cut.
LAST_DAYS, ONE_IN = 14, 10


@dataclass(frozen=True, slots=True)
class Plan:
    """One copy an element, in the order of their reports."""

    template: np.ndarray
    lines: np.ndarray  #: of the template that lie before the end of the year
    shift: np.ndarray  #: [s]
    cell: np.ndarray  #: place in the cells

    def __len__(self) -> int:
        return len(self.template)


def plan(
    templates: Sequence[Template],
    count: int,
    first: datetime,
    now: datetime,
    cells: Cells,
    city: City,
    seed: int = 1,
) -> Plan:
    """Return `count` copies reported from `first` to `now`."""
    random = np.random.default_rng(seed)
    days = (now.date() - first.date()).days + 1
    opened = np.array([(t.opened - first).total_seconds() for t in templates])
    day_of = (opened // DAY).astype(int)
    free = np.array([t.free for t in templates])
    weather = np.flatnonzero([t.of_weather for t in templates])
    fits = _fits(templates, first.date(), days, city)
    late = np.arange(len(templates)) % ONE_IN == 0
    template, day = [], []
    for number, copies in enumerate(_by_day(int(count * 1.02), first.date(), days, random)):
        here = fits[:, number] & (late if number >= days - LAST_DAYS else True)
        of_any_day, of_this = np.flatnonzero(here & free), np.flatnonzero(here & ~free)
        bound = random.binomial(copies, 1 - free.mean()) if len(of_this) else 0
        chosen = [random.choice(of_this, bound)] if bound else []
        chosen.append(random.choice(of_any_day, copies - bound))
        today = first.date() + timedelta(days=number)
        if more := STORMS.get((today.month, today.day)):
            usual = copies * len(weather) / len(templates)
            chosen.append(random.choice(weather, int(usual * more)))
        template.append(np.concatenate(chosen))
        day.append(np.full(len(template[-1]), number))
    which = np.concatenate(template)
    shift = (np.concatenate(day) - day_of[which]) * DAY
    # Only where no working time is counted may the minute change.
    shift += np.where(free[which], random.integers(-900, 900, len(which)), 0)
    end = (now - first).total_seconds()
    begun = opened[which] + shift
    kept = np.flatnonzero((begun >= 0) & (begun < end))
    if len(kept) > count:
        kept = random.choice(kept, count, replace=False)
    order = kept[np.argsort(begun[kept], kind="stable")]
    which, shift = which[order], shift[order]
    return Plan(
        which,
        _lines(templates, which, shift, first, end),
        shift,
        _cells(templates, which, cells, random),
    )


def _by_day(count: int, first: date, days: int, random: np.random.Generator) -> list[int]:
    """Return how many cases each day has: fewer on weekends and in winter."""
    when = [first + timedelta(days=n) for n in range(days)]
    weights = np.array([
        (0.75 if day.weekday() > 4 else 1.0) * (1.15 - 0.3 * abs(day.month - 7) / 6) for day in when
    ])  # fmt: skip
    counts: list[int] = random.multinomial(count, weights / weights.sum()).tolist()
    return counts


def _fits(templates: Sequence[Template], first: date, days: int, city: City) -> np.ndarray:
    """Tell which template may be copied to which day (templates, days).

    One whose limit counts working time needs the same row of working days and days off: then
    all its clocks are what they were.
    """
    begin = [(t.opened.astimezone(city.zone).date() - first).days for t in templates]
    span = [
        (t.until(city).astimezone(city.zone).date() - first).days - begins
        for t, begins in zip(templates, begin, strict=True)
    ]
    whole = days + max(span) + 1
    works = np.array(
        [city.calendar.is_working_day(first + timedelta(days=n)) for n in range(whole)]
    )
    fits = np.ones((len(templates), days), dtype=bool)
    for number, template in enumerate(templates):
        if not template.free:
            rows = np.lib.stride_tricks.sliding_window_view(works, span[number] + 1)[:days]
            fits[number] = (rows == rows[begin[number]]).all(axis=1)
    return fits


def _lines(
    templates: Sequence[Template], which: np.ndarray, shift: np.ndarray, first: datetime, end: float
) -> np.ndarray:
    """Return how many lines of each copy's template lie before `end` [s after `first`]."""
    total = np.array([len(t.entries) for t in templates])
    last = np.array([(t.entries[-1].at - first).total_seconds() for t in templates])
    lines: np.ndarray = total[which]
    for copy in np.flatnonzero(last[which] + shift > end):
        at = [(e.at - first).total_seconds() for e in templates[which[copy]].entries]
        lines[copy] = np.searchsorted(at, end - shift[copy], "right")
    return lines


def _cells(
    templates: Sequence[Template], which: np.ndarray, cells: Cells, random: np.random.Generator
) -> np.ndarray:
    """Return a cell of the template's district for each copy."""
    district = np.array([t.district for t in templates])[which]
    firsts = np.searchsorted(cells.district, np.arange(district.max() + 2))
    low, high = firsts[district], firsts[district + 1]
    chosen: np.ndarray = low + (random.random(len(which)) * (high - low)).astype(int)
    return chosen
