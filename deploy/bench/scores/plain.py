"""Recorded series of one interval through the very engine, on a plain asset file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from deploy.bench.scores.apart import Track, judged_apart
from ingest.batch import Floats, Times
from rules.event import Event
from rules.pack import RuleSet

#: Channel, quantity, zone, values [SI].
Series = tuple[str, str, str, Floats]


def judged(
    series: Iterable[Series],
    time: Times,
    interval: timedelta,
    rules: RuleSet | None = None,
    time_zone: str = "UTC",
) -> list[Event]:
    """Return the events of `rules` (default: all packs that ship) on series of the same times."""
    series = list(series)
    return judged_rows(
        [(name, quantity, zone) for name, quantity, zone, _ in series],
        [time] * len(series),
        [values for *_, values in series],
        interval,
        rules,
        time_zone,
    )


def judged_rows(
    named: Sequence[tuple[str, str, str]],
    times: Sequence[Times],
    values: Sequence[Floats],
    interval: timedelta,
    rules: RuleSet | None = None,
    time_zone: str = "UTC",
) -> list[Event]:
    """Return the same for channels (id, quantity, zone) that each have times of their own."""
    every = int(interval.total_seconds())
    tracks = [
        Track(name, quantity, zone, every, time, value)
        for (name, quantity, zone), time, value in zip(named, times, values, strict=True)
    ]
    return judged_apart(tracks, time_zone, rules)
