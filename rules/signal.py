"""One signal of one rule on all its channels, and the episodes it makes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Floats, Rows
from ingest.channel import Channel
from rules import policy
from rules.event import Episode
from rules.schema import Rule, Signal, content_hash
from rules.slots import SlotTable

BEGINNING_OF_TIME: np.datetime64 = np.datetime64(-(2**62), "us")
END_OF_TIME: np.datetime64 = np.datetime64(2**62, "us")


class Changed(dict[int, np.datetime64]):
    """Channels whose episodes changed, with a time before which none did."""

    def note(self, channel: int, since: np.datetime64) -> None:
        if channel not in self or since < self[channel]:
            self[channel] = since


class BoundSignal(ABC):
    """What all kinds of signal have: slots, and a list of episodes a channel, oldest first."""

    def __init__(self, rule: Rule, name: str) -> None:
        self.rule, self.name, self.written = rule.id, name, rule
        self.spec: Signal = rule.signals[name]
        self.fingerprint = fingerprint(rule, name)
        #: Readings older than this are not its business: it was not there, nor led up by them.
        self.begins: np.datetime64 = BEGINNING_OF_TIME
        self.slots = SlotTable()
        self.channels: list[Channel] = []  #: by slot

    def add(self, channels: Sequence[Channel]) -> None:
        self.channels += channels
        self.slots.add([channel.number for channel in channels])

    def remove(self, number: int) -> None:
        """Forget a channel and all that was found on it."""
        self.slots.remove(number)

    def bound(self) -> list[Channel]:
        """Return the channels that the signal is judged on."""
        return [self.channels[slot] for slot in self.slots.live()]

    @abstractmethod
    def episodes_of(self, channel: int, since: np.datetime64 = BEGINNING_OF_TIME) -> list[Episode]:
        """Return the episodes of a channel not over before `since`, as known now, oldest first."""

    def as_of(self, at: np.datetime64, episode: Episode) -> Episode:
        """Return an episode with its peak as it was at a changeover, if it went on after that."""
        return episode

    @abstractmethod
    def forget(self, before: np.datetime64, needed: Mapping[int, np.datetime64]) -> None:
        """Drop what was over before that time, or the time since when a channel is `needed`."""


def fingerprint(rule: Rule, name: str) -> str:
    """Return what must be the same for a saved state of a signal to be of use."""
    written = rule.signals[name].model_dump(mode="json", serialize_as_any=True)
    return content_hash([rule.id, rule.per, name, written])


class JudgedSignal(BoundSignal):
    """A signal whose readings are scored and put to the policy."""

    def __init__(self, rule: Rule, name: str) -> None:
        super().__init__(rule, name)
        self.memory = policy.new_memory(0)
        self.episodes: dict[int, list[Episode]] = {}
        #: Peaks of episodes that stood at a changeover: of a channel, by time [µs].
        self.peaks: dict[int, dict[int, tuple[float, float]]] = {}

    def add(self, channels: Sequence[Channel]) -> None:
        super().add(channels)
        self.memory = np.concatenate([self.memory, policy.new_memory(len(channels))])

    def remove(self, number: int) -> None:
        super().remove(number)
        self.episodes.pop(number, None)
        self.peaks.pop(number, None)

    def hand_over(self, at: np.datetime64, numbers: NDArray[np.int32]) -> None:
        """Note what stands on `numbers`, which have been judged up to a changeover."""
        slot = self.slots.of(numbers)
        slot = slot[slot >= 0]
        for one in slot[self.memory["active"][slot]]:
            row = self.memory[one]
            there = self.peaks.setdefault(int(self.slots.number[one]), {})
            there[int(at.astype(np.int64))] = (float(row["peak"]), float(row["peak_value"]))

    def standing_at(self, at: np.datetime64) -> list[int]:
        """Return the channels with an episode that stood at a changeover nobody has noted."""
        key = int(at.astype(np.int64))
        return [
            number
            for number, episodes in self.episodes.items()
            if key not in self.peaks.get(number, {})
            and any(e.raised < at <= _end(e) for e in episodes)
        ]

    def as_of(self, at: np.datetime64, episode: Episode) -> Episode:
        then = self.peaks.get(episode.channel, {}).get(int(at.astype(np.int64)))
        if then is None or (episode.cleared is not None and episode.cleared < at):
            return episode
        return replace(episode, peak=then[0], peak_value=then[1])

    def take_back_peaks(self, number: int, until: np.datetime64) -> None:
        """Forget the changeovers after `until` (NaT: all), which are yet to come again."""
        kept = {} if np.isnat(until) else self.peaks.get(number, {})
        last = int(until.astype(np.int64))
        self.peaks[number] = {at: peak for at, peak in kept.items() if at <= last}
        if not self.peaks[number]:
            del self.peaks[number]

    def episodes_of(self, channel: int, since: np.datetime64 = BEGINNING_OF_TIME) -> list[Episode]:
        found = self.episodes.get(channel, [])
        found = found[bisect_left(found, since, key=_end) :]
        if not found or found[-1].cleared is not None:
            return found
        row = self.memory[self.slots.slot(channel)]
        now = replace(found[-1], peak=float(row["peak"]), peak_value=float(row["peak_value"]))
        return [*found[:-1], now]

    def forget(self, before: np.datetime64, needed: Mapping[int, np.datetime64]) -> None:
        for channel in [*self.episodes]:
            self.episodes[channel] = self.episodes_of(channel, needed.get(channel, before))
            if not self.episodes[channel]:
                del self.episodes[channel]
        for channel in self.peaks.keys() - self.episodes.keys():
            del self.peaks[channel]

    def _apply(self, batch: Batch, slot: NDArray[np.int32], score: Floats) -> Changed:
        """Put scores to the policy, book episodes, return what changed."""
        changes = policy.judge(self.spec.policy, self.memory, slot, batch.time, score, batch.value)
        dirty = Changed()
        for number in self.slots.number[changes.grown].tolist():
            dirty.note(number, self.episodes[number][-1].raised)
        if len(changes.row) == 0:
            return dirty
        limits = self._limits(batch, slot, changes.row[changes.raised])
        for entry, row in enumerate(changes.row):
            channel = int(self.slots.number[slot[row]])
            dirty.note(channel, batch.time[row])
            booked = self.episodes.setdefault(channel, [])
            if changes.raised[entry]:
                booked.append(
                    Episode(
                        rule=self.rule,
                        signal=self.name,
                        channel=channel,
                        began=changes.began[entry],
                        raised=batch.time[row],
                        found=batch.received[row],
                        cleared=None,
                        peak=float(changes.peak[entry]),
                        peak_value=float(changes.peak_value[entry]),
                        limit=limits[int(row)],
                    )
                )
            else:
                booked[-1] = replace(
                    booked[-1],
                    cleared=batch.time[row],
                    peak=float(changes.peak[entry]),
                    peak_value=float(changes.peak_value[entry]),
                )
        return dirty

    def _limits(
        self, batch: Batch, slot: NDArray[np.int32], rows: Rows
    ) -> dict[int, dict[str, float]]:
        """Return what counted as normal at each of the raising `rows`."""
        return {int(row): {} for row in rows}


def _end(episode: Episode) -> np.datetime64:
    return END_OF_TIME if episode.cleared is None else episode.cleared
