"""The cases that events would have opened, and what load they are by day and shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

import numpy as np

from cases.amending import SEVERITIES
from cases.grouping import WITHIN, Symptom, one_cause, symptom
from cases.opening import as_datetime
from cases.placing import Place
from rules.duration import microseconds
from rules.event import Event, Standing
from rules.schema import Rule

#: Shifts of a day by the local hour at which they begin.
SHIFTS = {0: "00-08", 8: "08-16", 16: "16-24"}


@dataclass(slots=True)
class WouldBe:
    """A case that would have been opened; the first of its events opened it, under `key`."""

    key: str
    events: list[Event] = field(default_factory=list)

    @property
    def keys(self) -> set[str]:
        """Return the keys of all its events; grouping brings in those of other places."""
        return {event.case_key for event in self.events}

    @property
    def opened(self) -> np.datetime64:
        return self.events[0].raised

    @property
    def ended(self) -> np.datetime64 | None:
        """Return when the last of its signals ended; None while one stands."""
        ends = [event.ended for event in self.events if event.ended is not None]
        return max(ends) if len(ends) == len(self.events) else None

    @property
    def severity(self) -> str:
        return max((event.severity for event in self.events), key=SEVERITIES.index)

    def takes(self, event: Event, rejoin: np.timedelta64) -> bool:
        """Say whether `event` comes while the case is at work, or within `rejoin` after."""
        ended = self.ended
        return ended is None or bool(event.raised <= ended + rejoin)


def would_open(
    events: Iterable[Event],
    rules: Mapping[str, Rule],
    placed: Callable[[Event], Place] = lambda event: Place(),
) -> list[WouldBe]:
    """Return the cases of `events`, in the order of their opening.

    As live: an event with a case key that is a fact opens the case of its key, or joins the
    one that is open, or one whose events have one cause with it (`cases.grouping`). Live,
    people close a case; here it is over when the last of its events has ended, longer ago
    than the rule's `rejoin`.
    """
    facts = [
        event
        for event in events
        if event.case_key and event.standing in (Standing.STANDING, Standing.OVER)
    ]
    latest: dict[str, WouldBe] = {}
    near: list[tuple[Symptom, WouldBe]] = []
    cases: list[WouldBe] = []
    for event in sorted(facts, key=lambda e: (e.raised, e.began, str(e.id))):
        case = latest.get(event.case_key)
        mine = _symptom(event, placed) if event.why.get("group") else None
        if case is not None and not case.takes(event, microseconds(rules[event.rule].rejoin)):
            case = None
        if case is None and mine is not None:
            near = [one for one in near if mine.began - one[0].began <= WITHIN]
            case = next((other for theirs, other in near if one_cause(mine, theirs)), None)
        if case is None:
            case = WouldBe(event.case_key)
            cases.append(case)
        latest[event.case_key] = case
        case.events.append(event)
        if mine is not None:
            near.append((mine, case))
    return cases


def _symptom(event: Event, placed: Callable[[Event], Place]) -> Symptom:
    where = placed(event)
    row = {"code_list": event.code_list, "code": event.code, "began": as_datetime(event.began)}
    return symptom(row, event.why, where.lon, where.lat)


def compare(
    ours: Sequence[WouldBe], others: Sequence[WouldBe]
) -> tuple[list[WouldBe], list[WouldBe], list[tuple[WouldBe, WouldBe]]]:
    """Return the cases gained, those lost, and pairs that are the same, ours first.

    The same case has a key of the other's and was open at some time of the other's.
    """
    by_key: dict[str, list[WouldBe]] = {}
    for case in others:
        for key in case.keys:
            by_key.setdefault(key, []).append(case)
    gained: list[WouldBe] = []
    same: list[tuple[WouldBe, WouldBe]] = []
    met: set[int] = set()
    for case in ours:
        there = [o for key in sorted(case.keys) for o in by_key.get(key, ()) if _overlap(case, o)]
        met.update(id(other) for other in there)
        if there:
            same.append((case, there[0]))
        else:
            gained.append(case)
    return gained, [other for other in others if id(other) not in met], same


def _overlap(one: WouldBe, other: WouldBe) -> bool:
    return not _before(one, other) and not _before(other, one)


def _before(one: WouldBe, other: WouldBe) -> bool:
    return one.ended is not None and bool(one.ended < other.opened)


def per_day(opened: Sequence[datetime], first: date, last: date) -> dict[date, dict[str, int]]:
    """Return for every day from `first` to `last` how many cases each shift would have had."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    counted = Counter((at.date(), SHIFTS[at.hour // 8 * 8]) for at in opened)
    return {day: {shift: counted[day, shift] for shift in SHIFTS.values()} for day in days}


def local(at: np.datetime64, zone: ZoneInfo) -> datetime:
    return as_datetime(at).astimezone(zone)


def percentile(counts: Sequence[float], share: float) -> float | None:
    """Return the smallest of `counts` that at least this share of them do not exceed."""
    ordered = sorted(counts)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def spread(counts: Sequence[int]) -> dict[str, float | None]:
    """Return the mean, median, 95th percentile and maximum of counts."""
    return {
        "mean": round(sum(counts) / len(counts), 3) if counts else None,
        "p50": percentile(counts, 0.5),
        "p95": percentile(counts, 0.95),
        "max": max(counts, default=None),
    }
