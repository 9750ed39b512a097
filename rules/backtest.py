"""What rules would have done on history: the engine itself, fed in the order of time. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from ingest.batch import Batch
from ingest.channel import Channel
from ingest.quality import Quality
from rules.event import Event, Standing
from rules.judgement import Remembered
from rules.listening import Interval
from rules.pack import RuleSet
from rules.scaled import SweptEngine
from rules.schema import Status
from rules.sweep import FACTORS, Sweep
from rules.windows import Window

#: Rules that may be tried as if they were in force: what they would do is the question.
ON_TRIAL = (Status.DRAFT, Status.SHADOW)
#: What has been over for so long is dropped from the engine, as in live judging; here it is kept.
FORGET = np.timedelta64(60, "D")
WRONG_CLOCK = int(Quality.FUTURE | Quality.EPOCH | Quality.SKEWED)


def as_if_active(ruleset: RuleSet) -> RuleSet:
    """Return the rules as a backtest judges them; retired ones stay so.

    Where none that was asked for is in force, those on trial are judged as if they were: what
    they would do is the question. Beside rules in force they are judged in shadow, as live.
    """
    asked = [rule for rule in ruleset if rule.id not in ruleset.beside]
    in_force = any(rule.status is Status.ACTIVE for rule in asked)
    status = Status.SHADOW if in_force else Status.ACTIVE
    rules = {
        rule.id: rule.model_copy(update={"status": status}) if rule.status in ON_TRIAL else rule
        for rule in ruleset
    }
    return RuleSet(rules, ruleset.pack, ruleset.body, ruleset.beside)


class Backtest:
    """One set of rules judging history that comes in the order of time.

    first, last : by channel number, the times of its first and last reading
    readings    : by channel number, how many it had
    written     : by rule, the status its pack gives it; see `as_if_active`
    sweep       : the rules at other limits, where that was asked for
    `windows` hold findings back and `not_listening` silences nobody, as they did live.
    """

    def __init__(
        self,
        ruleset: RuleSet,
        channels: Sequence[Channel],
        sweep: bool = False,
        windows: Sequence[Window] = (),
        not_listening: Sequence[Interval] = (),
    ) -> None:
        self.ruleset = as_if_active(ruleset)
        self.written = {rule.id: rule.status for rule in ruleset}
        self.channels = {channel.number: channel for channel in channels}
        # Nothing comes late, so that nothing is ever looked up again.
        self.engine = SweptEngine(self.ruleset, channels, Remembered())
        self.engine.windows = tuple(windows)
        self.sweep = Sweep(self.engine, FACTORS if sweep else ())
        self._not_listening = not_listening
        self.first: dict[int, np.datetime64] = {}
        self.last: dict[int, np.datetime64] = {}
        self.readings: dict[int, int] = {}
        self._events: dict[UUID, Event] = {}
        self._forgot: np.datetime64 | None = None

    def judge(self, batch: Batch) -> None:
        """Judge readings by channel and time, no older than those before of their channels."""
        if len(batch) == 0:
            return
        self._count(batch)
        self.engine.judge(batch)
        good = (batch.quality & WRONG_CLOCK) == 0
        if good.any():
            self.engine.advance(batch.time[good].max(), self._not_listening)
            self._not_listening = ()  # told once
        self._settle()
        now = self.engine.watermark
        if self._forgot is None or now - self._forgot > FORGET:
            self.engine.forget(now - FORGET)
            self.sweep.fold(now - FORGET)
            self._forgot = now

    def events(self) -> list[Event]:
        """Return what was found, oldest first, as it stands now; explained events are among it."""
        self._settle()
        facts = [e for e in self._events.values() if e.standing is not Standing.WITHDRAWN]
        return sorted(facts, key=lambda e: (e.raised, e.rule, e.subject, e.began))

    def swept(self) -> dict[str, dict[float, list[Event]]]:
        """Return the events of each rule at each factor of its limit; 1 is as it was found."""
        found = self.events()
        swept = self.sweep.events(found)
        for rule, by_factor in swept.items():
            by_factor[1.0] = [event for event in found if event.rule == rule]
        return swept

    def _settle(self) -> None:
        for event in self.engine.settle().events:
            only_explains = event.rule in self.ruleset.beside
            self._events[event.id] = replace(event, case_key="") if only_explains else event

    def _count(self, batch: Batch) -> None:
        heads = np.flatnonzero(np.append(True, batch.channel[1:] != batch.channel[:-1]))
        tails = np.append(heads[1:], len(batch))
        for number, head, tail in zip(
            batch.channel[heads].tolist(), heads.tolist(), tails.tolist(), strict=True
        ):
            self.first.setdefault(number, batch.time[head])
            self.last[number] = batch.time[tail - 1]
            self.readings[number] = self.readings.get(number, 0) + tail - head


def opens_case(event: Event) -> bool:
    """Say whether an event opens or joins a case: its rule has cases and nothing explains it."""
    return event.case_key != "" and event.standing in (Standing.STANDING, Standing.OVER)
