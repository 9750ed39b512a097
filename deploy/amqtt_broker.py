"""The broker `amqtt`, run as `python -m deploy.amqtt_broker`, with its QoS 1 made to keep its word.

amqtt 0.12 forgets a message that was sent and not acknowledged within 5 s or before the
connection broke, keeps nothing for anonymous clients that are away, and drops what a publisher
sent just before it left. decisions/0001-embedded-broker.md tells what was found, and measured.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any

import amqtt.broker
import click
from amqtt.adapters import BufferReader
from amqtt.errors import MQTTError
from amqtt.mqtt.connack import UNACCEPTABLE_PROTOCOL_VERSION, ConnackPacket
from amqtt.mqtt.constants import QOS_1
from amqtt.mqtt.packet import MQTTFixedHeader
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.session import OutgoingApplicationMessage

LEVEL_3_1_1 = b"\x04"
WINDOW = 10_000  #: messages sent to one client beyond what it acknowledged; the rest wait


class PatientHandler(BrokerProtocolHandler):  # type: ignore[misc]  # amqtt is untyped
    """One client's connection; a message is in flight until its PUBACK, over reconnects."""

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
        return await super().init_from_connect(packet, writer, plugins_manager, loop)

    def attach(self, session: Any, reader: Any, writer: Any) -> None:
        super().attach(session, reader, writer)
        # amqtt keeps no messages for anonymous clients; ours all are, and have fixed names.
        session.is_anonymous = False

    async def start(self) -> None:
        if self.session.transitions.state != "connected":
            # The connection that we took over from ended late, and marked the session as away.
            self.session.transitions.connect()
        await super().start()

    async def mqtt_publish(
        self, topic: str, data: bytes, qos: int, retain: bool, ack_timeout: int | None = None
    ) -> Any:
        if qos != QOS_1 or self.session is None:
            return await super().mqtt_publish(topic, data, qos, retain, ack_timeout)
        message = OutgoingApplicationMessage(None, topic, qos, data, retain)
        self.session.retained_messages.put_nowait(message)
        await self._send_waiting()
        return message

    def handle_puback(self, puback: Any) -> Coroutine[Any, Any, None]:
        # Noted at once: amqtt cancels the tasks of packets that came just before a DISCONNECT.
        if self.session is not None:
            self.session.inflight_out.pop(puback.variable_header.packet_id, None)
        return self._send_waiting()

    async def _retry_deliveries(self) -> None:
        for message in list(self.session.inflight_out.values()):
            await self._send_packet(message.build_publish_packet(dup=True))
        await self._send_waiting()

    async def _send_waiting(self) -> None:
        session = self.session
        if session is None:
            return
        waiting = session.retained_messages
        while not waiting.empty() and len(session.inflight_out) < WINDOW:
            kept = waiting.get_nowait()
            # What was kept while the client was away is no retained message of its topic.
            retain = kept.retain and isinstance(kept, OutgoingApplicationMessage)
            message = OutgoingApplicationMessage(
                session.next_packet_id, kept.topic, QOS_1, kept.data, retain
            )
            session.inflight_out[message.packet_id] = message
            await self._send_packet(message.build_publish_packet())


class PatientBroker(amqtt.broker.Broker):  # type: ignore[misc]  # amqtt is untyped
    async def _handle_disconnect(self, client_session: Any, handler: Any, waiter: Any) -> None:
        queue = client_session.delivered_message_queue
        while not queue.empty():  # we sent PUBACK for these
            delivery = asyncio.get_running_loop().create_future()
            delivery.set_result(queue.get_nowait())
            await self._handle_message_delivery(client_session, handler, delivery)
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

    async def _publish_session_retained_messages(self, session: Any) -> None:
        """Do nothing: the handler has sent them, within its window."""


async def serve(port: int) -> None:
    amqtt.broker.BrokerProtocolHandler = PatientHandler
    listener = {"type": "tcp", "bind": f"127.0.0.1:{port}", "max_connections": 10_000}
    anonymous = "amqtt.plugins.authentication.AnonymousAuthPlugin"
    broker = PatientBroker({"listeners": {"default": listener}, "plugins": {anonymous: {}}})
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await broker.start()
    await ended.wait()
    await broker.shutdown()


@click.command()
@click.option("--port", type=int, required=True, help="Port on loopback, for example 1883.")
def main(port: int) -> None:
    """Serve MQTT 3.1.1 on loopback until told to stop."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("transitions").setLevel(logging.ERROR)
    asyncio.run(serve(port))


if __name__ == "__main__":
    main()
