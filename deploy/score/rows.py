"""Scoring a table with the detectors for what nobody has tuned, row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from detectors.registry import REGISTRY, TOGETHER
from detectors.together import Verdict
from ingest.batch import NO_STATE, Batch, Floats, Rows, Times
from ingest.channel import Channel

ROWS = 10_000  #: between two signs of progress; where a table is cut changes no score

Judge = Callable[[Times, Floats], Verdict]


def judge(names: Sequence[str]) -> Judge:
    """Return what scores the rows of these columns, each before the next is looked at.

    One column is a channel for `auto`, several are a station for `auto_station`. What it is
    given first it learns first; the scores may be thrown away.
    """
    channels = [
        Channel(number, name, "table", name, "", "", time_zone="UTC")
        for number, name in enumerate(names)
    ]
    if len(names) > 1:
        kind = TOGETHER["auto_station"]
        return kind(kind.Parameters(), channels).update
    single = REGISTRY["auto"]
    detector = single(single.Parameters(), channels)

    def alone(time: Times, value: Floats) -> Verdict:
        n = len(time)
        batch = Batch(
            channel=np.zeros(n, dtype=np.int32),
            time=time.copy(),
            received=time.copy(),
            value=value[:, 0].copy(),
            state=np.full(n, NO_STATE, dtype=np.int32),
            quality=np.zeros(n, dtype=np.uint16),
        )
        score = detector.update(batch)
        return Verdict(score, np.where(np.isnan(score), -1, 0).astype(np.intp))

    return alone


def score_rows(
    judge: Judge, time: Times, value: Floats, show: Callable[[int], object] = lambda _: None
) -> tuple[Floats, Rows]:
    """Return (n,) scores in [0, 1] and (n,) places of the columns that speak, -1 for none.

        anomaly_score = s / (1 + s),  s the detector's score: 0.5 at its limit

    A row with nothing to judge scores 0: that data is missing is not an anomaly here.
    `show` is told how many rows are done.
    """
    score, speaks = np.zeros(len(time)), np.full(len(time), -1, dtype=np.intp)
    for start in range(0, len(time), ROWS):
        rows = slice(start, start + ROWS)
        verdict = judge(time[rows], value[rows])
        known = np.nan_to_num(verdict.score, nan=0.0, posinf=1e300)
        score[rows] = known / (1.0 + known)
        speaks[rows] = verdict.speaks
        show(min(start + ROWS, len(time)))
    return score, speaks
