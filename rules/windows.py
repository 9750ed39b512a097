"""Times in which people know why a place speaks: judging goes on, and what it finds is held back.

The suppression of ISA-18.2 (shelved, out of service, by design) on a city's terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from ingest.channel import Channel
from rules.binding import scope_of
from rules.event import Event, Standing
from rules.occurrence import Subject


class Reason(StrEnum):
    """Why a place is expected to speak."""

    MAINTENANCE = "maintenance"  #: somebody works on the device or on what it watches
    PLANNED_WORK = "planned_work"  #: shut-offs, flushing, road works
    CALIBRATION = "calibration"  #: the sensor is shown what is not there
    SHELVED = "shelved"  #: an operator has put a nuisance aside for a while


@dataclass(frozen=True, slots=True)
class Window:
    """Findings about `subject` of `scope` are held back from `began` until `until`.

    `rules` are those meant, none named: all. Every window ends by itself.
    """

    id: int
    reason: Reason
    scope: str
    subject: str
    began: np.datetime64
    until: np.datetime64
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """An event was raised within `window`, and windows on end last until `until`."""

    window: Window
    until: np.datetime64


def held_back(
    event: Event, windows: Iterable[Window], channels: Mapping[int, Channel]
) -> Held | None:
    """Return what holds `event` back since it was raised, None if nothing did then.

    Windows that follow one another without a gap hold as one. An event that goes on for
    longer counts from then.
    """
    places: dict[str, Subject | None] = {}  # by scope, what all channels that spoke lie in
    about = [
        window
        for window in windows
        if event.raised < window.until and _is_about(window, event, channels, places)
    ]
    first, until = None, event.raised
    while covering := [w for w in about if w.began <= until < w.until]:
        latest = max(covering, key=lambda w: (w.until, -w.id))
        first, until = first or latest, latest.until
    return None if first is None else Held(first, until)


def as_told(
    event: Event, windows: Iterable[Window], channels: Mapping[int, Channel], now: np.datetime64
) -> Event:
    """Return `event` as people are told of it: by itself, or explained by what holds it back.

    What was held back and goes on when the windows end says so ever after.
    """
    why = {key: value for key, value in event.why.items() if key != "held_back"}
    standing = Standing.STANDING if event.ended is None else Standing.OVER
    if event.standing is Standing.WITHDRAWN or "explained_by" in why:
        return replace(event, why=why)
    held = held_back(event, windows, channels)
    if held is None:
        return replace(event, why=why, standing=standing)
    why["held_back"] = {
        "window": held.window.id,
        "reason": held.window.reason.value,
        "until": f"{held.until}Z",
    }
    told = is_told(event, held, now)
    return replace(event, why=why, standing=standing if told else Standing.EXPLAINED)


def is_told(event: Event, held: Held | None, watermark: np.datetime64) -> bool:
    """Say whether people are told of `event` as of `watermark`.

    What was over before its windows ended would have been told without them; that is
    reported, and opens no case.
    """
    if held is None:
        return True
    outlasts = event.ended is None or event.ended > held.until
    return bool(outlasts and held.until <= watermark)


def _is_about(
    window: Window,
    event: Event,
    channels: Mapping[int, Channel],
    places: dict[str, Subject | None],
) -> bool:
    """Say whether a window means the event's subject, or all channels that spoke."""
    if window.rules and event.rule not in window.rules:
        return False
    place = (window.scope, window.subject)
    if (event.scope, event.subject) == place:
        return True
    if window.scope not in places:
        known = [channels[number] for number in event.channels if number in channels]
        spoke = {scope_of(channel, window.scope) for channel in known}
        places[window.scope] = spoke.pop() if len(spoke) == 1 else None
    return places[window.scope] == place
