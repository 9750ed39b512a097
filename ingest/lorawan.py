"""What the uplinks of LoRaWAN network servers have in common."""

from __future__ import annotations

from typing import Any

from ingest.columns import Columns


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
