"""Between the socket and paho: published messages are taken here, all else is paho's.

paho reads a packet with three system calls and builds several objects for each; at a city's
rate this is most of the cost of ingest. A session also must acknowledge from one place, many
at once, and only by the connection a message came by.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

CHUNK = 1 << 18
LINGER = 1.0  #: [s]
PUBLISH = 3
PING = b"\xc0\x00"
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Published(NamedTuple):
    topic: str
    payload: bytes
    mid: int  #: packet identifier, 0 at QoS 0
    redelivered: bool


class Wire:
    """A connected socket that keeps PUBLISH packets to itself, in `taken`.

    Used by one thread. `properties` says whether packets carry MQTT 5 properties.
    """

    def __init__(self, raw: SocketLike, properties: bool) -> None:
        self.taken: list[Published] = []
        self.heard = False  #: anything was read since somebody last set this False
        self._raw = raw
        self._properties = properties
        self._rest = b""  #: the beginning of a packet that has not come wholly
        self._control = bytearray()  #: whole packets for paho
        self._unsent = bytearray()

    @property
    def has_control(self) -> bool:
        return bool(self._control)

    @property
    def has_unsent(self) -> bool:
        return bool(self._unsent)

    def pending(self) -> int:
        """Return the bytes that TLS has decrypted and that no select will announce."""
        pending: int = self._raw.pending() if isinstance(self._raw, ssl.SSLSocket) else 0
        return pending

    def recv(self, size: int) -> bytes:
        if not self._control:
            data = self._raw.recv(CHUNK)
            if not data:
                return b""
            self.heard = True
            self._split(self._rest + data if self._rest else data)
        if not self._control:
            raise BlockingIOError
        part = bytes(self._control[:size])
        del self._control[:size]
        return part

    def send(self, data: bytes | bytearray) -> int:
        self._unsent += data
        self.flush()
        return len(data)

    def acknowledge(self, mids: Iterable[int]) -> None:
        self.send(b"".join([b"\x40\x02" + mid.to_bytes(2, "big") for mid in mids]))

    def flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._raw.send(self._unsent)]
        except WOULD_BLOCK:
            pass

    def close(self) -> None:
        """Close once the broker has read all that we sent.

        The kernel answers input that is left unread by a reset, which may overtake our last
        acknowledgements.
        """
        if isinstance(self._raw, socket.socket) and self._raw.fileno() >= 0:
            until = monotonic() + LINGER
            try:
                self._raw.shutdown(socket.SHUT_WR)
                self._raw.settimeout(LINGER)
                while monotonic() < until and self._raw.recv(CHUNK):
                    pass
            except OSError:
                pass  # gone already
        self._raw.close()

    def fileno(self) -> int:
        return self._raw.fileno()

    def setblocking(self, flag: bool) -> None:
        self._raw.setblocking(flag)

    def _split(self, data: bytes) -> None:
        at, size = 0, len(data)
        while at < size:
            end, body = _packet(data, at)
            if body < 0:  # no such length in MQTT: let paho close the connection
                self._control += data[at:]
                at = size
                break
            if not body or end > size:
                break
            if data[at] >> 4 == PUBLISH:
                self.taken.append(self._published(data, data[at], body, end))
            else:
                self._control += data[at:end]
            at = end
        self._rest = data[at:]

    def _published(self, data: bytes, flags: int, at: int, end: int) -> Published:
        body = at + 2 + int.from_bytes(data[at : at + 2], "big")
        topic = data[at + 2 : body].decode("utf-8", "backslashreplace")
        mid, begun = 0, 1
        if flags & 0x06:
            mid = int.from_bytes(data[body : body + 2], "big")
            body += 2
        if self._properties:
            body, begun = _packet(data, body - 1)
        if body > end or begun < 1:
            raise ConnectionError("the broker sent a malformed PUBLISH")
        return Published(topic, data[body:end], mid, bool(flags & 0x08))


def _packet(data: bytes, at: int) -> tuple[int, int]:
    """Return where what follows the length after data[at] ends, and where it begins.

    It begins at 0 where the length has not wholly come, and at -1 where it is none.
    """
    length = 0
    for place in range(at + 1, min(at + 5, len(data))):
        digit = data[place]
        length |= (digit & 0x7F) << 7 * (place - at - 1)
        if digit < 0x80:
            return place + 1 + length, place + 1
    return (0, 0) if len(data) < at + 5 else (0, -1)
