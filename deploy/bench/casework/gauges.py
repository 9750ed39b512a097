"""Water gauges on the roads of the invented city, and the floods that they find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from deploy.bench.casework.place import HEIGHT, WIDTH, Cells
from rules.event import Event, Standing
from rules.judgement import Requalified
from store.database import Connection
from store.statements import statements

STRIDE = 7_919  #: prime, so that gauges one after the other lie far apart
NOTHING_NEW = Requalified(
    np.empty(0, np.int32), np.empty(0, "datetime64[us]"), np.empty(0, np.uint16)
)
NEAR = 40.0  #: [m] around a flood others are of one cause; gauges stand further apart


@dataclass(frozen=True, slots=True)
class Gauge:
    device: str
    component: str
    channel: int
    lon: float
    lat: float


def put_gauges(connection: Connection, ground: Cells, count: int, at: datetime) -> list[Gauge]:
    """Return `count` new gauges, each in a cell of its own, with half an hour of readings; commits.

    Those of an earlier run have floods that a new one would join.
    """
    sql = statements("bench")
    [before] = connection.execute(sql["gauges"]).fetchone() or (0,)
    numbers = range(before + 1, before + count + 1)
    cells = [number * STRIDE % len(ground) for number in numbers]
    rows: list[dict[str, Any]] = [
        {
            "device": f"bench-gauge-{number:05}",
            "component": f"{ground.code[cell][:6]}0207{number:06}",
            "name": f"underpass {number}",
            "cell": ground.code[cell],
            "lon": float(ground.lon[cell]),
            "lat": float(ground.lat[cell]),
        }
        for number, cell in zip(numbers, cells, strict=True)
    ]
    with connection.cursor() as cursor:
        for name in ("put_component", "put_device", "put_channel"):
            cursor.executemany(sql[name], rows)
    devices = [row["device"] for row in rows]
    found = connection.execute(sql["channels"], {"devices": devices}).fetchall()
    channels = {device: number for number, device in found}
    connection.execute(sql["make_partition"], {"at": at})
    with connection.cursor() as cursor:
        readings = [{"channel": number, "at": at} for number in channels.values()]
        cursor.executemany(sql["put_reading"], readings)
    connection.commit()
    return [
        Gauge(row["device"], row["component"], channels[row["device"]], row["lon"], row["lat"])
        for row in rows
    ]


def flood(gauge: Gauge, at: datetime) -> Event:
    """Return what the rule of standing water finds at a gauge."""
    moment = np.datetime64(round(at.timestamp() * 1e6), "us")
    return Event(
        rule="flood.road.standing-water",
        version="1",
        scope="component",
        subject=gauge.component,
        code_list="GB/T 30428.2-2013",
        code="0506",
        condition="standing-water",
        severity="yellow",
        began=moment - np.timedelta64(120, "s"),
        raised=moment,
        found=moment,
        ended=None,
        standing=Standing.STANDING,
        channels=(gauge.channel,),
        peak=1.4,
        case_key=f"0506|component|{gauge.component}",
        why={"value": 0.3, "limit": 0.15, "unit": "m", "group": {"near": NEAR, "paths": []}},
    )


def spots(ground: Cells, count: int, seed: int) -> Sequence[tuple[float, float]]:
    """Return places of reports, anywhere in the city."""
    random = np.random.default_rng(seed)
    cell = random.integers(0, len(ground), count)
    lon = ground.lon[cell] + (random.random(count) - 0.5) * WIDTH
    lat = ground.lat[cell] + (random.random(count) - 0.5) * HEIGHT
    return list(zip(lon.tolist(), lat.tolist(), strict=True))
