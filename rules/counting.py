"""Events against labels: what counts as found, as false, and how late. Pure.

The rules of counting, each held by tests/rules/test_counting.py:

- A label is a stretch of time at a place: a channel, device, component, zone or other tag;
  `*` or nothing is anywhere.
- An event counts for a label if it was raised within [start, end + tolerance] on that place.
- An event finds at most one label: of those it counts for and no earlier event has found, the
  one that began last. Further events in a label are not false, whatever their rule.
- An event that counts for no label is one false run, however long it lasts.
- Only events that open or join a case count; explained ones and notes do not.
- A label that is not sure can be neither found nor missed; an event that counts for no other is
  neither right nor wrong.
- A label at no channel of the assets, or in whose time none of its channels had a reading,
  can be neither found nor missed.
- Sensor-months: for each channel from its first to its last reading, 30.44 days a month.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

import numpy as np

from ingest.channel import Channel
from rules.binding import scope_of
from rules.duration import microseconds
from rules.event import Event

MONTH = np.timedelta64(int(30.44 * 86400e6), "us")
ANYWHERE = ("", "*")


@dataclass(frozen=True, slots=True)
class Label:
    """What people know to have happened; `row` is its line in the file."""

    start: np.datetime64
    end: np.datetime64
    place: str
    kind: str
    row: int = 0
    sure: bool = True  #: False: nobody has said yet whether it happened


@dataclass(slots=True)
class Score:
    """Counts of one rule, one kind of label, or all."""

    labels: int = 0
    found: int = 0
    events: int = 0
    false: int = 0
    delays: list[float] = field(default_factory=list)  #: of found labels [s]
    sensor_months: float = 0.0

    def report(self) -> dict[str, float | int | None]:
        """Return the measures; None where there is nothing to divide by.

        recall = found / labels    precision = found / (found + false)
        """
        told = self.found + self.false
        ordered = sorted(self.delays)
        p90 = ordered[max(0, -(-9 * len(ordered) // 10) - 1)] if ordered else None
        return {
            "labels": self.labels,
            "found": self.found,
            "events": self.events,
            "false_runs": self.false,
            "recall": _ratio(self.found, self.labels),
            "precision": _ratio(self.found, told),
            "false_runs_per_sensor_month": _ratio(self.false, self.sensor_months),
            "median_delay_s": median(ordered) if ordered else None,
            "p90_delay_s": p90,
        }


@dataclass(slots=True)
class Counted:
    """How events and labels fit: the score of all, by rule and by kind of label."""

    total: Score
    by_rule: dict[str, Score]
    by_kind: dict[str, Score]
    first: dict[int, Event] = field(default_factory=dict)  #: event that found a label, by its place
    true: set[int] = field(default_factory=set)  #: places of events that count for a label
    unseen: list[int] = field(default_factory=list)  #: labels that could not be found

    def missed(self, labels: Sequence[Label]) -> list[int]:
        told = {*self.first, *self.unseen}
        return [n for n, label in enumerate(labels) if label.sure and n not in told]


def places(channel: Channel) -> set[str]:
    """Return all names under which a label may mean this channel."""
    return {channel.id, channel.device, channel.component, *channel.tags.values()} - {""}


def count(
    events: Sequence[Event],
    labels: Sequence[Label],
    channels: Mapping[int, Channel],
    first: Mapping[int, np.datetime64],
    last: Mapping[int, np.datetime64],
    tolerance: timedelta,
) -> Counted:
    """Count `events` that open cases against `labels`, by the rules of this module.

    `first` and `last` are the times of each channel's readings, by number.
    """
    months = sensor_months(first, last)
    counted = Counted(Score(sensor_months=months), {}, {})
    standing: dict[str, list[int]] = {}
    for number in first:
        for name in places(channels[number]):
            standing.setdefault(name, []).append(number)
    slack = microseconds(tolerance)
    order = sorted(range(len(events)), key=lambda n: events[n].raised)
    raised = [events[n].raised for n in order]
    where = [{*(p for n in e.channels for p in places(channels[n])), e.subject} for e in events]
    hits: dict[int, list[int]] = {}  #: labels that each event counts for
    for row, label in enumerate(labels):
        anywhere = label.place in ANYWHERE
        seen = list(first) if anywhere else standing.get(label.place, [])
        if not any(first[n] <= label.end and last[n] >= label.start for n in seen):
            counted.unseen.append(row)
            continue
        if label.sure:
            for score in (counted.total, counted.by_kind.setdefault(label.kind, Score())):
                score.labels += 1
                score.sensor_months = months
        begin, end = bisect_left(raised, label.start), bisect_right(raised, label.end + slack)
        for n in order[begin:end]:
            if anywhere or label.place in where[n]:
                hits.setdefault(n, []).append(row)
    counted.true = set(hits)
    own: dict[str, set[int]] = {}  #: labels that each rule by itself has found
    for n in order:
        event = events[n]
        of_rule = counted.by_rule.setdefault(event.rule, Score(sensor_months=months))
        counted.total.events += 1
        of_rule.events += 1
        if n not in hits:
            counted.total.false += 1
            of_rule.false += 1
            continue
        sure = [row for row in hits[n] if labels[row].sure]
        for kind in {labels[row].kind for row in sure}:
            counted.by_kind[kind].events += 1
        newest = _newest(sure, labels, counted.first)
        if newest is not None:
            counted.first[newest] = event
            _find(counted.total, labels[newest], event)
            _find(counted.by_kind[labels[newest].kind], labels[newest], event)
        newest = _newest(sure, labels, own.setdefault(event.rule, set()))
        if newest is not None:
            own[event.rule].add(newest)
            _find(of_rule, labels[newest], event)
    for of_rule in counted.by_rule.values():
        of_rule.labels = counted.total.labels
    return counted


def _newest(rows: Iterable[int], labels: Sequence[Label], taken: Container[int]) -> int | None:
    """Return the label that began last of those not taken."""
    free = [row for row in rows if row not in taken]
    return max(free, key=lambda row: (labels[row].start, -row), default=None)


def sensor_months(first: Mapping[int, np.datetime64], last: Mapping[int, np.datetime64]) -> float:
    """Return how long all channels together were watched [months of 30.44 days]."""
    return float(sum(((last[n] - first[n]) / MONTH for n in first), 0.0))


def noisiest(
    events: Iterable[Event],
    false: Iterable[Event],
    channels: Mapping[int, Channel],
    most: int = 10,
) -> list[dict[str, object]]:
    """Return the channels that raised the most events: all, and those that count for no label.

    An event counts for the channel whose reading began it.
    """
    wrong = {event.id for event in false}
    sums: dict[str, dict[str, int]] = {}
    for event in events:
        channel = speaker(event, channels)
        one = sums.setdefault(channel.id, {"events": 0, "false": 0})
        one["events"] += 1
        one["false"] += event.id in wrong
    ordered = sorted(sums.items(), key=lambda s: (-s[1]["false"], -s[1]["events"], s[0]))
    return [{"channel": channel, **one} for channel, one in ordered[:most]]


def speaker(event: Event, channels: Mapping[int, Channel]) -> Channel:
    """Return the channel that speaks most for an event: the highest peak, the earliest of those."""
    ids = {channels[number].id: channels[number] for number in event.channels}
    members = [m for m in event.why.get("members", ()) if m["channel"] in ids]
    if not members:
        return channels[event.channels[0]]
    best = max(members, key=lambda m: (m["peak"], [-ord(c) for c in m["began"]]))
    return ids[best["channel"]]


def zone_of(event: Event, channel: Channel) -> str:
    """Return the zone of an event: its subject, or where the channel that speaks stands."""
    if event.scope == "zone":
        return event.subject
    scope = scope_of(channel, "zone")
    return scope[1] if scope else ""


def _find(score: Score, label: Label, event: Event) -> None:
    score.found += 1
    score.delays.append(float((event.raised - label.start) / np.timedelta64(1, "s")))


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None
