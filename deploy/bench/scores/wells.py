"""3W: pressures, temperatures and gas-lift flow of offshore wells, real faults."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from deploy.bench.scores.events import count, together
from deploy.bench.scores.result import Result
from deploy.bench.scores.several_channels import METHODS

SET = "3W oil and gas wells (8 series of real faults, 5 s)"
NOTES = """\
Each series begins normal (phase 0), develops a fault (1) and perhaps settles in it (2): one event
from the first row that is not normal to the end. False are runs wholly within the normal phase,
the first 300 rows of which make the detector's first habits. Series by name, alternately
`tuned on` and `untouched` in name alone: no number was chosen by them, but all eight were looked
at on the way, three times with changes in between."""

CHANNELS = ["p_pdg", "p_tpt", "t_tpt", "p_mon_ckp", "t_jus_ckp", "p_jus_ckgl", "qgl"]
STEP = timedelta(seconds=5)
YEAR = timedelta(days=365.25)


def measure(data: Path) -> list[Result]:
    """Return what each method finds."""
    table = pq.read_table(data / "wells_3w" / "series.parquet")
    names = np.array(table["series"].to_pylist())
    value = np.column_stack([table[name].to_numpy().astype(np.float64) for name in CHANNELS])
    value[~np.isfinite(value)] = np.nan
    time = (table["sec"].to_numpy().astype(np.int64) * 1_000_000).view("datetime64[us]")
    faulty = table["phase"].to_numpy() != 0
    series = sorted(set(names.tolist()))
    parts = {"tuned on": series[0::2], "untouched": series[1::2], "whole": series}
    results = []
    for name, method in METHODS.items():
        judged = {
            one: count(method(time[names == one], value[names == one]) >= 1.0, faulty[names == one])
            for one in series
        }
        normal = {one: int((~faulty[names == one]).sum()) for one in series}
        for part, some in parts.items():
            counted = together([judged[one] for one in some])
            years = sum(normal[one] for one in some) * STEP / YEAR * len(CHANNELS)
            late = counted.delays
            results.append(
                Result(
                    name,
                    part,
                    events=counted.events,
                    found=counted.found,
                    false_per_sensor_year=counted.false / years,
                    delay=float(np.median(late)) * STEP if late else None,
                    own={
                        "false runs": float(counted.false),
                        "stood before": float(counted.stood),
                    },
                )
            )
    return results
