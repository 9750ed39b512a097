"""Recorded series through the very engine and the default packs, on a plain asset file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
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
    return judged_rows(
        [(name, quantity, zone) for name, quantity, zone, _ in series],
        [time] * len(series),
        [values for *_, values in series],
        interval,
        rules,
        time_zone,
    )


def judged_rows(
    named: Sequence[tuple[str, str, str]],
    times: Sequence[Times],
    values: Sequence[Floats],
    interval: timedelta,
    rules: RuleSet | None = None,
    time_zone: str = "UTC",
) -> list[Event]:
    """Return the same for channels (id, quantity, zone) that each have times of their own."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "assets.csv"
        with file.open("w", newline="", encoding="utf-8") as written:
            table = csv.writer(written)
            table.writerow(COLUMNS)
            every = f"PT{int(interval.total_seconds())}S"
            for name, quantity, zone in named:
                table.writerow([name, name, quantity, "", "", "", "", zone, every])
        channels = read_assets(file, time_zone).channels
    if len(channels) != len(named):
        raise ValueError("a row of the plain asset file was refused")
    backtest = Backtest(rules or load(PACKS), channels)
    first = min(time[0] for time in times)
    last = max(time[-1] for time in times)
    for begin in np.arange(first, last + 1, STRETCH):
        parts = [slice(*np.searchsorted(time, [begin, begin + STRETCH])) for time in times]
        number = np.repeat([c.number for c in channels], [p.stop - p.start for p in parts])
        time = np.concatenate([time[part] for time, part in zip(times, parts, strict=True)])
        value = np.concatenate([one[part] for one, part in zip(values, parts, strict=True)])
        batch = make_batch(number, time, value)
        backtest.judge(batch[np.flatnonzero(np.isfinite(value))])
    return backtest.events()
