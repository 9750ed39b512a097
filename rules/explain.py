"""Which event of another rule accounts for one of ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from ingest.channel import Channel
from rules.binding import scope_of
from rules.duration import microseconds
from rules.event import Event, Standing
from rules.schema import CaseKey, Explanation, Rule

Places = dict[str, list[Event]]
#: How a path that is a stretch of time begins, among those of a network.
DURING = "during "


def places_of(event: Event, same: str, channels: Mapping[int, Channel]) -> set[str]:
    """Return the subjects of scope `same` in which `event` lies."""
    if event.scope == same:
        return {event.subject}
    scopes = (scope_of(channels[number], same) for number in event.channels)
    return {scope[1] for scope in scopes if scope is not None}


def by_place(events: Iterable[Event], same: str, channels: Mapping[int, Channel]) -> Places:
    """Return events that were not withdrawn by the places they lie in, oldest first."""
    found: Places = {}
    for event in sorted(events, key=lambda e: (e.began, e.raised, e.subject)):
        if event.standing is not Standing.WITHDRAWN:
            for place in places_of(event, same, channels):
                found.setdefault(place, []).append(event)
    return found


def account_for(
    event: Event,
    rule: Rule,
    others: Mapping[tuple[str, str], Places],
    channels: Mapping[int, Channel],
) -> Event:
    """Return `event` as explained by the first event that does, or as a fact of its own.

    others : events by place, for each (rule, scope) that `rule` names as an explanation
    """
    standing = Standing.STANDING if event.ended is None else Standing.OVER
    why = {key: value for key, value in event.why.items() if key != "explained_by"}
    for explanation in rule.explained_by:
        there = others.get((explanation.rule, explanation.same), {})
        for place in sorted(places_of(event, explanation.same, channels)):
            for other in there.get(place, []):
                if other.id != event.id and _covers(explanation, other, event.began):
                    standing = Standing.EXPLAINED
                    why["explained_by"] = {
                        "rule": other.rule,
                        "event": str(other.id),
                        "subject": other.subject,
                        "same": explanation.same,
                    }
                    return replace(event, standing=standing, why=why)
    group = why.pop("group", {"near": 0.0, "paths": []})
    paths = [path for path in group["paths"] if not path.startswith(DURING)]
    paths += sorted(_paths(event, rule, others, channels))
    if paths or group["near"]:
        why["group"] = {"near": group["near"], "paths": paths}
    return replace(event, standing=standing, why=why)


def _paths(
    event: Event,
    rule: Rule,
    others: Mapping[tuple[str, str], Places],
    channels: Mapping[int, Channel],
) -> Iterator[str]:
    """Return the events of other rules, such as a storm, that `event` has its case in common with.

    Only findings of one kind (water, flood, ...) join: a storm has more than one effect.
    """
    kinds = sorted({channels[number].tags.get("kind", "") for number in event.channels})
    for during in rule.case.during if isinstance(rule.case, CaseKey) else ():
        there = others.get((during.rule, during.same), {})
        for place in places_of(event, during.same, channels):
            for other in there.get(place, []):
                if other.id != event.id and _covers(during, other, event.began):
                    yield f"{DURING}{other.rule} on {other.subject} since {other.began}, {kinds[0]}"


def _covers(explanation: Explanation, other: Event, began: np.datetime64) -> bool:
    """Say whether `other` was there when ours began, give or take the tolerances."""
    if other.began > began + microseconds(explanation.after):
        return False
    return other.ended is None or bool(other.ended >= began - microseconds(explanation.before))
