"""Power demand from the UCR anomaly archive: one anomaly a series, after a part to learn from."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq

from deploy.bench.scores.one_channel import METHODS, Method
from deploy.bench.scores.result import Result
from ingest.batch import Floats

SET = "UCR anomaly archive, power demand (8 of its series)"
NOTES = """\
Each series has one anomaly behind a part without any. `top 1`: the highest score of what comes
after that part lies in the anomaly or within 100 rows of it, which is the archive's own rule. At
the operating point the anomaly is found by an alarm there; every other alarm is false. The
series have no times: they are given a row an hour, which makes their cycle of 24 rows a day.
Sorted by name, alternately `tuned on` and `untouched`; a series and its distorted copy are in
the same half, and nothing was tuned here; how often they were scored on the way was not
counted. False are rows, not runs. This is a set on which ours fails: such an anomaly is
a shape that nobody saw before within the range of all that is seen daily, which takes a search
among former days (a matrix profile) that a channel's memory of 4 KB does not allow."""

STEP = np.timedelta64(1, "h")
NEAR = 100  #: rows on either side that still count, by the archive's rule
YEAR = timedelta(days=365.25)


class Series(NamedTuple):
    value: Floats
    learn: int  #: rows to learn from
    begin: int  #: of the anomaly
    end: int


def read(data: Path) -> list[Series]:
    """Return the series of `data`/ucr_power by name."""
    table = pq.read_table(data / "ucr_power" / "series.parquet")
    names = np.array(table["file"].to_pylist())
    values = table["value"].to_numpy().astype(np.float64)
    with (data / "ucr_power" / "labels.csv").open(encoding="utf-8") as lines:
        labels = sorted(csv.DictReader(lines), key=lambda row: row["file"])
    return [
        Series(
            values[names == row["file"]],
            int(row["train_end"]),
            int(row["anom_start"]),
            int(row["anom_end"]),
        )
        for row in labels
    ]


def measure(data: Path) -> list[Result]:
    """Return what each method finds on either half."""
    files = read(data)
    parts = {"tuned on": files[0::2], "untouched": files[1::2]}
    return [
        _result(name, part, [_judged(method, one) for one in some], some)
        for name, method in METHODS.items()
        for part, some in parts.items()
    ]


class Judged(NamedTuple):
    top: bool  #: whether the highest score lies at the anomaly
    delay: timedelta | None  #: from its begin to the first alarm there
    false: int


def _judged(method: Method, one: Series) -> Judged:
    time = np.datetime64("2024-01-01", "us") + np.arange(len(one.value)) * STEP
    score = method(time, one.value)
    first, last = one.begin - NEAR, one.end + NEAR
    top = one.learn + int(np.argmax(score[one.learn :]))
    rows = one.learn + np.flatnonzero(score[one.learn :] >= 1.0)
    inside = rows[(rows >= first) & (rows <= last)]
    delay = ((int(inside[0]) - one.begin) * STEP).item() if len(inside) else None
    return Judged(first <= top <= last, delay, len(rows) - len(inside))


def _result(method: str, part: str, judged: list[Judged], files: list[Series]) -> Result:
    delays = sorted(one.delay for one in judged if one.delay is not None)
    watched = sum(len(one.value) - one.learn for one in files) * STEP.item()
    return Result(
        method,
        part,
        events=len(judged),
        found=len(delays),
        false_per_sensor_year=sum(one.false for one in judged) / (watched / YEAR),
        delay=delays[len(delays) // 2] if delays else None,
        own={"top 1": sum(one.top for one in judged) / len(judged)},
    )
