"""Decode Observations of the OGC SensorThings API 1.1 (18-088), as published over MQTT.

The device is the datastream, written `Datastreams(12)`, from the topic
`v1.1/Datastreams(12)/Observations` or from the body's `Datastream`; the name is `result`.
An object as result gives `result.<key>`. The time is phenomenonTime, of an interval its
end, since a mean is not known before; without it, resultTime.
"""

from __future__ import annotations

import re
from typing import Any

from ingest.columns import Columns
from ingest.fields import add_fields, device_of, records_of, time_of
from ingest.message import Message
from ingest.unusable import Unusable, describe

_DATASTREAM = re.compile(r"Datastreams\(([^()]+)\)")


def read(place: int, message: Message, document: Any, columns: Columns) -> None:
    """Append the result of each Observation in `document`."""
    records = records_of(document)
    for number, record in enumerate(records, 1):
        where = f"observation {number}: " if len(records) > 1 else ""
        try:
            _read_observation(place, message, record, columns, where)
        except Unusable as why:
            columns.reject(place, f"{where}{why}", record)


def _read_observation(
    place: int, message: Message, record: Any, columns: Columns, where: str
) -> None:
    if type(record) is not dict:
        raise Unusable(f"the Observation is {describe(record)}; expected an object")
    if record.get("result") is None:
        raise Unusable("the Observation has no result")
    device = _datastream(record, message)
    when = record.get("phenomenonTime")
    if when is None:
        when = record.get("resultTime")
    if type(when) is str and "/" in when:
        when = when.rpartition("/")[2]
    result = {"result": record["result"]}
    add_fields(place, device, time_of(when), result, columns, where=where)


def _datastream(record: dict[str, Any], message: Message) -> str:
    stream = record.get("Datastream")
    if stream is not None:
        sent = stream.get("@iot.id") if type(stream) is dict else None
        if type(sent) is int or (type(sent) is str and sent):
            return device_of(f"Datastreams({sent})", message, "Datastream")
        raise Unusable(f'Datastream is {describe(stream)}; expected {{"@iot.id": 12}}')
    from_topic = _DATASTREAM.search(message.topic)
    if from_topic:
        return device_of(f"Datastreams({from_topic[1].strip(chr(39))})", message, "Datastream")
    raise Unusable(
        'no Datastream: neither the topic (".../Datastreams(12)/Observations") nor the body'
        ' ("Datastream": {"@iot.id": 12}) names one'
    )
