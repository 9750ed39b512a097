"""Water quality of rivers: Herbert (level, turbidity) and Logan (six channels)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq

from deploy.bench.scores.events import Raised, count, together
from deploy.bench.scores.result import Result
from deploy.bench.scores.several_channels import METHODS
from ingest.batch import Floats, Times

SET = "Herbert River (4 stations, 30 min) and Logan River (5 stations, 15 min)"
NOTES = """\
Labels of people: Herbert `Bad` or `Uncertain` on level or turbidity; Logan where the technician
gave a qualifier or corrected the value of any channel, which includes slow drifts that nobody
could see coming and makes long events. -9999 is a missing value, not an anomaly. Stations in
their stored order, alternately `tuned on` and `untouched`; labelled series of these stations
took part in choosing `auto`, the detector of one channel, and those called untouched were
measured three times, with changes in between. Whether a station reads nonsense is what these
labels say; floods are normal.
Most of what is found here is found by an alarm that stood already: a weak find."""

LOGAN = ["temp", "cond", "ph", "do", "turb", "stage"]
YEAR = timedelta(days=365.25)


class Station(NamedTuple):
    """label : (n,), bad on any channel;  step : between two rows"""

    name: str
    time: Times
    value: Floats
    label: Raised
    step: timedelta


def stations(data: Path) -> Iterator[Station]:
    """Yield the stations of both rivers."""
    table = pq.read_table(data / "herbert_river" / "stations_1_4.parquet")
    place = table["locID"].to_numpy()
    bad = np.zeros(len(place), dtype=np.bool_)
    for channel in ("lev", "tur"):
        bad |= np.isin(np.array(table[f"{channel}_type"].to_pylist(), dtype=object), MARKS)
    value = np.column_stack([table[n].to_numpy().astype(np.float64) for n in ("lev", "tur")])
    half_hour = timedelta(minutes=30)
    time = table["t"].to_numpy().astype(np.int64) * 1_800_000_000  # `date_time` has holes
    for one in dict.fromkeys(place.tolist()):
        rows = place == one
        own = time[rows].view("datetime64[us]")
        yield Station(f"Herbert {one}", own, value[rows], bad[rows], half_hour)
    table = pq.read_table(data / "logan_river" / "stations.parquet")
    file = np.array(table["file"].to_pylist())
    raw = np.column_stack([table[name].to_numpy().astype(np.float64) for name in LOGAN])
    raw[raw == -9999] = np.nan
    corrected = np.column_stack(
        [table[f"{name}_cor"].to_numpy().astype(np.float64) for name in LOGAN]
    )
    marked = np.column_stack([table[f"{name}_qual"].is_valid().to_numpy() for name in LOGAN])
    label = ((marked | (np.abs(raw - corrected) > 1e-9)) & np.isfinite(raw)).any(axis=1)
    time = table["datetime"].to_numpy().astype("datetime64[us]")
    for name in dict.fromkeys(file.tolist()):
        rows = file == name
        yield Station(name, time[rows], raw[rows], label[rows], timedelta(minutes=15))


MARKS = ["Bad", "Uncertain"]


def measure(data: Path) -> list[Result]:
    """Return what each method finds at the stations."""
    every = list(stations(data))
    parts = {"tuned on": every[0::2], "untouched": every[1::2], "whole": every}
    results = []
    for name, method in METHODS.items():
        raised = {one.name: method(one.time, one.value) >= 1.0 for one in every}
        for part, some in parts.items():
            counted = together([count(raised[one.name], one.label) for one in some])
            watched = sum((one.value.shape[1] * len(one.time) * one.step for one in some), YEAR * 0)
            late = [
                delay * one.step
                for one in some
                for delay in count(raised[one.name], one.label).delays
            ]
            results.append(
                Result(
                    name,
                    part,
                    events=counted.events,
                    found=counted.found,
                    false_per_sensor_year=counted.false / (watched / YEAR),
                    delay=sorted(late)[len(late) // 2] if late else None,
                    own={
                        "false per sensor-month": round(counted.false / (watched / YEAR) / 12, 2),
                        "stood before": float(counted.stood),
                    },
                )
            )
    return results
