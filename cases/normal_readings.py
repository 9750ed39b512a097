"""Which readings of a channel are normal, and in words what one must be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from cases.closing_conditions import Band, Learnt, Level, State
from cases.curve import SHARE, Curve, Span, stamp
from cases.telling import amount, spoken
from ingest.batch import Floats
from ingest.channel import Channel
from ingest.localtime import local_time
from ingest.quantities import QUANTITIES
from rules.duration import microseconds

#: Days that a band must be learnt from.
DAYS = 3
MAD = 1.4826  #: of a normal distribution, its scatter


class Unjudged(Exception):
    """A channel lacks what the closing condition needs of it. ``args[0]`` says what."""


#: Which readings are normal, and what a reading must be, in words.
Normal = tuple[NDArray[np.bool_], Callable[[int], str]]


def _state(wanted: State, curve: Curve, span: Span) -> Normal:
    known = curve.channel.states
    numbers = [known[word] for word in wanted.states if word in known]
    words = " or ".join(wanted.states)
    if not numbers:
        raise Unjudged(f"channel {curve.channel.id} has no number for the state {words}")
    return np.isin(curve.value, numbers), lambda row: f"be {words}"


def _level(wanted: Level, curve: Curve, span: Span) -> Normal:
    channel = curve.channel
    low = wanted.above.resolve(channel) if wanted.above else -np.inf
    high = wanted.below.resolve(channel) if wanted.below else np.inf
    value = curve.value
    mean = ""
    if wanted.average:
        value, mean = _averaged(curve, wanted.average), f" on average of {spoken(wanted.average)}"
    limits = [f"under {amount(channel.quantity, high)}"] if wanted.below else []
    limits += [f"above {amount(channel.quantity, low)}"] if wanted.above else []
    return (value > low) & (value < high), lambda row: f"stay {' and '.join(limits)}{mean}"


def _averaged(curve: Curve, over: timedelta) -> Floats:
    """Return (n,) means of the time `over` up to each reading; NaN where too few came.

    Levels of sound are averaged by their energy.
    """
    loud = QUANTITIES[curve.channel.quantity].unit == "dB"
    value = 10.0 ** (curve.value / 10.0) if loud else curve.value
    first = np.searchsorted(curve.time, curve.time - microseconds(over), side="right")
    count = np.arange(1, len(value) + 1) - first
    sums = np.concatenate([[0.0], np.cumsum(value)])
    mean = (sums[1:] - sums[first]) / count
    mean = 10.0 * np.log10(np.maximum(mean, 1e-30)) if loud else mean
    return np.where(count >= SHARE * (over / curve.channel.interval), mean, np.nan)


def _band(wanted: Band, curve: Curve, span: Span) -> Normal:
    hour = np.zeros(len(curve.time), dtype=np.int64)
    local = local_time(curve.time, curve.channel.time_zone)
    if wanted.compared == "same-hour":
        hour = ((local.astype("M8[us]") - local.astype("M8[D]")) // np.timedelta64(1, "h")).astype(
            np.int64
        )
    began = stamp(span.began)
    learnt = (curve.time >= began - microseconds(wanted.learn)) & (curve.time < began)
    usual, allowed = np.full(24, np.nan), np.full(24, np.nan)
    for each in np.unique(hour):
        rows = learnt & (hour == each)
        if len(np.unique(local[rows].astype("M8[D]"))) >= DAYS:
            usual[each], allowed[each] = band(curve.value[rows], wanted, curve.channel)
    middle, slack = usual[hour], allowed[hour]
    fine = ~np.isnan(middle)
    if wanted.side != "high":
        fine &= curve.value >= middle - slack
    if wanted.side != "low":
        fine &= curve.value <= middle + slack

    def must(row: int) -> str:
        if np.isnan(middle[row]):
            return f"be back in a band that is not known, for want of {DAYS} days before it began,"
        low, high = middle[row] - slack[row], middle[row] + slack[row]
        ends = {"low": f"at least {amount(wanted.quantity, low)}"}
        ends["high"] = f"at most {amount(wanted.quantity, high)}"
        ends["both"] = f"{amount(wanted.quantity, low)} to {amount(wanted.quantity, high)}"
        return f"be back in its band, {ends[wanted.side]},"

    return fine, must


def band(value: Floats, wanted: Learnt, channel: Channel) -> tuple[float, float]:
    """Return what is usual, and how far from it is normal."""
    usual = float(np.median(value))
    spread = MAD * float(np.median(np.abs(value - usual)))
    floor = wanted.floor.resolve(channel)
    return usual, max(wanted.spreads * spread, wanted.share * abs(usual), floor)


NORMAL: dict[str, Callable[..., Normal]] = {"level": _level, "state": _state, "back_in_band": _band}
