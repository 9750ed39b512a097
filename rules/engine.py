"""The engine: readings in whatever order they come, events as if they had come in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Batch, Times
from ingest.channel import Channel
from ingest.quality import UNUSABLE, Quality
from rules import checkpoint
from rules.binding import binds, facts_judged
from rules.bound import LOOK_BACK, BoundRules
from rules.cutting import parts, pieces
from rules.event import Event
from rules.flags import FlagSignal
from rules.judgement import History, Judgement
from rules.leading import lead_up
from rules.listening import Interval
from rules.marks import BEGINNING
from rules.pack import RuleSet
from rules.signal import BEGINNING_OF_TIME, END_OF_TIME, BoundSignal, fingerprint
from rules.silence import SilenceSignal
from rules.term import Term, ordered
from rules.together import TogetherSignal
from rules.values import ValueSignal
from rules.windows import Window

#: Not judged, apart from what the rate check finds itself.
NOT_JUDGED = int(UNUSABLE & ~Quality.TOO_FAST)
#: The device's clock is wrong: it was heard, but its own time says nothing.
WRONG_CLOCK = int(Quality.FUTURE | Quality.EPOCH | Quality.SKEWED)
#: Channels whose history is read at once: since a mark, and all of it.
AT_ONCE, AT_ONCE_WHOLE = 256, 32


class Engine(BoundRules):
    """Judge readings by rules; a function of the set of readings and of that of terms.

    Neither of the order of the readings, nor of when it was told of a term. `history` must
    already hold what is judged. Readings in order are judged at once; one older than its
    channel's last takes the channel back to a mark before it, from where the stored readings
    are judged again. Nothing here does input or output or knows the time of day: `advance`
    says how late it is.
    """

    def __init__(
        self, rules: RuleSet | Iterable[Term], channels: Sequence[Channel], history: History
    ) -> None:
        super().__init__(rules, channels)
        self.history = history
        #: What is found in them is judged as ever, and held back until they end.
        self.windows: tuple[Window, ...] = ()
        self._coming: list[Term] | None = None
        #: Signals of coming terms, and the channels that they have not been led up on yet.
        self._behind: list[tuple[BoundSignal, list[int]]] = []
        self.watermark: np.datetime64 = np.datetime64("NaT", "us")
        #: Readings received up to here have been judged.
        self.received_until: np.datetime64 = np.datetime64("NaT", "us")

    # Judging --------------------------------------------------------------------------

    def judge(self, batch: Batch) -> None:
        """Take in stored readings, of any channels and in any order."""
        batch = batch[self.timeline.knows(batch.channel)].in_time_order()
        if len(batch) == 0:
            return
        self._received(batch)
        self._hear(batch, self._of_kind(SilenceSignal))
        self._judge_flags(batch, self._of_kind(FlagSignal))
        good = batch[(batch.quality & NOT_JUDGED) == 0]
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
        self._judge_together()

    def settle(self) -> Judgement:
        """Return what is to be written since the last settling."""
        for signal in self._of_kind(SilenceSignal):
            self._touch(signal, signal.advance(self.watermark))
        self._judge_together()
        return Judgement(
            tuple(self.findings.settle(self.windows, self.watermark)),
            self.timeline.take_requalified(),
        )

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

    def turn_to(self, terms: RuleSet | Iterable[Term]) -> None:
        """Judge by `terms` as soon as `catch_up` has led their new signals up; till then as before.

        Signals that are the same keep their state and episodes.
        """
        self._coming = ordered(terms)
        anew = self._add_signals(self._coming)
        half_way = [signal for signal, _ in self._behind]
        wanted = _fingerprints(self._coming)
        self._behind = [
            (signal, [*self.channels])
            for signal in (*half_way, *anew)
            if signal.fingerprint in wanted
        ]

    def catch_up(self, channels: int = AT_ONCE_WHOLE) -> bool:
        """Lead the next so many channels up to the new rules; return whether there are more."""
        if self._coming is None:
            return False
        while self._behind:
            signal, waiting = self._behind[-1]
            if isinstance(signal, TogetherSignal):
                if self._lead_groups(signal, waiting, channels):
                    return True
                self._behind.pop()
                continue
            some: list[int] = []
            while waiting and len(some) < channels:
                number = waiting.pop()
                if number in self.channels and number not in signal.slots:
                    channel = self.channels[number]
                    some += [number] if binds(signal.written, signal.spec, channel) else []
            if some:
                self._bind_signal(signal, [self.channels[number] for number in some])
                try:
                    self._replay(signal, some)
                except BaseException:  # the history may be away; to be tried again from here
                    for number in some:
                        signal.remove(number)
                    waiting += some
                    raise
                return True
            self._behind.pop()
        self._change_over(self._coming)
        return False

    def replace_rules(self, terms: RuleSet | Iterable[Term]) -> list[str]:
        """Judge by `terms` from now on; return the rules that start anew."""
        self.turn_to(terms)
        anew = {signal.rule for signal, _ in self._behind}
        while self.catch_up():
            pass
        return sorted(anew)

    def remember(self, events: Iterable[Event]) -> None:
        """Take note of events that the store has from us and the checkpoint has not.

        Called after `restore` with what was written since that checkpoint, so that an
        event which the readings no longer bear out is withdrawn also over a crash.
        """
        self.findings.remember(events, self.watermark)

    def forget(self, before: np.datetime64) -> None:
        """Drop episodes and events that were over before that time, to bound memory.

        And terms that ended before it. What is dropped can no longer be withdrawn, but for
        that nothing changes.
        """
        if np.isnat(before):
            return
        self.findings.forget(before)
        for signal in self.signals.values():
            signal.forget(before, self.findings.needed(signal, before))
        lasting = [term for term in self.terms if term.until > before]
        if len(lasting) < len(self.terms) and self._coming is None:
            self._change_over(lasting)

    # Checkpoints ------------------------------------------------------------------------

    def led_up(self) -> list[BoundSignal]:
        """Return the signals that know all that was judged."""
        behind = [signal for signal, _ in self._behind]
        return [signal for signal in self.signals.values() if signal not in behind]

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
        for signal in anew:
            self._replay(signal, [channel.number for channel in signal.bound()])
        if new_channels:
            self.rejudge(new_channels)
        self._pass_again()
        return sorted({signal.rule for signal in anew})

    # Inside -------------------------------------------------------------------------------

    def _received(self, batch: Batch) -> None:
        latest = batch.received.max()
        if np.isnat(self.received_until) or latest > self.received_until:
            self.received_until = latest

    def _hear(self, batch: Batch, signals: Sequence[SilenceSignal]) -> None:
        """Tell `signals` when devices were heard: by their clock, or by ours if theirs is wrong.

        Rows come by channel and time.
        """
        if not signals or len(batch) == 0:
            return
        channel, time = batch.channel, batch.time
        wrong = (batch.quality & WRONG_CLOCK) != 0
        if wrong.any():
            time = np.where(wrong, batch.received, time)
            order = np.lexsort((time, channel))
            channel, time = channel[order], time[order]
        for signal in signals:
            ours = time >= signal.begins
            self._touch(signal, signal.hear(channel[ours], time[ours]))

    def _judge_flags(self, batch: Batch, signals: Sequence[FlagSignal]) -> None:
        if not signals:
            return
        same = batch.channel[1:] == batch.channel[:-1]
        if (same & (batch.received[1:] < batch.received[:-1])).any():
            batch = batch[np.lexsort((batch.time, batch.received, batch.channel))]
        for signal in signals:
            self._touch(signal, signal.judge(batch))

    def _judge_in_order(self, batch: Batch) -> None:
        """Judge rows that are usable and later than all judged, by channel and time."""
        for piece in pieces(batch, self.changeovers):
            heads = np.flatnonzero(np.append(True, piece.channel[1:] != piece.channel[:-1]))
            numbers, coming = piece.channel[heads], piece.time[heads]
            values = self._of_kind(ValueSignal)
            for copy, due in self.timeline.due(numbers, coming):
                for signal in values:
                    signal.keep(copy, due)
            for at in self.changeovers:
                passing = self.timeline.passing(numbers, coming, at)
                for signal in values if len(passing) else ():
                    signal.hand_over(at, passing)
            usable = self.timeline.qualify(piece)
            oldest = usable.time.min() if len(usable) else END_OF_TIME
            for signal in values:
                early = oldest < signal.begins
                rows = usable[usable.time >= signal.begins] if early else usable
                self._touch(signal, signal.judge(rows))
            for group in self._of_kind(TogetherSignal):
                group.take(usable)

    def _rewind(self, numbers: NDArray[np.int32], since: Times, unjudged: bool = False) -> None:
        """Take channels back to before `since` and judge again what is stored since then.

        With `unjudged` also what was stored and not yet judged; it is late when it comes.
        """
        for group in self._of_kind(TogetherSignal):
            group.take_back(numbers, since)
        for copy, back, known in self.timeline.take_back(numbers, since):
            for signal in self._of_kind(ValueSignal):
                self._touch(signal, signal.restore(copy, back, known))
            size = AT_ONCE_WHOLE if copy == BEGINNING else AT_ONCE
            for some in parts(np.arange(len(back)), size):
                start = None if copy == BEGINNING else known[some].min()
                rows = self._stored(back[some], start, unjudged)
                place = np.searchsorted(back[some], rows.channel)
                self._judge_in_order(rows[~(rows.time <= known[some][place])])

    def _lead_groups(self, signal: TogetherSignal, waiting: list[int], channels: int) -> bool:
        """Lead the next groups up, with about so many channels; return whether there are more."""
        numbers = [n for n in waiting if n in self.channels and n not in signal.slots]
        known = [self.channels[number] for number in numbers]
        waiting.clear()
        self._bind_signal(signal, known)
        if known:
            self._replay(signal, numbers)
        changed = signal.advance(self.watermark, self._judged_readings, self.changeovers, channels)
        self._touch(signal, changed)
        return signal.is_behind and not np.isnat(self.watermark)

    def _judge_together(self) -> None:
        """Let groups judge the frames that are over."""
        behind = [signal for signal, _ in self._behind]
        for signal in self._of_kind(TogetherSignal):
            if signal in behind:
                continue
            self._touch(
                signal, signal.advance(self.watermark, self._judged_readings, self.changeovers)
            )

    def _judged_readings(self, numbers: NDArray[np.int32], since: np.datetime64 | None) -> Batch:
        """Return stored readings as channels judged them, whenever they were received."""
        rows = self.history.readings(numbers, since)
        rows = rows[((rows.quality & NOT_JUDGED) == 0) & self.timeline.late(rows)]
        return self.timeline.without_too_fast(rows)

    def _stored(
        self, numbers: NDArray[np.int32], since: np.datetime64 | None, unjudged: bool
    ) -> Batch:
        """Return stored readings that are usable, by channel and time."""
        rows = self.history.readings(numbers, since)
        usable = (rows.quality & NOT_JUDGED) == 0
        return rows[usable if unjudged else usable & ~(rows.received > self.received_until)]

    def _replay(self, signal: BoundSignal, numbers: Sequence[int]) -> None:
        """Let a new signal judge what the others have judged already, and set their marks."""
        since: np.datetime64 | None = signal.begins
        if since == BEGINNING_OF_TIME:
            since = None if np.isnat(self.watermark) else self.watermark - LOOK_BACK
        if isinstance(signal, TogetherSignal):
            signal.begin_anew(since)
            return
        for some in parts(np.sort(np.array(numbers, dtype=np.int32)), AT_ONCE_WHOLE):
            rows = self.history.readings(some, since)
            rows = rows[~(rows.received > self.received_until)]
            if isinstance(signal, SilenceSignal):
                self._hear(rows, [signal])
            elif isinstance(signal, FlagSignal):
                self._judge_flags(rows, [signal])
            elif isinstance(signal, ValueSignal):
                rows = rows[((rows.quality & NOT_JUDGED) == 0) & self.timeline.late(rows)]
                rows = self.timeline.without_too_fast(rows)
                stops = self.timeline.stops(some, self.changeovers)
                self._touch(signal, lead_up(signal, rows, some, stops, self.changeovers))

    def _change_over(self, terms: list[Term]) -> None:
        """Let the findings be those of `terms`, and go on from what was told."""
        former, wanted = self.findings, _fingerprints(terms)
        self.terms = terms
        self.signals = {key: signal for key, signal in self.signals.items() if key in wanted}
        self.findings = self._findings(terms)
        self.findings.take_over(former.all_told(), former.retired, self.watermark)
        self._pass_again()
        self._coming = None

    def _pass_again(self) -> None:
        """Judge again what had passed a changeover before that was known, and stood at it."""
        back: dict[int, np.datetime64] = {}
        for signal in self._of_kind(ValueSignal):
            for at in {record.term.until for record in self.findings.used(signal)} - {END_OF_TIME}:
                for number in signal.standing_at(at):
                    back[number] = min(at, back.get(number, END_OF_TIME))
        for group in self._of_kind(TogetherSignal):
            for record in self.findings.used(group):
                group.pass_again(record.term.until)
        numbers = np.array(sorted(back), dtype=np.int32)
        since = np.array([back[number] for number in numbers.tolist()], dtype="M8[us]")
        if len(numbers):
            self._rewind(numbers, since)


def _fingerprints(terms: Iterable[Term]) -> set[str]:
    return {fingerprint(term.rule, name) for term in terms for name in term.rule.signals}
