"""What a curve costs at each zoom: a year of minutes of one channel, two days of seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from deploy import embedded_postgres
from ingest.batch import make_batch
from ingest.quality import Quality
from store.curve import Curve, curve, facts_of
from store.database import Connection, connect, migrate
from store.readings import Writer
from store.rollups import roll
from store.statements import statements

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
POINTS = 1_500
#: channel, interval [s], span of what is stored, spans asked for
CHANNELS = (
    ("minutes", 60, 365 * DAY, (365, 180, 90, 45, 31, 30, 14, 7, 1, 0.1)),
    ("seconds", 1, 3 * DAY, (3, 2, 1, 0.5, 0.1, 0.01)),
)


def run(folder: Path, times: int) -> list[dict[str, Any]]:
    """Return a row a zoom: what it was made of, its rows, and how long it took [ms]."""
    database = embedded_postgres.start(folder)
    try:
        with connect(database.url) as connection:
            migrate(connection)
            for name, interval, span, _ in CHANNELS:
                _fill(connection, name, interval, span)
            while roll(connection):
                pass
            connection.commit()
            return [
                _measured(connection, name, days, times)
                for name, _, _, spans in CHANNELS
                for days in spans
            ]
    finally:
        database.stop()


def _fill(connection: Connection, name: str, interval: int, span: timedelta) -> None:
    """Store a daily wave with noise, a flag now and then, and a day without readings."""
    rng = np.random.default_rng(1)
    rows = int(span.total_seconds()) // interval
    seconds = int(NOW.timestamp()) - interval * np.arange(rows, 0, -1)
    values = 3e5 + 1e4 * np.sin(seconds / 86_400 * 6.283) + 500 * rng.standard_normal(rows)
    quality = np.where(rng.random(rows) < 1e-4, np.uint16(Quality.OUT_OF_RANGE), np.uint16(0))
    kept = (seconds // 86_400) % 100 != 7
    number = connection.execute(
        statements("bench")["put_curve_channel"], {"name": name, "interval": interval}
    ).fetchone()
    assert number is not None  # it returns the one that was put
    time = (seconds[kept] * 1_000_000).view("datetime64[us]")
    batch = make_batch(
        np.full(len(time), number[0]), time, values[kept], received=time, quality=quality[kept]
    )
    Writer(connection).store_batch(batch)
    connection.commit()


def _measured(connection: Connection, name: str, days: float, times: int) -> dict[str, Any]:
    of = facts_of(connection, name)
    assert of is not None  # it was put
    took: list[float] = []
    found: Curve | None = None
    for _ in range(times):
        began = perf_counter()
        found = curve(connection, of, NOW - days * DAY, NOW, POINTS, NOW)
        took.append((perf_counter() - began) * 1e3)
    assert found is not None  # times is at least 1
    return {
        "channel": name,
        "days": days,
        "made_of": found.source,
        "a_point_each_s": found.width,
        "points": len(found.time),
        "ms_median": median(took),
        "ms_most": max(took),
    }
