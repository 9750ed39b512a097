"""Which rules watch a channel, and the fixed limits that a plot of it can show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Final, NamedTuple

from detectors.placed import Placed
from detectors.registry import REGISTRY
from ingest.channel import Channel
from rules.binding import binds
from rules.schema import Detection, Rule

#: By detector: facts of the place that are limits on the value itself. What a detector has learnt
#: (a habit, a spread) is in the engine's memory only, and in the evidence of each event.
DRAWN: Final[dict[str, tuple[str, ...]]] = {
    "level": ("high", "low", "night_high", "night_low"),
    "street_flood": ("high",),
    "energy_mean": ("day", "night"),
    "statistical_level": ("day", "night"),
    "time_to_limit": ("limit",),
}


class Line(NamedTuple):
    """A limit of a signal on one channel."""

    signal: str
    name: str  #: as the detector calls it: high, low, night_high, ...
    value: float  #: [SI unit of the channel's quantity]


class Watch(NamedTuple):
    """A rule that judges a channel, by these of its signals."""

    rule: Rule
    signals: tuple[str, ...]
    lines: tuple[Line, ...]


def watching(rules: Iterable[Rule], channel: Channel) -> list[Watch]:
    """Return the rules of `rules` that judge `channel`, with their fixed limits there."""
    found = []
    for rule in rules:
        names = [name for name, signal in rule.signals.items() if binds(rule, signal, channel)]
        lines = [line for name in names for line in _lines(rule, name, channel)]
        if names:
            found.append(Watch(rule, tuple(names), tuple(dict.fromkeys(lines))))
    return found


def _lines(rule: Rule, name: str, channel: Channel) -> Iterator[Line]:
    signal = rule.signals[name]
    if signal.together is None:
        for detection in signal.detect:
            yield from (Line(name, *limit) for limit in _limits(detection, channel))


def _limits(detection: Detection, channel: Channel) -> Iterator[tuple[str, float]]:
    names = DRAWN.get(detection.name, ())
    detector = REGISTRY[detection.name](detection.params, [channel]) if names else None
    if isinstance(detector, Placed):
        values = {name: float(detector.facts[name][0]) for name in names if name in detector.facts}
        by_day = {values.get("high"), values.get("low")}
        for name, value in values.items():
            same_at_night = name.startswith("night_") and value in by_day
            if isfinite(value) and not same_at_night:
                yield name, value
