"""One connection of an MQTT session, from CONNECT until it is lost or ended."""

from __future__ import annotations

import logging
import selectors
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.endpoint import FIVE, Client, Endpoint
from ingest.inbox import Outcome
from ingest.wire import PING, Published

log = logging.getLogger(__name__)

REFUSED = 0x80  #: reason codes from here on are failures


class Connection:
    """A connection; it alone can acknowledge what came by it.

    Packet identifiers are used again on the next connection, so an acknowledgement for a
    connection that is gone is dropped: the broker sends that message again.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        protocol: MQTTProtocolVersion,
        filters: Sequence[str],
        subscribe_anyway: bool,
    ) -> None:
        self.protocol = protocol
        self.answered = False  #: the broker has accepted or refused us
        self.subscribed = False
        self.over = False
        self.refusal: str | None = None  #: why the broker would not have us
        self.wrong_protocol = False
        self._filters, self._subscribe_anyway = filters, subscribe_anyway
        self._done: deque[list[int]] = deque()  #: acknowledged, to be sent
        self._client = Client(endpoint, protocol)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.open()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ)

    def acknowledge(
        self, tickets: Sequence[int], outcome: Callable[[int], Outcome] | None = None
    ) -> None:
        """Acknowledge packets by their identifiers, in the order received; from any thread."""
        if not self.over:
            self._done.append(list(tickets))
            self.wake()

    def wake(self) -> None:
        try:
            self._wake.send(b"\0")
        except BlockingIOError:
            pass  # it has not yet woken from the last call
        except OSError:
            pass  # over in this moment

    def turn(self, reading: bool, wait: float = 0.2) -> list[Published]:
        """Wait up to `wait` [s], send and receive what is due, return what was published to us.

        While not `reading`, only acknowledgements go out. Sets `over` when the connection is lost.
        """
        wire = self._client.wire
        if self._client.socket() is None:  # lost already while connecting
            self.over = True
            return []
        interest = selectors.EVENT_READ if reading else 0
        if wire.has_unsent or self._client.want_write():
            interest |= selectors.EVENT_WRITE
        if interest:
            self._selector.register(wire, interest)
        ready = {
            key.fileobj: mask for key, mask in self._selector.select(0 if wire.pending() else wait)
        }
        if interest:
            self._selector.unregister(wire)
        try:
            if self._woken in ready:
                self._woken.recv(4096)
            self._send()
            wire.heard = False
            if reading and (ready.get(wire, 0) & selectors.EVENT_READ or wire.pending()):
                self._receive()
            if not wire.heard and reading:
                # Only when nothing was left to read: the answer to a ping may be in there.
                self._client.loop_misc()
        except OSError as why:
            log.info("connection lost: %s", why)
            self.over = True
        self.over = self.over or self._client.socket() is None
        taken, wire.taken = wire.taken, []
        return taken

    @property
    def heard(self) -> bool:
        """Whether the last turn read anything."""
        return self._client.wire.heard

    def ping(self) -> None:
        """Tell the broker that we live although we read nothing now."""
        try:
            self._client.wire.send(PING)
        except OSError:
            self.over = True

    def close(self) -> None:
        """Send what is due and DISCONNECT; the broker keeps the session."""
        if not self.over:
            try:
                self._send()
                self._client.disconnect()
            except OSError:
                pass
        self.over = True
        self._client.wire.close()
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _send(self) -> None:
        while self._done:
            self._client.wire.acknowledge(self._done.popleft())
        if self._client.want_write():
            self._client.loop_write()
        self._client.wire.flush()

    def _receive(self) -> None:
        self._client.loop_read()
        while self._client.socket() is not None and self._client.wire.has_control:
            self._client.loop_read()

    def _on_connect(
        self,
        client: mqtt.Client,
        _: Any,
        flags: mqtt.ConnectFlags,
        reason: Any,
        properties: Properties | None,
    ) -> None:
        self.answered = True
        if reason.is_failure:
            self.refusal = str(reason)
            self.wrong_protocol = reason.getName() == "Unsupported protocol version"
            return
        # With MQTT 5 it is free to subscribe again; before, it repeats retained messages.
        if self._subscribe_anyway or self.protocol == FIVE or not flags.session_present:
            self._subscribe()
        else:
            self.subscribed = True

    def _subscribe(self) -> None:
        """Subscribe at QoS 1. Retained messages come only with a filter that is new (MQTT 5)."""
        if self.protocol == FIVE:
            options = SubscribeOptions(
                qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
            )
            self._client.subscribe([(text, options) for text in self._filters])
        else:
            self._client.subscribe([(text, 1) for text in self._filters])

    def _on_subscribe(
        self,
        client: mqtt.Client,
        _: Any,
        mid: int,
        reasons: list[Any],
        properties: Properties | None,
    ) -> None:
        refused = [
            text
            for text, reason in zip(self._filters, reasons, strict=False)
            if reason.value >= REFUSED
        ]
        self.subscribed = not refused
        if refused:
            self.refusal = f"the broker refuses the subscription to {', '.join(refused)}"

    def _on_disconnect(
        self,
        client: mqtt.Client,
        _: Any,
        flags: mqtt.DisconnectFlags,
        reason: Any,
        properties: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self.refusal = f"the broker ended the connection: {reason}"
