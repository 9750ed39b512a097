"""Publish prepared messages over MQTT at QoS 1, at the pace of a fast clock, until all arrived.

Each client of the scenario (a gateway, a network server, a pool of modems) is an MQTT
client of its own with a session that the broker keeps. paho holds what was not acknowledged
and sends it again after a reconnect, so a restarted broker costs time and no message.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

import pyarrow.parquet as pq
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

KEEP_ALIVE = 60  #: [s]
PATIENCE = 60.0  #: [s] that a broker may take to move


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


@dataclass(frozen=True)
class Access:
    """How a client comes in to a broker; files only where it asks for TLS (mqtts)."""

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None


class Sender:
    """One MQTT client and what the broker has acknowledged of it."""

    def __init__(self, name: str, access: Access) -> None:
        parts = urlsplit(access.url)
        self.published = self.acknowledged = 0
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
        if access.username is not None:
            self.client.username_pw_set(access.username, access.password)
        if parts.scheme == "mqtts":
            self.client.tls_set(access.ca_file, access.certificate_file, access.key_file)
        port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
        self.client.connect_async(parts.hostname or "127.0.0.1", port, KEEP_ALIVE)
        self.client.loop_start()

    def _on_publish(self, *_: object) -> None:
        with self._lock:
            self.acknowledged += 1

    def publish(self, topic: str, payload: bytes) -> MQTTMessageInfo:
        self.published += 1
        info = self.client.publish(topic, payload, qos=1)
        if info.rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN):
            raise RuntimeError(f"publishing to {topic} was refused: {info.rc.name}")
        return info

    def hang_up(self) -> None:
        """Break the connection: MQTT sends again what was not acknowledged only after that."""
        connection = self.client.socket()
        if isinstance(connection, socket.socket):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


class Publisher:
    """Publishes the messages of a parcels file, each by its own client."""

    def __init__(self, parcels: Path, url: str) -> None:
        table = pq.read_table(parcels)
        self._rows = [table[name].to_pylist() for name in ("at", "client", "topic", "payload")]
        self.url = url
        self._senders = {
            name: Sender(name, Access(url)) for name in table["client"].unique().to_pylist()
        }
        self.progress = Progress(table.num_rows)

    def wait_until_connected(self) -> None:
        """Wait for all clients to be connected; raise TimeoutError."""
        until = time.monotonic() + PATIENCE
        while not all(sender.client.is_connected() for sender in self._senders.values()):
            if time.monotonic() > until:
                raise TimeoutError(f"not all clients could connect to {self.url}")
            time.sleep(0.02)

    def publish(
        self,
        pace: Pace,
        patience: float = PATIENCE,
        watch: Callable[[Progress], None] = lambda progress: None,
        resend_after: float = 5.0,
    ) -> Progress:
        """Publish each message in its time; return when all are acknowledged.

        `watch` is called about twice a second. A broker that at the end acknowledges nothing
        for `resend_after` seconds is sent what it owes again.

        Raises
        ------
        TimeoutError
            The broker acknowledged nothing more for `patience` seconds after the last message.
        """
        progress = self.progress
        progress.event_time = pace.event_start
        shown_at = 0.0
        for at, client, topic, payload in zip(*self._rows, strict=True):
            due = pace.wall(at)
            now = time.time()
            while now < due:
                time.sleep(min(due - now, 0.05))
                now = time.time()
            progress.behind = max(progress.behind, now - due)
            self._senders[client].publish(topic, payload)
            progress.published += 1
            progress.event_time = at
            if now - shown_at > 0.5:
                shown_at = now
                watch(self._count())
        moved_at = asked_at = time.time()
        before = self._count().acknowledged
        while before < progress.messages:
            time.sleep(0.02)
            now = time.time()
            if self._count().acknowledged > before:
                moved_at, before = now, progress.acknowledged
                watch(progress)
            elif now - max(moved_at, asked_at) > resend_after:
                asked_at = now
                for sender in self._senders.values():
                    if sender.acknowledged < sender.published:
                        sender.hang_up()
            elif now - moved_at > patience:
                missing = progress.messages - before
                raise TimeoutError(f"{missing} messages were never acknowledged by {self.url}")
        return progress

    def close(self) -> None:
        for sender in self._senders.values():
            sender.close()

    def _count(self) -> Progress:
        self.progress.acknowledged = sum(sender.acknowledged for sender in self._senders.values())
        return self.progress


def main() -> None:
    """Publish a parcels file from a process of its own.

    Prints "connected" when all clients are, reads the pace from its input as one line of
    JSON, then prints its progress as JSON, a line about twice a second.
    """
    reader = ArgumentParser(description=main.__doc__)
    reader.add_argument("parcels", type=Path)
    reader.add_argument("url")
    given = reader.parse_args()

    def show(progress: Progress) -> None:
        print(json.dumps(asdict(progress)), flush=True)

    publisher = Publisher(given.parcels, given.url)
    publisher.wait_until_connected()
    print("connected", flush=True)
    pace = Pace(**json.loads(sys.stdin.readline()))
    show(publisher.publish(pace, watch=show))
    publisher.close()


if __name__ == "__main__":
    main()
