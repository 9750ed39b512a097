"""Recorded series through the very engine: what the packs make of them."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from ingest.batch import make_batch
from ingest.channel import Channel
from rules.engine import Engine
from rules.event import Event, Standing
from rules.judgement import Remembered
from rules.pack import RuleSet, load

PACKS = Path(__file__).parents[1] / "rules" / "packs"


def packs() -> RuleSet:
    """Return all packs that ship: what is quiet must be quiet with everything on."""
    return load(PACKS)


def readings(channels, times, values):
    """Return a Batch in the order of time; times and values are one array a channel."""
    number = np.repeat([c.number for c in channels], [len(v) for v in values])
    batch = make_batch(number, np.concatenate(times), np.concatenate(values))
    batch = batch[np.flatnonzero(np.isfinite(batch.value))]
    return batch[np.argsort(batch.time, kind="stable")]


def judge(
    ruleset: RuleSet, channels: list[Channel], batch, step: timedelta = timedelta(days=1)
) -> list[Event]:
    """Return the events as they stand after the last reading, oldest first."""
    history = Remembered()
    engine = Engine(ruleset, channels, history)
    events = {}
    edges = np.arange(batch.time[0], batch.time[-1] + np.timedelta64(step), np.timedelta64(step))
    cuts = [*np.searchsorted(batch.time, edges), len(batch)]
    for begin, end in pairwise(cuts):
        part = batch[begin:end]
        if len(part):
            history.add(part)
            engine.judge(part)
            engine.advance(part.time[-1])
        events.update({event.id: event for event in engine.settle().events})
    there = [e for e in events.values() if e.standing is not Standing.WITHDRAWN]
    return sorted(there, key=lambda event: (event.began, event.rule, event.subject))
