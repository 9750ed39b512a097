"""Faults that real devices have, put on purpose: in values, in clocks, and in messages."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulators.device import Device
from simulators.truth import Happening
from simulators.world import HOUR, SECOND, World

LOCAL_LIST, DEVICE_FAULT = "lifeline-local-1", "99"


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


def device_fault(
    what: str, device: Device, began: int, ended: int, condition: str = "device-fault"
) -> Happening:
    """Return the truth of a faulty device: a case of its own, in the list of the sensing itself."""
    return Happening(
        id=f"fault-{device.id}",
        what=what,
        kind="health",
        role="problem",
        place=device.name,
        zone=device.zone,
        devices=(device.wire_id,),
        began=began,
        ended=ended,
        code_list=LOCAL_LIST,
        code=DEVICE_FAULT,
        conditions=(condition,),
        patrol="not at all: nobody looks into a sensor",
        visible=False,
    )


def stuck(world: World, device: Device, at: int) -> Happening:
    """From `at` on the device repeats its last value."""
    track = world[device.channel(device.measures[0].name)]
    part = track.between(at, world.ends)
    track.value[part] = track.value[part][0]
    return device_fault("Value stuck", device, at, world.ends)


def low_battery(world: World, device: Device, at: int) -> Happening:
    """The battery passes 20 % at `at` on its way down, 6 % a day."""
    track = world[device.channel("battery")]
    track.value = 20.0 - 6.0 * (track.time - at) / (24 * HOUR)
    return device_fault("Battery low", device, at, world.ends)


def dead_gateway(world: World, gateway: str, at: int) -> Happening:
    """A gateway dies: everything behind it falls silent at once."""
    children = [device for device in world.district.devices if device.gateway == gateway]
    for device in children:
        for measure in device.measures:
            world[device.channel(measure.name)].drop(at, world.ends)
    return Happening(
        id=f"dead-{gateway}",
        what="Gateway dead, its devices silent",
        kind="health",
        role="problem",
        place=gateway,
        zone=children[0].zone,
        devices=tuple(device.wire_id for device in children),
        began=at,
        ended=world.ends,
        code_list=LOCAL_LIST,
        code=DEVICE_FAULT,
        conditions=("gateway-fault",),
        patrol="not at all: nobody looks into a cabinet",
        visible=False,
    )


def silent_for_a_while(world: World, device: Device, at: int, lasts: int) -> Happening:
    """A drop-out shorter than anybody should call a fault."""
    for measure in device.measures:
        world[device.channel(measure.name)].drop(at, at + lasts)
    return Happening(
        id=f"dropout-{device.id}",
        what="Short drop-out",
        kind="health",
        role="fault",
        place=device.name,
        zone=device.zone,
        devices=(device.wire_id,),
        began=at,
        ended=at + lasts,
    )


def unit_slip(
    world: World,
    device: Device,
    field: str,
    at: int,
    lasts: int,
    what: str,
    scale: float,
    offset: float = 0.0,
) -> Happening:
    """For a while the device sends another unit without saying so: value * scale + offset.

    Values that the contract's range rules out are flagged and judged by nobody; others
    pass for good ones, until somebody notices the leap.
    """
    world[device.channel(field)].change(at, at + lasts, lambda hours, value: value * scale + offset)
    truth = device_fault(f"Unit slipped: {what}", device, at, at + lasts)
    measure = next(measure for measure in device.measures if measure.name == field)
    slipped = float(world[device.channel(field)].value.max())
    if measure.highest is not None and slipped > measure.highest:
        return replace(truth, role="fault", code_list="", code="", conditions=())
    return truth


@dataclass(frozen=True)
class Clock:
    """A device whose clock is wrong in [begins, ends): what it writes instead of the time."""

    device: str
    begins: int
    ends: int
    shift: int  #: [µs] added; or, if `unset`, taken as the time since it was switched on
    unset: bool = False

    def reads(self, time: int) -> int:
        if not self.begins <= time < self.ends:
            return time
        return time - self.begins if self.unset else time + self.shift


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
