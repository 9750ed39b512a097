"""Publish prepared messages over MQTT at QoS 1, at the pace of a fast clock, until all arrived.

Each client of the scenario (a gateway, a network server, a pool of modems) is an MQTT
client of its own with a session that the broker keeps. paho holds what was not acknowledged
and sends it again after a reconnect, so a restarted broker costs time and no message.
"""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

import pyarrow.parquet as pq
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

KEEP_ALIVE = 60  #: [s]


@dataclass(frozen=True)
class Pace:
    """Maps event time to wall time as the receiver's clock does: all [µs since 1970 UTC]."""

    event_start: int
    wall_start: int
    speed: float

    def wall(self, event: int) -> float:
        """Return the wall time [s since 1970] of an event time."""
        return (self.wall_start + (event - self.event_start) / self.speed) / 1e6


@dataclass
class Progress:
    messages: int
    published: int = 0
    acknowledged: int = 0
    behind: float = 0.0  #: [s] of wall time, the most so far
    event_time: int = 0  #: of the last message published


class _Sender:
    """One MQTT client and what the broker has acknowledged of it."""

    def __init__(self, name: str, host: str, port: int) -> None:
        self.acknowledged = 0
        self._lock = Lock()
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"simulated-{name}",
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        self.client.max_inflight_messages_set(200)
        self.client.max_queued_messages_set(0)
        self.client.reconnect_delay_set(1, 2)
        self.client.on_publish = self._on_publish
        self.client.connect_async(host, port, KEEP_ALIVE)
        self.client.loop_start()

    def _on_publish(self, *_: object) -> None:
        with self._lock:
            self.acknowledged += 1

    def publish(self, topic: str, payload: bytes) -> MQTTMessageInfo:
        info = self.client.publish(topic, payload, qos=1)
        if info.rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN):
            raise RuntimeError(f"publishing to {topic} was refused: {info.rc.name}")
        return info

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def publish(
    parcels: Path,
    url: str,
    pace: Pace,
    patience: float = 60.0,
    watch: Callable[[Progress], None] | None = None,
) -> Progress:
    """Publish the messages of a parcels file in their time; return when all are acknowledged.

    `watch` is called about twice a second.

    Raises
    ------
    TimeoutError
        The broker acknowledged nothing more for `patience` seconds after the last message.
    """
    table = pq.read_table(parcels)
    names = ("at", "client", "topic", "payload")
    rows = zip(*(table[name].to_pylist() for name in names), strict=True)
    parts = urlsplit(url)
    senders = {
        name: _Sender(name, parts.hostname or "127.0.0.1", parts.port or 1883)
        for name in table["client"].unique().to_pylist()
    }
    progress = Progress(table.num_rows, event_time=pace.event_start)
    shown_at = 0.0

    def show(now: float) -> None:
        nonlocal shown_at
        progress.acknowledged = sum(sender.acknowledged for sender in senders.values())
        if watch is not None and now - shown_at > 0.5:
            shown_at = now
            watch(progress)

    for at, client, topic, payload in rows:
        due = pace.wall(at)
        now = time.time()
        while now < due:
            time.sleep(min(due - now, 0.05))
            now = time.time()
            show(now)
        progress.behind = max(progress.behind, now - due)
        senders[client].publish(topic, payload)
        progress.published += 1
        progress.event_time = at
        if progress.published % 200 == 0:
            show(now)
    moved_at, before = time.time(), progress.acknowledged
    while progress.acknowledged < progress.messages:
        time.sleep(0.02)
        show(time.time())
        if progress.acknowledged > before:
            moved_at, before = time.time(), progress.acknowledged
        elif time.time() - moved_at > patience:
            missing = progress.messages - progress.acknowledged
            raise TimeoutError(f"{missing} messages were never acknowledged by {url}")
    for sender in senders.values():
        sender.close()
    return progress


def main() -> None:
    """Publish a parcels file from a process of its own; print the progress as JSON lines."""
    reader = ArgumentParser(description=main.__doc__)
    reader.add_argument("parcels", type=Path)
    reader.add_argument("url")
    reader.add_argument("event_start", type=int, help="µs since 1970 UTC")
    reader.add_argument("wall_start", type=int, help="µs since 1970 UTC")
    reader.add_argument("speed", type=float, help="event seconds in a wall second")
    given = reader.parse_args()

    def show(progress: Progress) -> None:
        print(json.dumps(asdict(progress)), flush=True)

    pace = Pace(given.event_start, given.wall_start, given.speed)
    show(publish(given.parcels, given.url, pace, watch=show))


if __name__ == "__main__":
    main()
