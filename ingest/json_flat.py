"""Decode flat JSON, the format of devices whose maker had none in mind.

A record is an object:

    {"device": "P-17", "time": "2026-11-22T08:30:00Z",
     "pressure": 0.31, "door": "open", "pump": true,
     "units": {"pressure": "MPa"}}

| field | |
|---|---|
| `device` | who measured, text or whole number; may be missing where the topic names it |
| `time` | ISO 8601 (without a zone: UTC) or a count since 1970 in s, ms, µs or ns; may be missing |
| `units` | unit of each field that has one; may be missing |
| any other | a number, true/false, or text that is a state; null says nothing |

The readings may also stand in an object `values`; then nothing outside it is a reading.
Objects in a field give dotted names (`gps.lat`). The payload is a record or an array of them.
`timestamp` and `ts` are taken for `time`, `device_id` and `deviceId` for `device`.
"""

from __future__ import annotations

from typing import Any

from ingest.columns import Columns
from ingest.fields import add_fields, device_of, records_of, time_of
from ingest.message import Message
from ingest.unusable import Unusable, describe

DEVICE = ("device", "device_id", "deviceId")
TIME = ("time", "timestamp", "ts")
_RESERVED = frozenset({"units", *DEVICE, *TIME})
_IN_VALUES: frozenset[str] = frozenset()


def read(place: int, message: Message, document: Any, columns: Columns) -> None:
    """Append the readings of `document`; a bad record or field costs itself only."""
    if type(document) is dict:
        try:
            _read_record(place, message, document, columns, "")
        except Unusable as why:
            columns.reject(place, str(why), document)
        return
    for number, record in enumerate(records_of(document), 1):
        where = f"record {number}: "
        try:
            _read_record(place, message, record, columns, where)
        except Unusable as why:
            columns.reject(place, f"{where}{why}", record)


def _read_record(place: int, message: Message, record: Any, columns: Columns, where: str) -> None:
    if type(record) is not dict:
        raise Unusable(f"the record is {describe(record)}; expected an object")
    sent = record.get("device")
    device = device_of(_first(record, DEVICE) if sent is None else sent, message)
    sent = record.get("time")
    time = time_of(_first(record, TIME) if sent is None else sent)
    units = record.get("units")
    if units is None:
        units = {}
    elif type(units) is not dict:
        raise Unusable(f'units is {describe(units)}; expected an object, as {{"pressure": "MPa"}}')
    values = record.get("values")
    if type(values) is dict:
        add_fields(place, device, time, values, columns, units, _IN_VALUES, where)
    else:
        add_fields(place, device, time, record, columns, units, _RESERVED, where)


def _first(record: dict[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        value = record.get(name)
        if value is not None:
            return value
    return None
