"""Publish a load over MQTT 3.1.1 at QoS 1 from one core: raw packets, pipelined, resent.

Ten thousand devices cannot be ten thousand paho clients. A few connections carry them all;
what a broker has not acknowledged is sent again after a reconnect with the DUP flag, so in
the end every message was acknowledged or the sender says which were not.
"""

from __future__ import annotations

import json
import selectors
import socket
import struct
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from urllib.parse import urlsplit

from simulators.load import Load

PUBLISH_QOS1, DUPLICATE = 0x32, 0x08
KEEP_ALIVE = 60  #: [s]
RETRY = 0.2  #: [s] between attempts to connect
STALLED = 5.0  #: [s] without an acknowledgement after which connections are opened anew


@dataclass
class Tally:
    """What became of the messages so far."""

    sent: int = 0  #: for the first time
    acknowledged: int = 0
    resent: int = 0
    reconnects: int = 0
    seconds: float = 0.0
    behind: float = 0.0  #: [s] the most that sending lagged behind its pace


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _packet(head: int, body: bytes) -> bytes:
    size, left = bytearray(), len(body)
    while True:
        left, digit = divmod(left, 128)
        size.append(digit | (0x80 if left else 0))
        if not left:
            return bytes((head,)) + size + body


def connect_packet(client: str) -> bytes:
    """Return a CONNECT that keeps its session (clean session 0)."""
    return _packet(0x10, _text("MQTT") + struct.pack(">BBH", 4, 0, KEEP_ALIVE) + _text(client))


def publish_packet(topic: str, payload: bytes, packet: int) -> bytes:
    return _packet(PUBLISH_QOS1, _text(topic) + struct.pack(">H", packet) + payload)


class Connection:
    """One client: its socket, what it has sent and nobody acknowledged yet."""

    def __init__(self, host: str, port: int, client: str, window: int, tally: Tally) -> None:
        self.host, self.port, self.client, self.window = host, port, client, window
        self.tally = tally
        self.socket: socket.socket | None = None
        self.ready = False
        self.unacknowledged: dict[int, bytes] = {}
        self.last_packet = 0
        self.out = bytearray()
        self.unread = b""
        self.try_again_at = 0.0
        self.wrote_at = 0.0

    def open(self, now: float) -> None:
        self.try_again_at = now + RETRY
        try:
            self.socket = socket.create_connection((self.host, self.port), timeout=2)
        except OSError:
            return
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.out = bytearray(connect_packet(self.client))
        self.unread = b""

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
        self.socket, self.ready = None, False

    def has_room(self) -> bool:
        return self.ready and len(self.unacknowledged) < self.window and len(self.out) < 1 << 20

    def publish(self, topic: str, payload: bytes) -> None:
        packet = self.last_packet % 65535 + 1
        while packet in self.unacknowledged:
            packet = packet % 65535 + 1
        self.last_packet = packet
        self.unacknowledged[packet] = content = publish_packet(topic, payload, packet)
        self.out += content
        self.tally.sent += 1

    def write(self, now: float) -> None:
        if self.socket is None:
            return
        if self.ready and not self.out and now - self.wrote_at > KEEP_ALIVE / 3:
            self.out += b"\xc0\x00"
        if self.out:
            try:
                sent = self.socket.send(self.out)
            except BlockingIOError:
                return
            except OSError:
                self.lose()
                return
            del self.out[:sent]
            self.wrote_at = now

    def read(self) -> None:
        if self.socket is None:
            return
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.lose()
            return
        data = self.unread + data
        place, end = 0, len(data)
        while end - place >= 2 and end - place >= 2 + data[place + 1]:
            head, length = data[place], data[place + 1]
            if head == 0x40:
                packet = data[place + 2] << 8 | data[place + 3]
                if self.unacknowledged.pop(packet, None) is not None:
                    self.tally.acknowledged += 1
            elif head == 0x20:
                self._welcome(data[place + 3])
            place += 2 + length
        self.unread = data[place:]

    def lose(self) -> None:
        self.close()
        self.tally.reconnects += 1

    def _welcome(self, refused: int) -> None:
        if refused:
            self.close()
            return
        self.ready = True
        for content in self.unacknowledged.values():
            self.out += bytes((content[0] | DUPLICATE,)) + content[1:]
        self.tally.resent += len(self.unacknowledged)


def _in_turn(load: Load, connections: int, mine: int, messages: int) -> Iterator[int]:
    """Yield the messages of one connection: a device always has the same one."""
    for tick in count():
        for k in range(tick * load.groups + mine, (tick + 1) * load.groups, connections):
            if k >= messages:
                return
            yield k
        if tick * load.groups >= messages:
            return


def send(
    load: Load,
    url: str,
    messages: int,
    connections: int = 4,
    window: int = 2000,
    patience: float = 60.0,
    watch: Callable[[Tally], None] | None = None,
    begin: float | None = None,
) -> Tally:
    """Publish the first `messages` messages of `load`; return when all are acknowledged.

    Message k goes out at `begin` + k / rate on the wall clock [s since 1970], or as soon
    after as the broker lets it. `window` is how many one connection has in flight. `watch`
    is called about once a second.

    Raises
    ------
    TimeoutError
        Nothing was acknowledged for `patience` seconds: how many messages are missing.
    """
    parts = urlsplit(url)
    tally = Tally()
    clients = [
        Connection(
            parts.hostname or "127.0.0.1",
            parts.port or 1883,
            f"{load.prefix}-{load.seed}-{place}",
            window,
            tally,
        )
        for place in range(connections)
    ]
    turns = [_in_turn(load, connections, place, messages) for place in range(connections)]
    upcoming = [next(turn, None) for turn in turns]
    began = time.time() if begin is None else begin
    moved_at = watched_at = asked_at = time.time()
    acknowledged = 0
    while tally.acknowledged < messages:
        now = time.time()
        due = int((now - began) * load.rate) + 1
        with selectors.DefaultSelector() as selector:
            for client in clients:
                if client.socket is None and now >= client.try_again_at:
                    client.open(now)
                if client.socket is not None:
                    wants = selectors.EVENT_READ
                    if client.out:
                        wants |= selectors.EVENT_WRITE
                    selector.register(client.socket, wants, client)
            for key, _ in selector.select(0.005):
                key.data.read()
        for place, client in enumerate(clients):
            k = upcoming[place]
            while k is not None and k < due and client.has_room():
                client.publish(*load.message(k))
                k = next(turns[place], None)
            upcoming[place] = k
            client.write(now)
            if k is not None:
                tally.behind = max(tally.behind, now - began - k / load.rate)
        tally.seconds = now - began
        if tally.acknowledged > acknowledged or now < began:
            acknowledged, moved_at = tally.acknowledged, now
        elif now - moved_at > patience:
            raise TimeoutError(f"{messages - acknowledged} messages were never acknowledged")
        elif now - max(moved_at, asked_at) > STALLED:
            asked_at = now  # MQTT sends again only after a reconnect
            for client in clients:
                if client.ready and client.unacknowledged:
                    client.lose()
        if watch is not None and now - watched_at >= 1:
            watched_at = now
            watch(tally)
    for client in clients:
        client.close()
    return tally


def main() -> None:
    """Send a load from a process of its own and print the tally as JSON, a line a second."""
    reader = ArgumentParser(description=main.__doc__)
    reader.add_argument("url")
    reader.add_argument("messages", type=int)
    reader.add_argument("load", type=json.loads, help='fields of Load as JSON: {"rate": 2000}')
    reader.add_argument("--connections", type=int, default=4)
    reader.add_argument("--window", type=int, default=2000)
    reader.add_argument("--patience", type=float, default=60.0)
    given = reader.parse_args()

    def show(tally: Tally) -> None:
        print(json.dumps(asdict(tally)), flush=True)

    show(
        send(
            Load(**given.load),
            given.url,
            given.messages,
            given.connections,
            given.window,
            given.patience,
            show,
        )
    )


if __name__ == "__main__":
    main()
