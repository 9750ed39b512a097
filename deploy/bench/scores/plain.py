"""Recorded series through the very engine and the default packs, on a plain asset file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ingest.asset_files import read_assets
from ingest.batch import Floats, Times, make_batch
from rules.backtest import Backtest
from rules.event import Event
from rules.pack import RuleSet, load

PACKS = Path(__file__).parents[3] / "rules" / "packs"
COLUMNS = ("channel", "device", "quantity", "unit", "component", "lon", "lat", "zone", "interval")
#: Judged at once, so that memory stays small.
STRETCH = np.timedelta64(7, "D")

#: Channel, quantity, zone, values [SI].
Series = tuple[str, str, str, Floats]


def judged(
    series: Iterable[Series],
    time: Times,
    interval: timedelta,
    rules: RuleSet | None = None,
    time_zone: str = "UTC",
) -> list[Event]:
    """Return the events of `rules` (default: all packs that ship) on series of the same times."""
    series = list(series)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "assets.csv"
        with file.open("w", newline="", encoding="utf-8") as written:
            table = csv.writer(written)
            table.writerow(COLUMNS)
            every = f"PT{int(interval.total_seconds())}S"
            for name, quantity, zone, _ in series:
                table.writerow([name, name, quantity, "", "", "", "", zone, every])
        channels = read_assets(file, time_zone).channels
    if len(channels) != len(series):
        raise ValueError("a row of the plain asset file was refused")
    backtest = Backtest(rules or load(PACKS), channels)
    numbers = np.array([channel.number for channel in channels])
    for begin in np.arange(time[0], time[-1] + 1, STRETCH):
        first, last = np.searchsorted(time, [begin, begin + STRETCH])
        value = np.concatenate([values[first:last] for *_, values in series])
        batch = make_batch(
            np.repeat(numbers, last - first), np.tile(time[first:last], len(series)), value
        )
        backtest.judge(batch[np.flatnonzero(np.isfinite(value))])
    return backtest.events()
