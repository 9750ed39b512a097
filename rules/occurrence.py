"""A span in which a rule held, as an event that people and cases can use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ingest.channel import Channel
from ingest.exercise import within
from rules.binding import class_of, scope_of
from rules.combine import Span
from rules.event import Event, Standing
from rules.schema import CaseKey, Rule, Status
from rules.why import explain

Subject = tuple[str, str]  #: scope and name


def make_event(
    rule: Rule,
    subject: Subject,
    bound: Mapping[str, int],
    span: Span,
    channels: Mapping[int, Channel],
) -> Event:
    """Return the event that a span of `rule` is, its explanations apart."""
    event = without_reasons(rule, subject, span, channels)
    why = explain(rule, bound, span, channels)
    if group := grouping(rule, [channels[number] for number in event.channels]):
        why["group"] = group
    if event.shadow and (key := case_key(rule, subject, event.code, _first(span, channels))):
        why["would_open"] = key
    return replace(event, why=why)


def without_reasons(
    rule: Rule,
    subject: Subject,
    span: Span,
    channels: Mapping[int, Channel],
    factor: float = 1.0,
) -> Event:
    """Return the same without its reasons, its scores being `factor` times those of the span."""
    first = _first(span, channels)
    code = component_class(first) if rule.event.code == "component" else rule.event.code
    peak = factor * max(episode.peak for episode in span.members)
    shadow = rule.status is Status.SHADOW
    return Event(
        rule=rule.id,
        version=rule.version,
        scope=subject[0],
        subject=subject[1],
        code_list=rule.event.code_list,
        code=code,
        condition=rule.event.condition,
        severity=rule.level(peak).value,
        began=span.began,
        raised=span.raised,
        found=span.found,
        ended=span.ended,
        standing=Standing.STANDING if span.ended is None else Standing.OVER,
        channels=tuple(sorted({episode.channel for episode in span.members})),
        peak=peak,
        case_key="" if shadow else case_key(rule, subject, code, first),
        shadow=shadow,
        exercise=first.exercise,
    )


def _first(span: Span, channels: Mapping[int, Channel]) -> Channel:
    """Return the channel that an event is placed by: the one that began first."""
    return channels[min(span.qualifying, key=lambda e: (e.began, e.raised, e.channel)).channel]


def case_key(rule: Rule, subject: Subject, code: str, first: Channel) -> str:
    """Return what cases are one per; "" where the rule opens none."""
    if not isinstance(rule.case, CaseKey):
        return ""
    scope, place = scope_of(first, rule.case.one_per) or subject
    if rule.per == rule.case.one_per:
        scope, place = subject
    return f"{code}|{scope}|{place}"


def grouping(rule: Rule, spoke: Sequence[Channel]) -> dict[str, Any]:
    """Return by what the case of an event is one with others: `near` [m], and `paths`."""
    if not isinstance(rule.case, CaseKey):
        return {}
    paths = {
        f"{channel.tags.get('kind', '')} {tag} {_in_its_drill(channel, tag)}".strip()
        for channel in spoke
        for tag in rule.case.along
        if channel.tags.get(tag)
    }
    if not paths and not rule.case.near:
        return {}
    return {"near": rule.case.near, "paths": sorted(paths)}


def _in_its_drill(channel: Channel, tag: str) -> str:
    place = channel.tags[tag]
    return place if channel.exercise is None else within(channel.exercise, place)


def component_class(channel: Channel) -> str:
    """Return major and minor class: the tag `class`, or digits 7 to 10 of the component's code."""
    return channel.tags.get("class", "") or class_of(channel)
