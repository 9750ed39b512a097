"""Which stretches of the history are worth a look, and their curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import numpy as np

from cases.evidence import thinned
from deploy.backtest.report import Found
from deploy.backtest.run import Readings
from deploy.backtest.words import explanation, why_no_case
from ingest.batch import Batch, concatenate
from ingest.channel import Channel
from ingest.quality import UNUSABLE
from ingest.quantities import QUANTITIES
from ingest.units import conversion
from rules.backtest import opens_case
from rules.counting import ANYWHERE, Label, places, speaker
from rules.event import Event

T = TypeVar("T")
MOST: Final = 30  #: pictures
CURVES: Final = 4  #: channels in one
POINTS: Final = 600  #: of one curve
SHORTEST, LONGEST = np.timedelta64(1, "h"), np.timedelta64(30, "D")
#: What a detector took for normal that can be drawn as a line beside the values.
LINES: Final = ("high", "low", "limit")


@dataclass(slots=True)
class Picture:
    """A stretch of time on some channels.

    kind : missed, false, found, event, on_trial, explained
    """

    kind: str
    start: np.datetime64
    end: np.datetime64
    channels: list[Channel]
    events: list[Event] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def choose(found: Found, labels: Sequence[Label]) -> list[Picture]:
    """Return missed labels first, then false events, then found ones; without labels events.

    Of each kind the first and last and those between evenly, so that no season is left out.
    """
    speaking = found.speaking
    counted = found.counted
    groups: list[list[Picture]] = []
    if counted is not None:
        groups.append([_missed(found, labels[n]) for n in counted.missed(labels)])
        groups.append(
            [_around(found, "false", e) for n, e in enumerate(speaking) if n not in counted.true]
        )
        groups.append(
            [_around(found, "found", e, labels[n]) for n, e in sorted(counted.first.items())]
        )
    else:
        groups.append([_around(found, "event", event) for event in speaking])
    for why in ("on_trial", "explained"):
        quiet = [event for event in found.notes if why_no_case(event) == why]
        groups.append([_around(found, why, event) for event in _spread(quiet, MOST // 5)])
    chosen: list[Picture] = []
    for place, group in enumerate(groups):
        still = sum(1 for later in groups[place + 1 :] if later)
        chosen += _spread(
            group, (MOST - len(chosen)) // (1 + still) if still else MOST - len(chosen)
        )
    for picture in chosen:
        _fill(picture, found, labels)
    return chosen


def draw(chosen: Sequence[Picture], readings: Readings, found: Found) -> list[dict[str, Any]]:
    """Return the pictures as plain data for the page, read from the history once more."""
    kept: list[list[Batch]] = [[] for _ in chosen]
    last = max((picture.end for picture in chosen), default=None)
    for batch in readings.batches() if chosen else ():
        begin, end = batch.time.min(), batch.time.max()
        for picture, batches in zip(chosen, kept, strict=True):
            if picture.start > end or picture.end < begin:
                continue
            rows = (batch.time >= picture.start) & (batch.time <= picture.end)
            if rows.any():
                rows &= np.isin(batch.channel, [channel.number for channel in picture.channels])
                if rows.any():
                    batches.append(batch[np.flatnonzero(rows)])
        if begin > last:
            break
    return [_plain(one, concatenate(rows), found) for one, rows in zip(chosen, kept, strict=True)]


def _missed(found: Found, label: Label) -> Picture:
    trial = found.trial
    there = [
        channel
        for number, channel in trial.channels.items()
        if number in trial.first and (label.place in ANYWHERE or label.place in places(channel))
    ]
    judged = {n for event in found.events for n in event.channels}
    there.sort(key=lambda channel: (channel.number not in judged, channel.number))
    return Picture("missed", *_window(label.start, label.end), there[:CURVES], labels=[label])


def _around(found: Found, kind: str, event: Event, label: Label | None = None) -> Picture:
    channels = found.trial.channels
    first = speaker(event, channels)
    others = [channels[n] for n in event.channels if n != first.number]
    end = event.raised if event.ended is None else event.ended
    begin = event.began if label is None else min(event.began, label.start)
    return Picture(kind, *_window(begin, end), [first, *others][:CURVES], [event])


def _window(start: np.datetime64, end: np.datetime64) -> tuple[np.datetime64, np.datetime64]:
    end = min(end, start + LONGEST)
    margin = min(max(SHORTEST, end - start), LONGEST)
    return start - margin, end + margin


def _spread(group: list[T], most: int) -> list[T]:
    if len(group) <= most:
        return group
    return [group[place] for place in np.linspace(0, len(group) - 1, most).astype(int)]


def _fill(picture: Picture, found: Found, labels: Sequence[Label]) -> None:
    """Add the other events and labels that lie in the picture."""
    numbers = {channel.number for channel in picture.channels}
    names = {name for channel in picture.channels for name in places(channel)}
    known = {event.id for event in picture.events}
    for event in found.events:
        ended = event.raised if event.ended is None else event.ended
        inside = event.began <= picture.end and ended >= picture.start
        if inside and event.id not in known and numbers & set(event.channels):
            picture.events.append(event)
    picture.labels += [
        label
        for label in labels
        if label not in picture.labels
        and label.start <= picture.end
        and label.end >= picture.start
        and (label.place in ANYWHERE or label.place in names)
    ]


def _plain(picture: Picture, rows: Batch, found: Found) -> dict[str, Any]:
    trial = found.trial
    told = [event for event in picture.events if event.rule in trial.ruleset.rules]
    return {
        "kind": picture.kind,
        "start": _ms(picture.start),
        "end": _ms(picture.end),
        "series": [
            _series(channel, rows[rows.channel == channel.number], told)
            for channel in picture.channels
        ],
        "events": [
            {
                "rule": event.rule,
                "title": _title(event, trial.ruleset.rules[event.rule].title),
                "subject": event.subject,
                "severity": event.severity,
                "began": _ms(event.began),
                "opened": _ms(event.raised),
                "cleared": None if event.ended is None else _ms(event.ended),
                "case": opens_case(event),
                "peak": float(f"{event.peak:.4g}"),
                "quiet_if": [*event.why.get("quiet_if", ())],
                "explanation": explanation(
                    event,
                    trial.ruleset.rules[event.rule],
                    trial.written[event.rule],
                    trial.channels,
                ),
            }
            for event in told[:20]
        ],
        "labels": [
            {"start": _ms(one.start), "end": _ms(one.end), "kind": one.kind, "place": one.place}
            for one in picture.labels
        ],
    }


def _title(event: Event, title: Any) -> dict[str, str]:
    return {"en": title.en, "zh": title.zh}


def _series(channel: Channel, rows: Batch, events: Iterable[Event]) -> dict[str, Any]:
    """Return the curve of a channel in the unit that people see, thinned to POINTS."""
    rows = rows[np.argsort(rows.time, kind="stable")]
    rows = rows[(rows.quality & int(UNUSABLE)) == 0]
    shown = rows[thinned(rows.value, POINTS)]
    quantity = QUANTITIES[channel.quantity]
    factor, offset = conversion(quantity.shown, channel.quantity)
    values = (shown.value - offset) / factor
    steps = np.diff(rows.time).astype(np.int64) / 1000
    return {
        "channel": channel.id,
        "quantity": {"en": channel.quantity.replace("_", " "), "zh": quantity.zh},
        "unit": "" if quantity.shown == "1" else quantity.shown,
        "time": shown.time.astype("M8[ms]").astype(np.int64).tolist(),
        "value": [None if np.isnan(v) else float(f"{v:.6g}") for v in values],
        "gap": float(np.median(steps) * 5) if len(steps) else None,
        "limits": sorted(_limits(channel, events, factor, offset)),
    }


def _limits(
    channel: Channel, events: Iterable[Event], factor: float, offset: float
) -> set[tuple[str, float]]:
    """Return the limits that events named on this channel, in the unit that people see."""
    found: set[tuple[str, float]] = set()
    for event in events:
        for member in event.why.get("members", ()):
            if member["channel"] == channel.id:
                expected: Mapping[str, float] = member["expected"]
                for name, value in expected.items():
                    plain = name.removeprefix("day_").removeprefix("night_")
                    if plain in LINES:
                        found.add((plain, float(f"{(value - offset) / factor:.6g}")))
    return found


def _ms(at: np.datetime64) -> int:
    return int(at.astype("M8[ms]").astype(np.int64))
