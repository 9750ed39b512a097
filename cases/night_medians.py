"""Nights that are back in the band of the nights before a problem began."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from cases.closing_conditions import Nights
from cases.curve import SHARE, Curve, Span, stamp
from cases.hours import ends_of
from cases.normal_readings import DAYS, band
from cases.normality import AGAIN, GAP, Verdict
from cases.telling import amount
from ingest.localtime import local_time
from rules.duration import microseconds

DAY = np.timedelta64(1, "D")


def nights(wanted: Nights, curve: Curve, span: Span) -> Verdict:
    """Judge the median of each night since feed-back by those of the nights before it began."""
    channel = curve.channel
    zone = ZoneInfo(channel.time_zone)
    begin, length = ends_of(wanted.hours)
    since, now, began = (
        local_time(np.array([stamp(t)]), channel.time_zone)[0]
        for t in (span.since, span.now, span.began)
    )
    # Days are told by when their night begins: one that goes over midnight has the day before.
    local = local_time(curve.time, channel.time_zone) - microseconds(begin)
    day = local.astype("M8[D]")
    asleep = (local - day) < microseconds(length)
    medians: dict[np.datetime64, float] = {}
    for each in np.unique(day[asleep]):
        values = curve.value[asleep & (day == each)]
        if len(values) >= SHARE * (length / channel.interval):
            medians[each] = float(np.median(values))

    def start(night: np.datetime64) -> np.datetime64:
        beginning: np.datetime64 = night.astype("M8[us]") + microseconds(begin)
        return beginning

    def over(night: np.datetime64) -> np.datetime64:
        return start(night) + microseconds(length)

    earliest = began - microseconds(wanted.learn)
    before = [m for n, m in medians.items() if start(n) >= earliest and over(n) <= began]
    tonight = (now - microseconds(begin)).astype("M8[D]")
    coming = tonight if over(tonight) > now else tonight + DAY
    slack = channel.reports_every + GAP * channel.interval
    first_night = (since - microseconds(begin)).astype("M8[D]")
    ended = [n for n in np.arange(first_night, coming) if start(n) >= since]
    if len(before) < DAYS:
        why = f"the nights of {channel.id} before it began are not known: {len(before)} of {DAYS}"
        return Verdict(False, None, _morning(over(coming), zone) + slack, why)
    usual, allowed = band(np.array(before), wanted, channel)
    low = usual - allowed if wanted.side != "high" else -np.inf
    high = usual + allowed if wanted.side != "low" else np.inf
    fine = [n in medians and low <= medians[n] <= high for n in ended]
    wrong = [n for n in ended if n in medians and not low <= medians[n] <= high]
    run = 0
    while run < len(fine) and fine[-1 - run]:
        run += 1
    limit = f"at most {amount(wanted.quantity, high)}" if high < np.inf else ""
    limit = limit or f"at least {amount(wanted.quantity, low)}"
    if ended and ended[-1] in medians:
        last = f"{amount(wanted.quantity, medians[ended[-1]])} in the night of {ended[-1]}"
    else:
        last = f"too few readings in the night of {ended[-1]}" if ended else "no night since"
    told = f"{channel.id}: {last}, {limit} is usual; {run} of {wanted.nights} nights are normal"
    against = _morning(over(wrong[-1]), zone) if wrong else None
    first = _morning(start(ended[-run]), zone) if run else None
    if run >= wanted.nights:
        return Verdict(True, first, span.now + AGAIN, told, against)
    lacking = wanted.nights - run - 1
    look = _morning(over(coming + lacking * DAY), zone) + slack
    if ended and ended[-1] not in medians:  # its readings may be on their way
        look = min(look, span.now + AGAIN)
    return Verdict(False, first, look, told, against)


def _morning(local: np.datetime64, zone: ZoneInfo) -> datetime:
    naive: datetime = local.astype("M8[us]").item()
    return naive.replace(tzinfo=zone).astimezone(UTC)
