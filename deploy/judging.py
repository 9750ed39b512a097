"""The thread between the store and the cases: judges what was stored, in whatever weather."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Protocol

import numpy as np

from deploy import metrics
from deploy.handover import Handover
from ingest.batch import Batch

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  #: [s] between tries
LAST_PAUSE = 1.0  #: [s] at a stop; what then still fails is for the next start
MOST_ROWS = 200_000  #: judged at once


class Judge(Protocol):
    """The engine with its settling, as the composition root puts them together."""

    def judge(self, batch: Batch) -> None:
        """Take in stored readings; writes nothing."""

    def settle(self) -> None:
        """Let time pass and write what has changed; may be called again after a failure."""

    def recover(self) -> np.datetime64 | None:
        """Begin anew from the checkpoint and judge what is stored since.

        Returns the last receipt that was judged so, or None when nothing is stored.
        """


class Judging:
    """Judges batches as they come and settles after each round, at least every `tick` [s].

    Begins by recovering, and recovers after a failed judging: the engine may have been left
    half-way, and all that it was given is in the store. So does it when batches were dropped,
    as they are while it fails. Ends when the handover does.
    """

    def __init__(
        self,
        judge: Judge,
        handover: Handover,
        now: Callable[[], int],
        tick: float = 0.5,
        measured: bool = True,
    ) -> None:
        self.trouble: str | None = "recovering"  #: for the operator; None when all is well
        self._judge, self._handover, self._now, self._tick = judge, handover, now, tick
        self._measured = measured  #: what is live is; of drills no metric tells
        self._recovered: np.datetime64 | None = None
        self._given_up = Event()
        self._thread = Thread(target=self._run, name="judging", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, within: float | None = None) -> None:
        """Wait until all stored is judged; after `within` [s] leave it to the next start."""
        self._thread.join(within)
        self._given_up.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._judge_all()
        finally:
            if not self._handover.ended or self._given_up.is_set():
                self.trouble = "judging has ended"
            self._handover.fail(True)  # nobody waits for a judge that is gone

    def _judge_all(self) -> None:
        self._insist(self._recover)
        ended = False
        while not ended and not self._given_up.is_set():
            batch = self._next()
            ended = self._handover.ended
            began = monotonic()
            if self._handover.dropped:
                self._insist(self._recover)
            elif len(batch):
                self._insist(lambda batch=batch: self._judge.judge(batch), self._recover)  # type: ignore[misc]
            self._insist(self._judge.settle)
            if len(batch) and self._measured:
                metrics.JUDGE_SECONDS.observe(monotonic() - began)
                received = int(batch.received.max().astype(np.int64))
                metrics.JUDGE_LAG_SECONDS.set(max(0.0, (self._now() - received) / 1e6))

    def _next(self) -> Batch:
        """Return what waits and was not judged while recovering, or nothing after the tick."""
        rows = self._handover.take(MOST_ROWS, self._tick)
        return rows if self._recovered is None else rows[rows.received > self._recovered]

    def _recover(self) -> None:
        self._handover.begin_anew()
        self._recovered = self._judge.recover()

    def _insist(self, step: Callable[[], None], instead: Callable[[], None] | None = None) -> None:
        """Do `step` until it succeeds; after a failure do `instead`, if that is given."""
        pause = FIRST_PAUSE
        while not self._given_up.is_set():
            try:
                step()
            except Exception as why:  # see the module
                first = pause == FIRST_PAUSE
                log.warning("cannot judge, again in %.1f s: %s", pause, why, exc_info=first)
                metrics.JUDGE_FAILURES.inc()
                self.trouble = f"{type(why).__name__}: {why}"
                self._handover.fail(True)
                if self._handover.closed and pause > LAST_PAUSE:
                    self._given_up.set()
                step = instead or step
                self._given_up.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self.trouble = None
                self._handover.fail(False)
                return
