"""Faults that real devices have, put on purpose in their values and their clocks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulators.device import Device
from simulators.truth import Happening
from simulators.world import HOUR, World

LOCAL_LIST, DEVICE_FAULT = "lifeline-local-1", "99"


def device_fault(what: str, device: Device, began: int, ended: int) -> Happening:
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
        conditions=("device-fault",),
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
