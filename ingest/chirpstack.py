"""Decode uplinks of ChirpStack v4, JSON encoding (topic application/+/device/+/event/up).

The device is its DevEUI; the readings are the codec's `object`, nested ones with dotted
names, and `signal` from rxInfo. An uplink without `object` has nothing that we could read.
Source: chirpstack.io, Integrations, Event types, `up`; integration.proto, UplinkEvent.
"""

from __future__ import annotations

from typing import Any

from ingest.columns import Columns
from ingest.fields import device_of, time_of
from ingest.lorawan import add_decoded, add_signal
from ingest.message import Message
from ingest.unusable import Unusable, describe


def read(place: int, message: Message, document: Any, columns: Columns) -> None:
    """Append the readings of one uplink."""
    if type(document) is not dict:
        raise Unusable(f"the payload is {describe(document)}; expected an uplink object")
    info = document.get("deviceInfo")
    if type(info) is not dict or info.get("devEui") is None:
        raise Unusable("the uplink has no deviceInfo.devEui")
    device = device_of(info["devEui"], message, "deviceInfo.devEui")
    time = time_of(document.get("time"))
    add_signal(place, device, time, document.get("rxInfo"), columns)
    decoded = document.get("object")
    if decoded is None:
        raise Unusable(
            f"the event of {device} has no object: it is no uplink (subscribe to event/up only),"
            " or its device profile in ChirpStack has no codec"
        )
    add_decoded(place, device, time, decoded, columns, "object")
