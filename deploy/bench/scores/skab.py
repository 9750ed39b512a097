"""SKAB: a test bench with a valve, eight channels a second."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from deploy.bench.scores.events import Raised, count, together
from deploy.bench.scores.result import Result
from deploy.bench.scores.several_channels import METHODS

SET = "SKAB valve1 (16 experiments of about 1,100 s, 8 channels)"
NOTES = """\
F1 of rows and false alarm rate (share of normal rows raised) at the operating point. The first
400 rows of an experiment count for nothing, as in the published table, where they are the
training data; here they are what any detector sees before. No other history is given. Files in
their stored order, alternately `tuned on` and `untouched`; the untouched ones were measured three
times, with changes in between. A year of false alarms is no figure for experiments of 20 min and
is left out. Published figures: all 34 experiments; these 16 are published nowhere by themselves."""

#: F1 and false alarm rate from the leaderboard in the benchmark's repository (waico/SKAB), as it
#: stood with the first 400 rows of a file left out; a later table counts them and halves the rate.
PUBLISHED = {
    "convolutional autoencoder": (0.78, 0.136),
    "MSET": (0.78, 0.397),
    "T²+Q (PCA)": (0.76, 0.266),
}
TRAINING = 400  #: rows


def measure(data: Path) -> list[Result]:
    """Return what each method reaches on both halves of the files."""
    table = pq.read_table(data / "skab" / "valve1.parquet")
    file = np.array(table["file"].to_pylist())
    labels = ("file", "datetime", "anomaly", "changepoint")
    channels = [name for name in table.column_names if name not in labels]
    value = np.column_stack([table[name].to_numpy().astype(np.float64) for name in channels])
    time = table["datetime"].to_numpy().astype("datetime64[us]")
    label = table["anomaly"].to_numpy(zero_copy_only=False) == 1
    files = [name for name in dict.fromkeys(file.tolist()) if name.startswith("valve1/")]
    results = [
        Result(f"published: {who}", "whole", own={"F1": f1, "false alarm rate": far})
        for who, (f1, far) in PUBLISHED.items()
    ]
    for name, method in METHODS.items():
        judged = {
            one: (method(time[file == one], value[file == one]) >= 1.0, label[file == one])
            for one in files
        }
        for part, some in {
            "tuned on": files[0::2],
            "untouched": files[1::2],
            "whole": files,
        }.items():
            results.append(_result(name, part, [judged[one] for one in some]))
    return results


def _result(method: str, part: str, judged: list[tuple[Raised, Raised]]) -> Result:
    tested = [(raised[TRAINING:], label[TRAINING:]) for raised, label in judged]
    counted = together([count(raised, label) for raised, label in tested])
    raised, label = (np.concatenate(columns) for columns in zip(*tested, strict=True))
    hit = float((raised & label).sum())
    return Result(
        method,
        part,
        events=counted.events,
        found=counted.found,
        delay=timedelta(seconds=float(np.median(counted.delays))) if counted.delays else None,
        own={
            "F1": round(2 * hit / max(1.0, float(raised.sum() + label.sum())), 3),
            "false alarm rate": round(float((raised & ~label).sum() / (~label).sum()), 3),
            "stood before": float(counted.stood),
        },
    )
