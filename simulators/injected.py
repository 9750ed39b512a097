"""Faults put in while a story runs: each changes what a device will say from then on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulators.device import Device
from simulators.faults import device_fault
from simulators.truth import Happening
from simulators.world import HOUR, SECOND, Floats, World

#: From a world, a device or gateway, when and for how long [µs], and a value in the unit sent.
Inject = Callable[[World, str, int, int, float | None], Happening]

#: Silence of so many intervals is a fault of the device; a shorter one is nobody's business.
NOTICED = 4


class BadFault(ValueError):
    """A fault cannot be put in. ``args[0]`` says why, for the drill leader."""


def _device(world: World, on: str) -> Device:
    for device in world.district.devices:
        if on in (device.id, device.wire_id):
            return device
    known = ", ".join(device.id for device in world.district.devices)
    raise BadFault(f"there is no device {on} in this drill; there are {known}")


def _values(world: World, device: Device, at: int, lasts: int) -> tuple[Floats, slice]:
    track = world[device.channel(device.measures[0].name)]
    part = track.between(at, at + lasts)
    if not len(track.value[part]):
        raise BadFault(f"{device.id} has nothing to say in that time: let the fault last longer")
    return track.value, part


def _decoy(what: str, device: Device, at: int, lasts: int) -> Happening:
    """Return the truth of what nobody should take for a problem of the city."""
    return Happening(
        id=f"{what}-{device.id}-{at // SECOND}",
        what=what,
        kind="health",
        role="decoy",
        place=device.name,
        zone=device.zone,
        devices=(device.wire_id,),
        began=at,
        ended=at + lasts,
    )


def silent(world: World, on: str, at: int, lasts: int, value: float | None) -> Happening:
    """The device says nothing."""
    device = _device(world, on)
    for measure in device.measures:
        if (channel := device.channel(measure.name)) in world.tracks:
            world[channel].drop(at, at + lasts)
    interval = max(measure.interval for measure in device.measures)
    if lasts < NOTICED * interval * SECOND:
        return _decoy("silent", device, at, lasts)
    return device_fault("silent", device, at, at + lasts)


def stuck(world: World, on: str, at: int, lasts: int, value: float | None) -> Happening:
    """The device repeats the value that it has."""
    device = _device(world, on)
    values, part = _values(world, device, at, lasts)
    values[part] = values[part][0]
    return device_fault("stuck", device, at, at + lasts)


def spike(world: World, on: str, at: int, lasts: int, value: float | None) -> Happening:
    """One reading is wrong by far."""
    device = _device(world, on)
    values, part = _values(world, device, at, max(lasts, _longest(device)))
    values[part.start] = _needed("spike", value)
    return _decoy("spike", device, at, lasts)


def drift(world: World, on: str, at: int, lasts: int, value: float | None) -> Happening:
    """The zero of the device wanders, by `value` an hour."""
    device, slope = _device(world, on), _needed("drift", value)
    _values(world, device, at, lasts)
    track = world[device.channel(device.measures[0].name)]
    track.change(at, at + lasts, lambda hours, was: was + slope * hours)
    return _decoy("drift", device, at, lasts)


def forged(world: World, on: str, at: int, lasts: int, value: float | None) -> Happening:
    """Somebody else speaks in the device's name, and says `value`."""
    device = _device(world, on)
    values, part = _values(world, device, at, lasts)
    random = world.random("forged", device.id, str(at))
    said = _needed("forged", value)
    values[part] = said * (1 + 0.005 * random.standard_normal(len(values[part])))
    return _decoy("forged", device, at, lasts)


def gateway_outage(world: World, on: str, at: int, lasts: int, value: float | None) -> Happening:
    """A gateway is down: everything behind it says nothing."""
    behind = [device for device in world.district.devices if device.gateway == on]
    if not behind:
        known = sorted({device.gateway for device in world.district.devices if device.gateway})
        raise BadFault(f"nothing is behind {on}; gateways are {', '.join(known) or 'none here'}")
    for device in behind:
        silent(world, device.id, at, lasts, None)
    return Happening(
        id=f"gateway-{on}-{at // SECOND}",
        what="gateway outage",
        kind="health",
        role="problem",
        place=on,
        zone=behind[0].zone,
        devices=tuple(device.wire_id for device in behind),
        began=at,
        ended=at + lasts,
        code_list="lifeline-local-1",
        code="99",
        conditions=("gateway-fault", "device-fault"),
        visible=False,
    )


def _longest(device: Device) -> int:
    return max(measure.interval for measure in device.measures) * SECOND


def _needed(what: str, value: float | None) -> float:
    if value is None or not np.isfinite(value):
        raise BadFault(f"{what} needs a value, in the unit that the device sends")
    return value


FAULTS: dict[str, Inject] = {
    "silent": silent,
    "stuck": stuck,
    "spike": spike,
    "drift": drift,
    "forged": forged,
    "gateway-outage": gateway_outage,
}
#: Those that need a value.
VALUED = frozenset({"spike", "drift", "forged"})
LONGEST = 24 * HOUR
