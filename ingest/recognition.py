"""Tell which format a JSON document is in, for topics that are not set to one."""

from __future__ import annotations

from typing import Any

from ingest.json_flat import DEVICE
from ingest.thingsboard import is_of_gateway

_SENML_VALUES = frozenset({"v", "vs", "vb", "vd", "s"})


def recognise_document(document: Any, topic: str) -> str:
    """Return the format of a JSON document by the fields that only it has; else flat JSON."""
    record = document[0] if type(document) is list and document else document
    if type(record) is not dict:
        return "json"
    if "end_device_ids" in record:
        return "ttn"
    if "deviceInfo" in record:
        return "chirpstack"
    if "result" in record and ("Datastreams(" in topic or "phenomenonTime" in record):
        return "sensorthings"
    if type(document) is list and _is_senml(record):
        return "senml"
    if record.keys().isdisjoint(DEVICE) and (
        topic.startswith(("v1/gateway/", "v1/devices/me/"))
        or ("ts" in record and type(record.get("values")) is dict)
        or is_of_gateway(document)
    ):
        return "thingsboard"
    return "json"


def _is_senml(record: dict[str, Any]) -> bool:
    return "bn" in record or (
        "n" in record
        and record.keys().isdisjoint(DEVICE)
        and not record.keys().isdisjoint(_SENML_VALUES)
    )
