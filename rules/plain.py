"""Episodes and events as plain data and back, exactly."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from rules.event import Episode, Event, Standing


def micros(time: np.datetime64 | None) -> int | None:
    """Return `time` in µs since 1970, None for none and for NaT."""
    return None if time is None or np.isnat(time) else int(time.astype("M8[us]").astype(np.int64))


def moment(micros: int | None) -> np.datetime64:
    """Return the time `micros` after 1970, NaT for None."""
    return np.datetime64("NaT", "us") if micros is None else np.datetime64(micros, "us")


def to_plain(found: Episode | Event) -> list[Any]:
    """Return the fields in their order, times as µs."""
    values = [getattr(found, field.name) for field in fields(found)]
    return [micros(v) if isinstance(v, np.datetime64) else v for v in values]


def episode(plain: list[Any]) -> Episode:
    rule, signal, channel, began, raised, found, cleared, peak, peak_value, limit = plain
    return Episode(
        rule=rule,
        signal=signal,
        channel=channel,
        began=moment(began),
        raised=moment(raised),
        found=moment(found),
        cleared=None if cleared is None else moment(cleared),
        peak=peak,
        peak_value=peak_value,
        limit=limit,
    )


def event(plain: list[Any]) -> Event:
    # One written before there were drills has a field less, which none of its events had.
    named = dict(zip((field.name for field in fields(Event)), plain, strict=False))
    for name in ("began", "raised", "found"):
        named[name] = moment(named[name])
    named["ended"] = None if named["ended"] is None else moment(named["ended"])
    named["standing"] = Standing(named["standing"])
    named["channels"] = tuple(named["channels"])
    return Event(**named)
