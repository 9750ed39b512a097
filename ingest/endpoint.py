"""Where a broker is, and paho's client made to connect to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.wire import Wire

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

FIVE = MQTTProtocolVersion.MQTTv5
FOUR = MQTTProtocolVersion.MQTTv311  #: MQTT 3.1.1 is level 4 on the wire
FOREVER = 0xFFFFFFFF  #: [s] session expiry: never
KEEPALIVE = 30  #: [s]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a broker is and who we are to it.

    `url` is mqtt://host:port or mqtts://host:port. `client_id` is fixed: the broker keeps the
    session of this name while we are away. `receive_maximum` bounds what the broker may send
    beyond what we acknowledged, where it speaks MQTT 5.
    """

    url: str
    client_id: str = "lifeline"
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    receive_maximum: int = 10_000


class Client(mqtt.Client):
    """paho's client over a `Wire`, driven by our own loop: one thread, no race with a reconnect."""

    wire: Wire

    def __init__(self, endpoint: Endpoint, protocol: MQTTProtocolVersion) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=endpoint.client_id,
            clean_session=None if protocol == FIVE else False,
            protocol=protocol,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self._endpoint = endpoint

    def open(self) -> None:
        """Connect and send CONNECT; raise OSError where nobody answers."""
        endpoint = self._endpoint
        where = urlsplit(endpoint.url)
        secure = where.scheme in ("mqtts", "ssl", "tls")
        if secure:
            self.tls_set(
                ca_certs=_text(endpoint.ca_file),
                certfile=_text(endpoint.certificate_file),
                keyfile=_text(endpoint.key_file),
            )
        if endpoint.username is not None:
            self.username_pw_set(endpoint.username, endpoint.password)
        more: dict[str, Any] = {}
        if self._protocol == FIVE:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = FOREVER
            properties.ReceiveMaximum = endpoint.receive_maximum
            more = {"clean_start": False, "properties": properties}
        self.connect(
            where.hostname or "localhost",
            where.port or (8883 if secure else 1883),
            KEEPALIVE,
            **more,
        )

    def _create_socket(self) -> SocketLike:
        self.wire = Wire(super()._create_socket(), properties=self._protocol == FIVE)
        return self.wire


def _text(file: Path | None) -> str | None:
    return None if file is None else str(file)
