"""An event judged again from the readings alone: what that takes, and what came out otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ingest.batch import Batch
from ingest.channel import Channel
from rules.binding import binds, scope_of
from rules.engine import Engine
from rules.event import Event, Standing
from rules.judgement import Remembered
from rules.listening import Interval
from rules.pack import RuleSet
from rules.schema import Rule
from rules.term import Term, ordered

#: What must come out again; the id is rule, subject and beginning already.
SAME = ("raised", "peak", "severity", "channels", "ended", "standing")


def terms_concerned(rule: str, terms: Iterable[Term]) -> list[Term]:
    """Return all terms of the rule, of those that explain it, and of those that explain them."""
    by_rule: dict[str, list[Term]] = {}
    for term in terms:
        by_rule.setdefault(term.rule.id, []).append(term)
    reached: dict[str, list[Term]] = {}
    ahead = [rule]
    while ahead:
        name = ahead.pop()
        if name in by_rule and name not in reached:
            reached[name] = by_rule[name]
            ahead += [e.rule for term in by_rule[name] for e in term.rule.leans_on]
    return [term for found in reached.values() for term in found]


def channels_concerned(
    event: Event, terms: RuleSet | Sequence[Term], channels: Sequence[Channel]
) -> list[Channel]:
    """Return all channels of the event's subject, and of what might explain the event.

    And those beside which they are looked at, whose own subjects may be others.
    """
    terms = ordered(terms)
    found: dict[int, Channel] = {}
    ahead = [(term.rule, (event.scope, event.subject)) for term in terms if term.has(event)]
    seen = {(rule.id, rule.version, place) for rule, place in ahead}
    while ahead:
        rule, subject = ahead.pop()
        here = [c for c in _bound(rule, channels) if scope_of(c, rule.per) == subject]
        found |= {channel.number: channel for channel in (*here, *_beside(rule, here, channels))}
        for explanation in rule.leans_on:
            places = {scope_of(channel, explanation.same) for channel in here} - {None}
            for other in [t.rule for t in terms if t.rule.id == explanation.rule]:
                for channel in _bound(other, channels):
                    there = scope_of(channel, other.per)
                    near = scope_of(channel, explanation.same) in places
                    step = (other.id, other.version, there)
                    if near and there is not None and step not in seen:
                        seen.add((other.id, other.version, there))
                        ahead.append((other, there))
    return [found[number] for number in sorted(found)]


def _beside(rule: Rule, here: Sequence[Channel], channels: Sequence[Channel]) -> list[Channel]:
    """Return the channels that are in one group with some of `here`."""
    beside: list[Channel] = []
    for signal in rule.signals.values():
        if signal.together is not None:
            per = signal.together.per
            places = {scope_of(channel, per) for channel in here if binds(rule, signal, channel)}
            bound = [channel for channel in channels if binds(rule, signal, channel)]
            beside += [channel for channel in bound if scope_of(channel, per) in places]
    return beside


def _bound(rule: Rule, channels: Sequence[Channel]) -> list[Channel]:
    """Return the channels on which the rule is judged."""
    return [c for c in channels if any(binds(rule, s, c) for s in rule.signals.values())]


def judge_again(
    terms: RuleSet | Sequence[Term],
    channels: Sequence[Channel],
    readings: Iterable[Batch],
    watermark: np.datetime64,
    not_listening: Iterable[Interval],
) -> list[Event]:
    """Return all events that a fresh engine finds; `readings` hold each channel in one batch."""
    engine = Engine(terms, channels, Remembered())
    for batch in readings:
        engine.judge(batch)
    engine.advance(watermark, not_listening)
    return list(engine.settle().events)


def differences(told: Event, again: Sequence[Event]) -> list[str]:
    """Return what came out otherwise than it was told, in words; nothing if the same did."""
    same = next((event for event in again if event.id == told.id), None)
    if told.standing is Standing.WITHDRAWN:
        return [] if same is None else ["was withdrawn, and comes out after all"]
    if same is None:
        ours = (told.rule, told.scope, told.subject)
        others = [e for e in again if (e.rule, e.scope, e.subject) == ours]
        if not others:
            return ["no such event comes out"]
        near = min(others, key=lambda event: abs(event.began - told.began))
        return [f"began: told {told.began}, nearest now {near.began} (raised {near.raised})"]
    return [
        f"{name}: told {_said(getattr(told, name))}, now {_said(getattr(same, name))}"
        for name in SAME
        if getattr(told, name) != getattr(same, name)
    ]


def _said(value: Any) -> str:
    return "none" if value is None else str(value)
