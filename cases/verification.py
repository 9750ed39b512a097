"""Whether the sensors of a case say that it is solved, and if not, what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import NamedTuple

import numpy as np

from cases.closing_conditions import ClosingCondition, Nights, Pause, Quiet
from cases.curve import Curve, Span, moment, stamp
from cases.night_medians import nights
from cases.normality import AGAIN, Verdict, pointwise, stretch
from cases.standstill import pause
from cases.telling import clock, spoken
from ingest.batch import Batch
from ingest.channel import Channel
from ingest.quality import UNUSABLE
from rules.event import Event, Standing

TOLD = 3  #: channels named in one sentence
#: What such a channel sends is an event: it says nothing as long as all is well.
UNASKED = frozenset({"last_gasp"})


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at the sensors of a case sees.

    readings : of all the channels, those before feed-back too, in any order
    events   : of the case, all that are facts about the city
    """

    spoke: tuple[Channel, ...]  #: channels that its findings rest on
    beside: tuple[Channel, ...]  #: others of the same places
    readings: Batch
    events: tuple[Event, ...]


class Verdicts(NamedTuple):
    """What all closing conditions say together."""

    holds: bool
    since: datetime | None  #: when the last of them began to hold; None: one does not
    next_look: datetime
    said: tuple[str, ...]  #: of those that hold
    missing: tuple[str, ...]  #: what the others still need
    against: datetime | None = None  #: last good reading since feed-back that was not normal


def verify(
    conditions: Sequence[ClosingCondition], sight: Sight, since: datetime, now: datetime
) -> Verdicts:
    """Judge all closing conditions of a case that was fed back at `since`."""
    quiet = [each for each in conditions if isinstance(each, Quiet)]
    measured = [each for each in conditions if not isinstance(each, Quiet)]
    verdicts = _given(measured, sight, since, now) or _given(quiet, sight, since, now)
    if not verdicts:
        missing = ("no channel of the case can tell whether it is solved",)
        return Verdicts(False, None, now + AGAIN, (), missing)
    lacking = [verdict for verdict in verdicts if not verdict.holds]
    starts = [verdict.since for verdict in verdicts if verdict.since is not None]
    against = [verdict.against for verdict in lacking if verdict.against is not None]
    return Verdicts(
        not lacking,
        max(starts) if len(starts) == len(verdicts) else None,
        max((verdict.next_look for verdict in lacking), default=now + AGAIN),
        tuple(verdict.why for verdict in verdicts if verdict.holds),
        tuple(verdict.why for verdict in lacking),
        max(against, default=None),
    )


def _given(
    conditions: Sequence[ClosingCondition], sight: Sight, since: datetime, now: datetime
) -> list[Verdict]:
    given = (judge(each, sight, since, now) for each in conditions)
    return [verdict for verdict in given if verdict is not None]


def judge(wanted: ClosingCondition, sight: Sight, since: datetime, now: datetime) -> Verdict | None:
    """Judge one closing condition; None where it has nothing to look at.

    Only what was measured since feed-back counts: before, people were at work there, and a
    well that stands open holds no gas. Readings may come in any order, and later ones of the
    time that was judged may turn the verdict.
    """
    span = Span(since, now, _began(sight, since))
    if isinstance(wanted, Quiet):
        return _quiet(wanted, sight, span)
    channels = looks_at(wanted, sight.spoke, sight.beside)
    if not channels:
        return None
    theirs = channels[0] in sight.spoke
    needed = len(channels) if theirs else ceil(wanted.channels * len(channels))
    return _together([_of_channel(wanted, c, sight, span) for c in channels], needed, span)


def looks_at(
    wanted: ClosingCondition, spoke: Sequence[Channel], beside: Sequence[Channel]
) -> list[Channel]:
    """Return the channels that a condition looks at: those that spoke, or else those beside."""
    return _meant(wanted, spoke) or ([] if isinstance(wanted, Quiet) else _meant(wanted, beside))


def lacking(conditions: Sequence[ClosingCondition], spoke: Sequence[Channel]) -> list[str]:
    """Return the quantities that are looked for beside the channels that spoke."""
    return sorted(
        {
            quantity
            for wanted in conditions
            if not _meant(wanted, spoke)
            for quantity in _quantities(wanted)
        }
    )


def _quantities(wanted: ClosingCondition) -> tuple[str, ...]:
    if isinstance(wanted, Quiet):
        return ()
    return (wanted.quantity,) if isinstance(wanted.quantity, str) else wanted.quantity


def _meant(wanted: ClosingCondition, channels: Sequence[Channel]) -> list[Channel]:
    def looked_at(channel: Channel) -> bool:
        if isinstance(wanted, Quiet):
            return channel.quantity not in UNASKED
        return channel.quantity in _quantities(wanted)

    return [c for c in channels if looked_at(c) and wanted.tags.items() <= c.tags.items()]


def _of_channel(wanted: ClosingCondition, channel: Channel, sight: Sight, span: Span) -> Verdict:
    curve = _curve(channel, sight.readings, span)
    if isinstance(wanted, Pause):
        return pause(wanted, curve, span)
    if isinstance(wanted, Nights):
        return nights(wanted, curve, span)
    assert not isinstance(wanted, Quiet)
    return pointwise(wanted, curve, span)


def _curve(channel: Channel, readings: Batch, span: Span) -> Curve:
    rows = readings[
        (readings.channel == channel.number)
        & (readings.quality & UNUSABLE == 0)
        & ~np.isnan(readings.value)
        & (readings.time <= stamp(span.now))
    ].in_time_order()
    return Curve(channel, rows.time, rows.value)


def _together(verdicts: list[Verdict], needed: int, span: Span) -> Verdict:
    """Let `needed` of the channels decide, those that are furthest."""
    order = sorted(verdicts, key=lambda v: (not v.holds, v.next_look))
    best = order[:needed]
    if all(verdict.holds for verdict in best):
        starts = [verdict.since for verdict in best if verdict.since is not None]
        return Verdict(True, max(starts), span.now + AGAIN, _named([v.why for v in best]))
    lacking = [verdict for verdict in best if not verdict.holds]
    starts = [v.since for v in best if v.since is not None]
    against = [v.against for v in lacking if v.against is not None]
    return Verdict(
        False,
        max(starts) if len(starts) == len(best) else None,
        max(verdict.next_look for verdict in lacking),
        _named([verdict.why for verdict in lacking]),
        max(against, default=None),
    )


def _quiet(wanted: Quiet, sight: Sight, span: Span) -> Verdict | None:
    """Say whether all findings are over, none is new, and who found them reports."""
    if not sight.events:
        return None
    lasting = wanted.lasting
    zone = sight.spoke[0].time_zone if sight.spoke else "UTC"
    tell = clock(zone, span.now)
    standing = [event for event in sight.events if event.standing is Standing.STANDING]
    if standing:
        event = max(standing, key=lambda e: (e.raised, e.rule))
        where = f"{event.rule} on {event.scope} {event.subject}"
        why = (
            f"{where} stands since {tell(moment(event.began))}, must be over for {spoken(lasting)}"
        )
        return Verdict(False, None, span.now + min(lasting, AGAIN), why, span.now)
    ends = [moment(event.ended) for event in sight.events if event.ended is not None]
    start = max([*ends, span.since])
    against = start if start > span.since else None
    channels = _meant(wanted, sight.spoke)
    if channels:
        needed = ceil(wanted.channels * len(channels))
        reports = _together([_reports(c, sight, wanted, span) for c in channels], needed, span)
        if not reports.holds:
            return reports._replace(against=against)
    if span.now - start < lasting:
        why = f"all findings are over since {tell(start)}, must be for {spoken(lasting)}"
        return Verdict(False, start, start + lasting, why, against)
    return Verdict(
        True, start, span.now + AGAIN, f"all findings are over since {tell(start)}", against
    )


def _reports(channel: Channel, sight: Sight, wanted: Quiet, span: Span) -> Verdict:
    curve = _curve(channel, sight.readings, span)
    every = np.ones(len(curve.time), dtype=np.bool_)
    return stretch(wanted.lasting, curve, every, lambda row: "report", span, span.now)


def _began(sight: Sight, since: datetime) -> datetime:
    return min([moment(event.began) for event in sight.events], default=since)


def _named(whys: list[str]) -> str:
    more = f"; and {len(whys) - TOLD} more" if len(whys) > TOLD else ""
    return "; ".join(whys[:TOLD]) + more
