"""How well alarms serve the people who must act on them: the measures of the alarm standards.

Measures and their target figures after EEMUA 191 (3rd ed., 2013, ch. 5 and app. 12) and
ANSI/ISA-18.2-2016, clause 16.5: rates of one operator's position.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Floats, Times

TEN_MINUTES = np.timedelta64(10, "m")
DAY = np.timedelta64(1, "D")
#: Alarms in ten minutes at which an operator is flooded, and below which it is over.
FLOOD_BEGINS, FLOOD_ENDS = 10, 5
#: One alarm raised so often within so long chatters. The standards say a minute, for process
#: plants; a city's sensors speak every few minutes.
CHATTER_TIMES, CHATTER_WITHIN = 3, np.timedelta64(1, "h")
#: Gone sooner than anybody could have acted.
FLEETING = np.timedelta64(1, "m")
STALE = DAY
TOP = 10


@dataclass(frozen=True, slots=True, eq=False)
class Alarms:
    """Alarms that people were told of, a row each.

    name     : (n,) rule and subject, the same for the same alarm raised again
    severity : (n,) blue, yellow, orange, red
    raised   : (n,) datetime64[us]
    ended    : (n,) datetime64[us], NaT = still standing
    held     : (n,) bool, held back by maintenance or shelving: nobody was told
    """

    name: NDArray[np.str_]
    severity: NDArray[np.str_]
    raised: Times
    ended: Times
    held: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure beside what is asked of it; `met` None where nothing is asked."""

    name: str
    value: float
    target: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Flood:
    """A stretch in which alarms came faster than one person can take them in."""

    began: np.datetime64
    ended: np.datetime64
    alarms: int


@dataclass(frozen=True, slots=True)
class Often:
    """An alarm and how often it was raised."""

    name: str
    times: int
    share: float


@dataclass(frozen=True, slots=True)
class Hygiene:
    """The report of a stretch of time; rates are those of one operator's position."""

    alarms: int
    held_back: int
    measures: tuple[Measure, ...]
    top: tuple[Often, ...]
    chattering: tuple[Often, ...]
    stale: tuple[str, ...]
    floods: tuple[Flood, ...]
    priorities: dict[str, float]  #: share of each severity
    per_ten_minutes: NDArray[np.int64]  #: alarms in each ten minutes of the stretch


def hygiene(
    alarms: Alarms, since: np.datetime64, until: np.datetime64, operators: int = 1
) -> Hygiene:
    """Return the measures of alarms raised in [since, until), shared by `operators` positions.

    Alarms raised before count as stale ones where they stand into the stretch.
    """
    if until <= since or operators < 1:
        raise ValueError("a report needs a stretch of time and at least one operator")
    told = (alarms.raised >= since) & (alarms.raised < until)
    held = int((told & alarms.held).sum())
    rows = np.flatnonzero(told & ~alarms.held)
    rows = rows[np.argsort(alarms.raised[rows], kind="stable")]
    name, raised, ended = alarms.name[rows], alarms.raised[rows], alarms.ended[rows]
    bins = int(np.ceil((until - since) / TEN_MINUTES))
    counts = np.bincount(((raised - since) // TEN_MINUTES).astype(np.int64), minlength=bins)
    each = counts / operators
    floods = _floods(each, counts, since)
    top = _often(name)[:TOP]
    chattering = _chattering(name, raised)
    stale, most_stale = _stale(alarms, since, until)
    days = max(float((until - since) / DAY), 1e-9)
    flooded = sum(int((f.ended - f.began) / TEN_MINUTES) for f in floods)
    levels = alarms.severity[rows]
    share = {
        level: float((levels == level).mean()) if len(rows) else 0.0
        for level in ("blue", "yellow", "orange", "red")
    }
    fleeting = int(((ended - raised) < FLEETING).sum())
    measures = (
        _at_most("alarms per day", len(rows) / operators / days, 150),
        _at_most("alarms per 10 min, average", float(each.mean()), 1),
        _at_most("alarms per 10 min, most", float(each.max()), FLOOD_BEGINS),
        _at_most("10 min with more than 10 alarms [%]", _percent(each > FLOOD_BEGINS), 1),
        _at_most("time in flood [%]", 100 * flooded / bins, 1),
        _at_most("share of the ten most frequent [%]", 100 * sum(o.share for o in top), 5)
        if len(set(name.tolist())) > TOP
        else Measure("share of the ten most frequent [%]", 100.0 if len(rows) else 0.0, "", None),
        _at_most("chattering alarms", len(chattering), 0),
        _at_most("fleeting alarms", fleeting, 0),
        _at_most("stale alarms (standing over 24 h) on the worst day", most_stale, 4),
        _at_most("share of the highest severity [%]", 100 * share["red"], 5),
    )
    return Hygiene(
        len(rows), held, measures, top, chattering, stale, floods, share, counts.astype(np.int64)
    )


def _at_most(name: str, value: float, limit: float) -> Measure:
    return Measure(name, value, f"<= {limit:g}", bool(value <= limit))


def _percent(which: NDArray[np.bool_]) -> float:
    return 100 * float(which.mean())


def _floods(each: Floats, counts: NDArray[np.int64], since: np.datetime64) -> tuple[Flood, ...]:
    """Return the stretches from ten alarms in ten minutes until they are fewer than five."""
    found, began = list[Flood](), -1
    for place, rate in enumerate([*each, 0.0]):
        if began < 0 and rate >= FLOOD_BEGINS:
            began = place
        elif began >= 0 and rate < FLOOD_ENDS:
            stretch = int(counts[began:place].sum())
            found.append(Flood(since + began * TEN_MINUTES, since + place * TEN_MINUTES, stretch))
            began = -1
    return tuple(found)


def _stale(
    alarms: Alarms, since: np.datetime64, until: np.datetime64
) -> tuple[tuple[str, ...], int]:
    """Return the alarms that were stale at some time, and how many on the worst day at most."""
    stale_from: Times = np.maximum(alarms.raised + STALE, since)
    over: Times = np.fmin(alarms.ended, until)  # NaT: still standing
    which = (stale_from < over) & ~alarms.held
    first, last = ((t[which] - since) // DAY for t in (stale_from, over - np.timedelta64(1, "us")))
    days = np.arange((until - since) // DAY + 1)
    per_day = (first[:, None] <= days) & (days <= last[:, None])
    return tuple(sorted(set(alarms.name[which].tolist()))), int(per_day.sum(axis=0).max())


def _often(name: NDArray[np.str_]) -> tuple[Often, ...]:
    names, times = np.unique(name, return_counts=True)
    order = np.lexsort((names, -times))
    return tuple(Often(str(names[k]), int(times[k]), float(times[k] / len(name))) for k in order)


def _chattering(name: NDArray[np.str_], raised: Times) -> tuple[Often, ...]:
    """Return alarms that were raised several times within a short while, most frequent first."""
    order = np.lexsort((raised, name))
    names, times = name[order], raised[order]
    last = CHATTER_TIMES - 1
    same = names[last:] == names[: len(names) - last]
    quick = times[last:] - times[: len(times) - last] <= CHATTER_WITHIN
    chatterers = set(names[last:][same & quick].tolist())
    return tuple(often for often in _often(name) if often.name in chatterers)
