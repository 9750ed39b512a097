"""Rules bound to channels: every signal with its slots, every subject with its channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from ingest.channel import Channel
from rules.binding import binds, facts_judged
from rules.findings import Findings
from rules.flags import FlagSignal
from rules.listening import NotListening
from rules.pack import RuleSet
from rules.schema import Rule, content_hash
from rules.signal import BoundSignal, Changed, fingerprint
from rules.silence import SilenceSignal
from rules.timeline import Timeline
from rules.values import ValueSignal

S = TypeVar("S", bound=BoundSignal)


class BoundRules:
    """What the engine judges by, and what of it is the same for every reading."""

    def __init__(self, ruleset: RuleSet, channels: Sequence[Channel]) -> None:
        self.ruleset = ruleset
        self.channels: dict[int, Channel] = {}
        #: Hash of the facts by which each channel is judged.
        self.facts: dict[int, bytes] = {}
        self.not_listening = NotListening()
        self.timeline = Timeline()
        self.findings = Findings(self.channels)
        self.signals: dict[tuple[str, str], BoundSignal] = {}
        for rule in ruleset.judged():
            self._add_rule(rule, {})
        self._bind(channels)

    def _of_kind(self, kind: type[S]) -> list[S]:
        return [signal for signal in self.signals.values() if isinstance(signal, kind)]

    def _touch(self, signal: BoundSignal, changed: Changed) -> None:
        if changed:
            self.findings.touch(signal.rule, changed)

    def _add_rule(
        self, rule: Rule, before: Mapping[tuple[str, str], BoundSignal]
    ) -> list[BoundSignal]:
        """Take in a rule, with its former signals where they are the same; return the new ones."""
        anew: list[BoundSignal] = []
        signals: list[BoundSignal] = []
        for name, spec in rule.signals.items():
            signal = before.get((rule.id, name))
            if signal is None or signal.fingerprint != fingerprint(rule, name):
                if spec.silent is not None:
                    signal = SilenceSignal(rule, name, self.not_listening)
                else:
                    signal = FlagSignal(rule, name) if spec.flags else ValueSignal(rule, name)
                anew.append(signal)
            signals.append(signal)
            self.signals[rule.id, name] = signal
        self.findings.add_rule(rule, signals)
        for signal in signals:
            if signal in anew:
                self._bind_signal(rule, signal, list(self.channels.values()))
            else:
                self.findings.add_channels(signal, signal.bound())
        return anew

    def _bind(self, channels: Sequence[Channel]) -> None:
        """Take in channels that nothing is known of."""
        self.channels.update((channel.number, channel) for channel in channels)
        self.facts.update((c.number, content_hash(facts_judged(c)).encode()) for c in channels)
        self.timeline.add(channels)
        for (rule, _), signal in self.signals.items():
            self._bind_signal(self.findings.rules[rule], signal, channels)

    def _bind_signal(self, rule: Rule, signal: BoundSignal, channels: Sequence[Channel]) -> None:
        bound = [channel for channel in channels if binds(rule, signal.spec, channel)]
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
