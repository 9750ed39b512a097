"""What all terms of all rules have found, and which of it accounts for other finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from ingest.channel import Channel
from rules.duration import microseconds
from rules.event import Event, Standing
from rules.explain import Places, account_for, by_place
from rules.occurrence import Subject
from rules.record import Cuts, Found, Record
from rules.signal import END_OF_TIME, BoundSignal
from rules.term import Term
from rules.windows import Window, as_told

_FACTS = (Standing.STANDING, Standing.EXPLAINED)


class Findings:
    """A record a term, every one after those that may explain it."""

    def __init__(self, channels: Mapping[int, Channel]) -> None:
        self.channels = channels
        self.records: list[Record] = []
        self.by_rule: dict[str, list[Record]] = {}
        #: Records that rest on a signal, by its fingerprint.
        self.users: dict[str, list[Record]] = {}
        self.retired: list[Event] = []  #: of terms that are gone, to be told
        self.windows: tuple[Window, ...] = ()  #: that what was told has been held back by
        #: When people are told of what is held back now; by record, subject and event.
        self.held: dict[tuple[int, Subject, UUID], np.datetime64] = {}

    def add(self, term: Term, signals: Sequence[BoundSignal]) -> None:
        record = Record(term, signals, self.channels)
        self.records.append(record)
        self.by_rule.setdefault(term.rule.id, []).append(record)
        for signal in signals:
            self.users.setdefault(signal.fingerprint, []).append(record)
            record.add_channels(signal, signal.bound())

    def used(self, signal: BoundSignal) -> list[Record]:
        return self.users.get(signal.fingerprint, [])

    def add_channels(self, signal: BoundSignal, channels: Sequence[Channel]) -> None:
        for record in self.used(signal):
            record.add_channels(signal, channels)

    def remove_channel(self, channel: Channel) -> None:
        for record in self.records:
            record.remove_channel(channel)

    def touch(self, signal: BoundSignal, changed: Mapping[int, np.datetime64]) -> None:
        """Note that episodes of a signal changed on channels, each since a time."""
        for record in self.used(signal):
            record.touch(changed)

    def remember(self, events: Iterable[Event], at: np.datetime64) -> None:
        """Take note of events told up to `at`, so that they are withdrawn if they were not so.

        One that began when its rule was in force no more, which was not known yet, is
        withdrawn. What else is no term's and still stands is over: its rule is gone.
        """
        for event in events:
            records = self.by_rule.get(event.rule, ())
            ours = [record for record in records if record.term.has(event)]
            too_late = any(r.term.until <= event.began for r in records if not event.shadow)
            if ours:
                ours[0].remember(event)
            elif too_late and event.standing is not Standing.WITHDRAWN:
                self.retired.append(replace(event, standing=Standing.WITHDRAWN))
            elif event.ended is None and event.standing in _FACTS:
                self.retired.append(_over(event, at))

    def take_over(self, told: Iterable[Event], retired: Iterable[Event], at: np.datetime64) -> None:
        """Go on from what was told up to `at`, by whichever terms."""
        self.retired += retired
        self.remember(told, at)
        for record in self.records:
            record.touch_all()

    def forget(self, before: np.datetime64) -> None:
        """Drop events that were over before that time, and explain none that is kept."""
        since: dict[str, np.datetime64] = {}  # by term, until when its events are kept
        for place in reversed(range(len(self.records))):
            record = self.records[place]
            record.forget(min(before, since.get(record.term.name, before)))
            began = [event.began for told in record.told.values() for event in told.values()]
            for explanation in record.rule.leans_on if began else ():
                oldest = min(began) - microseconds(explanation.before)
                for by in self._may_explain(explanation.rule, place):
                    since[by.term.name] = min(oldest, since.get(by.term.name, oldest))

    def needed(self, signal: BoundSignal, before: np.datetime64) -> dict[int, np.datetime64]:
        """Return since when episodes of channels are needed, where that is before `before`."""
        since: dict[int, np.datetime64] = {}
        for record in self.used(signal):
            for number, first in record.needed(before).items():
                since[number] = min(first, since.get(number, first))
        return since

    def all_told(self) -> list[Event]:
        """Return every event as it was last told."""
        return [
            event
            for record in self.records
            for events in record.told.values()
            for event in events.values()
        ]

    def settle(self, windows: tuple[Window, ...], now: np.datetime64) -> list[Event]:
        """Return the events that are new or other than told, and note them as told.

        `windows` are all that hold back what was found, as known `now`, the watermark.
        """
        news, self.retired = self.retired, []
        again = self._to_reconsider(windows, now)
        self.windows = windows
        moved: dict[str, list[Event]] = {}  # by term, as events were told and as they are now
        for place, record in enumerate(self.records):
            cuts, fresh = record.derive()
            if record.rule.leans_on:
                fresh = self._account(place, fresh, cuts, moved)
            if windows or again:
                self._hold_back(place, fresh, cuts, again.get(place, ()), now)
            for former, event in record.tell(fresh, cuts):
                news.append(event)
                moved.setdefault(record.term.name, []).extend(filter(None, (former, event)))
        return news

    def _to_reconsider(
        self, windows: tuple[Window, ...], now: np.datetime64
    ) -> dict[int, list[tuple[Subject, UUID]]]:
        """Return told events, by record, whose windows have ended or been changed."""
        again: dict[int, list[tuple[Subject, UUID]]] = {}
        changed = {*windows} ^ {*self.windows}
        if changed:
            since = min(window.began for window in changed)
            for place, record in enumerate(self.records):
                for subject, told in record.told.items():
                    again.setdefault(place, []).extend(
                        (subject, key) for key, event in told.items() if event.raised >= since
                    )
        for (place, subject, key), until in [*self.held.items()]:
            if until <= now:
                again.setdefault(place, []).append((subject, key))
        return again

    def _hold_back(
        self,
        place: int,
        fresh: Found,
        cuts: Cuts,
        again: Iterable[tuple[Subject, UUID]],
        now: np.datetime64,
    ) -> None:
        """Put events of `fresh`, and told ones to be reconsidered, as people are told of them."""
        told = self.records[place].told
        for subject, key in again:
            event = told.get(subject, {}).get(key)
            if event is not None and event.raised < cuts.get(subject, END_OF_TIME):
                fresh.setdefault(subject, {}).setdefault(key, event)
        for subject, events in fresh.items():
            for key, event in events.items():
                events[key] = as_told(event, self.windows, self.channels, now)
                self.held.pop((place, subject, key), None)
                if "held_back" in events[key].why and events[key].standing is Standing.EXPLAINED:
                    until = np.datetime64(events[key].why["held_back"]["until"][:-1], "us")
                    self.held[place, subject, key] = until

    def _account(
        self, place: int, fresh: Found, cuts: Cuts, moved: Mapping[str, list[Event]]
    ) -> Found:
        """Return `fresh` with explanations, and with other events whose explanation changed."""
        record = self.records[place]
        explaining = [(e, self._may_explain(e.rule, place)) for e in record.rule.leans_on]
        windows = [
            (other.began - microseconds(e.after), _end(other) + microseconds(e.before))
            for e, others in explaining
            for by in others
            for other in moved.get(by.term.name, [])
        ]
        if windows:
            first, last = min(w[0] for w in windows), max(w[1] for w in windows)
            for subject, told in record.told.items():
                cut = cuts.get(subject, END_OF_TIME)
                for key, event in told.items():
                    asked = first <= event.began <= last and event.raised < cut
                    if asked and event.standing is not Standing.WITHDRAWN:
                        fresh.setdefault(subject, {})[key] = event
        if not any(fresh.values()):
            return fresh
        there: dict[tuple[str, str], Places] = {}
        for e, others in explaining:
            told_there = (told for by in others for told in by.told.values())
            events = (event for told in told_there for event in told.values())
            there[e.rule, e.same] = by_place(events, e.same, self.channels)
        return {
            subject: {
                key: account_for(event, record.rule, there, self.channels)
                for key, event in events.items()
            }
            for subject, events in fresh.items()
        }

    def _may_explain(self, rule: str, place: int) -> list[Record]:
        """Return the terms of `rule` that may account for what the record at `place` found.

        A term on trial may not quieten a rule in force; nor does it count beside one.
        """
        before = [r for r in self.records[:place] if r.rule.id == rule]
        in_force = [r for r in before if not r.term.shadow]
        return before if self.records[place].term.shadow and not in_force else in_force


def _end(event: Event) -> np.datetime64:
    return END_OF_TIME if event.ended is None else event.ended


def _over(event: Event, at: np.datetime64) -> Event:
    """Return an event that no rule looks after any more."""
    return replace(event, ended=np.fmax(at, event.raised), standing=Standing.OVER)
