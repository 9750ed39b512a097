"""What all rules have found so far, and how it differs from what was last told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from ingest.channel import Channel
from rules.binding import scope_of
from rules.combine import combine
from rules.duration import microseconds
from rules.event import Episode, Event, Standing
from rules.explain import Places, account_for, by_place
from rules.occurrence import Subject, make_event
from rules.schema import Rule, Status
from rules.signal import BEGINNING_OF_TIME, END_OF_TIME, BoundSignal

_FACTS = (Standing.STANDING, Standing.EXPLAINED)


class Findings:
    """The events of each rule, derived from the episodes of its signals.

    An event is known by its id. One that the episodes no longer bear out is told once more
    as withdrawn, and again as what it is should they bear it out after all.
    """

    def __init__(self, channels: Mapping[int, Channel]) -> None:
        self.channels = channels
        self.rules: dict[str, Rule] = {}  #: every rule after those that explain it
        self.signals: dict[str, list[BoundSignal]] = {}
        self.subjects: dict[str, dict[Subject, dict[str, list[int]]]] = {}
        self.told: dict[str, dict[Subject, dict[UUID, Event]]] = {}
        #: Subjects to derive anew, with a time before which nothing has changed.
        self.dirty: dict[str, dict[Subject, np.datetime64]] = {}
        #: When a rule took over from a former version; what was over then is not its business.
        self.in_force: dict[str, np.datetime64] = {}
        self.retired: list[Event] = []  #: of rules that are gone, to be told as over

    def add_rule(self, rule: Rule, signals: Sequence[BoundSignal]) -> None:
        self.rules[rule.id] = rule
        self.signals[rule.id] = list(signals)
        self.subjects[rule.id] = {}
        self.told.setdefault(rule.id, {})
        self.dirty[rule.id] = {}

    def add_channels(self, signal: BoundSignal, channels: Iterable[Channel]) -> None:
        """Note to which subject each channel of a signal belongs."""
        rule = self.rules[signal.rule]
        for channel in channels:
            subject = scope_of(channel, rule.per)
            if subject is not None:
                by_signal = self.subjects[rule.id].setdefault(subject, {})
                by_signal.setdefault(signal.name, []).append(channel.number)
                if rule.needs and any(need.share for need in rule.needs.values()):
                    self.dirty[rule.id][subject] = BEGINNING_OF_TIME

    def touch(self, rule: str, changed: Mapping[int, np.datetime64]) -> None:
        """Note that episodes of a rule changed on channels, each since a time."""
        per, dirty = self.rules[rule].per, self.dirty[rule]
        for number, since in changed.items():
            subject = scope_of(self.channels[number], per)
            if subject is not None:
                dirty[subject] = min(since, dirty.get(subject, since))

    def touch_all(self) -> None:
        """Derive everything anew at the next settling."""
        for rule in self.rules.values():
            subjects = {*self.subjects[rule.id], *self.told[rule.id]}
            self.dirty[rule.id] = dict.fromkeys(subjects, BEGINNING_OF_TIME)

    def remember(self, events: Iterable[Event], at: np.datetime64) -> None:
        """Take note of events told up to `at`, so that they are withdrawn if they were not so.

        What a rule that is gone found, and still stands, is over. What a rule that has
        changed found, and is over, stays as it was told by the version of that time.
        """
        for event in events:
            rule = self.rules.get(event.rule)
            if rule is not None and (event.ended is None or event.version == rule.version):
                subject = (event.scope, event.subject)
                self.told[rule.id].setdefault(subject, {})[event.id] = event
                self.dirty[rule.id][subject] = BEGINNING_OF_TIME
            elif rule is None and event.ended is None and event.standing in _FACTS:
                self.retired.append(_over(event, at))

    def remove_channel(self, channel: Channel) -> None:
        """Forget a channel; its subjects are derived anew without it."""
        for rule in self.rules.values():
            subject = scope_of(channel, rule.per)
            if subject is None or subject not in self.subjects[rule.id]:
                continue
            for numbers in self.subjects[rule.id][subject].values():
                if channel.number in numbers:
                    numbers.remove(channel.number)
            self.dirty[rule.id][subject] = BEGINNING_OF_TIME

    def forget(self, before: np.datetime64) -> None:
        """Drop events that were over before that time."""
        for by_subject in self.told.values():
            for subject in [*by_subject]:
                kept = {
                    key: event
                    for key, event in by_subject[subject].items()
                    if event.ended is None or event.ended >= before
                }
                by_subject[subject] = kept
                if not kept:
                    del by_subject[subject]

    def needed(self, rule: str, before: np.datetime64) -> dict[int, np.datetime64]:
        """Return since when episodes of channels are needed, where that is before `before`.

        An event that lasts is known by what it began with, however long ago that was over.
        """
        since: dict[int, np.datetime64] = {}
        for subject, told in self.told[rule].items():
            facts = [e.began for e in told.values() if e.standing is not Standing.WITHDRAWN]
            if facts and min(facts) < before:
                for numbers in self.subjects[rule].get(subject, {}).values():
                    since.update(dict.fromkeys(numbers, min(facts)))
        return since

    def take_over(
        self,
        versions: Mapping[str, str],
        told: Iterable[Event],
        in_force: Mapping[str, np.datetime64],
        retired: Iterable[Event],
        at: np.datetime64,
    ) -> None:
        """Go on from what rules of `versions` have told up to `at`."""
        self.in_force = {**in_force}
        self.retired += retired
        for name in versions.keys() & self.rules.keys():
            if versions[name] != self.rules[name].version:
                self.in_force[name] = at
        self.remember(told, at)
        self.touch_all()

    def all_told(self) -> list[Event]:
        """Return every event as it was last told."""
        return [
            event
            for by_subject in self.told.values()
            for events in by_subject.values()
            for event in events.values()
        ]

    def settle(self) -> list[Event]:
        """Return the events that are new or other than told, and note them as told."""
        news, self.retired = self.retired, []
        moved: dict[str, list[Event]] = {}  # by rule, as events were told and as they are now
        for rule in self.rules.values():
            cuts = {
                subject: self._cut(rule, subject, since)
                for subject, since in sorted(self.dirty[rule.id].items())
            }
            self.dirty[rule.id] = {}
            fresh = {subject: self._events(rule, subject, cut) for subject, cut in cuts.items()}
            if rule.explained_by:
                fresh = self._account(rule, fresh, cuts, moved)
            for former, event in self._tell(rule, fresh, cuts):
                news.append(event)
                moved.setdefault(rule.id, []).extend(filter(None, (former, event)))
        return news

    def _cut(self, rule: Rule, subject: Subject, since: np.datetime64) -> np.datetime64:
        """Return a time up to `since` at which nothing of the subject stood.

        What was over by then, and longer ago than `rejoin`, is as it was told: only what
        came after is derived anew, or a chattering sensor would cost ever more.
        """
        rejoin = microseconds(rule.rejoin)
        cut = since
        while cut > BEGINNING_OF_TIME:
            told = self.told[rule.id].get(subject, {}).values()
            raised = [e.raised for e in told if e.ended is None or e.ended >= cut - rejoin]
            raised += [e.raised for e in self._episodes(rule, subject, cut - rejoin)]
            earliest = min(raised, default=cut)
            if earliest >= cut:
                break
            cut = earliest
        return cut

    def _episodes(self, rule: Rule, subject: Subject, since: np.datetime64) -> list[Episode]:
        members = self.subjects[rule.id].get(subject, {})
        return [
            episode
            for signal in self.signals[rule.id]
            for number in members.get(signal.name, ())
            for episode in signal.episodes_of(number, since)
        ]

    def _events(self, rule: Rule, subject: Subject, cut: np.datetime64) -> dict[UUID, Event]:
        """Return the events of a subject since `cut` as the episodes now have them."""
        members = self.subjects[rule.id].get(subject, {})
        episodes = [e for e in self._episodes(rule, subject, cut) if e.raised >= cut]
        if not episodes:
            return {}
        bound = {name: len(numbers) for name, numbers in members.items()}
        events = [
            make_event(rule, subject, bound, span, self.channels)
            for span in combine(rule, bound, episodes)
        ]
        since = self.in_force.get(rule.id)
        return {
            event.id: event
            for event in events
            if since is None or event.ended is None or event.ended > since
        }

    def _account(
        self,
        rule: Rule,
        fresh: dict[Subject, dict[UUID, Event]],
        cuts: Mapping[Subject, np.datetime64],
        moved: Mapping[str, list[Event]],
    ) -> dict[Subject, dict[UUID, Event]]:
        """Return `fresh` with explanations, and with other events whose explanation changed."""
        explaining = [e for e in rule.explained_by if self._may_explain(e.rule, rule)]
        windows = [
            (other.began - microseconds(e.after), _end(other) + microseconds(e.before))
            for e in explaining
            for other in moved.get(e.rule, [])
        ]
        if windows:
            first, last = min(w[0] for w in windows), max(w[1] for w in windows)
            for subject, told in self.told[rule.id].items():
                cut = cuts.get(subject, END_OF_TIME)
                for key, event in told.items():
                    asked = first <= event.began <= last and event.raised < cut
                    if asked and event.standing is not Standing.WITHDRAWN:
                        fresh.setdefault(subject, {})[key] = event
        if not any(fresh.values()):
            return fresh
        others: dict[tuple[str, str], Places] = {}
        for explanation in explaining:
            told_there = self.told.get(explanation.rule, {})
            events = (event for told in told_there.values() for event in told.values())
            others[explanation.rule, explanation.same] = by_place(
                events, explanation.same, self.channels
            )
        return {
            subject: {
                key: account_for(event, rule, others, self.channels)
                for key, event in events.items()
            }
            for subject, events in fresh.items()
        }

    def _may_explain(self, other: str, rule: Rule) -> bool:
        """Say whether `other` is judged; a rule on trial may not quieten one in force."""
        if other not in self.rules:
            return False
        return rule.status is Status.SHADOW or self.rules[other].status is Status.ACTIVE

    def _tell(
        self,
        rule: Rule,
        fresh: dict[Subject, dict[UUID, Event]],
        cuts: Mapping[Subject, np.datetime64],
    ) -> list[tuple[Event | None, Event]]:
        """Return what differs from what was told, before and after, and note it as told."""
        news: list[tuple[Event | None, Event]] = []
        for subject, events in fresh.items():
            told = self.told[rule.id].setdefault(subject, {})
            for key, event in events.items():
                former = told.get(key)
                if former != event:
                    told[key] = event
                    news.append((former, event))
            cut = cuts.get(subject, END_OF_TIME)
            for key, event in told.items():
                gone = event.raised >= cut and key not in events
                if gone and event.standing is not Standing.WITHDRAWN:
                    since = self.in_force.get(rule.id)
                    if since is not None and event.version != rule.version:
                        told[key] = _over(event, since)
                    else:
                        told[key] = replace(event, standing=Standing.WITHDRAWN)
                    if told[key] != event:
                        news.append((event, told[key]))
            if not told:
                del self.told[rule.id][subject]
        return news


def _end(event: Event) -> np.datetime64:
    return END_OF_TIME if event.ended is None else event.ended


def _over(event: Event, at: np.datetime64) -> Event:
    """Return an event that its rule no longer looks after."""
    return replace(event, ended=np.fmax(at, event.raised), standing=Standing.OVER)
