"""Reference methods on the night flow of a zone: one number a day, judged in the morning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from river.drift import ADWIN, PageHinkley

from ingest.batch import Floats, Times

#: When it was raised, and when it ended; NaT while it stands.
Span = tuple[np.datetime64, np.datetime64]
#: Spans in which a method says leak, from (n,) times and (n,) inflow.
Method = Callable[[Times, Floats], list[Span]]

NIGHTS = 28  #: of the rolling Gaussian
SPREADS = 3.0  #: above their mean that raise
STANDS = np.datetime64("NaT", "us")


def night_flows(time: Times, flow: Floats) -> tuple[Times, Floats]:
    """Return the mornings, 04:00, and the 15 % quantile of what flowed in the two hours before."""
    day = time.astype("M8[D]")
    hour = (time - day).astype("m8[h]").astype(np.int64)
    asleep = (hour >= 2) & (hour < 4) & np.isfinite(flow)
    days: Times = np.unique(day[asleep])
    flows = [np.quantile(flow[asleep & (day == one)], 0.15) for one in days]
    mornings = (days + np.timedelta64(4, "h")).astype("M8[us]")
    return mornings, np.array(flows, dtype=np.float64)


def _spans(mornings: Times, turns: list[int]) -> list[Span]:
    """Return spans from 1 (raised), -1 (ended) or 0 a morning; what is said twice counts once."""
    spans: list[Span] = []
    for morning, turn in zip(mornings, turns, strict=True):
        standing = bool(spans) and np.isnat(spans[-1][1])
        if turn > 0 and not standing:
            spans.append((morning, STANDS))
        elif turn < 0 and standing:
            spans[-1] = (spans[-1][0], morning)
    return spans


def rolling_gaussian(time: Times, flow: Floats) -> list[Span]:
    """Stand while a night is three standard deviations above the 28 before it."""
    mornings, nights = night_flows(time, flow)
    turns = [0] * len(nights)
    for night in range(NIGHTS, len(nights)):
        before = nights[night - NIGHTS : night]
        above = nights[night] > before.mean() + SPREADS * before.std()
        turns[night] = 1 if above else -1
    return _spans(mornings, turns)


def _drift(make: Callable[[], object]) -> Method:
    """Return a drift detector of river on nights, raised by a drift up and ended by one down."""

    def judge(time: Times, flow: Floats) -> list[Span]:
        mornings, nights = night_flows(time, flow)
        usual = np.median(nights[:7])
        model, turns, since = cast(Any, make()), [], 0
        for night, value in enumerate(nights.tolist()):
            model.update(value / usual)  # its settings are meant for values around one
            turn = 0
            if model.drift_detected:
                recent = nights[max(since, night - 6) : night + 1].mean()
                former = nights[since : max(since + 1, night - 6)].mean()
                turn, since = (1 if recent > former else -1), night
            turns.append(turn)
        return _spans(mornings, turns)

    return judge


METHODS: dict[str, Method] = {
    "rolling Gaussian": rolling_gaussian,
    "river.ADWIN": _drift(lambda: cast(Any, ADWIN)(clock=1)),
    "river.PageHinkley": _drift(lambda: PageHinkley(min_instances=14, threshold=1.0)),
}
