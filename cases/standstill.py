"""A meter that has stood still once: what leaks never does."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from cases.closing_conditions import Pause
from cases.curve import Curve, Span, moment
from cases.normality import AGAIN, GAP, Verdict
from cases.telling import clock, spoken
from ingest.quantities import QUANTITIES
from rules.duration import microseconds


def pause(wanted: Pause, curve: Curve, span: Span) -> Verdict:
    """Look for a stretch since feed-back in which nothing flowed; one is enough for good."""
    channel, time, value = curve.channel, curve.time, curve.value
    # Whatever is counted in a unit without time is a counter: it stands still when it stays.
    flows = QUANTITIES[channel.quantity].unit.endswith("/s")
    still = (value[:-1] <= 0) & (value[1:] <= 0) if flows else np.diff(value) == 0
    still &= np.diff(time) <= GAP * microseconds(channel.interval)
    longest = timedelta(0)
    tell = clock(channel.time_zone, span.now)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]])))
    for first, last in edges.reshape(-1, 2):
        start = max(moment(time[first]), span.since)
        lasted = moment(time[last]) - start
        if lasted >= wanted.lasting:
            why = f"{channel.id} stood still for {spoken(wanted.lasting)} since {tell(start)}"
            return Verdict(True, start, span.now + AGAIN, why)
        longest = max(longest, lasted)
    why = (
        f"{channel.id} has stood still for {longest // timedelta(minutes=1)} min at most since "
        f"{tell(span.since)}, must for {spoken(wanted.lasting)} once"
    )
    return Verdict(False, None, span.now + AGAIN, why)
