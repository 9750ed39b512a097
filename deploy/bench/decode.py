"""How fast each wire format is decoded, on one core and without anything behind it."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

import orjson

from ingest.formats import decode
from ingest.message import Message

_START = 1_767_225_600_000  # [ms] 2026-01-01


def payloads(count: int, lines: int = 500) -> dict[str, list[bytes]]:
    """Return `count` payloads of each format as devices send them, two or three readings each.

    Line protocol comes as a gateway's: `lines` lines of one field a message.
    """
    made: dict[str, list[bytes]] = {name: [] for name in _EXAMPLES}
    for number in range(count):
        for name, example in _EXAMPLES.items():
            made[name].append(orjson.dumps(example(number)))
    made["line-protocol"] = [
        b"\n".join(
            b"pressure,device=P-%d,zone=z%d value=0.%d %d000000"
            % (line, line % 20, 300_000 + (number * 37 + line) % 1000, _START + number * 1000)
            for line in range(lines)
        )
        for number in range(max(1, count // lines))
    ]
    return made


def run(count: int = 20_000, seconds: float = 1.0) -> list[dict[str, Any]]:
    """Return a row a format: messages/s, readings/s and µs a reading, best of repeated runs.

    Time is the processor's, so that what else runs on the machine does not count.
    """
    rows = []
    for name, made in payloads(count).items():
        messages = [Message("bench", "bench/d", payload, _START * 1000, name) for payload in made]
        best, readings, until = float("inf"), 0, process_time() + seconds
        while True:
            begin = process_time()
            readings = len(decode(messages))
            best = min(best, process_time() - begin)
            if process_time() > until:
                break
        rows.append(
            {
                "format": name,
                "messages_per_second": round(len(messages) / best),
                "readings_per_second": round(readings / best),
                "microseconds_per_message": round(best / len(messages) * 1e6, 3),
                "microseconds_per_reading": round(best / readings * 1e6, 3),
            }
        )
    return rows


def _values(number: int) -> dict[str, Any]:
    return {"pressure": 0.3 + number % 1000 / 1e4, "flow": 12.5 + number % 100, "door": "closed"}


def _iso(number: int) -> str:
    return f"2026-01-{number // 86_400 % 28 + 1:02}T{number // 3600 % 24:02}:00:{number % 60:02}Z"


_EXAMPLES: dict[str, Callable[[int], Any]] = {
    "json": lambda n: {"device": f"P-{n % 5000}", "time": _START + n, **_values(n)},
    "senml": lambda n: [
        {
            "bn": f"P-{n % 5000}/",
            "bt": (_START + n) / 1e3,
            "n": "pressure",
            "u": "Pa",
            "v": 3e5 + n,
        },
        {"n": "flow", "u": "m3/s", "v": 0.5},
        {"n": "door", "vs": "closed"},
    ],
    "thingsboard": lambda n: {f"P-{n % 5000}": [{"ts": _START + n, "values": _values(n)}]},
    "sensorthings": lambda n: {
        "phenomenonTime": _iso(n),
        "result": 0.3 + n,
        "Datastream": {"@iot.id": n % 5000},
    },
    "chirpstack": lambda n: {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": _iso(n),
        "deviceInfo": {"deviceName": "cover", "devEui": f"{n % 5000:016x}", "tags": {"k": "v"}},
        "fCnt": n,
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -48, "snr": 9.0}],
        "object": {"tilt": 3.5, "battery": 91, "open": False},
    },
    "ttn": lambda n: {
        "end_device_ids": {"device_id": f"cover-{n % 5000}", "dev_eui": "0004A30B001C0530"},
        "received_at": _iso(n),
        "uplink_message": {
            "f_port": 1,
            "decoded_payload": {"tilt": 3.5, "battery": 91, "open": False},
            "rx_metadata": [{"gateway_ids": {"gateway_id": "gtw1"}, "rssi": -35, "snr": 5}],
            "settings": {"time": _iso(n)},
        },
    },
}
