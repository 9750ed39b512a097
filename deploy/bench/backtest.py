"""What a backtest costs from the file to the page: made-up history in Parquet, read and judged."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cases.city import load_city
from deploy.backtest.given import from_files
from deploy.backtest.outcome import write
from deploy.backtest.run import run
from deploy.bench.city import city, readings
from ingest.asset_rows import TAGS
from ingest.channel import Channel
from rules.pack import RuleSet

DAY = 288  #: readings of a channel at one in five minutes
LONG = pa.schema(
    [
        ("time", pa.timestamp("us", "UTC")),
        ("channel", pa.dictionary(pa.int32(), pa.string())),
        ("value", pa.float64()),
    ]
)


def backtest(folder: Path, name: str, ruleset: RuleSet, channels: int, days: int,
             sweep: bool) -> dict[str, Any]:  # fmt: skip
    """Write a history into `folder`, backtest it as the command does, and time that."""
    sensors = city(channels)
    assets, file = folder / "assets.csv", folder / "readings.parquet"
    _write_assets(assets, sensors)
    _write_readings(file, sensors, days)
    began, cpu = perf_counter(), process_time()
    given = from_files(assets, file, None, "Asia/Shanghai")
    ran = run(given.history, [ruleset], sweep)
    body = write(folder / "out", ran, given, timedelta(hours=1), load_city(), given.asked)
    seconds = perf_counter() - began
    return {
        "rules": name + (", limits swept" if sweep else ""),
        "channels": channels,
        "readings": ran.count,
        "cases": body["cases"]["total"],
        "read and judged in s": ran.seconds,
        "readings per second": ran.count / ran.seconds,
        "to the page in s": seconds,
        "readings per second to the page": ran.count / seconds,
        "s of processor time": process_time() - cpu,
    }


def _write_assets(path: Path, sensors: list[Channel]) -> None:
    attributes = sorted({name for sensor in sensors for name in sensor.attributes})
    header = ["channel", "device", "quantity", "interval", *TAGS, "tag:noise_zone"]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([*header, *(f"attr:{name}" for name in attributes)])
        for sensor in sensors:
            tags = [sensor.tags.get(name, "") for name in (*TAGS, "noise_zone")]
            placed = [sensor.attributes.get(name, "") for name in attributes]
            interval = sensor.interval.total_seconds()
            rows.writerow([sensor.id, sensor.device, sensor.quantity, interval, *tags, *placed])


def _write_readings(path: Path, sensors: list[Channel], days: int) -> None:
    """Write a day at a time, each in the order of time, as an export of a store is."""
    ids = pa.array([sensor.id for sensor in sensors])
    with pq.ParquetWriter(path, LONG) as writer:
        for day in range(days):
            batch = readings(sensors, day * DAY, (day + 1) * DAY)
            names = pa.DictionaryArray.from_arrays(pa.array(batch.channel - 1), ids)
            time = pa.array(batch.time, pa.timestamp("us", "UTC"))
            writer.write_table(pa.table([time, names, batch.value], schema=LONG))
