"""One raw MQTT 3.1.1 connection: publishes at QoS 1, pipelined, and sends again what is owed."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

PUBLISH_QOS1, DUPLICATE = 0x32, 0x08
KEEP_ALIVE = 60  #: [s]
RETRY = 0.2  #: [s] between attempts to connect


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
