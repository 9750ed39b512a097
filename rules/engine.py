"""The engine: readings in whatever order they come, events as if they had come in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Times
from ingest.channel import Channel
from ingest.quality import UNUSABLE, Quality
from rules import checkpoint
from rules.binding import facts_judged
from rules.bound import BoundRules
from rules.cutting import parts, pieces
from rules.event import Event
from rules.findings import Findings
from rules.flags import FlagSignal
from rules.judgement import History, Judgement
from rules.listening import Interval
from rules.marks import BEGINNING
from rules.pack import RuleSet
from rules.signal import BEGINNING_OF_TIME, BoundSignal
from rules.silence import SilenceSignal
from rules.values import ValueSignal

#: Not judged, apart from what the rate check finds itself.
NOT_JUDGED = int(UNUSABLE & ~Quality.TOO_FAST)
#: The device's clock is wrong: it was heard, but its own time says nothing.
WRONG_CLOCK = int(Quality.FUTURE | Quality.EPOCH | Quality.SKEWED)
#: History that a rule judges which has changed since the checkpoint: four weeks of habit, and
#: some. All of a city's readings would keep a restart busy for hours.
LOOK_BACK = np.timedelta64(35, "D").astype("m8[us]")
#: Channels whose history is read at once: since a mark, and all of it.
AT_ONCE, AT_ONCE_WHOLE = 256, 32


class Engine(BoundRules):
    """Judge readings by a set of rules; a function of the set of readings, not of their order.

    `history` must already hold what is judged. Readings in order are judged at once; one
    older than its channel's last takes the channel back to a mark before it, from where
    the stored readings are judged again. Nothing here does input or output or knows the
    time of day: `advance` says how late it is.
    """

    def __init__(self, ruleset: RuleSet, channels: Sequence[Channel], history: History) -> None:
        super().__init__(ruleset, channels)
        self.history = history
        self.watermark: np.datetime64 = np.datetime64("NaT", "us")
        #: Readings received up to here have been judged.
        self.received_until: np.datetime64 = np.datetime64("NaT", "us")

    # Judging --------------------------------------------------------------------------

    def judge(self, batch: Batch) -> None:
        """Take in stored readings, of any channels and in any order."""
        batch = batch[self.timeline.knows(batch.channel)]
        if len(batch) == 0:
            return
        self._received(batch)
        self._hear(batch, self._of_kind(SilenceSignal))
        self._judge_flags(batch, self._of_kind(FlagSignal))
        good = batch[(batch.quality & NOT_JUDGED) == 0].in_time_order()
        late = self.timeline.late(good)
        if late.any():
            back = np.unique(good.channel[late])
            first = np.flatnonzero(np.append(True, good.channel[1:] != good.channel[:-1]))
            since = good.time[first[np.isin(good.channel[first], back)]]
            self._rewind(back, since)
            good = good[~np.isin(good.channel, back)]
        self._judge_in_order(good)

    def advance(self, watermark: np.datetime64, not_listening: Iterable[Interval] = ()) -> None:
        """Let time pass: `watermark` is the largest good device time that has been seen.

        `not_listening` are stretches in which no message could reach us; each needs to be
        told only once, telling it again is harmless.
        """
        if np.isnat(self.watermark) or watermark > self.watermark:
            self.watermark = watermark.astype("M8[us]")
        changed = self.not_listening.add(not_listening)
        for signal in self._of_kind(SilenceSignal):
            if changed:
                self._touch(signal, signal.reconsider())
            self._touch(signal, signal.advance(self.watermark))

    def settle(self) -> Judgement:
        """Return what is to be written since the last settling."""
        for signal in self._of_kind(SilenceSignal):
            self._touch(signal, signal.advance(self.watermark))
        return Judgement(tuple(self.findings.settle()), self.timeline.take_requalified())

    def rejudge(
        self, channels: NDArray[np.int32] | Sequence[int], since: np.datetime64 | None = None
    ) -> None:
        """Judge stored readings again, because the past of `channels` was changed."""
        numbers = np.array(channels, dtype=np.int32)
        numbers = np.unique(numbers[self.timeline.knows(numbers)])
        start = BEGINNING_OF_TIME if since is None else since
        for some in parts(numbers, AT_ONCE_WHOLE):
            rows = self.history.readings(some, since)
            self._hear(rows, self._of_kind(SilenceSignal))
            if since is None:  # else the flags of readings that were received long ago are let be
                for signal in self._of_kind(FlagSignal):
                    self._touch(signal, signal.begin_anew(some))
                self._judge_flags(
                    rows[~(rows.received > self.received_until)], self._of_kind(FlagSignal)
                )
            # Also what was stored with a later stamp than we have judged, such as an import.
            self._rewind(some, np.full(len(some), start, dtype="M8[us]"), unjudged=True)

    # What is judged ---------------------------------------------------------------------

    def add_channels(self, channels: Sequence[Channel]) -> None:
        """Take in channels, new ones or ones whose facts have changed.

        Of a new channel nothing is judged yet: `rejudge` it if readings are stored. One
        whose facts matter otherwise than before is bound again and judged again from the
        beginning.
        """
        known = [c for c in channels if c.number in self.channels]
        changed = [c for c in known if facts_judged(c) != facts_judged(self.channels[c.number])]
        for channel in changed:
            self._unbind(self.channels.pop(channel.number))
        self._bind([c for c in channels if c.number not in self.channels])
        self.channels.update((channel.number, channel) for channel in known)
        self.rejudge([c.number for c in changed])

    def replace_rules(self, ruleset: RuleSet, since: np.datetime64 | None = None) -> list[str]:
        """Judge by `ruleset` from now on; return the rules that start anew.

        Signals that are the same keep their state and episodes. The others judge the
        history since `since` (None: all of it). What a rule that is gone has found is left
        as it was told.
        """
        self.ruleset = ruleset
        before, former = self.signals, self.findings
        self.findings, self.signals = Findings(self.channels), {}
        anew: list[BoundSignal] = []
        for rule in ruleset.judged():
            anew += self._add_rule(rule, before)
        versions = {rule.id: rule.version for rule in former.rules.values()}
        self.findings.take_over(
            versions, former.all_told(), former.in_force, former.retired, self.watermark
        )
        self._replay(anew, since)
        return sorted({signal.rule for signal in anew})

    def remember(self, events: Iterable[Event]) -> None:
        """Take note of events that the store has from us and the checkpoint has not.

        Called after `restore` with what was written since that checkpoint, so that an
        event which the readings no longer bear out is withdrawn also over a crash.
        """
        self.findings.remember(events, self.watermark)

    def took_over(self, at: Mapping[str, np.datetime64]) -> None:
        """Leave alone what was over when rules took over from a former version of themselves.

        For an engine without a checkpoint, which would say so.
        """
        self.findings.in_force.update(at)

    def forget(self, before: np.datetime64) -> None:
        """Drop episodes and events that were over before that time, to bound memory.

        What is dropped can no longer be withdrawn, but for that nothing changes.
        """
        self.findings.forget(before)
        for rule in self.findings.rules:
            needed = self.findings.needed(rule, before)
            for signal in self.findings.signals[rule]:
                signal.forget(before, needed)

    # Checkpoints ------------------------------------------------------------------------

    def save(self) -> bytes:
        """Return all that is known as bytes, as of `received_until`."""
        return checkpoint.save(self)

    def restore(self, body: bytes) -> list[str]:
        """Take over a saved engine's knowledge; return the rules that had to start anew.

        A signal starts anew, on the history of the last `LOOK_BACK`, when its rule has
        changed, when it is new, or when its state cannot be saved. Channels the saved
        engine did not know start anew for all rules.
        """
        anew, new_channels = checkpoint.restore(self, body)
        since = None if np.isnat(self.watermark) else self.watermark - LOOK_BACK
        self._replay(anew, since)
        if new_channels:
            self.rejudge(new_channels)
        return sorted({signal.rule for signal in anew})

    # Inside -------------------------------------------------------------------------------

    def _received(self, batch: Batch) -> None:
        latest = batch.received.max()
        if np.isnat(self.received_until) or latest > self.received_until:
            self.received_until = latest

    def _hear(self, batch: Batch, signals: Sequence[SilenceSignal]) -> None:
        """Tell `signals` when devices were heard: by their clock, or by ours if theirs is wrong."""
        if not signals or len(batch) == 0:
            return
        wrong = (batch.quality & WRONG_CLOCK) != 0
        time = np.where(wrong, batch.received, batch.time)
        order = np.lexsort((time, batch.channel))
        channel, time = batch.channel[order], time[order]
        for signal in signals:
            self._touch(signal, signal.hear(channel, time))

    def _judge_flags(self, batch: Batch, signals: Sequence[FlagSignal]) -> None:
        if not signals:
            return
        by_receipt = batch[np.lexsort((batch.time, batch.received, batch.channel))]
        for signal in signals:
            self._touch(signal, signal.judge(by_receipt))

    def _judge_in_order(self, batch: Batch) -> None:
        """Judge rows that are usable and later than all judged, by channel and time."""
        for piece in pieces(batch):
            heads = np.flatnonzero(np.append(True, piece.channel[1:] != piece.channel[:-1]))
            values = self._of_kind(ValueSignal)
            for copy, numbers in self.timeline.due(piece.channel[heads], piece.time[heads]):
                for signal in values:
                    signal.keep(copy, numbers)
            usable = self.timeline.qualify(piece)
            for signal in values:
                self._touch(signal, signal.judge(usable))

    def _rewind(self, numbers: NDArray[np.int32], since: Times, unjudged: bool = False) -> None:
        """Take channels back to before `since` and judge again what is stored since then.

        With `unjudged` also what was stored and not yet judged; it is late when it comes.
        """
        for copy, back, known in self.timeline.take_back(numbers, since):
            for signal in self._of_kind(ValueSignal):
                self._touch(signal, signal.restore(copy, back, known))
            size = AT_ONCE_WHOLE if copy == BEGINNING else AT_ONCE
            for some in parts(np.arange(len(back)), size):
                start = None if copy == BEGINNING else known[some].min()
                rows = self._stored(back[some], start, unjudged)
                place = np.searchsorted(back[some], rows.channel)
                self._judge_in_order(rows[~(rows.time <= known[some][place])])

    def _stored(
        self, numbers: NDArray[np.int32], since: np.datetime64 | None, unjudged: bool
    ) -> Batch:
        """Return stored readings that are usable, by channel and time."""
        rows = self.history.readings(numbers, since)
        usable = (rows.quality & NOT_JUDGED) == 0
        return rows[usable if unjudged else usable & ~(rows.received > self.received_until)]

    def _replay(self, signals: Sequence[BoundSignal], since: np.datetime64 | None) -> None:
        """Let new signals judge what the others have judged already."""
        for signal in signals:
            self.timeline.forget_marks(signal.slots.number)
            for some in parts(np.sort(signal.slots.number), AT_ONCE_WHOLE):
                rows = self.history.readings(some, since)
                rows = rows[~(rows.received > self.received_until)]
                if isinstance(signal, SilenceSignal):
                    self._hear(rows, [signal])
                elif isinstance(signal, FlagSignal):
                    self._judge_flags(rows, [signal])
                elif isinstance(signal, ValueSignal):
                    rows = rows[((rows.quality & NOT_JUDGED) == 0) & self.timeline.late(rows)]
                    self._touch(signal, signal.judge(self.timeline.without_too_fast(rows)))
