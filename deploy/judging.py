"""The thread between the store and the cases: judges what was stored, in whatever weather."""

from __future__ import annotations

import logging
from collections.abc import Callable
from queue import Empty, Queue
from threading import Event, Thread
from time import monotonic
from typing import Protocol

import numpy as np

from deploy import metrics
from ingest.batch import Batch, concatenate

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  #: [s] between tries
MOST_BATCHES = 64  #: stored and not yet judged; then storing waits, and with it the senders
MOST_ROWS = 200_000  #: judged at once

Batches = Queue[Batch | None]


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
    half-way, and all that it was given is in the store. Ends at the None that `Storing` sends.
    """

    def __init__(
        self, judge: Judge, batches: Batches, now: Callable[[], int], tick: float = 0.5
    ) -> None:
        self.trouble: str | None = "recovering"  #: for the operator; None when all is well
        self._judge, self._batches, self._now, self._tick = judge, batches, now, tick
        self._recovered: np.datetime64 | None = None
        self._ended = False
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
        died = True
        try:
            self._judge_all()
            died = False
        finally:
            if died:
                self.trouble = "judging has ended"

    def _judge_all(self) -> None:
        self._insist(self._recover)
        while not self._ended and not self._given_up.is_set():
            batch = self._next()
            began = monotonic()
            if len(batch):
                self._insist(lambda batch=batch: self._judge.judge(batch), self._recover)  # type: ignore[misc]
            self._insist(self._judge.settle)
            if len(batch):
                metrics.JUDGE_SECONDS.observe(monotonic() - began)
                received = int(batch.received.max().astype(np.int64))
                metrics.JUDGE_LAG_SECONDS.set(max(0.0, (self._now() - received) / 1e6))

    def _next(self) -> Batch:
        """Return all that waits, as one batch; an empty one when nothing comes within the tick."""
        found: list[Batch] = []
        wait = self._tick
        while sum(map(len, found)) < MOST_ROWS:
            try:
                batch = self._batches.get(timeout=wait) if wait else self._batches.get_nowait()
            except Empty:
                break
            wait = 0.0
            if batch is None:
                self._ended = True
                break
            found.append(batch)
        rows = concatenate(found)
        return rows if self._recovered is None else rows[rows.received > self._recovered]

    def _recover(self) -> None:
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
                step = instead or step
                self._given_up.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self.trouble = None
                return
