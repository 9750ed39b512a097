"""Make the files beside this: four road sensors, ten days, two recorded floods and artefacts.

Floods: FloodNet, NYC Open Data (simulators/recorded).
Run: `python tests/backtest/street_floods/make.py`
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from simulators.recorded import floods

HERE = Path(__file__).parent
START = datetime(2026, 6, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
STEPS = 10 * 288


def main() -> None:
    rng = np.random.default_rng(7)
    first, second = sorted(floods(), key=lambda flood: -flood.depth.max())[:2]
    depth = np.round(np.abs(rng.normal(0, 0.2, (STEPS, 4))), 1)
    labels = []
    for column, at, flood in ((0, 3 * 288 + 200, first), (1, 6 * 288 + 40, second)):
        seconds = np.arange(0, flood.seconds[-1], STEP.total_seconds())
        curve = np.interp(seconds, flood.seconds, flood.depth)
        depth[at : at + len(curve), column] += np.round(curve, 1)
        labels.append((START + at * STEP, START + (at + len(curve)) * STEP, f"road-{column + 1}"))
    depth[1500:1560, 2] += 45  # a box: something is parked under the sensor
    depth[700, 3] += 60  # a blip: a leg
    with (HERE / "assets.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(
            ["channel", "device", "quantity", "unit", "component", "lon", "lat", "zone", "interval"]
        )
        for n in range(1, 5):
            component = f"34010201030000{n:02}"
            place = (component, 117.2 + n / 100, 31.8, "east")
            rows.writerow((f"road-{n}/depth", f"road-{n}", "depth", "cm", *place, "PT5M"))
    with (HERE / "readings.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["time", *(f"road-{n}/depth" for n in range(1, 5))])
        for step, values in enumerate(depth):
            rows.writerow([f"{START + step * STEP:%Y-%m-%dT%H:%MZ}", *values])
    with (HERE / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["start", "end", "channel_or_zone", "kind"])
        for begin, end, device in labels:
            rows.writerow((f"{begin:%Y-%m-%dT%H:%MZ}", f"{end:%Y-%m-%dT%H:%MZ}", device, "flood"))


if __name__ == "__main__":
    main()
