"""Write readings as real devices do: one encoder a wire format, bytes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from influx_line_protocol import Metric

from simulators.device import Device

Value = float | int | bool | str


class Row(NamedTuple):
    """What one device measured at one instant: field names with values, in the unit sent."""

    device: Device
    time: int  #: [µs since 1970 UTC]
    fields: dict[str, Value]
    units: dict[str, str] = {}  # noqa: RUF012 (never changed)


def iso(time: int) -> str:
    """Return [µs since 1970] as ISO 8601 text in UTC."""
    moment = datetime.fromtimestamp(time // 1_000_000, UTC).replace(microsecond=time % 1_000_000)
    return moment.isoformat().replace("+00:00", "Z")


def json(rows: list[Row]) -> tuple[str, bytes]:
    """Flat JSON: an object, or an array of objects."""
    records = [
        {"device": row.device.wire_id, "time": iso(row.time), **row.fields}
        | ({"units": row.units} if row.units else {})
        for row in rows
    ]
    body = records if len(records) > 1 else records[0]
    return f"city/{rows[0].device.wire_id}/telemetry", orjson.dumps(body)


def senml(rows: list[Row]) -> tuple[str, bytes]:
    """SenML (RFC 8428): one pack a device, its name and the first time as base."""
    first = rows[0]
    base: dict[str, Value] = {"bn": f"{first.device.wire_id}/", "bt": first.time // 1_000_000}
    pack: list[dict[str, Value]] = []
    for row in rows:
        for name, value in row.fields.items():
            record: dict[str, Value] = {"n": name}
            if unit := row.units.get(name, ""):
                record["u"] = unit
            if row.time != first.time:
                record["t"] = (row.time - first.time) // 1_000_000
            pack.append({**(base if not pack else {}), **record, "v": value})
    return f"city/{first.device.wire_id}/senml", orjson.dumps(pack)


def chirpstack(rows: list[Row]) -> tuple[str, bytes]:
    """ChirpStack v4 uplink event: the codec's object, and the gateway that heard it."""
    (row,) = rows
    fields = dict(row.fields)
    signal = fields.pop("signal", None)
    info = {
        "tenantName": "city",
        "applicationId": "8a1f",
        "deviceName": row.device.name,
        "devEui": row.device.wire_id,
        "tags": {"zone": row.device.zone},
    }
    event = {
        "deduplicationId": f"{row.device.wire_id}-{row.time}",
        "time": iso(row.time),
        "deviceInfo": info,
        "fCnt": row.time // 900_000_000 % 65536,
        "fPort": 2,
        "object": fields,
    }
    if signal is not None:
        event["rxInfo"] = [{"gatewayId": "0016c001f1500812", "rssi": signal, "snr": 7.5}]
    return f"city/{row.device.wire_id}/up", orjson.dumps(event)


def ttn(rows: list[Row]) -> tuple[str, bytes]:
    """The Things Stack v3 uplink message."""
    (row,) = rows
    fields = dict(row.fields)
    signal = fields.pop("signal", None)
    uplink = {
        "f_port": 2,
        "decoded_payload": fields,
        "settings": {"time": iso(row.time)},
    }
    if signal is not None:
        uplink["rx_metadata"] = [{"gateway_ids": {"gateway_id": "roof-3"}, "rssi": signal}]
    ids = {"device_id": row.device.wire_id, "application_ids": {"application_id": "covers"}}
    body = {"end_device_ids": ids, "received_at": iso(row.time), "uplink_message": uplink}
    return f"city/{row.device.wire_id}/up", orjson.dumps(body)


def thingsboard(rows: list[Row]) -> tuple[str, bytes]:
    """Telemetry of a ThingsBoard gateway for the devices behind it."""
    body: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        body.setdefault(row.device.wire_id, []).append(
            {"ts": row.time // 1000, "values": row.fields}
        )
    return f"city/{rows[0].device.gateway}/telemetry", orjson.dumps(body)


def sensorthings(rows: list[Row]) -> tuple[str, bytes]:
    """An Observation of the OGC SensorThings API; the topic names the datastream."""
    (row,) = rows
    (result,) = row.fields.values()
    body = {"phenomenonTime": iso(row.time), "resultTime": iso(row.time), "result": result}
    return f"city/{row.device.wire_id}/Observations", orjson.dumps(body)


def lines(rows: list[Row]) -> tuple[str, bytes]:
    """InfluxDB line protocol, a line a row, nanoseconds."""
    text = "\n".join(
        line(row.device.kind, row.device.wire_id, row.fields, row.time) for row in rows
    )
    return f"city/{rows[0].device.gateway or rows[0].device.wire_id}/lines", text.encode()


def line(measurement: str, device: str, fields: dict[str, Value], time: int) -> str:
    """Return one line, by the package where it says every value exactly, else by ourselves.

    The package writes floats with %g, six digits: 1013.2512345 becomes 1013.25.
    """
    if all(_survives(value) for value in fields.values()):
        metric = Metric(measurement)
        metric.add_tag("device", device)
        for name, value in fields.items():
            metric.add_value(name, value)
        metric.with_timestamp(time * 1000)
        return str(metric)
    written = ",".join(f"{_escape(name)}={_literal(value)}" for name, value in fields.items())
    return f"{_escape(measurement)},device={_escape(device)} {written} {time * 1000}"


def _survives(value: Value) -> bool:
    return type(value) is float and float("%g" % value) == value  # noqa: UP031 (the package's form)


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'
    return repr(value)


def _escape(text: str) -> str:
    return text.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


#: Topic and payload of rows that one device, or one gateway, sends together.
FORMS: dict[str, Callable[[list[Row]], tuple[str, bytes]]] = {
    "json": json,
    "senml": senml,
    "chirpstack": chirpstack,
    "ttn": ttn,
    "thingsboard": thingsboard,
    "sensorthings": sensorthings,
    "lines": lines,
}
