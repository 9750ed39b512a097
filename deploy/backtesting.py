"""The thread that runs the backtests people ask for: one at a time, each in its own process."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event, Thread

from deploy.link import Link, is_away
from store.backtests import fail, interrupt, is_alone, is_wanted, take

log = logging.getLogger(__name__)

LOOK = 0.5  #: [s] between two looks at whether a running one is still wanted
IDLE = 5.0  #: [s] between two looks for one that waits, if nobody tells
TOLD = 2000  #: characters of what a process that failed said last


class Backtesting:
    """Runs what waits in the database, oldest first.

    Of several processes on one database one does so. A process that ends takes its backtest
    with it; the next that starts says so.
    """

    def __init__(
        self, url: str, wall: Callable[[], datetime], city: Path | None, time_zone: str
    ) -> None:
        self.trouble: str | None = None  #: for the operator; None when all is well
        self._url, self._link, self._wall = url, Link(url), wall
        self._given = {"city": str(city) if city else None, "time_zone": time_zone}
        self._alone = False
        self._wake, self._stopping = Event(), Event()
        self._thread = Thread(target=self._run, name="backtesting", daemon=True)

    def look(self) -> None:
        """Look at once: one was asked for, or is not wanted any more."""
        self._wake.set()

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    number = self._next()
                    self.trouble = None
                    if number is not None:
                        self._judge(number)
                        continue
                except Exception as why:
                    if not is_away(why):
                        raise
                    log.warning("backtests wait, the database is away: %s", why)
                    self.trouble = f"{type(why).__name__}: {why}"
                    self._link.drop()
                    self._alone = False
                self._wake.wait(IDLE)
                self._wake.clear()
        finally:
            self._link.drop()

    def _next(self) -> int | None:
        """Return the backtest whose turn it is, if it is this process that runs them."""
        connection = self._link.get()
        if not self._alone:
            self._alone = is_alone(connection)
            if not self._alone:
                return None
            interrupt(connection, self._wall())
        return take(connection, self._wall())

    def _judge(self, number: int) -> None:
        """Have a process judge, until it is done or nobody wants it any more."""
        with TemporaryFile() as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "deploy.backtest.job"],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
            )
            try:
                assert process.stdin is not None
                asked = {"database": self._url, "backtest": number, **self._given}
                process.stdin.write(f"{json.dumps(asked)}\n".encode())
                process.stdin.flush()
                while process.poll() is None:
                    self._wake.wait(LOOK)
                    self._wake.clear()
                    if self._stopping.is_set() or not is_wanted(self._link.get(), number):
                        break
            finally:
                process.kill()
                process.communicate()
            if self._stopping.is_set():
                interrupt(self._link.get(), self._wall())
            elif process.returncode:  # changes nothing where it was cancelled
                said.seek(0)
                text = said.read().decode(errors="replace").strip()
                log.warning("backtest %d ended with %d: %s", number, process.returncode, text)
                fail(self._link.get(), number, _why(process.returncode, text), self._wall())


def _why(code: int, said: str) -> str:
    if code < 0:
        return f"its process was ended by signal {-code}; is there enough memory?"
    return (said.splitlines() or ["it said nothing; see the log"])[-1][:TOLD]
