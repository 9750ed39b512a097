"""Decode uplinks of The Things Stack v3 (topic v3/+/devices/+/up).

The device is end_device_ids.device_id; the readings are the formatter's decoded_payload,
nested ones with dotted names, and `signal` from rx_metadata. The time is the gateway's
(settings.time), else when the network server or the application server received it.
Source: thethingsindustries.com, Data Formats, Uplink Messages.
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
    ids = document.get("end_device_ids")
    if type(ids) is not dict or ids.get("device_id") is None:
        raise Unusable("the uplink has no end_device_ids.device_id")
    device = device_of(ids["device_id"], message, "end_device_ids.device_id")
    uplink = document.get("uplink_message")
    if type(uplink) is not dict:
        raise Unusable(
            f"the message of {device} has no uplink_message: it is no uplink"
            " (subscribe to .../up only)"
        )
    time = time_of(_time(document, uplink))
    add_signal(place, device, time, uplink.get("rx_metadata"), columns)
    decoded = uplink.get("decoded_payload")
    if decoded is None:
        raise Unusable(
            f"the uplink of {device} has no decoded_payload: set a payload formatter"
            " for the device in The Things Stack"
        )
    add_decoded(place, device, time, decoded, columns, "decoded_payload")


def _time(document: dict[str, Any], uplink: dict[str, Any]) -> Any:
    settings = uplink.get("settings")
    if type(settings) is dict and settings.get("time") is not None:
        return settings["time"]
    received = uplink.get("received_at")
    return document.get("received_at") if received is None else received
