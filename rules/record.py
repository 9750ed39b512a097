"""What one term of a rule has found so far, and how it differs from what was last told."""

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
from rules.occurrence import Subject, make_event
from rules.signal import BEGINNING_OF_TIME, END_OF_TIME, BoundSignal
from rules.term import Term

Found = dict[Subject, dict[UUID, Event]]
Cuts = dict[Subject, np.datetime64]


class Record:
    """The events of a term, derived from the episodes of its signals.

    An event is known by its id. One that the episodes no longer bear out is told once more
    as withdrawn, and again as what it is should they bear it out after all.
    """

    def __init__(
        self, term: Term, signals: Sequence[BoundSignal], channels: Mapping[int, Channel]
    ) -> None:
        self.term, self.rule = term, term.rule
        self.signals, self.channels = signals, channels
        self.subjects: dict[Subject, dict[str, list[int]]] = {}
        self.told: Found = {}
        #: Subjects to derive anew, with a time before which nothing has changed.
        self.dirty: Cuts = {}

    def add_channels(self, signal: BoundSignal, channels: Iterable[Channel]) -> None:
        """Note to which subject each channel of a signal belongs."""
        for channel in channels:
            subject = scope_of(channel, self.rule.per)
            if subject is not None:
                by_signal = self.subjects.setdefault(subject, {})
                by_signal.setdefault(signal.name, []).append(channel.number)
                if any(need.share for need in self.rule.needs.values()):
                    self.dirty[subject] = BEGINNING_OF_TIME

    def remove_channel(self, channel: Channel) -> None:
        """Forget a channel; its subject is derived anew without it."""
        subject = scope_of(channel, self.rule.per)
        if subject is None or subject not in self.subjects:
            return
        for numbers in self.subjects[subject].values():
            if channel.number in numbers:
                numbers.remove(channel.number)
        self.dirty[subject] = BEGINNING_OF_TIME

    def touch(self, changed: Mapping[int, np.datetime64]) -> None:
        """Note that episodes changed on channels, each since a time."""
        for number, since in changed.items():
            subject = scope_of(self.channels[number], self.rule.per)
            if subject is not None and since < self.term.until:
                self.dirty[subject] = min(since, self.dirty.get(subject, since))

    def touch_all(self) -> None:
        """Derive everything anew at the next settling."""
        self.dirty = dict.fromkeys({*self.subjects, *self.told}, BEGINNING_OF_TIME)

    def remember(self, event: Event) -> None:
        """Take note of what was told, so that it is withdrawn if it was not so."""
        subject = (event.scope, event.subject)
        self.told.setdefault(subject, {})[event.id] = event
        self.dirty[subject] = BEGINNING_OF_TIME

    def forget(self, before: np.datetime64) -> None:
        """Drop events that were over before that time."""
        for subject in [*self.told]:
            self.told[subject] = {
                key: event
                for key, event in self.told[subject].items()
                if event.ended is None or event.ended >= before
            }
            if not self.told[subject]:
                del self.told[subject]

    def needed(self, before: np.datetime64) -> dict[int, np.datetime64]:
        """Return since when episodes of channels are needed, where that is before `before`.

        An event that lasts is known by what it began with, however long ago that was over.
        """
        since: dict[int, np.datetime64] = {}
        for subject, told in self.told.items():
            facts = [e.began for e in told.values() if e.standing is not Standing.WITHDRAWN]
            if facts and min(facts) < before:
                for numbers in self.subjects.get(subject, {}).values():
                    since.update(dict.fromkeys(numbers, min(facts)))
        return since

    def derive(self) -> tuple[Cuts, Found]:
        """Return what the dirty subjects found since a cut each; they are then clean."""
        cuts = {subject: self._cut(subject, since) for subject, since in sorted(self.dirty.items())}
        self.dirty = {}
        return cuts, {subject: self._events(subject, cut) for subject, cut in cuts.items()}

    def _cut(self, subject: Subject, since: np.datetime64) -> np.datetime64:
        """Return a time up to `since` at which nothing of the subject stood.

        What was over by then, and longer ago than `rejoin`, is as it was told: only what
        came after is derived anew, or a chattering sensor would cost ever more.
        """
        rejoin = microseconds(self.rule.rejoin)
        cut = since
        while cut > BEGINNING_OF_TIME:
            told = self.told.get(subject, {}).values()
            raised = [e.raised for e in told if e.ended is None or e.ended >= cut - rejoin]
            raised += [e.raised for e in self._episodes(subject, cut - rejoin)]
            earliest = min(raised, default=cut)
            if earliest >= cut:
                break
            cut = earliest
        return cut

    def _episodes(self, subject: Subject, since: np.datetime64) -> list[Episode]:
        members = self.subjects.get(subject, {})
        return [
            clipped
            for signal in self.signals
            for number in members.get(signal.name, ())
            for episode in signal.episodes_of(number, since)
            if (clipped := self.term.clip(signal.as_of(self.term.until, episode))) is not None
        ]

    def _events(self, subject: Subject, cut: np.datetime64) -> dict[UUID, Event]:
        """Return the events of a subject since `cut` as the episodes now have them."""
        episodes = [e for e in self._episodes(subject, cut) if e.raised >= cut]
        if not episodes:
            return {}
        bound = {name: len(numbers) for name, numbers in self.subjects[subject].items()}
        events = [
            make_event(self.rule, subject, bound, span, self.channels)
            for span in combine(self.rule, bound, episodes)
        ]
        return {event.id: event for event in events}

    def tell(self, fresh: Found, cuts: Cuts) -> list[tuple[Event | None, Event]]:
        """Return what differs from what was told, before and after, and note it as told."""
        news: list[tuple[Event | None, Event]] = []
        for subject, events in fresh.items():
            told = self.told.setdefault(subject, {})
            for key, event in events.items():
                former = told.get(key)
                if former != event:
                    told[key] = event
                    news.append((former, event))
            cut = cuts.get(subject, END_OF_TIME)
            for key, event in told.items():
                gone = event.raised >= cut and key not in events
                if gone and event.standing is not Standing.WITHDRAWN:
                    told[key] = replace(event, standing=Standing.WITHDRAWN)
                    news.append((event, told[key]))
            if not told:
                del self.told[subject]
        return news
