"""Decode ThingsBoard telemetry: of a gateway for its devices, or of one device.

Gateway (topic v1/gateway/telemetry): {"Device A": [{"ts": 1483228800000, "values": {...}}]}
Device (v1/devices/me/telemetry): {"ts": 1451649600512, "values": {...}}, plain key-values,
or an array of either; the device is then the one that the topic setting names.
Source: thingsboard.io, Gateway API and MQTT Device API reference.
"""

from __future__ import annotations

from typing import Any

from ingest.columns import NO_TIME, Columns
from ingest.fields import add_fields, check_name, device_of, records_of, time_of
from ingest.message import Message
from ingest.unusable import Unusable, describe

_TIME = frozenset({"ts"})


def is_of_gateway(document: Any) -> bool:
    """Tell whether devices' names lead to arrays of telemetry."""
    if type(document) is dict:
        for value in document.values():
            if type(value) is list and value and type(value[0]) is dict:
                return True
    return False


def read(place: int, message: Message, document: Any, columns: Columns) -> None:
    """Append the readings of `document`; a bad entry or field costs itself only."""
    if is_of_gateway(document):
        for device, entries in document.items():
            _read_device(place, device, entries, columns)
    else:
        device = device_of(None, message, "a gateway's device name")
        _read_entries(place, device, records_of(document), columns, "")


def _read_device(place: int, device: str, entries: Any, columns: Columns) -> None:
    where = f'device "{device[:60]}": '
    try:
        check_name(device, "the device")
        if type(entries) is not list:
            raise Unusable(f"the telemetry is {describe(entries)}; expected an array of it")
        if not entries:
            raise Unusable("the array is empty: no telemetry")
    except Unusable as why:
        columns.reject(place, f"{where}{why}", {device[:60]: entries})
    else:
        _read_entries(place, device, entries, columns, where)


def _read_entries(
    place: int, device: str, entries: list[Any], columns: Columns, where: str
) -> None:
    for number, entry in enumerate(entries, 1):
        at = f"{where}entry {number}: " if len(entries) > 1 else where
        try:
            if type(entry) is not dict:
                raise Unusable(f"the telemetry is {describe(entry)}; expected an object")
            time = time_of(entry["ts"]) if "ts" in entry else NO_TIME
            values = entry.get("values")
            if type(values) is dict:
                add_fields(place, device, time, values, columns, where=at)
            else:
                add_fields(place, device, time, entry, columns, reserved=_TIME, where=at)
        except Unusable as why:
            columns.reject(place, f"{at}{why}", entry)
