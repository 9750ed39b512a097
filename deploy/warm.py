"""Compiles what the rules in force need, before the first reading waits for it."""

from __future__ import annotations

import logging
from time import monotonic

import numpy as np

from ingest.batch import make_batch
from ingest.channel import Channel
from rules.engine import Engine
from rules.judgement import Remembered
from rules.together import TogetherSignal

log = logging.getLogger(__name__)

BEGIN = np.datetime64("2026-01-01T02:30", "us")
TIMES = BEGIN + np.array([0, 1, 40, 1440], dtype="m8[m]")


def warm(engine: Engine) -> float:
    """Judge a few made-up readings by the same rules and throw them away; return seconds.

    Kernels are compiled at their first call, which takes some twenty seconds once a machine
    and one at every other start. An engine of its own is put to it, on some channels of each
    signal, because it goes the very ways that readings will go.
    """
    began = monotonic()
    some: dict[int, Channel] = {}
    for signal in engine.signals.values():
        chosen = signal.bound()[:2]
        if isinstance(signal, TogetherSignal):
            chosen += [signal.channels[slot] for g in signal.groups.groups[:1] for slot in g.slots]
        some.update((channel.number, channel) for channel in chosen)
    if not some:
        return 0.0
    number, n = np.array(sorted(some), dtype=np.int32), len(TIMES)
    made_up = make_batch(
        np.repeat(number, n), np.tile(TIMES, len(number)), np.tile(np.arange(n) + 1.0, len(number))
    )
    trial = Engine(engine.terms, list(some.values()), Remembered(made_up))
    trial.judge(made_up)
    trial.advance(TIMES[-1] + np.timedelta64(1, "D"))
    trial.settle()
    seconds = monotonic() - began
    log.info("rules compiled and loaded in %.1f s", seconds)
    return seconds
