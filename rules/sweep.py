"""What rules would have found had their limits been others: every score put to the policy again.

A score of 1 is a detector's limit, so that a limit k times as far from normal is a score of k.
The detectors run once; for each factor k the policy, the needs of the rule and its explanations
are worked out anew from score / k. That is exact: nothing is told from peaks, which say neither
whether an on-delay would have been met nor into how many events one would have fallen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ingest.channel import Channel
from rules.binding import scope_of
from rules.combine import Span, combine
from rules.duration import microseconds
from rules.event import Event
from rules.explain import account_for, by_place
from rules.occurrence import Subject, without_reasons
from rules.scaled import Leader, Overheard, ScaledSilence, SweptEngine, drop, loud, scaled
from rules.schema import Rule
from rules.silence import SilenceSignal
from rules.windows import as_told

FACTORS = (0.5, 0.7, 0.85, 1.2, 1.5, 2.0)


class Sweep:
    """The rules of an engine at each factor.

    The limit of a silence is multiplied itself. A quality flag has no limit, and a detector
    on channels side by side judges frames: rules with such signals are in `left_out`.
    """

    def __init__(self, engine: SweptEngine, factors: Sequence[float] = FACTORS) -> None:
        self.engine, self.factors = engine, factors
        self.trials: list[_Trial] = []
        self.left_out: list[str] = []
        by_rule: dict[str, dict[str, Leader]] = {}
        for signal in engine.signals.values():
            if isinstance(signal, (Overheard, SilenceSignal)):
                by_rule.setdefault(signal.rule, {})[signal.name] = signal
        for term in engine.terms:
            rule, signals = term.rule, by_rule.get(term.rule.id, {})
            if signals.keys() != rule.signals.keys():
                self.left_out.append(rule.id)
                continue
            self.trials += [_Trial(rule, k, signals, engine.channels) for k in factors]
        engine.scaled = tuple(
            signal
            for trial in self.trials
            for signal in trial.signals.values()
            if isinstance(signal, ScaledSilence)
        )

    def fold(self, until: np.datetime64 | None = None) -> None:
        """Turn what was over by `until` (None: all) into events, and drop its episodes."""
        for trial in self.trials:
            trial.fold(until)

    def events(self, found: Iterable[Event]) -> dict[str, dict[float, list[Event]]]:
        """Return the events of each rule at each factor, explained by what was `found` at 1."""
        self.fold()
        found = [*found]
        swept: dict[str, dict[float, list[Event]]] = {}
        for trial in self.trials:
            rule, events = trial.rule, trial.events
            if rule.explained_by and events:
                others = {
                    (e.rule, e.same): by_place(
                        (o for o in found if o.rule == e.rule), e.same, self.engine.channels
                    )
                    for e in rule.explained_by
                }
                events = [account_for(e, rule, others, self.engine.channels) for e in events]
            windows, channels = self.engine.windows, self.engine.channels
            if windows:
                events = [as_told(e, windows, channels, self.engine.watermark) for e in events]
            events = sorted(events, key=lambda e: (e.raised, e.subject, e.began))
            swept.setdefault(rule.id, {})[trial.factor] = events
        return swept


class _Trial:
    """One rule at one factor: its scaled signals, and the events that are over."""

    def __init__(
        self,
        rule: Rule,
        factor: float,
        leaders: Mapping[str, Leader],
        channels: Mapping[int, Channel],
    ) -> None:
        self.rule, self.factor, self.channels = rule, factor, channels
        self.signals = {name: scaled(leader, factor) for name, leader in leaders.items()}
        self.subjects: dict[Subject, dict[str, list[int]]] = {}
        for name, leader in leaders.items():
            for channel in leader.bound():
                subject = scope_of(channel, rule.per)
                if subject is not None:
                    self.subjects.setdefault(subject, {}).setdefault(name, []).append(
                        channel.number
                    )
        self.events: list[Event] = []

    def fold(self, until: np.datetime64 | None) -> None:
        heard = {number for signal in self.signals.values() for number in loud(signal)}
        for subject, members in self.subjects.items():
            if not any(number in heard for numbers in members.values() for number in numbers):
                continue
            bound = {name: len(numbers) for name, numbers in members.items()}
            episodes = [
                episode
                for name, numbers in members.items()
                for number in numbers
                for episode in self.signals[name].episodes_of(number)
            ]
            keep = until
            for span in combine(self.rule, bound, episodes):
                if until is not None and _may_go_on(span, self.rule, until):
                    keep = min(span.raised, until)
                    break
                self.events.append(
                    without_reasons(self.rule, subject, span, self.channels, self.factor)
                )
            for name, numbers in members.items():
                for number in numbers:
                    drop(self.signals[name], number, keep)


def _may_go_on(span: Span, rule: Rule, until: np.datetime64) -> bool:
    """Say whether a span may yet become one with a later: by `rejoin`, or by one beginning."""
    if span.ended is None or span.ended + microseconds(rule.rejoin) >= until:
        return True
    return any(e.cleared is None or e.cleared >= until for e in span.qualifying)
