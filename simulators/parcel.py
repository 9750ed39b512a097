"""Messages on their way, and what befalls them: sent twice, late, or beyond reading."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulators.world import HOUR, SECOND, World


@dataclass(frozen=True)
class Parcel:
    """One message to publish: when [µs], by which client, and what is in it.

    `readings` are (device, field, time [µs]) of every reading that it carries;
    `broken` counts the dead letters that it must become.
    """

    at: int
    client: str
    topic: str
    payload: bytes
    readings: tuple[tuple[str, str, int], ...] = ()
    broken: int = 0


def repeated(parcels: list[Parcel], random: np.random.Generator, share: float) -> list[Parcel]:
    """Return copies of a share of the messages, sent again seconds to minutes later."""
    chosen = np.flatnonzero(random.random(len(parcels)) < share)
    delays = random.integers(5, 600, len(chosen))
    return [
        replace(parcels[place], at=parcels[place].at + int(delay) * SECOND)
        for place, delay in zip(chosen.tolist(), delays.tolist(), strict=True)
    ]


def delayed(
    parcels: list[Parcel], clients: set[str], random: np.random.Generator, share: float
) -> list[Parcel]:
    """Return the parcels with some batches of `clients` two hours late, no two in a row."""
    late = random.random(len(parcels)) < share
    was_late: set[str] = set()
    arrived = []
    for parcel, is_late in zip(parcels, late.tolist(), strict=True):
        if is_late and parcel.client in clients and parcel.topic not in was_late:
            was_late.add(parcel.topic)
            arrived.append(replace(parcel, at=parcel.at + 2 * HOUR))
        else:
            was_late.discard(parcel.topic)
            arrived.append(parcel)
    return arrived


#: Payloads that no decoder can read, as found in the field; each is one dead letter.
UNREADABLE: tuple[bytes, ...] = (
    b'{"device": "road-03", "time": "2026-09-05T10:00:00Z", "depth": 1.2',
    b"<html><body><h1>502 Bad Gateway</h1></body></html>",
    b"",
    b"\x00\x01\xfe\xff\x80\x81 binary",
    b"null",
    b'"OK"',
    b"[]",
    b"temperature: 21.5",
    b'{"device": ["road-03"], "time": "2026-09-05T10:00:00Z", "depth": 1.0}',
    b'{"time": "2026-09-05T10:00:00Z"}',
    b'{"device": "road-03", "time": "yesterday", "depth": 1.0}',
    b"reading,device=meter-1-01 voltage= 1788500000000000000",
)


def unreadable(world: World, count: int) -> list[Parcel]:
    """Return `count` messages of old or broken senders, spread over the time."""
    random = world.random("unreadable")
    times = np.sort(random.integers(world.begins, world.ends - HOUR, count)).tolist()
    return [
        Parcel(
            at=time,
            client="old-modem",
            topic=f"city/old-modem-{place % 3}/telemetry",
            payload=UNREADABLE[place % len(UNREADABLE)],
            broken=1,
        )
        for place, time in enumerate(times)
    ]


def half_broken(parcel: Parcel) -> Parcel:
    """Return a SenML message with one record of it spoilt: the others must be stored."""
    head, sign, tail = parcel.payload.rpartition(b'"v":')
    value = tail.rstrip(b"}]")
    spoilt = head + sign + b'"' + value + b'"' + tail[len(value) :]
    return replace(parcel, payload=spoilt, readings=parcel.readings[:-1], broken=1)


def write_parcels(parcels: list[Parcel], path: Path) -> None:
    """Write what the publisher needs: when, who, where, what."""
    pq.write_table(
        pa.table(
            {
                "at": [parcel.at for parcel in parcels],
                "client": [parcel.client for parcel in parcels],
                "topic": [parcel.topic for parcel in parcels],
                "payload": [parcel.payload for parcel in parcels],
            }
        ),
        path,
    )
