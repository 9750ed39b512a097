"""Tests of rules that people ask for, run beside the API: no heavy one holds up other requests."""

from __future__ import annotations

import pickle
import subprocess
import sys
from http import HTTPStatus
from signal import SIGALRM
from threading import BoundedSemaphore, Lock
from time import monotonic

from api.problem import Problem
from rules.apart import LONGEST
from rules.pack import BadPack, RuleSet
from rules.testing import Report, TestFile

MOST_WAITING = 4  #: with the one that runs: each holds one of the API's threads


class Trying:
    """One process that runs one text's tests at a time, as long as there is work."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest  #: [s] of one run
        self._process: subprocess.Popen[bytes] | None = None
        self._turn, self._waiting = Lock(), BoundedSemaphore(MOST_WAITING)

    def run(self, pack: RuleSet, tests: TestFile, beside: RuleSet) -> Report:
        """Run tests as `rules.testing.run_text` does. Raises BadPack as that, and Problem."""
        asked = pickle.dumps((self._longest, (pack, tests, beside)))
        if not self._waiting.acquire(blocking=False):
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"The tests of {MOST_WAITING} others are run or wait: try again in a moment.",
                headers={"Retry-After": "5"},
            )
        try:
            with self._turn:
                told = self._ask(asked)
                if told is None:  # it had just ended for want of work
                    told = self._ask(asked)
        finally:
            self._waiting.release()
        if isinstance(told, BadPack):
            raise told
        assert isinstance(told, Report)
        return told

    def _ask(self, asked: bytes) -> object:
        """Return what came of it; None where the process was gone before it began."""
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "rules.apart"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert process.stdin is not None
        assert process.stdout is not None
        began = monotonic()
        try:
            process.stdin.write(asked)
            process.stdin.flush()
            return pickle.load(process.stdout)
        except (EOFError, BrokenPipeError):
            code = process.wait()
            process.stdout.close()
        if code not in (0, -SIGALRM):
            raise RuntimeError(f"rules.apart ended with {code}")
        if monotonic() - began < self._longest / 2:
            return None
        raise Problem(
            HTTPStatus(422),
            f"The tests were stopped after {self._longest} s: give fewer, a longer `every`, or"
            " shorter segments.",
            "bad-tests",
            "The tests cannot be run",
        )


trying = Trying()  #: of this process
