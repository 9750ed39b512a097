"""Which channels a signal looks at, and which place a channel belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from detectors.limit import Limit
from ingest.channel import Channel
from ingest.exercise import outside, within
from rules.schema import Rule, Selector, Signal

#: The scope that holds every channel.
CITY = "city"


def scope_of(channel: Channel, scope: str) -> tuple[str, str] | None:
    """Return (scope, subject) of `channel`, None where it has no such place.

    A device that stands on no known component is its own place, so that nothing it
    finds is lost for want of an inventory. A drill's channels have the drill's places, whatever
    these are called: so nothing live and no other drill is ever in one with them.
    """
    found = _place(channel, scope)
    if found is None or channel.exercise is None:
        return found
    return found[0], within(channel.exercise, found[1])


def _place(channel: Channel, scope: str) -> tuple[str, str] | None:
    if scope == CITY:
        return CITY, CITY
    if scope == "channel":
        return scope, channel.id
    if scope == "device" or (scope == "component" and not channel.component):
        return "device", channel.device
    if scope == "component":
        return scope, channel.component
    place = channel.tags.get(scope, "")
    return (scope, place) if place else None


def selects(select: Selector, channel: Channel) -> bool:
    """Say whether `channel` is one of those that `select` means.

    In component codes of 16 and of 18 digits the class follows the six of the county. Zones and ids
    are meant of live places alone.
    """
    return (
        (not select.quantity or channel.quantity in select.quantity)
        and (not select.kind or channel.tags.get("kind", "") in select.kind)
        and (not select.component_class or class_of(channel) in select.component_class)
        and (not select.zone or channel.tags.get("zone", "") in select.zone)
        and (not select.ids or channel.id in select.ids)
        and all(channel.tags.get(tag, "") in wanted for tag, wanted in select.tags.items())
        and all(name in channel.attributes for name in select.attributes)
    )


def class_of(channel: Channel) -> str:
    """Return major and minor class of what a channel watches, by its component's code."""
    return outside(channel.component)[6:10]


def binds(rule: Rule, signal: Signal, channel: Channel) -> bool:
    """Say whether `signal` of `rule` can be judged on `channel`."""
    return (
        selects(signal.select, channel)
        and scope_of(channel, rule.per) is not None
        and (signal.together is None or scope_of(channel, signal.together.per) is not None)
        and all(name in channel.attributes for name in attributes_needed(signal))
    )


def facts_judged(channel: Channel) -> tuple[Any, ...]:
    """Return the facts of a channel on which its judging depends; where it lies is none."""
    return (
        channel.id,
        channel.device,
        channel.quantity,
        channel.largest_rate,
        channel.interval,
        channel.reports_every,
        channel.component,
        channel.time_zone,
        channel.tags,
        channel.attributes,
        channel.states,
    )


def attributes_needed(signal: Signal) -> set[str]:
    """Return the numbers of the place that the limits of `signal` refer to."""
    return {
        limit.attribute
        for detection in signal.detect
        for limit in _limits(detection.params)
        if limit.attribute
    }


def _limits(value: Any) -> Iterator[Limit]:
    if isinstance(value, Limit):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _limits(getattr(value, name))
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _limits(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _limits(entry)
