"""What the uplinks of LoRaWAN network servers have in common."""

from __future__ import annotations

from typing import Any

from ingest.columns import Columns
from ingest.fields import add_fields
from ingest.unusable import Unusable, describe


def add_signal(place: int, device: str, time: int, receptions: Any, columns: Columns) -> None:
    """Append `signal` [dBm]: the strongest reception of the gateways that heard the uplink."""
    if type(receptions) is not list:
        return
    heard = [
        float(reception["rssi"])
        for reception in receptions
        if type(reception) is dict and type(reception.get("rssi")) in (int, float)
    ]
    if heard:
        columns.add(place, device, "signal", time, max(heard), "dBm")


def add_decoded(
    place: int, device: str, time: int, decoded: Any, columns: Columns, what: str
) -> None:
    """Append what the codec made of the uplink; `what` is the field's name. Raise `Unusable`
    where that is nothing, since the signal alone would hide it.
    """
    if type(decoded) is not dict:
        raise Unusable(f"{what} is {describe(decoded)}; expected the codec's object of values")
    before = len(columns.address) + len(columns.rejects)
    add_fields(place, device, time, decoded, columns)
    if len(columns.address) + len(columns.rejects) == before:
        raise Unusable(f"{what} of {device} holds no value: the codec gave nothing, or only null")
