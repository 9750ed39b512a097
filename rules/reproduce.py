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

#: What must come out again; the id is rule, subject and beginning already.
SAME = ("raised", "peak", "severity", "channels")
#: And this while the version is in force: one that goes leaves its events as they stood.
SAME_IN_FORCE = ("ended", "standing")


def rules_concerned(rule: str, ruleset: RuleSet) -> RuleSet:
    """Return the rule with those that explain it, and those that explain them."""
    reached: dict[str, Rule] = {}
    ahead = [rule]
    while ahead:
        name = ahead.pop()
        if name in ruleset.rules and name not in reached:
            reached[name] = ruleset.rules[name]
            ahead += [explanation.rule for explanation in reached[name].explained_by]
    return RuleSet(
        reached,
        {name: ruleset.pack[name] for name in reached},
        {name: ruleset.body[name] for name in reached},
    )


def channels_concerned(
    event: Event, ruleset: RuleSet, channels: Sequence[Channel]
) -> list[Channel]:
    """Return all channels of the event's subject, and of what might explain the event.

    And those beside which they are looked at, whose own subjects may be others.
    """
    found: dict[int, Channel] = {}
    ahead = [(event.rule, (event.scope, event.subject))]
    seen = {*ahead}
    while ahead:
        name, subject = ahead.pop()
        rule = ruleset.rules[name]
        here = [c for c in _bound(rule, channels) if scope_of(c, rule.per) == subject]
        found |= {channel.number: channel for channel in (*here, *_beside(rule, here, channels))}
        for explanation in rule.explained_by:
            if explanation.rule not in ruleset.rules:
                continue
            other = ruleset.rules[explanation.rule]
            places = {scope_of(channel, explanation.same) for channel in here} - {None}
            for channel in _bound(other, channels):
                there = scope_of(channel, other.per)
                step = (other.id, there)
                near = scope_of(channel, explanation.same) in places
                if near and there is not None and step not in seen:
                    seen.add((other.id, there))
                    ahead.append((other.id, there))
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
    ruleset: RuleSet,
    channels: Sequence[Channel],
    readings: Iterable[Batch],
    watermark: np.datetime64,
    not_listening: Iterable[Interval],
) -> list[Event]:
    """Return all events that a fresh engine finds; `readings` hold each channel in one batch."""
    engine = Engine(ruleset, channels, Remembered())
    for batch in readings:
        engine.judge(batch)
    engine.advance(watermark, not_listening)
    return list(engine.settle().events)


def differences(told: Event, again: Sequence[Event], in_force: bool) -> list[str]:
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
        for name in (*SAME, *(SAME_IN_FORCE if in_force else ()))
        if getattr(told, name) != getattr(same, name)
    ]


def _said(value: Any) -> str:
    return "none" if value is None else str(value)
