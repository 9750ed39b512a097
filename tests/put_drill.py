"""A drill in a database beside what is live there: at the same place, of the same class, now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from cases.city import load_city
from ingest.exercise import within
from rules.event import Event, Standing
from rules.judgement import Requalified
from store import drills
from store.database import Connection
from store.settlement import settle

NOTHING_NEW = Requalified(
    np.zeros(0, np.int32), np.zeros(0, "datetime64[us]"), np.zeros(0, np.uint16)
)
STORY = {
    "title": {"zh": "积水", "en": "Water"}, "happens": [], "faults": [], "injects": [],
    "expects": [],
}  # fmt: skip


def asset(device: str, lon: float, lat: float, zone: str) -> dict[str, object]:
    """What the runner writes of one gauge."""
    return {
        "device": device, "channel": f"{device}.depth", "name": "depth", "quantity": "depth",
        "unit": "cm", "lowest": -1.0, "highest": 10.0, "interval": timedelta(minutes=5),
        "reports_every": timedelta(0), "lon": lon, "lat": lat, "time_zone": "Asia/Shanghai",
        "tags": {"kind": "flood", "zone": zone, "gateway": "gw-1"},
        "channel_tags": {"role": "road", "class": "0104"}, "attributes": {},
    }  # fmt: skip


def put_drill(
    connection: Connection,
    now: datetime,
    lon: float,
    lat: float,
    devices: tuple[str, ...] = ("flood-003", "flood-900"),
) -> int:
    """Begin a drill whose devices are called as live ones are; return its number."""
    drill = drills.add(
        connection, scenario="flood-underpass", title_zh="积水", title_en="Water", seed=1,
        began=now - timedelta(hours=1), until=now + timedelta(hours=2), started_by="li", lon=lon,
        lat=lat, grid_cell=None, plan={"story": STORY, "truth": {"ends": 0, "happenings": []}},
    )  # fmt: skip
    drills.put_devices(connection, drill, [asset(each, lon, lat, "z0") for each in devices], now)
    drills.turn(connection, drill, "running")
    drills.note(connection, drill, now, "li", "start")
    connection.commit()
    return drill


def flooded(
    connection: Connection, drill: int, now: datetime, device: str, standing: bool = True
) -> Event:
    """What the judge of drills would say of a gauge of the drill, for half an hour."""
    name = within(drill, f"{device}.depth")
    [[number]] = connection.execute("SELECT number FROM channels WHERE id = %s", (name,)).fetchall()
    began = np.datetime64(now.replace(tzinfo=None), "us") - np.timedelta64(30, "m")
    subject = within(drill, device)
    return Event(
        rule="flood.road.standing-water", version="6e1f0c2b9a7d4e35", scope="device",
        subject=subject, code_list="GB/T 30428.2-2013", code="0506", condition="standing-water",
        severity="orange", began=began, raised=began + np.timedelta64(4, "m"),
        found=began + np.timedelta64(5, "m"), ended=None, standing=Standing.STANDING,
        channels=(number,), peak=2.0, case_key=f"0506|device|{subject}", exercise=drill,
        why={
            "rule": "flood.road.standing-water", "title": {"en": "Water", "zh": "积水"},
            "members": [], "group": {"near": 5000.0, "paths": []},
        },
    )  # fmt: skip


def settle_drill(connection: Connection, events: list[Event], now: datetime) -> list[int]:
    """Settle findings of a drill; return the cases that were opened."""
    settled = settle(connection, events, NOTHING_NEW, now, load_city())
    connection.commit()
    return settled.opened


def live(event: Event, channel: int, device: str) -> Event:
    """The same finding of a live gauge."""
    return replace(
        event, exercise=None, channels=(channel,), subject=device,
        case_key=f"0506|device|{device}",
    )  # fmt: skip
