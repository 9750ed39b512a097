"""From the episodes of one subject to the spans in which its rule holds: a pure function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from rules.duration import microseconds
from rules.event import Episode
from rules.schema import Rule


@dataclass(frozen=True, slots=True)
class Span:
    """One unbroken time in which a rule's needs were met for one subject.

    `qualifying` are the episodes that stood when they were first met, `members` all that
    stood at some time of the span; oldest first.
    """

    raised: np.datetime64
    ended: np.datetime64 | None
    qualifying: tuple[Episode, ...]
    members: tuple[Episode, ...]
    found: np.datetime64

    @property
    def began(self) -> np.datetime64:
        return min(episode.began for episode in self.qualifying)


def least_needed(rule: Rule, bound: Mapping[str, int]) -> dict[str, int]:
    """Return how many channels of each signal must stand, `bound` being how many there are."""
    needed = {}
    for name in rule.signals:
        need = rule.need(name)
        share = ceil(need.share * bound.get(name, 0) - 1e-9)
        needed[name] = max(need.least, share)
    return needed


def combine(rule: Rule, bound: Mapping[str, int], episodes: Iterable[Episode]) -> list[Span]:
    """Return the spans in which enough channels of every signal stood at once, oldest first.

    `episodes` are all those of the rule's signals on the subject's channels, in any order.
    Spans that touch, or come back within `rejoin`, are one. A span goes on while enough
    channels of the rule's `stays_while` stand, if it names any.
    """
    ordered = sorted(episodes, key=lambda e: (e.raised, e.began, e.signal, e.channel))
    needed = least_needed(rule, bound)
    turns = sorted(
        {e.raised for e in ordered} | {e.cleared for e in ordered if e.cleared is not None}
    )
    staying = {name: least for name, least in needed.items() if name in rule.stays_while}
    waiting = 0
    standing: list[Episode] = []
    spans: list[Span] = []
    met: tuple[Episode, ...] = ()
    opened: np.datetime64 | None = None
    members: list[Episode] = []
    for at in turns:
        standing = [e for e in standing if e.cleared is None or e.cleared > at]
        while waiting < len(ordered) and ordered[waiting].raised <= at:
            standing.append(ordered[waiting])
            members.append(ordered[waiting])
            waiting += 1
        qualifying = _qualify(rule, needed, standing)
        if qualifying and opened is None:
            opened, met, members = at, qualifying, [*standing]
        elif not (qualifying or opened is None or (staying and _enough(staying, standing))):
            spans.append(Span(opened, at, met, tuple(members), _found(opened, needed, met)))
            opened = None
        if opened is None:
            members = []
    if opened is not None:
        spans.append(Span(opened, None, met, tuple(members), _found(opened, needed, met)))
    return _rejoined(spans, microseconds(rule.rejoin))


def _qualify(
    rule: Rule, needed: Mapping[str, int], standing: Sequence[Episode]
) -> tuple[Episode, ...]:
    """Return the standing episodes that meet the needs, () if they do not."""
    if rule.within is None:
        return tuple(standing) if _enough(needed, standing) else ()
    within = microseconds(rule.within)
    by_beginning = sorted(standing, key=lambda e: (e.began, e.raised, e.signal, e.channel))
    for first, opening in enumerate(by_beginning):
        near = [e for e in by_beginning[first:] if e.began - opening.began <= within]
        if _enough(needed, near):
            return tuple(near)
    return ()


def _enough(needed: Mapping[str, int], episodes: Sequence[Episode]) -> bool:
    return all(
        len({e.channel for e in episodes if e.signal == name}) >= least
        for name, least in needed.items()
    )


def _found(
    raised: np.datetime64, needed: Mapping[str, int], qualifying: Sequence[Episode]
) -> np.datetime64:
    """Return when the last reading arrived without which the needs would not have been met."""
    found = raised
    for name, least in needed.items():
        arrived = sorted(e.found for e in qualifying if e.signal == name)
        found = max(found, arrived[least - 1])
    return found


def _rejoined(spans: list[Span], rejoin: np.timedelta64) -> list[Span]:
    """Return the spans with those made one that are no further apart than `rejoin`.

    Nor are two events that began with the same reading, since that is how they are known.
    """
    groups: list[list[Span]] = []
    for span in spans:
        ended = groups[-1][-1].ended if groups else None
        if ended is not None and (
            span.raised - ended <= rejoin or span.began == groups[-1][0].began
        ):
            groups[-1].append(span)
        else:
            groups.append([span])
    return [_as_one(group) for group in groups]


def _as_one(group: Sequence[Span]) -> Span:
    first = group[0]
    # An episode may stand on from one span to the next; to compare them would cost too much.
    members = {id(member): member for span in group for member in span.members}
    return Span(
        first.raised, group[-1].ended, first.qualifying, tuple(members.values()), first.found
    )
