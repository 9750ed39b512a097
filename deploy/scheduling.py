"""The thread that fires the timers of cases: escalation, the end of a suspension, the lights."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic

from cases.city import City
from deploy import metrics
from deploy.link import Link, is_away
from store.automatic_warnings import warn_by_itself
from store.firing import due_cases, fire_case, waiting_since

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=1)  #: of event time, between two looks
LOOK = 0.2  #: [s] of wall time: a demo's clock runs faster than anybody looks
AT_ONCE = 200  #: timers looked for in one query
AGAIN = 2.0  #: [s] after the database was away
FAILED_AGAIN = 60.0  #: [s] after a case's timers could not be fired


class Scheduling:
    """Fires what is due, oldest first, however long it was not running.

    Any number of processes may do so on one database. A case whose timers fail is told and
    tried again later; it holds up no other.
    """

    def __init__(self, url: str, now: Callable[[], int], city: City) -> None:
        self.trouble: str | None = None  #: for the operator; None when all is well
        self._link, self._now, self._city = Link(url), now, city
        self._looked: datetime | None = None
        self._failed: dict[int, float] = {}  #: cases, and when they are tried again
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="scheduling", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        try:
            while not self._stopping.wait(pause):
                pause = LOOK
                try:
                    self._look()
                except Exception as why:
                    if not is_away(why):
                        raise
                    log.warning("timers wait, the database is away: %s", why)
                    self.trouble = f"{type(why).__name__}: {why}"
                    self._link.drop()
                    pause = AGAIN
        finally:
            self._link.drop()

    def _look(self) -> None:
        now = datetime.fromtimestamp(self._now() / 1e6, UTC)
        # A clock that was set back is looked at anew too.
        if self._looked is not None and abs(now - self._looked) < EVERY:
            return
        while self._fire(now):
            pass
        for sent in warn_by_itself(self._link.get(), now, self._city):
            log.info("%s %s of %s", sent.kind, sent.identifier, sent.incident)
        self._looked = now
        since = waiting_since(self._link.get())
        lag = timedelta(0) if since is None else max(now - since, timedelta(0))
        metrics.TIMER_LAG_SECONDS.set(lag.total_seconds())
        if not self._failed:
            self.trouble = None

    def _fire(self, now: datetime) -> int:
        """Fire some of what is due; return how many. What others hold comes next time."""
        tried_again = monotonic()
        self._failed = {case: at for case, at in self._failed.items() if at > tried_again}
        count = 0
        for case_id in due_cases(self._link.get(), now, AT_ONCE, self._failed):
            if self._stopping.is_set():
                return 0
            try:
                fired = fire_case(self._link.get(), case_id, now, self._city)
            except Exception as why:  # one case must not hold up all others
                if is_away(why):
                    raise
                log.exception("cannot fire the timers of case %d", case_id)
                metrics.TIMER_FAILURES.inc()
                self.trouble = f"case {case_id}: {type(why).__name__}: {why}"
                self._failed[case_id] = monotonic() + FAILED_AGAIN
                continue
            for each in fired:
                metrics.TIMERS_FIRED.labels(each.kind).inc()
            count += len(fired)
        return count
