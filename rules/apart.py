"""`python -m rules.apart`: runs the tests of packs in a process of its own, one after the other.

What to run comes pickled on standard input, and what came of it goes out so: both ends are ours.
A run that takes longer than it may ends the process, as does a while without work.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys

from rules.pack import BadPack
from rules.testing import run_text

LONGEST = 20  #: [s] of one run
IDLE = 120  #: [s] without work
NICENESS = 10  #: live work goes first


def main() -> None:
    os.nice(NICENESS)
    source, out = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what anything prints is no answer
    while True:
        signal.alarm(IDLE)
        try:
            asked = pickle.load(source)
        except EOFError:  # it is gone
            return
        longest, given = asked
        signal.alarm(longest)
        try:
            told: object = run_text(*given)
        except BadPack as why:
            told = why
        signal.alarm(0)
        pickle.dump(told, out)
        out.flush()


if __name__ == "__main__":
    main()
