"""The broker `amqtt`, run as `python -m deploy.amqtt_broker`, with its QoS 1 made to keep its word.

amqtt 0.12 forgets a message that was sent and not acknowledged within 5 s or before the
connection broke, keeps nothing for anonymous clients that are away, and drops what a publisher
sent just before it left. It keeps connections, sessions, subscriptions and retained messages;
the way of a message from PUBLISH to PUBLISH is ours. decisions/0001-embedded-broker.md tells
what was found, and measured.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path
from typing import Any

import amqtt.broker
import click
from amqtt.adapters import BufferReader
from amqtt.errors import MQTTError, NoDataError
from amqtt.mqtt import packet_class
from amqtt.mqtt.connack import (
    BAD_USERNAME_PASSWORD,
    UNACCEPTABLE_PROTOCOL_VERSION,
    ConnackPacket,
)
from amqtt.mqtt.packet import (
    DISCONNECT,
    PUBACK,
    PUBLISH,
    PUBREL,
    MQTTFixedHeader,
)
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import OutgoingApplicationMessage

from deploy.amqtt_access import Access, OwnTopics

LEVEL_3_1_1 = b"\x04"
WINDOW = 10_000  #: messages sent to one client beyond what it acknowledged; the rest wait
RETAIN, AT_LEAST_ONCE, DUPLICATE = 0x01, 0x02, 0x08  #: flags of a PUBLISH


class Everyone(BaseAuthPlugin):  # type: ignore[misc]  # amqtt is untyped
    """Lets every client in that came so far; amqtt keeps nothing for those it calls anonymous."""

    async def authenticate(self, *, session: Any) -> bool:
        return True


class PatientHandler(BrokerProtocolHandler):  # type: ignore[misc]  # amqtt is untyped
    """One client's connection; a message is in flight until its PUBACK, over reconnects.

    `session.retained_messages` waits to be sent, `session.inflight_out` to be acknowledged.
    With `access` a client comes in by its password, and its session has the name of its account.
    """

    access: Access | None = None

    @classmethod
    async def init_from_connect(
        cls, reader: Any, writer: Any, plugins_manager: Any, loop: Any = None
    ) -> Any:
        """Refuse MQTT 5 in words; amqtt takes its properties for lengths and waits for ever."""
        header = await MQTTFixedHeader.from_stream(reader)
        body = b"" if header is None else await reader.read(header.remaining_length)
        if body[6:7] > LEVEL_3_1_1:
            await ConnackPacket.build(0, UNACCEPTABLE_PROTOCOL_VERSION).to_stream(writer)
            await writer.close()
            raise MQTTError("MQTT 5 is refused; the client may come again with 3.1.1")
        packet = BufferReader(b"" if header is None else header.to_bytes() + body)
        handler, session = await super().init_from_connect(packet, writer, plugins_manager, loop)
        if cls.access is not None:
            # Here, and not where amqtt asks: by then a stranger has ended another's session.
            if not cls.access.may_enter(session.username, session.password):
                await ConnackPacket.build(0, BAD_USERNAME_PASSWORD).to_stream(writer)
                await writer.close()
                raise MQTTError("a client without an account, or with a wrong password")
            session.client_id = cls.access.session_name(session.username, session.client_id)
        return handler, session

    def attach(self, session: Any, reader: Any, writer: Any) -> None:
        # On loopback the kernel tells when a client is gone.
        session.keep_alive = 0
        super().attach(session, reader, writer)

    async def start(self) -> None:
        if self.session.transitions.state != "connected":
            # The connection that we took over from ended late, and marked the session as away.
            self.session.transitions.connect()
        await super().start()

    async def mqtt_publish(
        self, topic: str, data: bytes, qos: int, retain: bool, ack_timeout: int | None = None
    ) -> None:
        self.offer(topic, bytes(data), qos, retain)

    def offer(self, topic: str, data: bytes, qos: int, retain: bool = False) -> None:
        """Send a message, or keep it until the window has room."""
        if qos == 0:
            self._write(RETAIN if retain else 0, topic, data, 0)
        elif self.session is not None:
            waiting = self.session.retained_messages
            waiting.put_nowait(OutgoingApplicationMessage(None, topic, 1, data, retain))
            self.send_waiting()

    def send_waiting(self) -> None:
        session = self.session
        if session is None:
            return
        waiting, in_flight = session.retained_messages, session.inflight_out
        while not waiting.empty() and len(in_flight) < WINDOW:
            message = waiting.get_nowait()
            message.packet_id = session.next_packet_id
            in_flight[message.packet_id] = message
            self._send(message, 0)

    async def _retry_deliveries(self) -> None:
        for message in list(self.session.inflight_out.values()):
            self._send(message, DUPLICATE)
        self.send_waiting()

    def _send(self, message: Any, flags: int) -> None:
        flags |= AT_LEAST_ONCE | (RETAIN if message.retain else 0)
        self._write(flags, message.topic, message.data, message.packet_id)

    def _write(self, flags: int, topic: str, data: bytes, mid: int) -> None:
        if self.writer is not None:
            name = topic.encode()
            number = mid.to_bytes(2, "big") if mid else b""
            header = MQTTFixedHeader(PUBLISH, flags, 2 + len(name) + len(number) + len(data))
            parts = (header.to_bytes(), len(name).to_bytes(2, "big"), name, number, data)
            self.writer.write(b"".join(parts))

    async def _reader_loop(self) -> None:
        self._reader_ready.set()
        try:
            while (header := await MQTTFixedHeader.from_stream(self.reader)) is not None:
                size = header.remaining_length
                body = await self.reader.read(size) if size else b""
                if header.packet_type == PUBLISH:
                    await self._published(header.flags, body)
                elif header.packet_type == PUBREL:
                    self.session.inflight_in.pop(int.from_bytes(body[:2], "big"), None)
                    self.writer.write(b"\x70\x02" + body[:2])
                elif header.packet_type == PUBACK:
                    self.session.inflight_out.pop(int.from_bytes(body[:2], "big"), None)
                    self.send_waiting()
                else:
                    await self._other(header, body)
                    if header.packet_type == DISCONNECT:
                        break
        except (MQTTError, NoDataError, OSError, EOFError, asyncio.CancelledError) as why:
            self.logger.debug("connection ends: %r", why)
        finally:  # a fault of ours closes the connection too, and does not leave it deaf
            await self.handle_connection_closed()
            self._reader_stopped.set()
            await self.stop()

    async def _published(self, flags: int, body: bytes) -> None:
        at = 2 + int.from_bytes(body[:2], "big")
        topic, qos = body[2:at].decode("utf-8", "replace"), flags >> 1 & 3
        if not topic or topic[0] == "$" or "+" in topic or "#" in topic:
            raise MQTTError(f"a client published to {topic!r}")
        mid, data = (body[at : at + 2], body[at + 2 :]) if qos else (b"", body[at:])
        broker = self.plugins_manager.context._broker_instance
        # MQTT 3.1.1 has no word for a refusal: it is acknowledged, and goes nowhere.
        may = self.access is None or self.access.may_write(self.session.username, topic)
        # Of QoS 2 the number is kept until PUBREL, so that a repetition is known as one.
        number, seen = int.from_bytes(mid, "big"), self.session.inflight_in
        if may and not (qos == 2 and number in seen):
            broker.distribute(topic, data, qos)
            if flags & RETAIN:
                await broker.retain_message(self.session, topic, data, qos)
        if qos == 2:
            seen[number] = topic
        if qos:
            self.writer.write((b"\x40\x02" if qos == 1 else b"\x50\x02") + mid)
            await self.writer.drain()

    async def _other(self, header: Any, body: bytes) -> None:
        packet = await packet_class(header).from_stream(BufferReader(body), fixed_header=header)
        name = packet_class(header).__name__.removesuffix("Packet").lower()
        await getattr(self, f"handle_{name}")(packet)


class PatientBroker(amqtt.broker.Broker):  # type: ignore[misc]  # amqtt is untyped
    def distribute(self, topic: str, data: bytes, qos: int) -> None:
        """Give a message to all whose filter it matches: at once, or when they are back."""
        for pattern, subscriptions in self._subscriptions.items():
            if not self._matches(topic, pattern):
                continue
            for session, granted in subscriptions:
                handler = self._get_handler(session)
                away = handler is None or session.transitions.state != "connected"
                level = min(qos, granted, 1)
                if not away:
                    handler.offer(topic, data, level)
                elif level and not session.clean_session:
                    kept = OutgoingApplicationMessage(None, topic, 1, data, False)
                    session.retained_messages.put_nowait(kept)

    async def _broadcast_message(
        self, session: Any, topic: str, data: bytes, force_qos: int | None = None
    ) -> None:
        access = PatientHandler.access  # a will comes this way too
        if access is None or session is None or access.may_write(session.username, topic):
            self.distribute(topic, bytes(data), 1 if force_qos is None else force_qos)

    async def end_who_no_longer_may(self) -> None:
        """End the sessions whose account is gone or has another password by now."""
        access = PatientHandler.access
        for session, handler in list(self._sessions.values()):
            gone = access and not access.may_enter(session.username, session.password)
            if gone and handler is not None and session.transitions.state == "connected":
                await handler.handle_connection_closed()
                await handler.stop()

    async def _publish_session_retained_messages(self, session: Any) -> None:
        """Do nothing: the handler has sent them, within its window."""

    async def _handle_disconnect(self, client_session: Any, handler: Any, waiter: Any) -> None:
        _, current = self._sessions.get(client_session.client_id, (None, handler))
        if current is not handler:  # another connection took the session over: it is not away
            await self._stop_handler(handler)
            return
        await super()._handle_disconnect(client_session, handler, waiter)
        if client_session.clean_session:  # or the next one would be told that it is present
            await self._delete_session(client_session.client_id)

    async def _delete_session(self, client_id: str) -> None:
        session, handler = self._sessions.get(client_id, (None, None))
        await super()._delete_session(client_id)
        if session is not None and session.transitions.state == "connected":
            await handler.handle_connection_closed()  # amqtt would leave it open, and deaf
            await handler.stop()


async def serve(port: int, door: tuple[str, int] | None, access: Access | None) -> None:
    amqtt.broker.BrokerProtocolHandler = PatientHandler
    PatientHandler.access = access
    binds = [f"127.0.0.1:{port}", *([f"{door[0]}:{door[1]}"] if door else [])]
    listeners = {
        name: {"type": "tcp", "bind": bind, "max_connections": 10_000}
        for name, bind in zip(("default", "door"), binds, strict=False)
    }
    plugins: dict[str, Any] = {"deploy.amqtt_broker.Everyone": {}}
    if access is not None:
        OwnTopics.access = access
        plugins["deploy.amqtt_access.OwnTopics"] = {}
    broker = PatientBroker({"listeners": listeners, "plugins": plugins})
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    again: set[asyncio.Task[None]] = set()

    def read_again() -> None:
        if access is not None:
            access.read()
            again.add(task := loop.create_task(broker.end_who_no_longer_may()))
            task.add_done_callback(again.discard)

    loop.add_signal_handler(signal.SIGHUP, read_again)
    await broker.start()
    await ended.wait()
    await broker.shutdown()


@click.command()
@click.option("--port", type=int, required=True, help="Port on loopback, for example 1883.")
@click.option("--host", default="127.0.0.1", help="Where devices come in, if by accounts.")
@click.option("--door", type=int, help="Port for devices, if by accounts.")
@click.option("--passwords", type=click.Path(path_type=Path), help="As mosquitto has them.")
@click.option("--acl", type=click.Path(path_type=Path), help="As mosquitto has them.")
def main(port: int, host: str, door: int | None, passwords: Path | None, acl: Path | None) -> None:
    """Serve MQTT 3.1.1 on loopback until told to stop."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("transitions").setLevel(logging.ERROR)
    access = Access(passwords, acl) if passwords and acl else None
    asyncio.run(serve(port, (host, door) if door is not None else None, access))


if __name__ == "__main__":
    main()
