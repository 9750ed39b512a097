"""Since when a channel has been normal: which readings are, and how long without a gap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cases.closing_conditions import Band, Level, State
from cases.curve import SHARE, Curve, Span, moment, stamp
from cases.hours import in_hours, within
from cases.normal_readings import NORMAL, Unjudged
from cases.telling import amount, clock, spoken
from detectors.limit import MissingAttribute
from rules.duration import microseconds

#: Readings further apart than so many intervals leave a gap: of it nothing is known.
GAP = 3
#: People see what is missing no older than this.
AGAIN = timedelta(minutes=15)


class Verdict(NamedTuple):
    """Whether it is normal for long enough; `why` says in a sentence with numbers what is missing.

    `against` is the last good reading since feed-back that was not normal.
    """

    holds: bool
    since: datetime | None  #: normal since; None: it is not
    next_look: datetime
    why: str
    against: datetime | None = None


def pointwise(wanted: Level | State | Band, curve: Curve, span: Span) -> Verdict:
    """Judge a channel whose every reading is normal or is not."""
    as_of, opens = span.now, span.now
    if isinstance(wanted, Level) and wanted.hours:
        as_of, opens = within(wanted.hours, span.now, curve.channel.time_zone)
        curve = curve[in_hours(wanted.hours, curve.time, curve.channel.time_zone)]
        if as_of <= span.since:
            why = f"{curve.channel.id} is judged from {wanted.hours.replace('/', ' to ')} only"
            return Verdict(False, None, opens + wanted.lasting, why)
    try:
        fine, must = NORMAL[wanted.kind](wanted, curve, span)
    except (Unjudged, MissingAttribute) as why_not:
        return Verdict(False, None, span.now + AGAIN, str(why_not))
    verdict = stretch(wanted.lasting, curve, fine, must, span, as_of, isinstance(wanted, State))
    wrong = curve.time[~fine & (curve.time >= stamp(span.since))]
    late = verdict.next_look if as_of == span.now else opens + wanted.lasting
    return verdict._replace(
        next_look=span.now + AGAIN if verdict.holds else max(late, span.now),
        against=moment(wrong[-1]) if len(wrong) else None,
    )


def stretch(
    lasting: timedelta,
    curve: Curve,
    fine: NDArray[np.bool_],
    must: Callable[[int], str],
    span: Span,
    as_of: datetime,
    holds_on: bool = False,
) -> Verdict:
    """Say how long the readings have been fine without a gap, up to the last one.

    What measures proves it up to its last reading. What `holds_on`, such as a state, is so until
    its device, which must be alive, says otherwise.
    """
    channel, time = curve.channel, curve.time
    tell = clock(channel.time_zone, span.now)
    soon = span.now + min(lasting, AGAIN)
    reach = GAP * microseconds(channel.interval)
    last = len(time) - 1
    if last < 0:
        why = f"{channel.id} sends no good readings; silence is not normal"
        return Verdict(False, None, soon, why)
    if stamp(as_of) - time[last] > reach + microseconds(channel.reports_every):
        why = f"{channel.id} is silent since {tell(moment(time[last]))}; silence is not normal"
        return Verdict(False, None, soon, why)
    long = spoken(lasting)
    words = {number: word for word, number in channel.states.items()}
    value = words.get(curve.value[last]) or amount(channel.quantity, curve.value[last])
    now_at = f"{channel.quantity} {value} at {tell(moment(time[last]))}"
    if not fine[last]:
        why = f"{channel.id}: {now_at}, must {must(last)} for {long}"
        return Verdict(False, None, soon, why)
    broken = np.flatnonzero(~fine[:-1] | (np.diff(time) > reach))
    first = int(broken[-1]) + 1 if len(broken) else 0
    start = max(moment(time[first]), span.since)
    until = as_of if holds_on else moment(time[last])
    said = f"{channel.id}: {now_at}, has been normal since {tell(start)}"
    if until - start < lasting:
        ready = start + lasting
        why = f"{said}, must {must(last)} for {long}, until {tell(ready)}"
        return Verdict(False, start, ready if ready > span.now else soon, why)
    if not holds_on:
        expected = lasting / channel.interval
        came = int(np.count_nonzero(time > time[last] - microseconds(lasting)))
        if came < SHARE * expected:
            why = f"{channel.id} has sent {came} of {expected:.0f} readings of the last {long}"
            return Verdict(False, start, soon, why)
    return Verdict(True, start, span.now, said)
