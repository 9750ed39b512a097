"""Rules bound to channels: every signal with its slots, every subject with its channels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np

from ingest.channel import Channel
from rules.binding import binds, facts_judged
from rules.findings import Findings
from rules.flags import FlagSignal
from rules.listening import NotListening
from rules.pack import RuleSet
from rules.schema import Rule, content_hash
from rules.signal import BEGINNING_OF_TIME, END_OF_TIME, BoundSignal, Changed, fingerprint
from rules.silence import SilenceSignal
from rules.term import Term, ordered
from rules.timeline import Timeline
from rules.together import TogetherSignal
from rules.values import ValueSignal

S = TypeVar("S", bound=BoundSignal)

#: How far before its term a version that came later is led up by readings: four weeks of
#: habit, and some. All of a city's readings would keep a restart busy for hours.
LOOK_BACK = np.timedelta64(35, "D").astype("m8[us]")


def begins(term: Term) -> np.datetime64:
    """Return since when the signals of a term are led up."""
    return term.since if term.since == BEGINNING_OF_TIME else term.since - LOOK_BACK


class BoundRules:
    """What the engine judges by, and what of it is the same for every reading."""

    def __init__(self, rules: RuleSet | Iterable[Term], channels: Sequence[Channel]) -> None:
        #: Versions in force and on trial, and former ones that late readings may fall to.
        self.terms = ordered(rules)
        self.channels: dict[int, Channel] = {}
        #: Hash of the facts by which each channel is judged.
        self.facts: dict[int, bytes] = {}
        self.not_listening = NotListening()
        self.timeline = Timeline()
        self.findings = Findings(self.channels)
        #: By fingerprint: versions have in common what is the same in them.
        self.signals: dict[str, BoundSignal] = {}
        self._add_signals(self.terms)
        self.findings = self._findings(self.terms)
        self._bind(channels)

    def _of_kind(self, kind: type[S]) -> list[S]:
        return [signal for signal in self.signals.values() if isinstance(signal, kind)]

    def _touch(self, signal: BoundSignal, changed: Changed) -> None:
        if changed:
            self.findings.touch(signal, changed)

    @property
    def changeovers(self) -> list[np.datetime64]:
        """When terms end, as far as they do; oldest first."""
        return sorted({term.until for term in self.terms if term.until < END_OF_TIME})

    def _add_signals(self, terms: Iterable[Term]) -> list[BoundSignal]:
        """Make the signals of `terms` that are not there yet, on no channel; return them."""
        anew: list[BoundSignal] = []
        for term in terms:
            for name in term.rule.signals:
                signal = self.signals.get(fingerprint(term.rule, name))
                if signal is None:
                    signal = self._make(term.rule, name)
                    signal.begins = begins(term)
                    self.signals[signal.fingerprint] = signal
                    anew.append(signal)
                elif signal in anew:
                    signal.begins = min(signal.begins, begins(term))
        return anew

    def _make(self, rule: Rule, name: str) -> BoundSignal:
        spec = rule.signals[name]
        if spec.silent is not None:
            return SilenceSignal(rule, name, self.not_listening)
        if spec.together is not None:
            return TogetherSignal(rule, name)
        return FlagSignal(rule, name) if spec.flags else ValueSignal(rule, name)

    def _findings(self, terms: Iterable[Term]) -> Findings:
        findings = Findings(self.channels)
        for term in terms:
            rule = term.rule
            findings.add(term, [self.signals[fingerprint(rule, name)] for name in rule.signals])
        return findings

    def _bind(self, channels: Sequence[Channel]) -> None:
        """Take in channels that nothing is known of."""
        self.channels.update((channel.number, channel) for channel in channels)
        self.facts.update((c.number, content_hash(facts_judged(c)).encode()) for c in channels)
        self.timeline.add(channels)
        for signal in self.signals.values():
            self._bind_signal(signal, channels)

    def _bind_signal(self, signal: BoundSignal, channels: Sequence[Channel]) -> None:
        bound = [channel for channel in channels if binds(signal.written, signal.spec, channel)]
        if bound:
            signal.add(bound)
            self.findings.add_channels(signal, bound)
            if isinstance(signal, ValueSignal):
                self.timeline.keep_only(signal.kept, [channel.number for channel in bound])

    def _unbind(self, channel: Channel) -> None:
        """Forget a channel, because its facts are no longer true."""
        for signal in self.signals.values():
            signal.remove(channel.number)
        self.timeline.places.remove(channel.number)
        self.findings.remove_channel(channel)
